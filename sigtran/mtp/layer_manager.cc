// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/layer_manager.h"

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/sigtran/protocol/m3ua.h>
#include <osmocom/sigtran/sigtran_sap.h>
}

namespace eir::sigtran::mtp {

namespace {

LayerManager* the_manager = nullptr;

}  // namespace

static int forward_primitive(osmo_prim_hdr* oph, void* asp);
static const osmo_xua_layer_manager kLayerManager = {&forward_primitive};
static int (*primitive_receiver)(osmo_prim_hdr*, void*) = nullptr;
static int forward_primitive(osmo_prim_hdr* oph, void* asp) { return primitive_receiver(oph, asp); }

LayerManager::LayerManager(LayerManagerHost& host, Counters& counters) : host_(host), counters_(counters) {
  the_manager = this;
  primitive_receiver = &LayerManager::on_primitive;
}

LayerManager::~LayerManager() { the_manager = nullptr; }

bool LayerManager::is_manager_of(const osmo_ss7_asp* asp) const noexcept { return asp->lm == &kLayerManager; }

void LayerManager::adopt(Association& association) {
  osmo_ss7_asp* asp = association.asp();
  asp->lm = &kLayerManager;
  if (ss7::is_connected(asp)) {
    association.established();
    if (ss7::role_of(asp) == Role::kAsp) {
      if (!ss7::request(asp, ss7::Request::kAspUp)) activate(association);
    }
  }
}

void LayerManager::keep(Association& association) {
  osmo_ss7_asp* asp = association.asp();
  if (stopping_) return;
  if (association.manager.restart) {
    association.manager.restart = false;
    LOGP(DLSS7, LOGL_NOTICE, "asp %s: begun anew\n", asp->cfg.name);
    osmo_ss7_asp_restart(asp);
    association.hook();
  }
  if (asp->client) osmo_stream_cli_set_reconnect_timeout(asp->client, kReconnectSeconds);
}

int LayerManager::on_primitive(osmo_prim_hdr* oph, void* asp) {
  // The library frees the primitive.
  if (!the_manager) return 0;
  if (Association* association = the_manager->host_.find(static_cast<osmo_ss7_asp*>(asp))) {
    the_manager->on_indication(*association, oph);
  }
  the_manager->host_.on_states_may_have_changed();
  return 0;
}

void LayerManager::on_indication(Association& association, osmo_prim_hdr* oph) {
  osmo_ss7_asp* asp = association.asp();
  const bool own = ss7::role_of(asp) == Role::kAsp;
  const auto* prim = reinterpret_cast<const osmo_xlm_prim*>(oph);
  switch (oph->primitive) {
    case OSMO_XLM_PRIM_M_SCTP_ESTABLISH:
      counters_.associations_up.add();
      // The library leaves this unset for an accepted association and trips over it when the ASP is removed.
      if (!asp->siblings.next) asp->siblings = {&asp->siblings, &asp->siblings};
      association.established();
      if (own && !association.manager.closing) {
        association.manager.restart = !ss7::request(asp, ss7::Request::kAspUp);
      }
      break;
    case OSMO_XLM_PRIM_M_SCTP_RESTART: association.manager.restart = own; break;
    case OSMO_XLM_PRIM_M_SCTP_RELEASE:
      association.released();
      activate_standbys();
      break;
    case OSMO_XLM_PRIM_M_ASP_UP:
      if (own && oph->operation == PRIM_OP_CONFIRM) activate(association);
      break;
    case OSMO_XLM_PRIM_M_ASP_ACTIVE: association.manager.activating = false; break;
    case OSMO_XLM_PRIM_M_ASP_INACTIVE:
    case OSMO_XLM_PRIM_M_ASP_DOWN:
      association.manager.activating = false;
      if (own) activate_standbys();
      break;
    case OSMO_XLM_PRIM_M_NOTIFY:
      if (own) on_notify(association, prim->u.notify.status_type, prim->u.notify.status_info);
      break;
    case OSMO_XLM_PRIM_M_ERROR: counters_.errors_received.add(); break;
    default: break;
  }
}

void LayerManager::on_notify(Association& association, uint16_t type, uint16_t info) {
  const AspState state = ss7::state_of(association.asp());
  if (type == M3UA_NOTIFY_T_OTHER && info == M3UA_NOTIFY_I_OT_ALT_ASP_ACT) {
    association.manager.overridden = true;
    if (state == AspState::kActive) ss7::request(association.asp(), ss7::Request::kAspInactive);
    return;
  }
  const bool nobody =
      (type == M3UA_NOTIFY_T_STATCHG && (info == M3UA_NOTIFY_I_AS_INACT || info == M3UA_NOTIFY_I_AS_PEND)) ||
      (type == M3UA_NOTIFY_T_OTHER && info == M3UA_NOTIFY_I_OT_INS_RES);
  if (!nobody) return;
  association.manager.overridden = false;
  if (state == AspState::kInactive) activate(association);
}

bool LayerManager::another_carries(const Association& association) const {
  osmo_ss7_asp* self = association.asp();
  for (const osmo_ss7_as* as : ss7::application_servers(self->inst)) {
    if (!ss7::is_override(as) || !osmo_ss7_as_has_asp(as, self)) continue;
    for (osmo_ss7_asp* other : as->cfg.asps) {
      if (!other || other == self) continue;
      if (osmo_ss7_asp_active(other)) return true;
      const Association* rival = host_.find(other);
      if (rival && rival->manager.activating) return true;
    }
  }
  return false;
}

void LayerManager::activate(Association& association) {
  if (stopping_ || association.manager.activating || association.manager.overridden) return;
  if (another_carries(association)) return;
  association.manager.activating = true;
  if (!ss7::request(association.asp(), ss7::Request::kAspActive)) association.manager.activating = false;
}

void LayerManager::activate_standbys() {
  if (stopping_) return;
  for (osmo_ss7_instance* inst : ss7::instances()) {
    for (osmo_ss7_asp* asp : ss7::asps(inst)) {
      Association* association = host_.find(asp);
      if (!association || ss7::role_of(asp) != Role::kAsp || !ss7::is_connected(asp)) continue;
      if (ss7::state_of(asp) == AspState::kInactive) activate(*association);
    }
  }
}

bool LayerManager::is_standby(const Association& association) const {
  const osmo_ss7_asp* asp = association.asp();
  return ss7::role_of(asp) == Role::kAsp && ss7::is_connected(asp) && ss7::state_of(asp) == AspState::kInactive &&
         (association.manager.overridden || another_carries(association));
}

bool LayerManager::step_down(Association& association, bool patient) {
  osmo_ss7_asp* asp = association.asp();
  if (!ss7::is_connected(asp)) {
    close(association);
    return true;
  }
  if (ss7::role_of(asp) == Role::kSg) {
    if (association.backlog_octets() > 0 || (patient && association.readable())) return false;
    close(association);
    return true;
  }
  switch (ss7::state_of(asp)) {
    case AspState::kActive:
      // The library repeats the request itself until it is acknowledged.
      if (!association.manager.closing) ss7::request(asp, ss7::Request::kAspInactive);
      association.manager.closing = true;
      return false;
    case AspState::kInactive:
      if (!association.manager.downing) ss7::request(asp, ss7::Request::kAspDown);
      association.manager.closing = association.manager.downing = true;
      return false;
    case AspState::kDown: close(association); return true;
  }
  return true;
}

void LayerManager::close(Association& association) {
  osmo_ss7_asp* asp = association.asp();
  association.manager.closing = true;
  if (asp->client) {
    osmo_stream_cli_set_reconnect_timeout(asp->client, -1);
    if (ss7::is_connected(asp)) {
      osmo_ss7_asp_disconnect(asp);
    } else {
      osmo_stream_cli_close(asp->client);
    }
  } else if (asp->server) {
    osmo_ss7_asp_disconnect(asp);
  }
}

}  // namespace eir::sigtran::mtp
