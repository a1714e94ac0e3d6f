// SPDX-License-Identifier: GPL-3.0-or-later
// The node `site` of the configuration.
#include "appliance/cdbd/config.h"
#include "appliance/cdbd/sites_console.h"

namespace eir::appliance::cdbd {

void install_sites() {
  install_site_node(kSiteNode, []() -> SitesConfig& { return config().sites; });
}

void validate_sites(const Config& config, Problems& problems) {
  const SitesConfig& sites = config.sites;
  if (sites.name.empty() && sites.peers.empty()) return;
  for (base::Problem& p : problems_of(sites)) problems.push_back(std::move(p));
  epp::Problems tls;
  if (tls::make_context(tls::Side::kServer, sites.tls, tls)) return;
  for (base::Problem& p : tls) {
    // "tls certificate" of that room is "site certificate" here.
    constexpr std::string_view kTheirs = "tls";
    if (p.where.starts_with(kTheirs)) p.where.replace(0, kTheirs.size(), "site");
    problems.push_back(std::move(p));
  }
}

}  // namespace eir::appliance::cdbd
