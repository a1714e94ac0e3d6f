// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes `ctrl` and `metrics` of the configuration: where the node's own services listen.

#include "appliance/config/draft.h"

namespace eir::appliance {
namespace {

int write_ctrl(vty* v) {
  write_service(v, "ctrl", draft().running().ctrl);
  return 1;
}

int write_metrics(vty* v) {
  write_service(v, "metrics", draft().running().metrics);
  return 1;
}

}  // namespace

void install_services_nodes() {
  install_service(kCtrlNode, "ctrl", "The CTRL interface, for scripts", write_ctrl,
                  []() -> Endpoint& { return draft().edit().ctrl; });
  install_service(kMetricsNode, "metrics", "Metrics for Prometheus", write_metrics,
                  []() -> Endpoint& { return draft().edit().metrics; });
}

}  // namespace eir::appliance
