// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace eir::appliance::syncd {

class Daemon;

/// Installs `show sync status`, `show sync sites`, `show sync sightings`, `show sync alarms` and `sync now`. Threads:
/// the loop's.
void install_console(Daemon& daemon);

}  // namespace eir::appliance::syncd
