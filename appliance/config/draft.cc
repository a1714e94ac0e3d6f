// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/draft.h"

namespace eir::appliance {

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
