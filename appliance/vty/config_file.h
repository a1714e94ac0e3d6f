// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"

namespace eir::appliance {

/// Remembers that the line being read is about `where`, so that a later problem can name the line. Does nothing
/// when a console, not a file, gives the command.
void mark_line(const std::string& where);
/// The line marked for `where`, for the longest leading part of it that was marked, or 0.
unsigned marked_line(std::string where);

/// What is wrong with what was read, as far as that can be seen without opening a socket: `where` is what a line
/// was marked with.
using Validate = std::function<std::vector<base::Problem>()>;

/// Reads `path` and says all that is wrong with it, each with file:line where it has one: every line that a
/// command refuses and then, once the rest can be read, what `validate` finds. The reading is done in child
/// processes that can open no socket, because nodes of libraries dial while a file is read. Changes nothing in
/// this process. REQUIRES: init_vty(), the nodes installed, no other thread yet.
std::vector<base::Problem> check_config_file(const std::string& path, const Validate& validate);

/// Reads `path` into this process: commands act, the libraries' may begin to dial. REQUIRES: as above.
base::Result<void, base::Problem> read_config_file(const std::string& path);

}  // namespace eir::appliance
