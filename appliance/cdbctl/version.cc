// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl version list
#include <fmt/format.h>

#include <algorithm>

#include "appliance/cdbctl/command.h"
#include "sync/epp/text.h"

namespace eir::appliance::cdbctl {
namespace {

void list(Context& context, uint64_t count) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const auto newest = reader->newest_version();
  fmt::print("{:<14}{:<22}{:>12}  {}\n", "VERSION", "MADE", "PLACES", "FORM");
  if (!newest) return;
  lists::Version from = newest->version;
  from.number -= std::min(from.number, count);
  reader->versions(from, newest->version, [](const registry::VersionRow& row) {
    fmt::print("{:<14}{:<22}{:>12}  {}\n", fmt::format("{}.{}", row.version.epoch, row.version.number),
               sync::epp::format_time(base::UnixSeconds(std::chrono::seconds(row.created))), row.places,
               row.data.empty() ? "full" : "change");
    return true;
  });
}

}  // namespace

void add_version(Command& app, Context& context) {
  auto count = std::make_shared<uint64_t>(20);
  Command* version = app.add_command("version", "What was made for followers")->require_command();
  Command* list_them = version->add_command("list", "The newest versions of this epoch");
  list_them->add_option("--count", *count, "How many")->show_default();
  list_them->callback([&context, count] { list(context, *count); });
}

}  // namespace eir::appliance::cdbctl
