// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/command.h"
#include "core/store/reader.h"

namespace eir::appliance::eirctl {
namespace {

void run(const std::string& directory, Context& context) {
  std::optional<Json> replica;
  if (directory.empty()) {
    replica = ask_node(context, "eir.lists");
    if (!replica) return;
  } else {
    const auto reader = store::Reader::open(directory);
    replica = replica_json(directory, reader->status());
    if (!reader->view()) context.exit = kNothingDone;
  }
  if (context.json) {
    fmt::print("{}\n", one_line(*replica));
  } else {
    print_replica(*replica);
  }
}

}  // namespace

void add_lists(Command& app, Context& context) {
  const auto directory = std::make_shared<std::string>();
  Command* c = app.add_command("lists", "Show the versions of the lists, and which is served");
  c->add_option("--replica", *directory, "Read this directory; else the running node is asked");
  add_node(*c, context);
  add_json(*c, context);
  c->footer(
      "Examples:\n"
      "  eirctl lists\n"
      "  eirctl lists --replica /var/lib/turnstile/replica --json");
  c->callback([directory, &context] { run(*directory, context); });
}

}  // namespace eir::appliance::eirctl
