// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace eir::appliance::cdbd {

class Daemon;

/// Installs `show status`, `sessions`, `users`, `versions`, `jobs`, `nodes`, `audit head` and `cdb alarms`, each with a
/// `json` form. The daemon outlives the console.
void install_console(Daemon& daemon);

}  // namespace eir::appliance::cdbd
