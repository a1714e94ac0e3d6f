// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/draft.h"

namespace eir::appliance {

unsigned Draft::line_of(std::string where) const {
  while (true) {
    if (const auto at = lines_.find(where); at != lines_.end()) return at->second;
    const size_t space = where.rfind(' ');
    if (space == std::string::npos) return 0;
    where.resize(space);
  }
}

Draft& draft() {
  static Draft the_draft;
  return the_draft;
}

void install_config_nodes() {
  install_services_nodes();
  install_sccp_node();
  install_diameter_node();
  install_eir_node();
}

}  // namespace eir::appliance
