// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/base/clock.h"
#include "sigtran/sccp/config.h"
#include "sigtran/sccp/counters.h"

namespace eir::sigtran::sccp {

/// A subsystem of another node, as SSP and SSA told. ITU-T Q.714 §5.3.
struct RemoteSubsystem {
  mtp::Instance instance;
  mtp::PointCode pc;
  Ssn ssn;
  bool allowed;
  base::UnixSeconds since;
};

/// A signalling point, as MTP-PAUSE and MTP-RESUME told.
struct Destination {
  mtp::Instance instance;
  mtp::PointCode pc;
  bool available;
  base::UnixSeconds since;
};

inline constexpr size_t kRemoteSubsystemsMax = 1024;
inline constexpr size_t kDestinationsMax = 1024;

/// What is known of others, for those who operate the node; no answer waits for it. A full table takes
/// no new entry and is counted. Threads: the SIGTRAN thread. Allocates: when made.
class RemoteStates {
 public:
  explicit RemoteStates(Counters& counters);
  void subsystem(mtp::Instance instance, mtp::PointCode pc, Ssn ssn, bool allowed, base::UnixSeconds now) noexcept;
  void destination(mtp::Instance instance, mtp::PointCode pc, bool available, base::UnixSeconds now) noexcept;
  std::span<const RemoteSubsystem> subsystems() const noexcept { return subsystems_; }
  std::span<const Destination> destinations() const noexcept { return destinations_; }

 private:
  Counters& counters_;
  std::vector<RemoteSubsystem> subsystems_;
  std::vector<Destination> destinations_;
};

}  // namespace eir::sigtran::sccp
