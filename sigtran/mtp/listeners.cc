// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/listeners.h"

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/core/select.h>
}

namespace eir::sigtran::mtp {

namespace {

Listeners* the_listeners = nullptr;
/// The library's callback, the same for every listening socket.
int (*library_accept)(osmo_fd*, unsigned) = nullptr;

}  // namespace

Listeners::Listeners(Counters& counters) : counters_(counters) {
  the_listeners = this;
  osmo_timer_setup(&pause_, &Listeners::on_pause_over, this);
}

Listeners::~Listeners() {
  osmo_timer_del(&pause_);
  the_listeners = nullptr;
}

void Listeners::review() {
  for (osmo_ss7_instance* inst : ss7::instances()) {
    for (osmo_xua_server* server : ss7::servers(inst)) {
      if (!server->server) continue;
      if (closed_) {
        osmo_stream_srv_link_close(server->server);
        continue;
      }
      osmo_fd* ofd = osmo_stream_srv_link_get_ofd(server->server);
      if (ofd->cb == &Listeners::on_descriptor) continue;
      library_accept = ofd->cb;
      ofd->cb = &Listeners::on_descriptor;
    }
  }
}

void Listeners::close() {
  closed_ = true;
  review();
}

int Listeners::on_descriptor(osmo_fd* ofd, unsigned what) {
  return the_listeners ? the_listeners->on_ready(ofd, what) : library_accept(ofd, what);
}

int Listeners::on_ready(osmo_fd* ofd, unsigned what) {
  auto* link = static_cast<osmo_stream_srv_link*>(ofd->data);
  auto* server = static_cast<osmo_xua_server*>(osmo_stream_srv_link_get_data(link));
  // The library makes an ASP for a stranger, which is then ended as any other: that path closes once.
  const bool configured = server->cfg.accept_dyn_reg;
  server->cfg.accept_dyn_reg = true;
  const int rc = library_accept(ofd, what);
  server->cfg.accept_dyn_reg = configured;
  for (osmo_ss7_asp* asp : ss7::asps(server)) {
    if (!asp->dyn_allocated) continue;
    counters_.associations_refused.add();
    LOGP(DLSS7, LOGL_NOTICE, "association %s refused: no configured ASP has these addresses\n",
         asp->sock_name ? asp->sock_name : "?");
    osmo_ss7_asp_disconnect(asp);
  }
  if (rc < 0) {
    counters_.accepts_failed.add();
    osmo_fd_read_disable(ofd);
    osmo_timer_schedule(&pause_, 0, kAcceptPauseUs);
  }
  return rc;
}

void Listeners::on_pause_over(void* self) {
  auto* listeners = static_cast<Listeners*>(self);
  if (listeners->closed_) return;
  for (osmo_ss7_instance* inst : ss7::instances()) {
    for (osmo_xua_server* server : ss7::servers(inst)) {
      if (server->server) osmo_fd_read_enable(osmo_stream_srv_link_get_ofd(server->server));
    }
  }
}

}  // namespace eir::sigtran::mtp
