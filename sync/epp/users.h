// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <mutex>
#include <string>

#include "core/base/clock.h"

namespace eir::sync::epp {

/// How many sessions a user has and how fast its commands come, over all threads. Threads: any. A user that
/// was let in once stays known, so that a new connection brings no new allowance; there are as many as there
/// are accounts.
class Users {
 public:
  enum class Admission : uint8_t { kAdmitted, kUserLimit, kTotalLimit };

  explicit Users(unsigned total_max) : total_max_(total_max) {}

  struct Allowance {
    unsigned sessions_max = 1;
    uint32_t rate = 0;   ///< a second; 0: no limit
    uint32_t burst = 0;  ///< 0: one second's worth
  };
  /// One more session; leave() ends it. The newest allowance holds for all of the user's sessions.
  Admission admit(const std::string& client_id, const Allowance& allowance, base::MonotonicTime now);
  void leave(const std::string& client_id);
  /// Whether one more command may come now.
  bool take(const std::string& client_id, base::MonotonicTime now);

  unsigned sessions() const;
  unsigned sessions_of(const std::string& client_id) const;

 private:
  struct User {
    unsigned sessions = 0;
    Allowance allowance;
    double tokens = -1;  ///< below 0: not filled yet
    base::MonotonicTime last{};
  };
  mutable std::mutex mutex_;
  const unsigned total_max_;
  unsigned total_ = 0;
  std::map<std::string, User> users_;
};

}  // namespace eir::sync::epp
