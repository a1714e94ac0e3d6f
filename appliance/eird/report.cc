// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/report.h"

#include "appliance/alarms/texts.h"
#include "appliance/config/draft.h"
#include "appliance/config/words.h"
#include "appliance/eird/node.h"
#include "appliance/report/replica.h"

namespace eir::appliance {
namespace {

using decision::Interface;
using decision::Reason;
using decision::Status;

Json observe_json(const decision::Observe& o) {
  Json j = {{"node", o.node}, {"peers", o.peers}, {"gt_prefixes", Json::array()}, {"imsi_prefixes", Json::array()}};
  for (const auto& d : o.gt_prefixes) j["gt_prefixes"].push_back(d.str());
  for (const auto& d : o.imsi_prefixes) j["imsi_prefixes"].push_back(d.str());
  return j;
}

}  // namespace

Json summary_report(const Node& node) {
  const auto board = node.board();
  const auto& s = board->settings;
  std::array<uint64_t, decision::kStatuses> told{};
  uint64_t observed = 0;
  uint64_t log_dropped = 0;
  uint64_t sightings_dropped = 0;
  for (const auto& a : node.answering()) {
    const Ledger& l = a->ledger();
    observed += l.observed.get();
    log_dropped += l.log_dropped.get();
    sightings_dropped += l.sightings_dropped.get();
    for (const auto& by_interface : l.answers)
      for (size_t st = 0; st < decision::kStatuses; ++st)
        for (const auto& n : by_interface[st]) told[st] += n.get();
  }
  Json j = {{"program", "eird " PROJECT_VERSION},
            {"started_at", utc(node.started_at())},
            {"list_version", board->replica.serving ? text_of(board->replica.serving->version) : "none"},
            {"policy", board->policy ? Json(board->policy->number()) : Json(nullptr)},
            {"response_type", static_cast<int>(s.response_type)},
            {"combine_levels", s.combine_levels},
            {"override", s.override_status ? to_string(*s.override_status) : "off"},
            {"observe", observe_json(s.observe)}};
  for (size_t st = 0; st < decision::kStatuses; ++st) j["answers"][std::string(to_string(Status(st)))] = told[st];
  j["observed"] = observed;
  j["transaction_log"] = {{"path", draft().running().transaction_log.path},
                          {"written", board->log_written},
                          {"dropped", log_dropped},
                          {"failed", board->log_failed},
                          {"problem", board->log_problem}};
  j["sightings"] = {{"directory", draft().running().sightings.directory},
                    {"written", board->sightings_written},
                    {"repeated", board->sightings_repeated},
                    {"dropped", sightings_dropped},
                    {"failed", board->sightings_failed},
                    {"problem", board->sightings_problem}};
  j["alarms"] = board->alarms.size();
  j["uncommitted"] = draft().changed();
  j["commit"] = commit_report(node);
  return j;
}

Json commit_report(const Node& node) {
  const auto& c = node.commit_state();
  return {{"number", c.number}, {"state", c.state}, {"problems", c.problems}};
}

Json policy_report(const Node& node) {
  const auto board = node.board();
  const auto& doc = board->policy;
  Json j = {{"in_force", nullptr}, {"held", board->replica.policies_held}};
  if (doc) {
    j["in_force"] = {{"number", doc->number()}, {"author", doc->author()}, {"note", doc->note()}};
    if (doc->created_at() != base::UnixSeconds{}) j["in_force"]["created_at"] = utc(doc->created_at());
  }
  j["settings"] = Json::array();
  const std::string by_policy = doc ? fmt::format("policy {}", doc->number()) : "";
  for (const auto& s : policy::show(board->settings, doc.get()))
    j["settings"].push_back(
        {{"name", s.name}, {"value", s.value}, {"source", s.by_policy ? by_policy : "configuration"}});
  j["problems"] = Json::array();
  for (const auto& p : board->policy_problems) j["problems"].push_back(p.message());
  return j;
}

Json lists_report(const Node& node) { return replica_json(draft().running().replica_dir, node.board()->replica); }

Json decisions_report(const Node& node) {
  Json j = {{"answers", Json::array()}};
  for (size_t i = 0; i < decision::kInterfaces; ++i)
    for (size_t s = 0; s < decision::kStatuses; ++s)
      for (size_t r = 0; r < decision::kReasons; ++r) {
        uint64_t n = 0;
        for (const auto& a : node.answering()) n += a->ledger().answers[i][s][r].get();
        if (n == 0) continue;
        j["answers"].push_back({{"interface", to_string(Interface(i))},
                                {"status", to_string(Status(s))},
                                {"reason", to_string(Reason(r))},
                                {"count", n}});
      }
  return j;
}

Json alarms_report(const Node& node) {
  const auto board = node.board();
  Json j = {{"alarms", Json::array()}};
  for (const auto& a : board->alarms) {
    if (j["alarms"].size() >= kRowsMax) break;
    const AlarmText& text = alarm_text(a.id);
    j["alarms"].push_back({{"name", text.name},
                           {"severity", to_string(text.severity)},
                           {"subject", a.subject},
                           {"detail", a.detail},
                           {"since", utc(a.since)},
                           {"cause", text.cause},
                           {"effect", text.effect},
                           {"remedy", text.remedy}});
  }
  j["more"] = board->alarms.size() - j["alarms"].size();
  return j;
}

namespace {

Json peer_json(const diameter::peer::PeerStatus& p) {
  return {{"origin_host", p.origin_host},
          {"configured", p.configured},
          {"blocked", p.blocked},
          {"state", to_string(p.state)},
          {"transport", to_string(p.transport)},
          {"remote", p.remote},
          {"origin_realm", p.origin_realm},
          {"product_name", p.product_name},
          {"tls", p.tls},
          {"origin_state_id", p.origin_state_id},
          {"since", utc(p.since)},
          {"thread", p.thread},
          {"requests", p.requests},
          {"answers",
           {{"white", p.answers.white},
            {"black", p.answers.black},
            {"grey", p.answers.grey},
            {"unknown", p.answers.unknown},
            {"protocol_errors", p.answers.protocol_errors},
            {"too_busy", p.answers.too_busy},
            {"permanent_errors", p.answers.permanent_errors}}},
          {"connections", p.connections},
          {"watchdogs_sent", p.watchdogs_sent},
          {"watchdogs_answered", p.watchdogs_answered},
          {"watchdogs_received", p.watchdogs_received},
          {"queue_octets", p.queue_octets},
          {"reading_stopped", p.reading_stopped}};
}

Json gt_json(const sigtran::sccp::LocalGt& gt) {
  Json j = {{"digits", gt.digits.str()}};
  if (gt.answer_as) j["answer_as"] = gt.answer_as->digits.str();
  return j;
}

Json m3ua_json(const sigtran::mtp::Status& status) {
  Json j = {{"instances", Json::array()}, {"application_servers", Json::array()}, {"asps", Json::array()}};
  for (const auto& i : status.instances) {
    Json unavailable = Json::array();
    for (const auto pc : i.unavailable) unavailable.push_back(to_text(pc));
    j["instances"].push_back(
        {{"instance", i.instance}, {"point_code", to_text(i.point_code)}, {"unavailable", unavailable}});
  }
  for (const auto& as : status.application_servers)
    j["application_servers"].push_back({{"instance", as.instance},
                                        {"name", as.name},
                                        {"role", to_string(as.role)},
                                        {"state", to_string(as.state)},
                                        {"traffic_mode", as.traffic_mode},
                                        {"asps", as.asps}});
  for (const auto& a : status.asps)
    j["asps"].push_back({{"instance", a.instance},
                         {"name", a.name},
                         {"role", to_string(a.role)},
                         {"state", to_string(a.state)},
                         {"connected", a.connected},
                         {"remote", a.remote},
                         {"backlog_octets", a.backlog_octets}});
  return j;
}

}  // namespace

Json peers_report(const Node& node, std::string_view only) {
  Json j = {{"peers", Json::array()}};
  size_t more = 0;
  const auto board = node.board();
  for (const auto& p : board->peers) {
    if (!only.empty() && p.origin_host != only) continue;
    if (j["peers"].size() < kRowsMax)
      j["peers"].push_back(peer_json(p));
    else
      ++more;
  }
  j["more"] = more;
  return j;
}

Json sccp_report(const Node& node) {
  const auto& eir = *node.eir();
  const auto& c = eir.config().sccp;
  Json j = {{"subsystem", sigtran::sccp::number(c.own_ssn)}, {"local_gts", Json::array()}};
  for (const auto& gt : c.local_gts) j["local_gts"].push_back(gt_json(gt));
  j["calling_address"] = c.calling_address == sigtran::sccp::CallingAddressMode::kEcho ? "echo" : "configured";
  j["m3ua"] = m3ua_json(node.mtp().status());
  j["remote_subsystems"] = Json::array();
  for (const auto& r : eir.remote_subsystems()) {
    if (j["remote_subsystems"].size() >= kRowsMax) break;
    j["remote_subsystems"].push_back({{"point_code", to_text(r.pc)},
                                      {"ssn", sigtran::sccp::number(r.ssn)},
                                      {"allowed", r.allowed},
                                      {"since", utc(r.since)}});
  }
  j["destinations"] = Json::array();
  for (const auto& d : eir.destinations()) {
    if (j["destinations"].size() >= kRowsMax) break;
    j["destinations"].push_back({{"point_code", to_text(d.pc)}, {"available", d.available}, {"since", utc(d.since)}});
  }
  j["reassemblies_running"] = eir.reassemblies_running();
  const auto counters = [&](const char* layer) {
    return [&j, layer](std::string_view name, std::string_view, uint64_t value) {
      if (value) j["counters"][layer][std::string(name)] = value;
    };
  };
  j["counters"] = Json::object();
  node.mtp().counters().visit(counters("mtp"));
  eir.sccp_counters().for_each(counters("sccp"));
  eir.tcap_counters().for_each(counters("tcap"));
  eir.map_counters().for_each(counters("map"));
  return j;
}

base::Result<Json, base::Problem> check_report(const Node& node, const CheckWords& words) {
  const auto question = question_of(words, std::chrono::time_point_cast<std::chrono::seconds>(node.clock().wall()));
  if (!question) return tl::unexpected(question.error());
  return explanation_json(*question, *node.basis());
}

}  // namespace eir::appliance
