// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/config.h"

#include "appliance/vty/console.h"

namespace eir::appliance::cdbd {
namespace {

constexpr Part kParts[] = {
    {install_registry_node, validate_registry},
    {install_epp_node, validate_epp},
    {install_users_node, validate_users},
    {install_files, validate_files},
    {install_sites, validate_sites},
    {install_nodes, validate_nodes},
    {install_services_nodes, validate_services},
};

}  // namespace

Config& config() {
  static Config the_config;
  return the_config;
}

base::Result<void, base::Problem> install_config(const char* prints) {
  init_vty(prints);
  for (const Part& part : kParts) part.install();
  return {};
}

Problems validate_config() {
  Problems problems;
  for (const Part& part : kParts) part.validate(config(), problems);
  return problems;
}

}  // namespace eir::appliance::cdbd
