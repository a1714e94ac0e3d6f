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

int reply(ctrl_cmd* cmd, const Json& j) {
  const std::string text = one_line(j);
  cmd->reply = talloc_strdup(cmd, text.c_str());
  return CTRL_CMD_REPLY;
}

int refuse(ctrl_cmd* cmd, const std::string& why) {
  cmd->reply = talloc_strdup(cmd, why.c_str());
  return CTRL_CMD_ERROR;
}

int read_only(ctrl_cmd* cmd, const char*, void*) { return refuse(cmd, "read only"); }

template <Json (*report)(const Node&)>
int get_report(ctrl_cmd* cmd, void*) {
  return reply(cmd, report(*the_node));
}

Json all_peers(const Node& node) { return peers_report(node); }

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
  install("eir decisions", get_report<decisions_report>);
  install("eir alarms", get_report<alarms_report>);
  install("eir commit", get_report<commit_report>);
  install("eir check *", get_check);
  install("diameter peers", get_report<all_peers>);
  install("sccp addresses", get_report<sccp_report>);
}

ctrl_handle* open_ctrl(const Endpoint& endpoint) {
  return ctrl_interface_setup_dynip(nullptr, endpoint.address.c_str(), endpoint.port, nullptr);
}

}  // namespace eir::appliance
