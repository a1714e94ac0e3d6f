// SPDX-License-Identifier: GPL-3.0-or-later
// The node `users` of the configuration.
#include "appliance/cdbd/config.h"

namespace eir::appliance::cdbd {
namespace {

LockOutRule& rule(std::string_view who) { return who == "user" ? config().users.user : config().users.address; }

void write_rule(const Console& out, const char* who, const LockOutRule& r) {
  if (r.failures == 0)
    out.line(" no lock-out {}", who);
  else
    out.line(" lock-out {} {} within {} for {}", who, r.failures, r.within.count(), r.locked.count());
}

int write_users(vty* v) {
  const Console out(v, {});
  out.line("users");
  write_rule(out, "user", config().users.user);
  write_rule(out, "address", config().users.address);
  return 1;
}

}  // namespace

void install_users_node() {
  install_node(kUsersNode, "%s(config-users)# ", write_users);
  install_command(CONFIG_NODE, "users", {"Logging in"}, [](const Console& c) { return c.enter(kUsersNode); });
  install_setting(kUsersNode, "lock-out (user|address) <1-100000> within <1-86400> for <1-86400>",
                  {"Let nobody in after failed logins", "Of one user, from wherever (default 10 within 300 for 900)",
                   "From one address, as whoever (default 50 within 300 for 900)", "Failed logins", "Within", "Seconds",
                   "How long", "Seconds"},
                  "users lock-out", [](const Console& c) {
                    rule(c.arg(0)) = {static_cast<unsigned>(number(c.arg(1))), std::chrono::seconds(number(c.arg(2))),
                                      std::chrono::seconds(number(c.arg(3)))};
                    return CMD_SUCCESS;
                  });
  install_setting(kUsersNode, "no lock-out (user|address)", {"Take away", "The lock-out", "Of users", "Of addresses"},
                  "users lock-out", [](const Console& c) {
                    rule(c.arg(0)).failures = 0;
                    return CMD_SUCCESS;
                  });
}

void validate_users(const Config&, Problems&) {}

}  // namespace eir::appliance::cdbd
