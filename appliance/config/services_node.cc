// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes `ctrl` and `metrics` of the configuration: where the node's own services listen.

#include "appliance/config/draft.h"
#include "appliance/config/words.h"
#include "appliance/vty/command.h"

namespace eir::appliance {
namespace {

void write(vty* v, const char* node, const Endpoint& e) {
  const Console out(v, {});
  out.line("{}", node);
  out.line(" bind {} {}", e.address, e.port);
}

int write_ctrl(vty* v) {
  write(v, "ctrl", draft().running().ctrl);
  return 1;
}

int write_metrics(vty* v) {
  write(v, "metrics", draft().running().metrics);
  return 1;
}

void install_service(int node, const char* name, const char* help, const char* prompt, int (*write_node)(vty*),
                     Endpoint NodeConfig::*field) {
  install_node(node, prompt, write_node);
  install_command(CONFIG_NODE, name, {help}, [node](const Console& c) { return c.enter(node); });
  install_command(node, "bind A.B.C.D <0-65535>", {"Where to listen, fixed once started", "IPv4 address", "TCP port"},
                  [field, name](const Console& c) {
                    draft().mark(name);
                    draft().edit().*field = {std::string(c.arg(0)), static_cast<uint16_t>(number(c.arg(1)))};
                    return CMD_SUCCESS;
                  });
}

}  // namespace

void install_services_nodes() {
  install_service(kCtrlNode, "ctrl", "The CTRL interface, for scripts", "%s(config-ctrl)# ", write_ctrl,
                  &NodeConfig::ctrl);
  install_service(kMetricsNode, "metrics", "Metrics for Prometheus", "%s(config-metrics)# ", write_metrics,
                  &NodeConfig::metrics);
}

}  // namespace eir::appliance
