// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl version list
#include <fmt/format.h>
#include <CLI/CLI.hpp>

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

void add_version(CLI::App& app, Context& context) {
  auto count = std::make_shared<uint64_t>(20);
  CLI::App* version = app.add_subcommand("version", "What was made for followers")->require_subcommand(1);
  CLI::App* list_them = version->add_subcommand("list", "The newest versions of this epoch");
  list_them->add_option("--count", *count, "How many")->capture_default_str();
  list_them->callback([&context, count] { list(context, *count); });
}

}  // namespace eir::appliance::cdbctl
