// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbctl/command.h"

int main(int argc, char** argv) {
  using namespace eir::appliance::cdbctl;
  eir::appliance::Command app("cdbctl", "Command line of the Turnstile central IMEI database",
                              "cdbctl " PROJECT_VERSION);
  Context context;
  app.require_command();
  app.add_option("-d,--directory", context.directory, "Where the database is")->show_default();
  app.add_option("--key", context.key_file, "The centre's signing key (default: centre.key in the directory)");
  app.add_option("--socket", context.socket, "Of the running cdbd (default: control.sock in the directory)");
  app.footer(
      "What writes is handed to the cdbd that runs there, if any. Exit status: 0 done; 1 refused in part, or not "
      "whole; 2 nothing was done.");
  add_user(app, context);
  add_audit(app, context);
  add_site(app, context);
  add_import(app, context);
  add_queue(app, context);
  add_device(app, context);
  add_version(app, context);
  add_urgent(app, context);
  if (const int status = app.run(argc, argv, kNothingDone)) return status;
  return context.exit;
}
