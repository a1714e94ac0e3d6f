// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/program.h"

#include <CLI/CLI.hpp>
#include <cstdio>

namespace eir::appliance {
namespace {

int report(const std::vector<base::Problem>& problems) {
  for (const auto& p : problems) std::fprintf(stderr, "%s\n", p.message().c_str());
  return 1;
}

}  // namespace

int run_program(const Program& program, int argc, char** argv) {
  CLI::App app(program.about, program.name);
  std::string file = program.file;
  bool check = false;
  app.add_option("-c,--config", file, "Configuration file")->capture_default_str();
  app.add_flag("--check", check,
               "Read the configuration, report every error as file:line: reason, open no socket, exit");
  app.set_version_flag("-V,--version", program.name + " " PROJECT_VERSION);
  app.footer("Exit status: 0 stopped cleanly, or the configuration is good; 1 it is not, or it could not start.");
  CLI11_PARSE(app, argc, argv);

  if (const auto ok = program.install(program.prints.c_str()); !ok) return report({ok.error()});
  if (const auto problems = check_config_file(file, program.validate); !problems.empty()) return report(problems);
  if (check) {
    std::printf("%s: good\n", file.c_str());
    return 0;
  }
  if (const auto ok = program.run(file); !ok) return report({ok.error()});
  return 0;
}

}  // namespace eir::appliance
