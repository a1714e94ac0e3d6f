// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "appliance/config/node_config.h"

namespace eir::appliance {

/// Prepares libosmovty and libosmo-sigtran for reading configurations and for the console: logging,
/// their own nodes, ours. Opens no socket. Once per process, before anything else here.
base::Result<void, base::Problem> init_console(const char* program);

/// Reads `path` and says all that is wrong with it, each with file:line where it has one. The reading is
/// done in child processes that can open no socket, because libosmo-sigtran's nodes dial while a file is
/// read. Changes nothing in this process. REQUIRES: init_console(), no other thread yet.
std::vector<base::Problem> check_config(const std::string& path);

/// Reads `path` into this process: our nodes into the draft, the libraries' into the libraries, which
/// may begin to dial. REQUIRES: init_console().
base::Result<NodeConfig, base::Problem> read_config(const std::string& path);

/// What a tool needs of a configuration: our own nodes, validated, without touching the network. Forbids
/// sockets to this process for good.
base::Result<NodeConfig, std::vector<base::Problem>> load_config(const std::string& path);

}  // namespace eir::appliance
