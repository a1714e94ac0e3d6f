// SPDX-License-Identifier: GPL-3.0-or-later
// eir-syncd: keeps a node in step with the centre.

#include "appliance/syncd/config.h"
#include "appliance/syncd/daemon.h"
#include "appliance/vty/console.h"
#include "appliance/vty/program.h"

int main(int argc, char** argv) {
  using namespace eir::appliance;
  Program program;
  program.name = "eir-syncd";
  program.about = "eir-syncd brings the centre's versions to a replica, and the node's sightings to the centre.";
  program.file = "/etc/turnstile/eir-syncd.cfg";
  program.prints = "eir-syncd";
  program.install = [](const char* prints) -> eir::base::Result<void, eir::base::Problem> {
    init_vty(prints);
    syncd::install_config_nodes();
    return {};
  };
  program.validate = [] { return syncd::validate(syncd::config()); };
  program.run = [](const std::string& file) -> eir::base::Result<void, eir::base::Problem> {
    if (auto ok = read_config_file(file); !ok) return ok;
    syncd::Daemon daemon(syncd::config());
    return daemon.run();
  };
  return run_program(program, argc, argv);
}
