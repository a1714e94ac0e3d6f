// SPDX-License-Identifier: GPL-3.0-or-later
#include <fmt/format.h>

#include "appliance/config/load.h"
#include "appliance/eirctl/command.h"
#include "appliance/report/check.h"
#include "core/store/reader.h"

namespace eir::appliance::eirctl {
namespace {

struct Options {
  CheckWords words;
  bool offline = false;
  std::string config;
  std::string replica;
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

/// The decision made here, from the directory and the configuration.
std::optional<Json> offline(const Options& o, Context& context) {
  decision::Basis basis;
  std::string directory = o.replica;
  if (!o.config.empty()) {
    const auto config = load_config(o.config);
    if (!config) {
      for (const base::Problem& p : config.error()) fail(context, p);
      return std::nullopt;
    }
    basis.settings = config->settings;
    if (directory.empty()) directory = config->replica_dir;
  }
  if (directory.empty()) {
    fail(context, {"", "--offline needs -c FILE or --replica DIR"});
    return std::nullopt;
  }
  const auto reader = store::Reader::open(directory);
  basis.lists = reader->view();
  for (const base::Problem& p : reader->status().problems)
    if (!context.json) fmt::print(stderr, "eirctl: {}\n", p.message());
  const base::SystemClock clock;
  const auto question = question_of(o.words, std::chrono::floor<std::chrono::seconds>(clock.wall()));
  if (!question) {
    fail(context, question.error());
    return std::nullopt;
  }
  Json j = {{"computed", "offline"},
            {"replica", directory},
            {"configuration", o.config.empty() ? "built-in defaults" : o.config}};
  j.update(explanation_json(*question, basis));
  return j;
}

void print(const Json& j) {
  if (j.contains("computed"))
    fmt::print("computed here, the node was not asked: lists of {}, settings of {}\n", j["replica"].get<std::string>(),
               j["configuration"].get<std::string>());
  fmt::print("{}  {}  ({})\n", j.value("imei", "").empty() ? "no IMEI" : j.value("imei", ""), j.value("answer", ""),
             j.value("reason", ""));
  if (j.value("observed", false)) fmt::print("observed: the true decision is {}\n", j.value("decision", ""));
  if (!j.value("note", "").empty()) fmt::print("reason given: {}\n", j.value("note", ""));
  fmt::print("list version {}\n", j.value("list_version", ""));
  for (const Json& s : j.value("steps", Json::array()))
    fmt::print("  {:<14} {}\n", s.value("step", ""), s.value("finding", ""));
}

void run(const Options& o, Context& context) {
  std::optional<Json> answer;
  if (o.offline) {
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

void add_check(CLI::App& app, Context& context) {
  const auto o = std::make_shared<Options>();
  CLI::App* c = app.add_subcommand("check", "Say how an IMEI is answered, and why");
  c->add_option("imei", o->words.imei, "14 to 16 digits, or what a network might send; \"null\" for none")->required();
  c->add_option("--sv", o->words.sv, "Software version, two digits");
  c->add_option("--imsi", o->words.imsi, "IMSI of the subscriber");
  c->add_option("--msisdn", o->words.msisdn, "MSISDN of the subscriber");
  c->add_option("--gt", o->words.calling_gt, "Calling global title");
  c->add_option("--peer", o->words.peer, "Origin-Host or point code that asks");
  c->add_flag("--offline", o->offline, "Compute it from directory and configuration; the node is not asked");
  c->add_option("-c,--config", o->config, "With --offline: the node's configuration file");
  c->add_option("--replica", o->replica, "With --offline: the replica directory; else the configuration's");
  add_node(*c, context);
  add_json(*c, context);
  c->footer(
      "Examples:\n"
      "  eirctl check 490154203237518\n"
      "  eirctl check 49015420323751 --sv 07 --imsi 255011234567890 --json\n"
      "  eirctl check --offline -c /etc/turnstile/eird.cfg 490154203237518");
  c->callback([o, &context] { run(*o, context); });
}

}  // namespace eir::appliance::eirctl
