// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/command.h"

namespace eir::appliance::eirctl {
namespace {

std::string plain(const Json& value) { return value.is_string() ? value.get<std::string>() : value.dump(); }

/// Nested objects as "outer.inner   value", one line each.
void print_flat(const Json& j, const std::string& prefix) {
  for (const auto& [key, value] : j.items()) {
    const std::string name = prefix.empty() ? key : prefix + "." + key;
    if (value.is_object()) {
      print_flat(value, name);
    } else {
      fmt::print("{:<32} {}\n", name, plain(value));
    }
  }
}

void run(Context& context) {
  auto summary = ask_node(context, "eir.summary");
  if (!summary) return;
  const auto alarms = ask_node(context, "eir.alarms");
  if (!alarms) return;
  if (context.json) {
    Json j = {{"summary", *summary}, {"alarms", alarms->value("alarms", Json::array())}};
    fmt::print("{}\n", one_line(j));
    return;
  }
  print_flat(*summary, "");
  for (const Json& a : alarms->value("alarms", Json::array()))
    fmt::print("\nALARM {} {} {}\n  since  {}\n  cause  {}\n  remedy {}\n", a.value("name", ""), a.value("subject", ""),
               a.value("detail", ""), a.value("since", ""), a.value("cause", ""), a.value("remedy", ""));
}

}  // namespace

void add_status(Command& app, Context& context) {
  Command* c = app.add_command("status", "Ask the running node how it stands, alarms with cause and remedy");
  add_node(*c, context);
  add_json(*c, context);
  c->footer(
      "Examples:\n"
      "  eirctl status\n"
      "  eirctl status --node 127.0.0.1:4291 --json");
  c->callback([&context] { run(context); });
}

}  // namespace eir::appliance::eirctl
