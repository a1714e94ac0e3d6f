// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/metrics/families.h"

namespace eir::appliance::cdbd {

class Daemon;

/// What one scrape gathers. Threads: any, one at a time.
void collect(Families& families, const Daemon& daemon);

}  // namespace eir::appliance::cdbd
