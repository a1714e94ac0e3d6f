// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

namespace eir::appliance {

class Node;

/// Installs `show eir`, `show diameter`, `show sccp`, `check imei`, `commit` and `discard`. The node
/// outlives the console. Every show has a `json` form, one line.
void install_console(Node& node);

}  // namespace eir::appliance
