// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/config/load.h"
#include "appliance/eirctl/as_of.h"
#include "appliance/eirctl/guarded.h"
#include "appliance/report/check.h"
#include "core/files/text.h"

namespace eir::appliance::eirctl {
namespace {

struct Options {
  CheckWords words;
  bool offline = false;
  bool explain = false;
  std::string at;
  std::string config;
  std::string replica;
  std::string sightings;

  /// What only the directory can tell is computed from it.
  bool here() const { return offline || explain || !at.empty() || !replica.empty() || !config.empty(); }
};

/// "eir.check.IMEI.sv.01.imsi.255…": words cannot hold a dot.
std::optional<std::string> variable_of(const CheckWords& w) {
  std::string variable = "eir.check." + (w.imei.empty() ? std::string("null") : w.imei);
  bool plain = w.imei.find('.') == std::string::npos;
  const auto add = [&](const char* name, const std::string& value) {
    plain = plain && value.find('.') == std::string::npos;
    if (!value.empty()) variable += fmt::format(".{}.{}", name, value);
  };
  add("sv", w.sv);
  add("imsi", w.imsi);
  add("msisdn", w.msisdn);
  add("gt", w.calling_gt);
  add("peer", w.peer);
  return plain ? std::optional(variable) : std::nullopt;
}

/// Where the replica stands and what the configuration says; says itself what is wrong.
bool configure(Options& o, decision::Settings& settings, Context& context) {
  if (!o.config.empty()) {
    const auto config = load_config(o.config);
    if (!config) {
      for (const base::Problem& p : config.error()) fail(context, p);
      return false;
    }
    settings = config->settings;
    if (o.replica.empty()) o.replica = config->replica_dir;
    if (o.sightings.empty()) o.sightings = config->sightings.directory;
  }
  if (o.replica.empty()) fail(context, {"", "--offline needs -c FILE or --replica DIR"});
  return !o.replica.empty();
}

/// The decision made here, from the directory and the configuration; as of a time when one is given.
std::optional<Json> offline(Options o, Context& context) {
  decision::Basis basis;
  if (!configure(o, basis.settings, context)) return std::nullopt;
  base::UnixSeconds time = std::chrono::floor<std::chrono::seconds>(base::SystemClock().wall());
  const auto at = o.at.empty() ? std::nullopt : files::parse_date(o.at);
  if (!o.at.empty() && (!at || *at > time)) {
    fail(context, {"--at", fmt::format("'{}' is no time past, such as 2026-01-31T12:00:00Z or 2026-01-31", o.at)});
    return std::nullopt;
  }
  const auto reader = store::Reader::open(o.replica);
  const auto status = reader->status();
  for (const base::Problem& p : status.problems)
    if (!context.json) fmt::print(stderr, "eirctl: {}\n", p.message());
  Json j = {{"computed", at ? "as of" : "offline"},
            {"replica", o.replica},
            {"configuration", o.config.empty() ? "built-in defaults" : o.config}};
  auto policy = status.policy;
  basis.lists = reader->view();
  if (at) {
    time = *at;
    const auto past = past_of(*reader, o.sightings, time);
    if (!past) {
      fail(context, past.error());
      return std::nullopt;
    }
    basis.lists = past->lists;
    policy = past->policy;
    j["at"] = utc(time);
    j["served"] = past->sources;
    j["not_known"] = past->not_known;
  }
  if (policy) {
    if (const auto ok = apply_policy(*policy, basis.settings); !ok) {
      fail(context, ok.error());
      return std::nullopt;
    }
    j["policy"] = policy->number;
  }
  const auto question = question_of(o.words, time);
  if (!question) {
    fail(context, question.error());
    return std::nullopt;
  }
  j.update(explanation_json(*question, basis));
  if (o.explain) j["entries"] = entries_json(*reader, *question, at);
  return j;
}

void print(const Json& j) {
  if (j.contains("computed"))
    fmt::print("computed here, the node was not asked: lists of {}{}, settings of {}{}\n",
               j["replica"].get<std::string>(), j.contains("at") ? " as of " + j["at"].get<std::string>() : "",
               j["configuration"].get<std::string>(),
               j.contains("policy") ? fmt::format(" and policy {}", j["policy"].get<uint64_t>()) : "");
  fmt::print("{}  {}  ({})\n", j.value("imei", "").empty() ? "no IMEI" : j.value("imei", ""), j.value("answer", ""),
             j.value("reason", ""));
  if (j.value("observed", false)) fmt::print("observed: the true decision is {}\n", j.value("decision", ""));
  if (!j.value("note", "").empty()) fmt::print("reason given: {}\n", j.value("note", ""));
  fmt::print("list version {}\n", j.value("list_version", ""));
  for (const Json& s : j.value("steps", Json::array()))
    fmt::print("  {:<14} {}\n", s.value("step", ""), s.value("finding", ""));
  for (const Json& e : j.value("entries", Json::array()))
    fmt::print("  {:<14} {} {} is on {}, since {}\n", e.value("source", ""), e.value("kind", ""), e.value("place", ""),
               e.value("entry", ""), e.value("since", ""));
  for (const Json& s : j.value("served", Json::array()))
    fmt::print("served then    {} {}, from {} on ({})\n", s.value("source", ""), s.value("version", ""),
               s.value("served_from", ""), s.value("cause", ""));
  for (const Json& n : j.value("not_known", Json::array())) fmt::print("not known      {}\n", n.get<std::string>());
}

void run(const Options& o, Context& context) {
  std::optional<Json> answer;
  if (o.here()) {
    answer = offline(o, context);
  } else if (const auto variable = variable_of(o.words)) {
    answer = ask_node(context, *variable);
  } else {
    return fail(context, {"", "a value with a dot cannot be asked over CTRL; use --offline or the node's console"});
  }
  if (!answer) return;
  if (context.json) {
    fmt::print("{}\n", one_line(*answer));
  } else {
    print(*answer);
  }
}

}  // namespace

void add_check(Command& app, Context& context) {
  const auto o = std::make_shared<Options>();
  Command* c = app.add_command("check", "Say how an IMEI is answered, and why");
  c->add_option("imei", o->words.imei, "14 to 16 digits, or what a network might send; \"null\" for none")->required();
  c->add_option("--sv", o->words.sv, "Software version, two digits");
  c->add_option("--imsi", o->words.imsi, "IMSI of the subscriber");
  c->add_option("--msisdn", o->words.msisdn, "MSISDN of the subscriber");
  c->add_option("--gt", o->words.calling_gt, "Calling global title");
  c->add_option("--peer", o->words.peer, "Origin-Host or point code that asks");
  c->add_flag("--offline", o->offline, "Compute it from directory and configuration; the node is not asked");
  c->add_flag("--explain", o->explain, "Name the entries that hold it, of which source and since when; offline");
  c->add_option("--at", o->at, "As it was answered then: 2026-01-31T12:00:00Z, or a date; offline");
  c->add_option("-c,--config", o->config, "The node's configuration file; offline");
  c->add_option("--replica", o->replica, "The replica directory, else the configuration's; offline");
  c->add_option("--sightings", o->sightings, "With --at: the sightings journals; else the configuration's");
  add_node(*c, context);
  add_json(*c, context);
  c->footer(
      "Examples:\n"
      "  eirctl check 490154203237518\n"
      "  eirctl check 49015420323751 --sv 07 --imsi 255011234567890 --json\n"
      "  eirctl check --offline -c /etc/turnstile/eird.cfg 490154203237518\n"
      "  eirctl check --explain -c /etc/turnstile/eird.cfg 490154203237518\n"
      "  eirctl check --at 2026-01-31T12:00:00Z --replica /var/lib/turnstile/replica 490154203237518");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
