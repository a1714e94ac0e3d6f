// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/eirctl/replica.h"

namespace eir::appliance::eirctl {
namespace {

std::string text_or_dash(lists::Version v) { return v == lists::Version{} ? "-" : v.str(); }
std::string time_or_dash(base::UnixSeconds t) { return t == base::UnixSeconds{} ? "-" : utc(t); }

Json refusal_json(const store::Refused& r) {
  return {{"version", r.version.str()},    {"what", store::name(r.what)},    {"detail", r.detail}, {"at", utc(r.at)},
          {"cause", store::cause(r.what)}, {"remedy", store::remedy(r.what)}};
}

Json state_json(const store::SourceInfo& s) {
  Json j = {{"name", s.name},
            {"state", state_name(s)},
            {"served", s.served.str()},
            {"newest", s.newest.str()},
            {"held_from", s.held() ? Json(s.held_from.str()) : Json(nullptr)},
            {"waiting", s.waiting},
            {"note", s.note},
            {"repair_asked", s.repair},
            {"entries", s.counts.total()},
            {"digest", s.digest.hex()},
            {"served_since", utc(s.served_since)}};
  j["refusal"] = s.refusal ? refusal_json(*s.refusal) : Json(nullptr);
  return j;
}

void print_source(const store::SourceInfo& s) {
  fmt::print("{:<16} {:<10} {:<10} {:<8} {:>7} {:>14}  {:<21} {}\n", s.name, text_or_dash(s.served),
             text_or_dash(s.newest), state_name(s), grouped(s.waiting), grouped(s.counts.total()),
             time_or_dash(s.served_since), s.digest.hex().substr(0, 16));
  if (s.held()) fmt::print("  held from {}: {}\n", s.held_from.str(), s.note);
  if (s.pinned) fmt::print("  pinned{}{}\n", s.note.empty() ? "" : ": ", s.note);
  if (s.refusal) {
    const store::Refused& r = *s.refusal;
    fmt::print("  refused {} {}: {}\n    cause   {}\n    remedy  {}\n", r.version.str(), store::name(r.what), r.detail,
               store::cause(r.what), store::remedy(r.what));
  }
  if (s.repair) fmt::print("  a full version is asked for\n");
}

void status(const ReplicaOptions& o, Context& context) {
  const auto reader = store::Reader::open(o.directory);
  const store::ReplicaStatus r = reader->status();
  if (!r.serving) context.exit = kNothingDone;
  if (context.json) {
    Json j = {{"replica", o.directory}};
    j["serving"] = r.serving ? Json({{"version", r.serving->version.str()},
                                     {"digest", r.serving->digest.hex()},
                                     {"entries", r.serving->counts.total()}})
                             : Json(nullptr);
    j["sources"] = Json::array();
    for (const auto& s : r.sources) j["sources"].push_back(state_json(s));
    j["policy"] =
        r.policy ? Json({{"number", r.policy->number}, {"stored_at", utc(r.policy->stored_at)}}) : Json(nullptr);
    j["policies_held"] = r.policies_held;
    j["problems"] = Json::array();
    for (const auto& p : r.problems) j["problems"].push_back(p.message());
    fmt::print("{}\n", one_line(j));
    return;
  }
  fmt::print("replica   {}\n", o.directory);
  if (r.serving) {
    fmt::print("serving   version {}, {} entries, digest {}\n", r.serving->version.str(),
               grouped(r.serving->counts.total()), r.serving->digest.hex());
  } else {
    fmt::print("serving   nothing: every question gets the fault answer\n");
  }
  if (r.policy) fmt::print("policy    {}, since {}\n", r.policy->number, utc(r.policy->stored_at));
  if (r.policies_held)
    fmt::print("policy    {} held: 'eirctl replica release --source policy' takes it, 'refuse' drops it\n",
               r.policies_held);
  for (const auto& p : r.problems) fmt::print("problem   {}\n", p.message());
  fmt::print("\n{:<16} {:<10} {:<10} {:<8} {:>7} {:>14}  {:<21} {}\n", "source", "served", "newest", "state", "waiting",
             "entries", "served since", "digest");
  for (const auto& s : r.sources) print_source(s);
}

void versions(const ReplicaOptions& o, Context& context, size_t max, bool served) {
  const auto reader = store::Reader::open(o.directory);
  const auto rows = served ? reader->served(o.source, max) : std::vector<store::ServedInfo>();
  const auto stored = served ? std::vector<store::VersionInfo>() : reader->versions(o.source, max);
  if (!rows) return fail(context, rows.error());
  if (!stored) return fail(context, stored.error());
  if (context.json) {
    Json j = Json::array();
    if (served) {
      for (const auto& s : *rows)
        j.push_back({{"source", s.source},
                     {"version", s.version.str()},
                     {"at", utc(s.at)},
                     {"cause", s.cause},
                     {"note", s.note},
                     {"turned", s.turned}});
    } else {
      for (const auto& v : *stored) j.push_back(version_json(v));
    }
    fmt::print("{}\n", one_line({{served ? "served" : "versions", j}}));
    return;
  }
  if (served) {
    fmt::print("{:<21} {:<16} {:<10} {:<10} {:>8}  {}\n", "served from", "source", "version", "cause", "turned",
               "note");
    for (const auto& s : *rows)
      fmt::print("{:<21} {:<16} {:<10} {:<10} {:>8}  {}\n", utc(s.at), s.source, s.version.str(), s.cause,
                 grouped(s.turned), s.note);
    return;
  }
  fmt::print("{:<16} {:<10} {:<10} {:<21} {:>10} {:>14}  {:<16} {}\n", "source", "version", "change of", "stored",
             "places", "entries", "digest", "from");
  for (const auto& v : *stored)
    fmt::print("{:<16} {:<10} {:<10} {:<21} {:>10} {:>14}  {:<16} {}\n", v.source, v.version.str(),
               v.full ? "full" : v.base.str(), utc(v.stored_at), grouped(v.places), grouped(v.counts.total()),
               v.digest.hex().substr(0, 16), v.origin);
}

}  // namespace

void add_replica_show(Command& replica, Context& context) {
  const auto o = std::make_shared<ReplicaOptions>();
  replica_command(
      replica, context, "status", "What is served of each source, and why it is not the newest", o,
      [o, &context] { status(*o, context); },
      "Exit status: 0, or 2 when nothing can be served.\n\n"
      "Example:\n  eirctl replica status --replica /var/lib/turnstile/replica");
  const auto v = std::make_shared<ReplicaOptions>();
  const auto max = std::make_shared<size_t>(store::kVersionsShown);
  const auto served = std::make_shared<bool>(false);
  v->source.clear();
  Command* c = replica_command(
      replica, context, "versions", "The versions stored last, or what was served when", v,
      [v, max, served, &context] { versions(*v, context, *max, *served); },
      "Examples:\n"
      "  eirctl replica versions --replica /var/lib/turnstile/replica --source centre --max 100\n"
      "  eirctl replica versions --replica /var/lib/turnstile/replica --served --max 100");
  add_source(*c, *v);
  c->add_flag("--served", *served, "What was served when, and why, the last first");
  c->add_option("--max", *max, "How many rows")->show_default();
}

}  // namespace eir::appliance::eirctl
