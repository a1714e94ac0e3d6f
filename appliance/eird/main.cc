// SPDX-License-Identifier: GPL-3.0-or-later
// eird: the EIR node.

#include <CLI/CLI.hpp>
#include <cstdio>

#include "appliance/config/load.h"
#include "appliance/eird/node.h"

namespace {

int report(const std::vector<eir::base::Problem>& problems) {
  for (const auto& p : problems) std::fprintf(stderr, "%s\n", p.message().c_str());
  return 1;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("eird answers MAP CheckIMEI and Diameter S13 from a local replica of the lists.");
  std::string file = "/etc/turnstile/eird.cfg";
  bool check = false;
  app.add_option("-c,--config", file, "Configuration file")->capture_default_str();
  app.add_flag("--check", check,
               "Read the configuration, report every error as file:line: reason, open no socket, exit");
  app.set_version_flag("-V,--version", "eird " PROJECT_VERSION);
  app.footer("Exit status: 0 stopped cleanly, or the configuration is good; 1 it is not, or the node could not start.");
  CLI11_PARSE(app, argc, argv);

  if (const auto ok = eir::appliance::init_console("Turnstile"); !ok) return report({ok.error()});
  if (const auto problems = eir::appliance::check_config(file); !problems.empty()) return report(problems);
  if (check) {
    std::printf("%s: good\n", file.c_str());
    return 0;
  }
  eir::appliance::Node node;
  const auto config = eir::appliance::read_config(file);
  if (!config) return report({config.error()});
  if (const auto ok = node.run(*config); !ok) return report({ok.error()});
  return 0;
}
