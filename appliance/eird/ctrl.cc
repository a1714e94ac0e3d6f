// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/ctrl.h"

extern "C" {
#include <osmocom/ctrl/control_cmd.h>
#include <osmocom/ctrl/control_if.h>
}

#include <string>
#include <vector>

#include "appliance/eird/node.h"
#include "appliance/eird/report.h"

namespace eir::appliance {
namespace {

Node* the_node = nullptr;  // the library's callbacks carry no context of ours

/// libosmoctrl builds a reply in one message buffer whose length is 16 bits, and ends the process where
/// that does not do.
constexpr size_t kReplyMax = 60'000;

int refuse(ctrl_cmd* cmd, const std::string& why) {
  cmd->reply = talloc_strdup(cmd, why.c_str());
  return CTRL_CMD_ERROR;
}

int reply(ctrl_cmd* cmd, const Json& j) {
  const std::string text = one_line(j);
  if (text.size() > kReplyMax) return refuse(cmd, "the answer is too long for CTRL; use the console");
  cmd->reply = talloc_strdup(cmd, text.c_str());
  return CTRL_CMD_REPLY;
}

int read_only(ctrl_cmd* cmd, const char*, void*) { return refuse(cmd, "read only"); }

template <Json (*report)(const Node&)>
int get_report(ctrl_cmd* cmd, void*) {
  return reply(cmd, report(*the_node));
}

/// The rows of a report, so many that the reply holds them; what was cut is counted in "more".
template <Json (*report)(const Node&), const char* rows>
int get_rows(ctrl_cmd* cmd, void*) {
  Json j = report(*the_node);
  while (one_line(j).size() > kReplyMax && !j[rows].empty()) {
    const size_t keep = j[rows].size() * 3 / 4;
    j["more"] = j["more"].get<size_t>() + j[rows].size() - keep;
    while (j[rows].size() > keep) j[rows].erase(j[rows].size() - 1);
  }
  return reply(cmd, j);
}

constexpr char kPeers[] = "peers";
constexpr char kAlarms[] = "alarms";

Json all_peers(const Node& node) { return peers_report(node); }

/// "diameter.peer.mme1.example": what follows the second dot.
int get_peer(ctrl_cmd* cmd, void*) {
  const std::string_view variable = cmd->variable;
  const Json j = peers_report(*the_node, variable.substr(std::string_view("diameter.peer.").size()));
  return j["peers"].empty() ? refuse(cmd, "no such peer") : reply(cmd, j);
}

/// "eir.check.IMEI.sv.01.imsi.…": the words after the second dot.
int get_check(ctrl_cmd* cmd, void*) {
  std::vector<std::string> words;
  for (std::string_view rest = cmd->variable; !rest.empty();) {
    const size_t dot = rest.find('.');
    words.emplace_back(rest.substr(0, dot));
    rest.remove_prefix(dot == std::string_view::npos ? rest.size() : dot + 1);
  }
  std::vector<const char*> options;
  for (size_t i = 3; i < words.size(); ++i) options.push_back(words[i].c_str());
  const auto parsed = CheckWords::parse(words.size() > 2 ? words[2] : "", options);
  if (!parsed) return refuse(cmd, parsed.error().message());
  const auto report = check_report(*the_node, *parsed);
  return report ? reply(cmd, *report) : refuse(cmd, report.error().message());
}

void install(const char* name, int (*get)(ctrl_cmd*, void*)) {
  auto* element = new ctrl_cmd_element{};  // the library keeps it for the life of the process
  element->name = name;
  element->get = get;
  element->verify = read_only;
  ctrl_cmd_install(CTRL_NODE_ROOT, element);
}

}  // namespace

void install_ctrl(Node& node) {
  the_node = &node;
  install("eir summary", get_report<summary_report>);
  install("eir lists", get_report<lists_report>);
  install("eir policy", get_report<policy_report>);
  install("eir decisions", get_report<decisions_report>);
  install("eir alarms", get_rows<alarms_report, kAlarms>);
  install("eir commit", get_report<commit_report>);
  install("eir check *", get_check);
  install("diameter peers", get_rows<all_peers, kPeers>);
  install("diameter peer *", get_peer);
  install("sccp addresses", get_report<sccp_report>);
}

ctrl_handle* open_ctrl(const Endpoint& endpoint) {
  return ctrl_interface_setup_dynip(nullptr, endpoint.address.c_str(), endpoint.port, nullptr);
}

}  // namespace eir::appliance
