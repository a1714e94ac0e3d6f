// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/alarm.h"
#include "core/base/clock.h"
#include "sync/follow/follow.h"
#include "sync/sightings/uploader.h"

namespace eir::appliance::syncd {

/// Turns what the parts say into alarms: each look sets what is wrong now, and clears what is wrong no more.
/// Threads: the loop's.
class Watch {
 public:
  static constexpr std::chrono::days kCertificateWarning{30};
  static constexpr std::chrono::hours kRecent{1};  ///< how long sightings that were given up stay alarmed

  Watch(base::AlarmSink& alarms, const base::Clock& clock) : alarms_(alarms), clock_(clock) {}

  void follow(const sync::follow::FollowStatus& status, bool stale);
  void sightings(const sync::sightings::Uploader::Status& status, const std::string& spool);
  void certificates(const std::vector<std::string>& files);

 private:
  using Wrong = std::map<std::string, std::string>;  ///< subject, detail
  void now_wrong(base::AlarmId id, const Wrong& wrong);

  base::AlarmSink& alarms_;
  const base::Clock& clock_;
  std::map<base::AlarmId, std::set<std::string>> set_;
  bool seen_ = false;
  uint64_t given_up_ = 0;
  base::MonotonicTime given_up_until_{};
};

/// Whether the node has not heard for so long what is newest, or heard and does not have it.
bool is_stale(const sync::follow::FollowStatus& status, std::chrono::seconds after);

}  // namespace eir::appliance::syncd
