// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <atomic>

#include "core/base/clock.h"

namespace eir::decision {

/// How far a clock may step back before what has expired is kept expired, and an alarm is raised.
inline constexpr std::chrono::seconds kClockStepBackMax{60};

/// The latest time a process has judged at: what has expired stays expired when its clock steps back.
/// Threads: any. Allocates: no.
class LatestTime {
 public:
  /// The time to judge a question of time `asked` at: never earlier than the latest less kClockStepBackMax.
  base::UnixSeconds judge(base::UnixSeconds asked) noexcept {
    const int64_t t = asked.time_since_epoch().count();
    int64_t latest = latest_.load(std::memory_order_relaxed);
    while (t > latest && !latest_.compare_exchange_weak(latest, t, std::memory_order_relaxed)) {
    }
    return look(asked);
  }
  /// The same, without taking the time as seen.
  base::UnixSeconds look(base::UnixSeconds asked) const noexcept {
    const std::chrono::seconds latest(latest_.load(std::memory_order_relaxed));
    return std::max(asked, base::UnixSeconds(latest - kClockStepBackMax));
  }

 private:
  std::atomic<int64_t> latest_{0};
};

}  // namespace eir::decision
