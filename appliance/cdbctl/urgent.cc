// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl urgent (add|remove|list)
#include <fmt/format.h>

#include "appliance/cdbctl/command.h"
#include "registry/urgent.h"
#include "sync/epp/text.h"

namespace eir::appliance::cdbctl {
namespace {

struct UrgentOptions {
  std::vector<std::string> names;
  std::string reason;
};

std::string name_of(const registry::UrgentMark& mark) {
  return identity::to_string(lists::ImeiEntry{mark.place << lists::ImeiEntry::kSvnShift, 0, 0}.key());
}

void list(Context& context) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const auto version = registry::urgent_version(*reader);
  const auto marks = registry::urgent_marks(*reader);
  fmt::print("version    {}\n", version ? version->manifest.version.str() : "none");
  fmt::print("counted    {} of {}\n", marks.all.size(), feed::kUrgentPlacesMax);
  for (const registry::UrgentMark& mark : marks.all)
    if (mark.gone == 0)
      fmt::print("{}  since {}\n", name_of(mark),
                 sync::epp::format_time(base::UnixSeconds(std::chrono::seconds(mark.since))));
}

}  // namespace

void add_urgent(Command& app, Context& context) {
  auto o = std::make_shared<UrgentOptions>();
  Command* urgent =
      app.add_command("urgent", "Devices whose block passes a hold of the nodes' guards")->require_command();
  Command* add = urgent->add_command("add", "Mark devices that stand on the black list");
  Command* remove = urgent->add_command("remove", "Take the mark away; the device stays on the list");
  for (Command* command : {add, remove}) {
    command->add_option("IMEI", o->names, "At most 100: all of them or none")->required();
    command->add_option("--reason", o->reason, "Goes on record")->required();
    command->callback([&context, o, on = command == add] {
      carry_out(context, registry::MarkUrgent{o->names, on, o->reason});
    });
  }
  urgent->add_command("list", "What is marked")->callback([&context] { list(context); });
}

}  // namespace eir::appliance::cdbctl
