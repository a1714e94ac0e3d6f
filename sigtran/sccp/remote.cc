// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/remote.h"

#include <algorithm>

namespace eir::sigtran::sccp {

RemoteStates::RemoteStates(Counters& counters) : counters_(counters) {
  subsystems_.reserve(kRemoteSubsystemsMax);
  destinations_.reserve(kDestinationsMax);
}

void RemoteStates::subsystem(mtp::Instance instance, mtp::PointCode pc, Ssn ssn, bool allowed,
                             base::UnixSeconds now) noexcept {
  const auto it = std::find_if(subsystems_.begin(), subsystems_.end(), [&](const RemoteSubsystem& s) {
    return s.instance == instance && s.pc == pc && s.ssn == ssn;
  });
  if (it != subsystems_.end()) {
    if (it->allowed != allowed) *it = {instance, pc, ssn, allowed, now};
  } else if (subsystems_.size() < kRemoteSubsystemsMax) {
    subsystems_.push_back({instance, pc, ssn, allowed, now});
  } else {
    counters_.table_full.add();
  }
}

void RemoteStates::destination(mtp::Instance instance, mtp::PointCode pc, bool available,
                               base::UnixSeconds now) noexcept {
  const auto it = std::find_if(destinations_.begin(), destinations_.end(),
                               [&](const Destination& d) { return d.instance == instance && d.pc == pc; });
  if (it != destinations_.end()) {
    if (it->available != available) *it = {instance, pc, available, now};
  } else if (destinations_.size() < kDestinationsMax) {
    destinations_.push_back({instance, pc, available, now});
  } else {
    counters_.table_full.add();
  }
}

}  // namespace eir::sigtran::sccp
