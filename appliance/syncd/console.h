// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace eir::appliance::syncd {

class Daemon;

/// Installs `show status`, `show sites`, `show sightings`, `show alarms` and `sync now`. Threads: the loop's.
void install_console(Daemon& daemon);

}  // namespace eir::appliance::syncd
