// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/console.h"

#include "appliance/config/draft.h"
#include "appliance/eird/node.h"
#include "appliance/eird/report.h"
#include "appliance/vty/report.h"

namespace eir::appliance {
namespace {

constexpr size_t kAlarmsPrinted = 40;  ///< of five lines each: no command prints more than 200 lines

using Printer = void (*)(const Console&, const Json&);

void print_lists(const Console& c, const Json& j) {
  if (j["serving"].is_null()) c.put("Nothing is served: no proven version");
  print_members(c, j);
  c.put("Sources");
  print_table(c, j["sources"], {"name", "served", "newest", "published_at", "digest"});
  c.put("Versions, newest first");
  print_table(c, j["versions"], {"version", "source", "published_at", "full", "snapshot", "origin"});
  for (const auto& p : j["problems"]) c.line("Problem: {}", text_of(p));
}

void print_policy(const Console& c, const Json& j) {
  if (j["in_force"].is_null())
    c.put("No policy document: the configuration alone");
  else
    print_members(c, j["in_force"]);
  if (j["held"] > 0) c.line("Held: {}; see 'eirctl replica status'", j["held"].get<uint64_t>());
  c.put("Settings");
  print_table(c, j["settings"], {"name", "value", "source"});
  for (const auto& p : j["problems"]) c.line("Problem: {}", text_of(p));
}

void print_decisions(const Console& c, const Json& j) {
  print_table(c, j["answers"], {"interface", "status", "reason", "count"});
}

void print_alarms(const Console& c, const Json& j) {
  if (j["alarms"].empty()) return c.put("No alarm is set");
  size_t shown = 0;
  for (const auto& a : j["alarms"]) {
    if (++shown > kAlarmsPrinted) {
      c.line("and {} more; 'show eir alarms json' has them",
             j["alarms"].size() - kAlarmsPrinted + j["more"].get<size_t>());
      break;
    }
    c.line("{} {} {} {}", text_of(a["since"]), text_of(a["severity"]), text_of(a["name"]), text_of(a["subject"]));
    for (const char* f : {"detail", "cause", "effect", "remedy"}) c.line("  {}: {}", f, text_of(a[f]));
  }
}

void print_peers(const Console& c, const Json& j) {
  if (j["peers"].size() == 1) return print_members(c, j["peers"][0]);
  print_table(c, j["peers"], {"origin_host", "state", "transport", "remote", "requests", "queue_octets", "since"});
  if (j["more"] > 0) c.line("  and {} more; name one", j["more"].get<size_t>());
}

void print_sccp(const Console& c, const Json& j) {
  print_members(c, j);
  c.put("Local global titles");
  for (const auto& gt : j["local_gts"]) c.line("  {}", text_of(gt["digits"]));
  c.put("Application servers");
  print_table(c, j["m3ua"]["application_servers"], {"instance", "name", "role", "state", "traffic_mode"});
  c.put("Application server processes");
  print_table(c, j["m3ua"]["asps"], {"instance", "name", "role", "state", "connected", "remote"});
  c.put("Remote subsystems");
  print_table(c, j["remote_subsystems"], {"point_code", "ssn", "allowed", "since"});
  c.put("Destinations");
  print_table(c, j["destinations"], {"point_code", "available", "since"});
}

void print_check(const Console& c, const Json& j) {
  for (const auto& s : j["steps"]) c.line("  {:<14} {}", text_of(s["step"]), text_of(s["finding"]));
  c.line("Answer {}, decision {}, reason {}, list version {}", text_of(j["answer"]), text_of(j["decision"]),
         text_of(j["reason"]), text_of(j["list_version"]));
}

void print_plain(const Console& c, const Json& j) { print_members(c, j); }

void show(const Console& c, const Json& j, bool json, Printer print) {
  if (json)
    c.put(one_line(j));
  else
    print(c, j);
}

/// `show WORDS` and `show WORDS json`.
void install_report(const std::string& words, std::initializer_list<std::string_view> help, Json (*report)(const Node&),
                    Printer print, Node& node) {
  appliance::install_report(
      words, help, [&node, report] { return report(node); }, print);
}

void install_reports(Node& node) {
  const char* shows = "Show running system information";
  const char* json = "As JSON, one line";
  install_report("eir summary", {shows, "The register", "What it does, in short", json}, summary_report, print_plain,
                 node);
  install_report("eir lists", {shows, "The register", "What it answers from", json}, lists_report, print_lists, node);
  install_report("eir policy", {shows, "The register", "Settings in force, and what gave each", json}, policy_report,
                 print_policy, node);
  install_report("eir decisions", {shows, "The register", "What it answered, and why", json}, decisions_report,
                 print_decisions, node);
  install_report("eir alarms", {shows, "The register", "Alarms that are set, cause and remedy", json}, alarms_report,
                 print_alarms, node);
  install_report("eir commit", {shows, "The register", "What the last commit came to", json}, commit_report,
                 print_plain, node);
  install_report("sccp addresses", {shows, "SCCP", "Own addresses, neighbours, counters", json}, sccp_report,
                 print_sccp, node);
  install_report(
      "diameter peers", {shows, "Diameter", "Peers", json}, [](const Node& n) { return peers_report(n); }, print_peers,
      node);
  install_show("show diameter peers NAME [json]", {shows, "Diameter", "Peers", "Origin-Host of one peer", json},
               [&node](const Console& c) {
                 const Json j = peers_report(node, c.arg(0));
                 if (j["peers"].empty()) return c.refuse("no such peer: {}", c.arg(0));
                 show(c, j, c.argc() > 1, print_peers);
                 return CMD_SUCCESS;
               });
}

int check(const Node& node, const Console& c, std::span<const char* const> words) {
  const bool json = !words.empty() && std::string_view(words.back()) == "json";
  if (json) words = words.first(words.size() - 1);
  const auto parsed = CheckWords::parse(c.arg(0), words);
  if (!parsed) return c.refuse("{}", parsed.error().message());
  const auto report = check_report(node, *parsed);
  if (!report) return c.refuse("{}", report.error().message());
  show(c, *report, json, print_check);
  return CMD_SUCCESS;
}

void install_check(Node& node) {
  install_show("check imei IMEI",
               {"Decide as for a network, and explain", "A device", "Its IMEI, any number of digits; 'null'"},
               [&node](const Console& c) { return check(node, c, {}); });
  install_show("check imei IMEI .WORDS",
               {"Decide as for a network, and explain", "A device", "Its IMEI, any number of digits; 'null'",
                "[sv NN] [imsi I] [msisdn M] [gt DIGITS] [peer NAME] [json]"},
               [&node](const Console& c) { return check(node, c, c.rest(1)); });
}

int commit(Node& node, const Console& c) {
  vty* const v = c.raw();
  const bool begun = node.commit([v](const Node::CommitState& state) {
    if (!vty_is_active(v)) return;  // whoever asked has left
    const Console out(v, {});
    out.line("Commit {} {}", state.number, state.state);
    for (const auto& p : state.problems) out.line("% {}", p);
  });
  if (!begun) return c.refuse("a commit is pending, or the node is stopping; see 'show eir commit'");
  if (node.commit_state().state == Node::kPending)
    c.line("Commit {} is being checked and taken; 'show eir commit' tells", node.commit_state().number);
  return CMD_SUCCESS;
}

void install_commit(Node& node) {
  const Handler take = [&node](const Console& c) { return commit(node, c); };
  const Handler drop = [&node](const Console& c) {
    if (node.commit_state().state == Node::kPending) return c.refuse("a commit is pending; see 'show eir commit'");
    draft().discard();
    c.put("The draft is again what runs");
    return CMD_SUCCESS;
  };
  for (const int n : {int{ENABLE_NODE}, int{CONFIG_NODE}, int{kSccpNode}, int{kDiameterNode}, int{kDiameterPeerNode},
                      int{kEirNode}, int{kMetricsNode}}) {
    install_command(n, "commit", {"Check the edited configuration and let it run; reloads certificates"}, take);
    install_command(n, "discard", {"Forget what was edited since the last commit"}, drop);
  }
}

}  // namespace

void install_console(Node& node) {
  install_reports(node);
  install_check(node);
  install_commit(node);
}

}  // namespace eir::appliance
