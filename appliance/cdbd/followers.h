// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/lists/list_set.h"

namespace eir::appliance::cdbd {

/// What those who follow are known to hold, by what they asked since this process began. Threads: any. `clock` outlives
/// it.
class Followers {
 public:
  explicit Followers(const base::Clock& clock) : clock_(clock), since_(clock.wall()) {}

  /// It asked how to get on from this version.
  void holds(const std::string& name, lists::Version version);
  /// A message told it of a version; acknowledging that one says that it holds it.
  void told(const std::string& name, const std::string& message, lists::Version version);
  void acknowledged(const std::string& name, const std::string& message);

  struct Follower {
    lists::Version holds;                           ///< (0, 0): not known
    lists::Version told;                            ///< of the newest message it read
    std::string message;                            ///< that one
    std::chrono::system_clock::time_point heard{};  ///< last asked, read or acknowledged; the start's time before
  };
  /// Of one that was never heard of: all but `heard` empty.
  Follower of(const std::string& name) const;

 private:
  Follower& at(const std::string& name);

  const base::Clock& clock_;
  const std::chrono::system_clock::time_point since_;
  mutable std::mutex mutex_;
  std::map<std::string, Follower> followers_;  ///< as many as there are users at most
};

}  // namespace eir::appliance::cdbd
