// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl user (add|change|disable|list)
#include <fmt/format.h>
#include <termios.h>
#include <unistd.h>

#include <iostream>

#include "appliance/cdbctl/command.h"

namespace eir::appliance::cdbctl {
namespace {

struct UserOptions {
  std::string name, role, certificate;
  bool refuse_repeats = false, follows = false, keep_password = false;
};

/// From standard input, without an echo when somebody types: a password on a command line is seen by all.
std::string ask_password() {
  std::string password;
  termios before{};
  const bool typed = isatty(STDIN_FILENO) && tcgetattr(STDIN_FILENO, &before) == 0;
  if (typed) {
    fmt::print(stderr, "Password (6 to 16 characters): ");
    termios quiet = before;
    quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  std::getline(std::cin, password);
  if (typed) {
    tcsetattr(STDIN_FILENO, TCSAFLUSH, &before);
    fmt::print(stderr, "\n");
  }
  return password;
}

void put(Context& context, const UserOptions& o) {
  const auto role = registry::role_from(o.role);
  if (!role) {
    fail(context, {o.role, "no such role"});
    return;
  }
  registry::PutUser put;
  put.user.name = o.name;
  put.user.role = *role;
  put.user.certificate = o.certificate;
  put.user.refuse_repeats = o.refuse_repeats;
  put.user.follows = o.follows;
  if (!o.keep_password) put.new_password = ask_password();
  carry_out(context, std::move(put));
}

void list(Context& context) {
  const auto reader = open_reader(context);
  if (!reader) return;
  fmt::print("{:<18}{:<17}{:<9}{:<9}{:<9}{}\n", "NAME", "ROLE", "ENABLED", "REPEATS", "FOLLOWS", "CERTIFICATE");
  for (const registry::ObjectRow& row : reader->objects(registry::Kind::kUser, std::nullopt, 0, 1'000'000)) {
    const auto user = registry::user_of(row);
    if (!user) continue;
    fmt::print("{:<18}{:<17}{:<9}{:<9}{:<9}{}\n", user->name, registry::to_string(user->role),
               user->enabled ? "yes" : "no", user->refuse_repeats ? "refused" : "flagged", user->follows ? "yes" : "no",
               user->certificate.empty() ? "-" : user->certificate);
  }
}

void add_options(Command& command, UserOptions& o) {
  command.add_option("NAME", o.name, "3 to 16 characters")->required();
  command
      .add_option("--role", o.role,
                  "importer, customs, law-enforcement, tax, regulator, administrator, operator, point-of-sale")
      ->required();
  command.add_option("--certificate", o.certificate, "SHA-256 of the client certificate, 64 hexadecimal digits");
  command.add_flag("--refuse-repeats", o.refuse_repeats, "Refuse a clTRID that was used before");
  command.add_flag("--follows", o.follows, "A node or site: tell it of every version");
}

}  // namespace

void add_user(Command& app, Context& context) {
  auto options = std::make_shared<UserOptions>();
  Command* user = app.add_command("user", "Who may log in, and as what")->require_command();
  Command* add = user->add_command("add", "A new user; the password is read from standard input");
  add_options(*add, *options);
  add->callback([&context, options] { put(context, *options); });
  Command* change = user->add_command("change", "Give all of a user anew, and enable it");
  add_options(*change, *options);
  change->add_flag("--keep-password", options->keep_password, "Do not ask for a new one");
  change->callback([&context, options] { put(context, *options); });
  Command* disable = user->add_command("disable", "Let a user log in no more; what it did keeps its name");
  disable->add_option("NAME", options->name)->required();
  disable->callback([&context, options] { carry_out(context, registry::DisableUser{options->name}); });
  Command* unlock = user->add_command("unlock", "Let a user or an address in again that is locked out");
  unlock->add_option("NAME", options->name, "A user, or an IP address")->required();
  unlock->callback([&context, options] {
    const auto said = ask_daemon(context, {"user", "unlock", options->name});
    if (!said) return;
    fmt::print("{}\n", *said);
    if (*said != "unlocked") context.exit = kNotSo;
  });
  user->add_command("list", "Who there is")->callback([&context] { list(context); });
}

}  // namespace eir::appliance::cdbctl
