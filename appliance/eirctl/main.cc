// SPDX-License-Identifier: GPL-3.0-or-later
#include <CLI/CLI.hpp>
#include <cstdio>

#include "appliance/eirctl/command.h"

int main(int argc, char** argv) {
  using namespace eir::appliance::eirctl;
  CLI::App app("Command line of the Turnstile equipment identity register", "eirctl");
  app.require_subcommand(1);
  app.set_version_flag("--version", "eirctl " PROJECT_VERSION);
  app.footer("'eirctl COMMAND --help' explains a command, with examples.");
  Context context;
  add_import(app, context);
  add_export(app, context);
  add_lists(app, context);
  add_status(app, context);
  add_check(app, context);
  add_replica(app, context);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    // 0 for --help and --version; a line that cannot be understood does nothing.
    return app.exit(e) == 0 ? kOk : kNothingDone;
  } catch (const std::exception& e) {
    // Output that cannot be written, or no memory.
    std::fprintf(stderr, "eirctl: %s\n", e.what());
    return kNothingDone;
  }
  return context.exit;
}
