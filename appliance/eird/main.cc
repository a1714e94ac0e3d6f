// SPDX-License-Identifier: GPL-3.0-or-later
// eird: the EIR node.

#include "appliance/config/draft.h"
#include "appliance/config/load.h"
#include "appliance/eird/node.h"
#include "appliance/vty/program.h"

int main(int argc, char** argv) {
  using namespace eir::appliance;
  Program eird;
  eird.name = "eird";
  eird.about = "eird answers MAP CheckIMEI and Diameter S13 from a local replica of the lists.";
  eird.file = "/etc/turnstile/eird.cfg";
  eird.prints = "Turnstile";
  eird.install = init_console;
  eird.validate = [] { return validate(draft().next()); };
  eird.run = [](const std::string& file) -> eir::base::Result<void, eir::base::Problem> {
    Node node;
    const auto config = read_config(file);
    if (!config) return tl::unexpected(config.error());
    return node.run(*config);
  };
  return run_program(eird, argc, argv);
}
