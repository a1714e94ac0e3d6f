// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/service.h"

#include "appliance/vty/command.h"

namespace eir::appliance {

void install_service(int node, const std::string& name, std::string_view help, int (*write)(vty*),
                     std::function<Endpoint&()> edited) {
  install_node(node, fmt::format("%s(config-{})# ", name), write);
  install_command(CONFIG_NODE, name, {help}, [node](const Console& c) { return c.enter(node); });
  install_setting(node, "bind A.B.C.D <0-65535>", {"Where to listen, fixed once started", "IPv4 address", "TCP port"},
                  name, [edited = std::move(edited)](const Console& c) {
                    edited() = {std::string(c.arg(0)), static_cast<uint16_t>(number(c.arg(1)))};
                    return CMD_SUCCESS;
                  });
}

void write_service(vty* v, std::string_view name, const Endpoint& endpoint) {
  const Console out(v, {});
  out.line("{}", name);
  out.line(" bind {} {}", endpoint.address, endpoint.port);
}

}  // namespace eir::appliance
