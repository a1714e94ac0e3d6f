// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <chrono>
#include <random>

namespace eir::sync::follow {

/// How long to wait before the next attempt: twice as long each time up to a bound, and anything between half of that
/// and all of it, so that many nodes do not come back in one moment. Threads: one.
class Backoff {
 public:
  using Duration = std::chrono::milliseconds;
  Backoff(Duration least, Duration most) : least_(least), most_(most), random_(std::random_device{}()) {}

  /// Between half and all of least * 2^n, at most `most`.
  Duration next() {
    next_ = next_ == Duration{} ? std::min(least_, most_) : std::min(next_ * 2, most_);
    return Duration(std::uniform_int_distribution<Duration::rep>(next_.count() / 2, next_.count())(random_));
  }
  void reset() { next_ = {}; }

 private:
  const Duration least_, most_;
  Duration next_{};
  std::mt19937 random_;
};

}  // namespace eir::sync::follow
