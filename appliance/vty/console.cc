// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/console.h"

extern "C" {
#include <osmocom/core/application.h>
#include <osmocom/core/fsm.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/msgb.h>
#include <osmocom/core/rate_ctr.h>
#include <osmocom/core/talloc.h>
#include <osmocom/vty/logging.h>
#include <osmocom/vty/misc.h>
}

namespace eir::appliance {

void* init_vty(const char* program, int (*go_parent)(vty*)) {
  static const log_info no_categories{};
  static vty_app_info info{};
  void* ctx = talloc_named_const(nullptr, 0, "turnstile");
  msgb_talloc_ctx_init(ctx, 0);
  osmo_init_logging2(ctx, &no_categories);
  log_set_use_color(osmo_stderr_target, 0);
  log_set_print_category_hex(osmo_stderr_target, 0);
  log_set_print_category(osmo_stderr_target, 1);
  rate_ctr_init(ctx);
  osmo_fsm_log_addr(false);
  info.name = program;
  info.version = PROJECT_VERSION;
  info.copyright = "Turnstile, equipment identity register. GPL-3.0-or-later; no warranty.\r\n";
  info.tall_ctx = ctx;
  info.go_parent_cb = go_parent;
  vty_init(&info);
  logging_vty_add_cmds();
  osmo_talloc_vty_add_cmds();
  osmo_fsm_vty_add_cmds();
  return ctx;
}

}  // namespace eir::appliance
