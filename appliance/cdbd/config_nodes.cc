// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes `node` of the configuration: who is told of versions at a server of their own.
#include <algorithm>
#include <fstream>

#include "appliance/cdbd/config.h"

namespace eir::appliance::cdbd {
namespace {

/// RFC 5730 asks for six characters at least. It is no secret: a node knows us by our certificate.
constexpr const char* kNoPassword = "no-password";

/// Whose node is entered. Counted, because the file may name nodes in any order.
size_t the_node = 0;
NodeConfig& edit() { return config().nodes[the_node]; }

int enter(const Console& c) {
  auto& all = config().nodes;
  const auto it = std::find_if(all.begin(), all.end(), [&](const auto& n) { return n.name == c.arg(0); });
  if (it == all.end() && all.size() >= Pusher::kNodesMax) return c.refuse("more than {} nodes", Pusher::kNodesMax);
  the_node = static_cast<size_t>(it - all.begin());
  if (it == all.end()) all.emplace_back().name = c.arg(0);
  mark_line("node " + edit().name);
  return c.enter(kPushNode);
}

void set(std::string pattern, std::initializer_list<std::string_view> help, std::function<void(const Console&)> take) {
  install_setting(kPushNode, std::move(pattern), help, {}, [take = std::move(take)](const Console& c) {
    take(c);
    return CMD_SUCCESS;
  });
}

int write_nodes(vty* v) {
  const Console out(v, {});
  for (const NodeConfig& n : config().nodes) {
    out.line("node {}", n.name);
    out.line(" host {}", n.host);
    out.line(" port {}", n.port);
    if (!n.server_name.empty()) out.line(" server-name {}", n.server_name);
    out.line(" user {}", n.user);
    if (!n.password_file.empty()) out.line(" password-file {}", n.password_file);
    out.line(" alarm-after {}", n.alarm_after.count());
  }
  return 1;
}

base::Result<std::string, base::Problem> password_of(const NodeConfig& node) {
  if (node.password_file.empty()) return kNoPassword;
  std::ifstream in(node.password_file);
  std::string line;
  constexpr size_t kLeast = 6, kMost = 16;  // RFC 5730 §4, pwType
  if (!std::getline(in, line) || line.size() < kLeast || line.size() > kMost)
    return base::problem("node " + node.name, fmt::format("the first line of {} is no password of {} to {} characters",
                                                          node.password_file, kLeast, kMost));
  return line;
}

}  // namespace

void install_nodes() {
  install_node(kPushNode, "%s(config-node)# ", write_nodes);
  install_setting(CONFIG_NODE, "node NAME",
                  {"A node that is told of versions at once, at its own server", "As whom it logs in here"}, "node",
                  enter);
  set("host HOST", {"Where eir-syncd of the node takes pushes", "Name or address"},
      [](const Console& c) { edit().host = c.arg(0); });
  set("port <1-65535>", {"There (default 7000)", "TCP port"},
      [](const Console& c) { edit().port = static_cast<uint16_t>(number(c.arg(0))); });
  set("server-name NAME", {"What its certificate must bear (default: the host)", "Name"},
      [](const Console& c) { edit().server_name = c.arg(0); });
  set("user NAME", {"As whom we log in there", "As its 'push from' says (default CENTRE)"},
      [](const Console& c) { edit().user = c.arg(0); });
  set("password-file FILE",
      {"Its first line is the password (default: none, which eir-syncd does not ask for)", "File"},
      [](const Console& c) { edit().password_file = c.arg(0); });
  set("alarm-after <0-86400>", {"Alarm when it cannot be told for so long", "Seconds (default 60); 0: never"},
      [](const Console& c) { edit().alarm_after = std::chrono::seconds(number(c.arg(0))); });
}

void validate_nodes(const Config& config, Problems& problems) {
  constexpr size_t kLeast = 3, kMost = 16;  // RFC 5730 §4, clIDType
  for (const NodeConfig& n : config.nodes) {
    const std::string where = "node " + n.name;
    if (n.host.empty()) problems.push_back({where, "has no host"});
    if (n.user.size() < kLeast || n.user.size() > kMost)
      problems.push_back({where, fmt::format("its user must have {} to {} characters", kLeast, kMost)});
    if (const auto password = password_of(n); !password) problems.push_back(password.error());
  }
}

base::Result<std::vector<PushNode>, base::Problem> push_nodes_of(const Config& config) {
  std::vector<PushNode> nodes;
  for (const NodeConfig& n : config.nodes) {
    auto password = password_of(n);
    if (!password) return tl::unexpected(password.error());
    PushNode& node = nodes.emplace_back();
    node.name = n.name;
    node.client.host = n.host;
    node.client.port = n.port;
    node.client.server_name = n.server_name;
    node.client.tls = config.epp.server.tls;
    node.client.schema_directory = config.epp.server.schema_directory;
    node.user = n.user;
    node.password = std::move(*password);
  }
  return nodes;
}

}  // namespace eir::appliance::cdbd
