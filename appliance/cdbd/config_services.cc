// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes `control`, `metrics` and `files` of the configuration.
#include <fmt/format.h>
#include <sys/un.h>

#include "appliance/cdbd/config.h"

namespace eir::appliance::cdbd {
namespace {

int write_control(vty* v) {
  const Console out(v, {});
  out.line("control");
  if (!config().control.socket.empty()) out.line(" socket {}", config().control.socket);
  return 1;
}

int write_metrics(vty* v) {
  write_service(v, "metrics", config().metrics);
  return 1;
}

}  // namespace

std::string socket_of(const Config& config) {
  return config.control.socket.empty() ? config.registry.directory + "/control.sock" : config.control.socket;
}

void install_services_nodes() {
  install_node(kControlNode, "%s(config-control)# ", write_control);
  install_command(CONFIG_NODE, "control", {"Where cdbctl reaches this program"},
                  [](const Console& c) { return c.enter(kControlNode); });
  install_setting(kControlNode, "socket PATH",
                  {"The socket", "Path (default: control.sock in the registry's directory)"}, "control socket",
                  [](const Console& c) {
                    config().control.socket = c.arg(0);
                    return CMD_SUCCESS;
                  });
  install_service(kMetricsNode, "metrics", "Metrics for Prometheus", write_metrics,
                  []() -> Endpoint& { return config().metrics; });
}

void install_files() {
  install_files_node(kFilesNode, []() -> FilesConfig& { return config().files; });
}

void validate_files(const Config& config, Problems& problems) {
  for (auto& p : validate(config.files)) problems.push_back(std::move(p));
}

void validate_services(const Config& config, Problems& problems) {
  if (socket_of(config).size() >= sizeof(sockaddr_un::sun_path))
    problems.push_back({"control socket", fmt::format("'{}' is too long for a socket's path", socket_of(config))});
}

}  // namespace eir::appliance::cdbd
