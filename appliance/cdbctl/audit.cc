// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl audit (verify|find)
#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <sstream>

#include "appliance/cdbctl/command.h"
#include "sync/epp/text.h"

namespace eir::appliance::cdbctl {
namespace {

struct AuditOptions {
  std::vector<std::string> anchors;
  std::vector<std::string> trids;
};

void verify(Context& context, const AuditOptions& o) {
  std::vector<base::Hash> anchors;
  for (const std::string& path : o.anchors) {
    std::ifstream in(path);
    std::stringstream text;
    text << in.rdbuf();
    if (!in) return fail(context, {path, "cannot be read"});
    const auto found = registry::anchors_in(text.str());
    if (found.empty()) return fail(context, {path, "no audit head stands in it"});
    anchors.insert(anchors.end(), found.begin(), found.end());
  }
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const registry::AuditReport r = registry::verify_audit(*reader, anchors);
  fmt::print("blocks {}, records {}, commands {}\nhead {}\n", r.blocks, r.records, r.commands, base::hex(r.head));
  if (r.site_blocks > 0)
    fmt::print("of this site alone: blocks {}, records {}, commands {}\n", r.site_blocks, r.site_records,
               r.site_commands);
  if (!anchors.empty())
    fmt::print(
        "anchors {} of {} found, the newest at block {}\nafter it: {} blocks, {} records, proven by the chain "
        "alone\n",
        r.anchors_found, r.anchors, r.anchored, r.after_anchor, r.records_after);
  fmt::print("{}\n", r.whole ? "whole" : "NOT WHOLE: " + r.fault);
  if (!r.whole) context.exit = kNotSo;
}

void print(const registry::AuditRecord& r) {
  using registry::RecordType;
  if (r.type == RecordType::kCommand) {
    const auto& c = r.command;
    const std::chrono::system_clock::time_point at{std::chrono::milliseconds(c.at_ms)};
    fmt::print("{} {} ({}) from {}: {} {} {}\n  clTRID {}{}, svTRID {}: {} {}{}{}\n", sync::epp::format_time_ms(at),
               c.user_name, registry::to_string(c.role), c.address, c.verb, c.object, c.asked,
               c.missing ? "none" : c.cl_trid, c.repeated ? " (used before)" : "", c.sv_trid,
               static_cast<unsigned>(c.code), registry::to_string(c.why), c.refused.empty() ? "" : ": ", c.refused);
  } else if (r.type == RecordType::kImei) {
    fmt::print("  {} {} -> {}{}\n", identity::to_string(identity::ImeiKey{r.imei.place >> 7}),
               r.imei.lists_before.str(), r.imei.lists_after.str(),
               r.imei.code == registry::Code::kDone ? "" : " (refused)");
  } else if (r.type == RecordType::kEntry) {
    const auto& row = r.entry.after ? r.entry.after : r.entry.before;
    if (row) fmt::print("  {} entry {}\n", lists::to_string(row->kind), r.entry.after ? "put" : "taken away");
  } else if (r.type == RecordType::kItem) {
    fmt::print("  item {}\n", r.text);
  }
}

void find(Context& context, const AuditOptions& o) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  std::vector<std::string> rest;
  for (const std::string& trid : o.trids) {
    const auto found = registry::find_commands(*reader, trid, std::nullopt);
    for (const auto& r : found) print(r);
    if (found.empty()) rest.push_back(trid);
  }
  const auto own = registry::find_site_commands(*reader, o.trids);
  if (!own.empty()) fmt::print("asked of this site alone, while it followed:\n");
  for (const auto& r : own) {
    print(r);
    std::erase_if(rest, [&](const std::string& t) { return t == r.command.cl_trid || t == r.command.sv_trid; });
  }
  for (const std::string& trid : rest) fmt::print("nothing under {}\n", trid);
  if (!rest.empty()) context.exit = kNotSo;
}

}  // namespace

void add_audit(Command& app, Context& context) {
  auto options = std::make_shared<AuditOptions>();
  Command* audit = app.add_command("audit", "What was asked, by whom, and what it changed")->require_command();
  Command* verify_it = audit->add_command("verify", "Look for changes, gaps, and with anchors for what was cut off");
  verify_it->add_option("--anchor", options->anchors, "Files that hold audit heads: manifests as nodes keep them");
  verify_it->callback([&context, options] { verify(context, *options); });
  Command* find_it = audit->add_command("find", "Commands by their clTRID or svTRID");
  find_it->add_option("TRID", options->trids)->required();
  find_it->callback([&context, options] { find(context, *options); });
}

}  // namespace eir::appliance::cdbctl
