// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "appliance/alarms/standing.h"
#include "core/base/result.h"
#include "sync/follow/follow.h"
#include "sync/sightings/uploader.h"

namespace eir::appliance::syncd {

/// Turns what the parts say into alarms. Threads: the loop's.
class Watch {
 public:
  static constexpr std::chrono::days kCertificateWarning{30};
  static constexpr std::chrono::hours kRecent{1};  ///< how long sightings that were given up stay alarmed

  Watch(base::AlarmSink& alarms, const base::Clock& clock) : alarms_(alarms), clock_(clock) {}

  void follow(const sync::follow::FollowStatus& status, bool stale);
  void sightings(const sync::sightings::Uploader::Status& status, const std::string& spool);
  void certificates(const std::vector<std::string>& files);

 private:
  using Wrong = StandingAlarms::Wrong;

  StandingAlarms alarms_;
  const base::Clock& clock_;
  Growth given_up_{kRecent, std::nullopt};
};

/// Whether the node has not heard for so long what is newest, or heard and does not have it.
bool is_stale(const sync::follow::FollowStatus& status, std::chrono::seconds after);

}  // namespace eir::appliance::syncd
