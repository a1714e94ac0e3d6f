// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl device show IMEI
#include <fmt/format.h>

#include "appliance/cdbctl/command.h"
#include "registry/queries.h"
#include "sync/epp/text.h"

namespace eir::appliance::cdbctl {
namespace {

std::string time_of(base::UnixSeconds t) { return t == base::UnixSeconds{} ? "-" : sync::epp::format_time(t); }

/// A user's name; who is no user is the registry by itself: a policy, or the operator of its machine.
std::string name_of(registry::StoreReader& reader, registry::UserId id) {
  if (id == registry::kPolicyUser) return "registry";
  const auto row = reader.object(registry::Kind::kUser, id);
  return row ? row->name : fmt::format("user {}", id);
}

void print_entry(registry::StoreReader& reader, const registry::ShownEntry& shown) {
  const registry::Entry& e = shown.entry;
  std::string what;
  if (e.kind == lists::EntryKind::kLock)
    what = fmt::format("{} IMSI {} MSISDN {}", lists::to_string(e.policy), e.imsi.empty() ? "-" : e.imsi.str(),
                       e.msisdn.empty() ? "-" : e.msisdn.str());
  else
    what = e.lists.str();
  if (e.svn) what += fmt::format(" SVN {:02}", static_cast<unsigned>(*e.svn));
  fmt::print("  {} {}, since {}, by {}\n", lists::to_string(e.kind), what, time_of(shown.at),
             name_of(reader, shown.author));
  const registry::Grounds& g = e.grounds;
  if (!g.reason.empty()) fmt::print("    reason    {}\n", g.reason);
  if (!g.evidence.empty()) fmt::print("    evidence  {}\n", g.evidence);
  if (g.from != base::UnixSeconds{} || g.until != base::UnixSeconds{})
    fmt::print("    holds     {} to {}, then {}\n", time_of(g.from), time_of(g.until), g.next.str());
}

void print_device(registry::StoreReader& reader, const registry::ShownDevice& d) {
  fmt::print("{}: {}\n", d.name, d.lists.empty() ? std::string("on no list of its own") : d.lists.str());
  const auto line = [](const char* name, const std::string& value) {
    if (!value.empty()) fmt::print("  {:<13}{}\n", name, value);
  };
  line("manufacturer", d.device.manufacturer);
  line("type", d.device.type);
  line("certificate",
       d.device.certificate + (d.device.certificate_date.empty() ? "" : " of ") + d.device.certificate_date);
  line("permit", d.device.permit + (d.device.permit_date.empty() ? "" : " of ") + d.device.permit_date);
  line("position", d.device.position);
  line("importer", d.device.importer_id + (d.device.importer_name.empty() ? "" : ", ") + d.device.importer_name);
  line("country", d.device.country);
  line("price", d.device.price + (d.device.currency.empty() ? "" : " ") + d.device.currency);
  fmt::print("  filed by {} at {}, updated {}; filed again {} times\n", name_of(reader, d.owner), time_of(d.created),
             time_of(d.updated), d.attempts);
}

void show(Context& context, const std::string& name) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  registry::Request rq;
  rq.role = registry::Role::kAdministrator;
  registry::ShownDevice device;
  const auto found = registry::device_info(*reader, rq, name, device);
  if (found.ok()) {
    print_device(*reader, device);
    fmt::print("entries\n");
    for (const auto& e : device.entries) print_entry(*reader, e);
    fmt::print("locks\n");
    for (const auto& e : device.locks) print_entry(*reader, e);
  } else {
    fmt::print("{}: {}\n", name, registry::to_string(found.why));
    context.exit = kNotSo;
  }
  std::vector<registry::SightingRow> seen;
  if (!registry::sightings_of(*reader, rq, name, seen).ok()) return;
  fmt::print("sightings\n");
  for (const auto& [s, node] : seen)
    fmt::print("  {} to {}: IMSI {} MSISDN {} over {} from {}, {}; node {}\n", time_of(s.first), time_of(s.last),
               s.imsi.empty() ? "-" : s.imsi.str(), s.msisdn.empty() ? "-" : s.msisdn.str(), s.interface, s.serving,
               s.network, node);
}

}  // namespace

void add_device(Command& app, Context& context) {
  auto name = std::make_shared<std::string>();
  Command* device = app.add_command("device", "What is known of one device")->require_command();
  Command* show_it = device->add_command("show", "Its data, entries, locks and sightings");
  show_it->add_option("IMEI", *name, "14 digits, 15 with the check digit, or 16")->required();
  show_it->callback([&context, name] { show(context, *name); });
}

}  // namespace eir::appliance::cdbctl
