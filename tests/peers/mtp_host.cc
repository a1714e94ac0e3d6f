// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/mtp_host.h"

#include <cstdio>

#include <fmt/format.h>

extern "C" {
#include <osmocom/core/application.h>
#include <osmocom/core/logging.h>
#include <osmocom/core/msgb.h>
#include <osmocom/core/rate_ctr.h>
#include <osmocom/core/select.h>
#include <osmocom/core/talloc.h>
#include <osmocom/sigtran/osmo_ss7.h>
#include <osmocom/vty/logging.h>
#include <osmocom/vty/vty.h>
}

namespace eir::tests {

using namespace sigtran::mtp;

namespace {

log_info no_categories{};
vty_app_info app{};

}  // namespace

std::string MtpHost::config_of(const Asp& asp) {
  const std::string local = asp.local_host.empty() ? "" : fmt::format("  local-ip {}\n", asp.local_host);
  return fmt::format(
      "cs7 instance 0\n network-indicator national\n point-code {}\n"
      " asp gateway {} {} m3ua\n  remote-ip {}\n{}"
      " as own m3ua\n  asp gateway\n  routing-key {} {}\n  traffic-mode {}\n",
      asp.point_code, asp.remote_port, asp.local_port, asp.remote_host, local, asp.routing_context, asp.point_code,
      asp.traffic_mode);
}

bool MtpHost::begin(bool verbose) {
  void* context = talloc_named_const(nullptr, 0, name_);
  msgb_talloc_ctx_init(context, 0);
  osmo_init_logging2(context, &no_categories);
  log_set_use_color(osmo_stderr_target, 0);
  log_set_print_category(osmo_stderr_target, 1);
  log_set_print_category_hex(osmo_stderr_target, 0);
  log_set_log_level(osmo_stderr_target, verbose ? LOGL_DEBUG : LOGL_ERROR);
  rate_ctr_init(context);
  if (const auto ok = binding_.init(); !ok) {
    fmt::print(stderr, "{}: {}\n", name_, ok.error().message());
    return false;
  }
  app.name = name_;
  app.version = "";
  app.copyright = "";
  app.tall_ctx = context;
  app.go_parent_cb = &osmo_ss7_vty_go_parent;
  vty_init(&app);
  logging_vty_add_cmds();
  binding_.install_vty(context);
  return true;
}

bool MtpHost::attach(TransferUser& user) {
  auto ok = binding_.attach(user, *this);
  if (ok) ok = loop_.open();
  if (!ok) {
    fmt::print(stderr, "{}: {}\n", name_, ok.error().message());
    return false;
  }
  return true;
}

bool MtpHost::start(const std::string& config, TransferUser& user, bool verbose) {
  if (!begin(verbose)) return false;
  std::string text = config;
  FILE* in = fmemopen(text.data(), text.size(), "r");
  if (!in) return false;
  const int rc = vty_read_config_filep(in, nullptr);
  std::fclose(in);
  if (rc < 0) {
    fmt::print(stderr, "{}: the configuration is not understood:\n{}", name_, config);
    return false;
  }
  return attach(user);
}

bool MtpHost::start_from_file(const std::string& file, TransferUser& user, bool verbose) {
  if (!begin(verbose)) return false;
  if (vty_read_config_file(file.c_str(), nullptr) < 0) {
    fmt::print(stderr, "{}: {}: not understood\n", name_, file);
    return false;
  }
  return attach(user);
}

void MtpHost::turn(bool poll) { osmo_select_main(poll ? 1 : 0); }

bool MtpHost::wait_active(std::chrono::milliseconds patience) {
  const auto until = std::chrono::steady_clock::now() + patience;
  while (!active() && !asked_to_end() && std::chrono::steady_clock::now() < until) turn();
  return active();
}

void MtpHost::stop() {
  binding_.stop();
  while (!binding_.stopped()) turn();
}

void MtpHost::on_as_state(Instance, std::string_view as, AsState state) noexcept {
  if (show_states_) fmt::print(stderr, "{}: as {} {}\n", name_, as, to_string(state));
  count_active();
}

void MtpHost::on_as_removed(Instance, std::string_view as) noexcept {
  if (show_states_) fmt::print(stderr, "{}: as {} removed\n", name_, as);
  count_active();
}

void MtpHost::count_active() noexcept {
  const Status status = binding_.status();
  active_ = 0;
  for (const AsStatus& each : status.application_servers) active_ += each.state == AsState::kActive;
}

void MtpHost::on_asp_state(Instance, std::string_view asp, AspState state) noexcept {
  if (show_states_) fmt::print(stderr, "{}: asp {} {}\n", name_, asp, to_string(state));
}

void MtpHost::on_destination_state(Instance, PointCode, std::string_view text, bool available) noexcept {
  if (show_states_) fmt::print(stderr, "{}: {} {}\n", name_, text, available ? "available" : "unavailable");
}

}  // namespace eir::tests
