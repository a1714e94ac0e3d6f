// SPDX-License-Identifier: GPL-3.0-or-later
// cdbd: the central IMEI database.

#include "appliance/cdbd/daemon.h"
#include "appliance/vty/program.h"

int main(int argc, char** argv) {
  using namespace eir::appliance;
  Program program;
  program.name = "cdbd";
  program.about = "cdbd is the central IMEI database: registry, versions, and EPP for whoever may change or follow it.";
  program.file = "/etc/turnstile/cdbd.cfg";
  program.prints = "Turnstile-CDB";
  program.install = cdbd::install_config;
  program.validate = cdbd::validate_config;
  program.run = [](const std::string& file) -> eir::base::Result<void, eir::base::Problem> {
    if (const auto ok = read_config_file(file); !ok) return ok;
    return cdbd::Daemon(cdbd::config()).run();
  };
  return run_program(program, argc, argv);
}
