// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/status.h"

#include <array>

#include "sigtran/mtp/ss7.h"

namespace eir::sigtran::mtp {

std::string_view to_string(AspState state) noexcept {
  switch (state) {
    case AspState::kDown: return "down";
    case AspState::kInactive: return "inactive";
    case AspState::kActive: return "active";
  }
  return "?";
}

std::string_view to_string(AsState state) noexcept {
  switch (state) {
    case AsState::kDown: return "down";
    case AsState::kInactive: return "inactive";
    case AsState::kActive: return "active";
    case AsState::kPending: return "pending";
  }
  return "?";
}

std::string_view to_string(Role role) noexcept { return role == Role::kSg ? "sg" : "asp"; }

namespace ss7 {

namespace {

AsStatus status_of(Instance instance, const osmo_ss7_as* as) {
  AsStatus out{instance,
               as->cfg.name,
               role_of(as),
               state_of(as),
               osmo_ss7_as_traffic_mode_name(as->cfg.mode),
               as->cfg.routing_key.context,
               PointCode{as->cfg.routing_key.pc},
               {}};
  for (const osmo_ss7_asp* asp : as->cfg.asps) {
    if (asp) out.asps.emplace_back(asp->cfg.name);
  }
  return out;
}

AspStatus status_of(Instance instance, osmo_ss7_asp* asp) {
  std::array<char, 512> remote{};
  osmo_ss7_asp_peer_snprintf(remote.data(), remote.size(), &asp->cfg.remote);
  return AspStatus{instance,
                   asp->cfg.name,
                   role_of(asp),
                   state_of(asp),
                   is_connected(asp),
                   false,
                   remote.data(),
                   asp->sock_name ? asp->sock_name : "",
                   0};
}

RouteStatus status_of(osmo_ss7_instance* inst, const osmo_ss7_route* route) {
  RouteStatus out{inst->cfg.id, "default", route->cfg.linkset_name ? route->cfg.linkset_name : "", false};
  if (route->cfg.mask != 0) {
    out.destination = osmo_ss7_pointcode_print(inst, route->cfg.pc);
    out.destination += '/';
    out.destination += osmo_ss7_pointcode_print(inst, route->cfg.mask);
  }
  if (route->dest.as) {
    out.as = route->dest.as->cfg.name;
    out.available = osmo_ss7_as_active(route->dest.as);
  }
  return out;
}

}  // namespace

Status status() {
  Status out;
  for (osmo_ss7_instance* inst : instances()) {
    const Instance id = inst->cfg.id;
    out.instances.push_back({id, PointCode{inst->cfg.primary_pc}, inst->cfg.network_indicator, {}});
    for (const osmo_ss7_as* as : application_servers(inst)) out.application_servers.push_back(status_of(id, as));
    for (osmo_ss7_asp* asp : asps(inst)) out.asps.push_back(status_of(id, asp));
    for (const osmo_ss7_route* route : routes(inst)) out.routes.push_back(status_of(inst, route));
  }
  return out;
}

}  // namespace ss7

}  // namespace eir::sigtran::mtp
