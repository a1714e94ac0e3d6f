// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/command.h"

int main(int argc, char** argv) {
  using namespace eir::appliance::eirctl;
  eir::appliance::Command app("eirctl", "Command line of the Turnstile equipment identity register",
                              "eirctl " PROJECT_VERSION);
  app.require_command();
  app.footer("'eirctl COMMAND --help' explains a command, with examples.");
  Context context;
  add_import(app, context);
  add_export(app, context);
  add_lists(app, context);
  add_status(app, context);
  add_check(app, context);
  add_replica(app, context);
  if (const int status = app.run(argc, argv, kNothingDone)) return status;
  return context.exit;
}
