// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/load.h"

#include "appliance/config/draft.h"
#include "appliance/vty/config_file.h"
#include "appliance/vty/console.h"
#include "appliance/vty/sandbox.h"
#include "sigtran/mtp/binding.h"

extern "C" {
#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/sigtran/osmo_ss7.h>
#include <osmocom/sigtran/sccp_sap.h>
}

namespace eir::appliance {

base::Result<void, base::Problem> init_console(const char* program) {
  void* ctx = init_vty(program, osmo_ss7_vty_go_parent);
  if (const auto ok = sigtran::mtp::Binding::init(); !ok) return ok;
  sigtran::mtp::Binding::install_vty(ctx);
  install_config_nodes();
  return {};
}

std::vector<base::Problem> check_config(const std::string& path) {
  return check_config_file(path, [] { return validate(draft().next()); });
}

base::Result<NodeConfig, base::Problem> read_config(const std::string& path) {
  if (const auto ok = read_config_file(path); !ok) return tl::unexpected(ok.error());
  draft().committed(draft().next());
  return draft().running();
}

base::Result<NodeConfig, std::vector<base::Problem>> load_config(const std::string& path) {
  if (const auto ok = init_console("eirctl"); !ok) return tl::unexpected(std::vector{ok.error()});
  if (auto problems = check_config(path); !problems.empty()) return tl::unexpected(problems);
  if (const auto ok = forbid_sockets(); !ok) return tl::unexpected(std::vector{ok.error()});
  log_set_log_level(osmo_stderr_target, LOGL_FATAL);
  auto config = read_config(path);
  if (!config) return tl::unexpected(std::vector{config.error()});
  return *config;
}

}  // namespace eir::appliance
