// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>

#include "appliance/vty/config_file.h"

namespace eir::appliance {

/// What a daemon says of itself; run_program() does the rest of its main().
struct Program {
  std::string name;    ///< "cdbd"
  std::string about;   ///< one sentence, for --help
  std::string file;    ///< the configuration file when none is named
  std::string prints;  ///< what the console calls itself
  /// Prepares the console: init_vty(), what libraries need, the nodes of the configuration.
  std::function<base::Result<void, base::Problem>(const char* prints)> install;
  Validate validate;
  /// Reads the file (read_config_file()) and serves until it is told to stop; a Problem when it could not start.
  std::function<base::Result<void, base::Problem>(const std::string& file)> run;
};

/// `NAME -c FILE [--check] [--version] [--help]`. Says every problem of the file on stderr before anything starts.
/// Returns the exit status: 0 stopped cleanly, or the configuration is good; 1 it is not, or could not start.
int run_program(const Program& program, int argc, char** argv);

}  // namespace eir::appliance
