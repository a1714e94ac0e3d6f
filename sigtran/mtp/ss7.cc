// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/ss7.h"

#include <array>
#include <cstring>

namespace eir::sigtran::mtp::ss7 {

namespace {

/// The number of a state of a machine, by the name the library prints. The numbers are in no public header.
uint32_t state_number(const osmo_fsm* fsm, const char* name) noexcept {
  for (uint32_t i = 0; i < fsm->num_states; ++i) {
    if (fsm->states[i].name && std::strcmp(fsm->states[i].name, name) == 0) return i;
  }
  return UINT32_MAX;
}

template <size_t N>
size_t state_index(const osmo_fsm_inst* fi, std::array<uint32_t, N>& numbers,
                   const std::array<const char*, N>& names) noexcept {
  if (numbers[0] == numbers[1]) {
    for (size_t i = 0; i < N; ++i) numbers[i] = state_number(fi->fsm, names[i]);
  }
  for (size_t i = 0; i < N; ++i) {
    if (fi->state == numbers[i]) return i;
  }
  return 0;
}

}  // namespace

AspState state_of(const osmo_ss7_asp* asp) noexcept {
  static constexpr std::array<const char*, 3> kNames{"ASP_DOWN", "ASP_INACTIVE", "ASP_ACTIVE"};
  static std::array<uint32_t, 3> numbers{};
  return asp->fi ? static_cast<AspState>(state_index(asp->fi, numbers, kNames)) : AspState::kDown;
}

AsState state_of(const osmo_ss7_as* as) noexcept {
  static constexpr std::array<const char*, 4> kNames{"AS_DOWN", "AS_INACTIVE", "AS_ACTIVE", "AS_PENDING"};
  static std::array<uint32_t, 4> numbers{};
  return as->fi ? static_cast<AsState>(state_index(as->fi, numbers, kNames)) : AsState::kDown;
}

Role role_of(const osmo_ss7_asp* asp) noexcept {
  return asp->cfg.role == OSMO_SS7_ASP_ROLE_SG ? Role::kSg : Role::kAsp;
}

Role role_of(const osmo_ss7_as* as) noexcept {
  for (const osmo_ss7_asp* asp : as->cfg.asps) {
    if (asp) return role_of(asp);
  }
  return Role::kAsp;
}

bool is_m3ua(const osmo_ss7_asp* asp) noexcept { return asp->cfg.proto == OSMO_SS7_ASP_PROT_M3UA; }

bool is_connected(const osmo_ss7_asp* asp) noexcept {
  if (asp->cfg.is_server) return asp->server != nullptr;
  return asp->client && osmo_stream_cli_is_connected(asp->client);
}

osmo_fd* descriptor_of(const osmo_ss7_asp* asp) noexcept {
  if (asp->cfg.is_server) return asp->server ? osmo_stream_srv_get_ofd(asp->server) : nullptr;
  return asp->client ? osmo_stream_cli_get_ofd(asp->client) : nullptr;
}

bool request(osmo_ss7_asp* asp, Request what) noexcept {
  static constexpr std::array<const char*, 4> kNames{"M-ASP_UP.req", "M-ASP_ACTIVE.req", "M-ASP_INACTIVE.req",
                                                     "M-ASP_DOWN.req"};
  if (!asp->fi) return false;
  const int event = get_string_value(asp->fi->fsm->event_names, kNames[static_cast<size_t>(what)]);
  if (event < 0) return false;
  if (!(asp->fi->fsm->states[asp->fi->state].in_event_mask & (1U << event))) return false;
  return osmo_fsm_inst_dispatch(asp->fi, static_cast<uint32_t>(event), nullptr) == 0;
}

osmo_ss7_as* route(osmo_ss7_instance* inst, uint32_t dpc) noexcept {
  const osmo_ss7_route* found = osmo_ss7_route_lookup(inst, dpc);
  osmo_ss7_as* best = found ? found->dest.as : nullptr;
  if (best && osmo_ss7_as_active(best)) return best;
  for (const Role role : {Role::kSg, Role::kAsp}) {
    for (osmo_ss7_as* as : application_servers(inst)) {
      if (as->cfg.proto != OSMO_SS7_ASP_PROT_M3UA || role_of(as) != role) continue;
      if (role == Role::kSg && as->cfg.routing_key.pc != dpc) continue;
      if (osmo_ss7_as_active(as)) return as;
      if (!best) best = as;
    }
  }
  return best;
}

osmo_ss7_asp* choose_asp(const osmo_ss7_as* as, uint8_t sls) noexcept {
  unsigned active = 0;
  for (const osmo_ss7_asp* asp : as->cfg.asps) {
    if (asp && osmo_ss7_asp_active(asp)) ++active;
  }
  if (active == 0) return nullptr;
  unsigned skip = is_override(as) ? 0 : sls % active;
  for (osmo_ss7_asp* asp : as->cfg.asps) {
    if (asp && osmo_ss7_asp_active(asp) && skip-- == 0) return asp;
  }
  return nullptr;
}

bool is_override(const osmo_ss7_as* as) noexcept { return as->cfg.mode == OSMO_SS7_AS_TMOD_OVERRIDE; }

}  // namespace eir::sigtran::mtp::ss7
