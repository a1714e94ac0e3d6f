// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>

#include "appliance/cdbd/sites.h"
#include "appliance/vty/osmovty.h"

namespace eir::appliance::cdbd {

/// The node `site` of the configuration, under the node `number`: name, bind, peers, files of TLS. A centre of one site
/// has none. `edited` gives what is being configured.
/// REQUIRES: init_vty(); once.
void install_site_node(int number, std::function<SitesConfig&()> edited);
/// Writes it out; nothing while no site is named.
void write_site(vty* v, const SitesConfig& config);

/// "show sites [json]", "site (alone|standby-sync) (on|off)". `sites` gives null while there is one site; `registry`
/// null while nothing runs.
void install_site_commands(std::function<const Sites*()> sites, std::function<registry::Registry*()> registry);

}  // namespace eir::appliance::cdbd
