// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sigtran/mtp/transfer.h"

namespace eir::sigtran::mtp {

/// RFC 4666 §4.3.1. Seen from our side: as an SG the state of the peer's ASP, as an ASP our own.
enum class AspState : uint8_t { kDown, kInactive, kActive };
/// RFC 4666 §4.3.2.
enum class AsState : uint8_t { kDown, kInactive, kActive, kPending };
/// What we are on an association: the application server, or the gateway an MSC connects to.
enum class Role : uint8_t { kAsp, kSg };

std::string_view to_string(AspState state) noexcept;  ///< "down", "inactive", "active"
std::string_view to_string(AsState state) noexcept;   ///< "down", "inactive", "active", "pending"
std::string_view to_string(Role role) noexcept;       ///< "asp", "sg"

/// For `show`; plain copies, made on request. Bounded by the configuration.
struct AspStatus {
  Instance instance;
  std::string name;
  Role role;
  AspState state;
  bool connected;           ///< the SCTP association is up
  bool standby;             ///< held inactive: override mode, another ASP carries the traffic
  std::string remote;       ///< configured addresses and port
  std::string socket;       ///< "r=...<->l=..." of the association, empty before the first
  uint64_t backlog_octets;  ///< waiting for SCTP now
};

struct AsStatus {
  Instance instance;
  std::string name;
  Role role;
  AsState state;
  std::string traffic_mode;  ///< "override", "loadshare", "round-robin", "broadcast"
  uint32_t routing_context;
  PointCode point_code;
  std::vector<std::string> asps;
};

struct RouteStatus {
  Instance instance;
  std::string destination;  ///< "0.0.1/255.255.7" as the configuration has it; "default"
  std::string as;
  bool available;  ///< the AS is active
};

struct InstanceStatus {
  Instance instance;
  PointCode point_code;
  uint8_t network_indicator;
  std::vector<PointCode> unavailable;  ///< destinations under DUNA
};

struct Status {
  std::vector<InstanceStatus> instances;
  std::vector<AsStatus> application_servers;
  std::vector<AspStatus> asps;
  std::vector<RouteStatus> routes;
};

/// Told of changes, after they happened, from the event loop. Threads: the SIGTRAN thread only. Views live
/// as long as the call. What the alarms kNoAspActive and kDestinationUnavailable are made of: at attach()
/// every AS is told once in its present state, so that one that never comes up raises its alarm too.
class StatusListener {
 public:
  virtual ~StatusListener() = default;
  virtual void on_as_state(Instance instance, std::string_view as, AsState state) noexcept = 0;
  /// An AS that was told of is no longer configured, in whatever state it was.
  virtual void on_as_removed(Instance /*instance*/, std::string_view /*as*/) noexcept {}
  virtual void on_asp_state(Instance instance, std::string_view asp, AspState state) noexcept = 0;
  /// DUNA and DAVA, once per change; `pc_text` is the point code in the instance's own format.
  virtual void on_destination_state(Instance instance, PointCode pc, std::string_view pc_text,
                                    bool available) noexcept = 0;
};

}  // namespace eir::sigtran::mtp
