// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/difference.h"
#include "appliance/eirctl/replica.h"
#include "core/lists/joined.h"

namespace eir::appliance::eirctl {
namespace {

constexpr int kForecastDaysMax = 366;

struct Options : ReplicaOptions {
  int days = 7;
};

/// Everything that is served, with one source in another version.
std::shared_ptr<const lists::View> served_with(const store::Reader& reader, const store::ReplicaStatus& status,
                                               const std::string& source, std::shared_ptr<const lists::Index> then) {
  std::vector<std::shared_ptr<const lists::Index>> all{std::move(then)};
  for (const store::SourceInfo& s : status.sources)
    if (auto index = reader.source(s.name); index && s.name != source) all.push_back(std::move(index));
  const lists::Version version = all.front()->version();
  return std::make_shared<lists::Joined>(std::move(all), version);
}

Json turned_json(const guard::Turned& t) {
  Json samples = Json::array();
  for (const auto& d : t.samples)
    samples.push_back({{"imei", identity::to_string(d.use.imei)},
                       {"imsi", d.use.imsi.str()},
                       {"msisdn", d.use.msisdn.str()},
                       {"now", to_string(d.before)},
                       {"then", to_string(d.after)},
                       {"reason", to_string(d.reason)}});
  return {{"devices_seen", t.seen},
          {"asked", t.checked},
          {"to_black", t.to_black},
          {"to_unknown", t.to_unknown},
          {"samples", samples}};
}

void print_turned(const guard::Turned& t) {
  if (t.seen == 0) {
    fmt::print("\nno device was seen: --sightings names the journals\n");
    return;
  }
  fmt::print("\ndevices seen: {}; {} would turn black, {} unknown\n", grouped(t.seen), grouped(t.to_black),
             grouped(t.to_unknown));
  for (const auto& d : t.samples)
    fmt::print("  {} {}{}: {} -> {} ({})\n", identity::to_string(d.use.imei), d.use.imsi ? "imsi " : "",
               d.use.imsi.str(), to_string(d.before), to_string(d.after), to_string(d.reason));
}

Json forecast_json(const Forecast& f) {
  Json j = Json::array();
  for (const auto& [at, r] : f.rows)
    j.push_back({{"day", utc(at.first).substr(0, 10)},
                 {"kind", to_string(at.second)},
                 {"begin", r.begin},
                 {"end", r.end},
                 {"turn_black", r.turn_black},
                 {"turn_other", r.turn_other}});
  return j;
}

void print_forecast(const Forecast& f, int days) {
  if (f.rows.empty()) return fmt::print("\nno timed entry falls due within {} days\n", days);
  fmt::print("\n{:<12} {:<14} {:>12} {:>12} {:>12} {:>12}\n", "falls due", "kind", "begin", "end", "turn black",
             "turn other");
  for (const auto& [at, r] : f.rows)
    fmt::print("{:<12} {:<14} {:>12} {:>12} {:>12} {:>12}\n", utc(at.first).substr(0, 10), to_string(at.second),
               grouped(r.begin), grouped(r.end), grouped(r.turn_black), grouped(r.turn_other));
}

void run(const Options& o, Context& context) {
  const auto reader = store::Reader::open(o.directory);
  const store::ReplicaStatus status = reader->status();
  const auto info = source_of(context, status, o.source);
  if (!info) return;
  lists::Version target = info->newest;
  if (!o.version.empty()) {
    const auto version = version_of(context, o.version);
    if (!version) return;
    target = *version;
  }
  const auto then = reader->state(o.source, target);
  if (!then) return fail(context, then.error());
  const auto knowledge = learn(o.guard, status.policy);
  if (!knowledge) return fail(context, knowledge.error());
  for (const base::Problem& p : (*knowledge)->problems)
    if (!context.json) fmt::print(stderr, "eirctl: {}\n", p.message());
  const auto now = reader->source(o.source);
  const auto difference = compare(*reader, *info, target, now.get(), **then);
  const auto at = std::chrono::floor<std::chrono::seconds>(base::SystemClock().wall());
  const auto turned =
      guard::count_turned((*knowledge)->seen, {(*knowledge)->settings, reader->view(), nullptr},
                          {(*knowledge)->settings, served_with(*reader, status, o.source, *then), nullptr},
                          difference.kept ? &difference.change : nullptr, at);
  const auto due = forecast(**then, at, std::chrono::days(o.days));
  if (context.json) {
    Json j = {{"source", o.source},
              {"now", info->served.str()},
              {"then", target.str()},
              {"state", state_name(*info)},
              {"note", info->note},
              {"kinds", difference_json(difference)},
              {"turned", turned_json(turned)},
              {"forecast", forecast_json(due)}};
    fmt::print("{}\n", one_line(j));
    return;
  }
  fmt::print("{}: {} is served{}; this is what {} would change\n\n", o.source,
             info->served == lists::Version{} ? "nothing" : info->served.str(),
             info->note.empty() ? "" : fmt::format(" ({}: {})", state_name(*info), info->note), target.str());
  print_difference(difference);
  print_turned(turned);
  print_forecast(due, o.days);
}

}  // namespace

void add_replica_preview(Command& replica, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = replica_command(
      replica, context, "preview", "What a version would change: entries, devices seen, what falls due", o,
      [o, &context] { run(*o, context); },
      "Examples:\n"
      "  eirctl replica preview --replica /var/lib/turnstile/replica -c /etc/turnstile/eird.cfg\n"
      "  eirctl replica preview --replica /var/lib/turnstile/replica --version 1.57 --json");
  add_source(*c, *o);
  c->add_option("--version", o->version, "Which version; else the newest, held or not");
  c->add_option("--days", o->days, "How far to look for entries that fall due")
      ->show_default()
      ->within(0, kForecastDaysMax);
  add_guard(*c, o->guard);
}

}  // namespace eir::appliance::eirctl
