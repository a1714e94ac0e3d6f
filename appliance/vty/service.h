// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "appliance/vty/osmovty.h"

namespace eir::appliance {

/// Address and port a service of a program listens on.
struct Endpoint {
  std::string address;
  uint16_t port = 0;
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Installs a node of the configuration, `name`, with the one setting `bind ADDRESS PORT`. `help` is one line about the
/// service, `write` writes the node out (write_service()), `edited` gives what the setting changes.
void install_service(int node, const std::string& name, std::string_view help, int (*write)(vty*),
                     std::function<Endpoint&()> edited);
void write_service(vty* v, std::string_view name, const Endpoint& endpoint);

}  // namespace eir::appliance
