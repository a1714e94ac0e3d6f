// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/metrics/families.h"

namespace eir::appliance::syncd {

class Daemon;

/// Everything eir-syncd counts, each name `eir_follow_…`, `eir_site_…`, `eir_sightings_…`, `eir_fetch_…` or
/// `eir_epp_…`. Threads: any.
void collect(const Daemon& daemon, Families& families);

}  // namespace eir::appliance::syncd
