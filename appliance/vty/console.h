// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/vty/osmovty.h"

namespace eir::appliance {

/// Prepares logging and libosmovty for reading configurations and for the console, with the nodes `log` and
/// `line vty` and the commands every program has. `program` is what the console calls itself; `go_parent` leaves
/// a library's nodes and may be null. Opens no socket. Returns the context that libraries allocate from.
/// REQUIRES: once per process, before anything else of this room.
void* init_vty(const char* program, int (*go_parent)(vty*) = nullptr);

}  // namespace eir::appliance
