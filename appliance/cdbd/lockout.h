// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "appliance/cdbd/config.h"
#include "core/base/alarm.h"
#include "core/base/clock.h"

namespace eir::appliance::cdbd {

/// Counts failed logins over all connections, and says who is let in no more for a while. What a locked-out one tries
/// counts no further, so that nobody can be kept out for ever.
/// Threads: any. `clock` and `alarms` outlive it.
class LockOut {
 public:
  static constexpr size_t kTrackedMax = 100'000;  ///< users, and as many addresses; more are not counted one by one

  LockOut(const UsersConfig& rules, const base::Clock& clock, base::AlarmSink& alarms)
      : users_(rules.user), addresses_(rules.address), clock_(clock), alarms_(alarms) {}

  bool user_locked(const std::string& user);
  bool address_locked(const std::string& address);
  /// `user`: one that exists and showed its own certificate, so that the password was guessed at; an empty one
  /// counts for the address alone.
  void failed(const std::string& user, const std::string& address);
  void succeeded(const std::string& user, const std::string& address);
  /// The Administrator lets a user or address in again. False when it was not locked out.
  bool unlock(const std::string& name);
  /// Ends what is over; call it now and then.
  void tick();

  struct Locked {
    bool user = false;  ///< else an address
    std::string name;
    std::chrono::seconds left{};
  };
  std::vector<Locked> locked() const;
  uint64_t lock_outs() const;  ///< since the start
  uint64_t refused() const;    ///< logins because of one
  uint64_t untracked() const;  ///< failures not counted because of kTrackedMax

 private:
  struct Record {
    std::deque<base::MonotonicTime> failures;
    base::MonotonicTime until{};
    bool locked = false;
  };
  using Records = std::map<std::string, Record>;
  struct Side {
    explicit Side(const LockOutRule& r) : rule(r) {}
    const LockOutRule rule;
    Records records;
  };
  bool locked(Side& side, const std::string& name);
  void failed(Side& side, const char* what, const std::string& name);
  bool unlock(Side& side, const char* what, const std::string& name);
  void tick(Side& side, const char* what);

  mutable std::mutex mutex_;
  Side users_, addresses_;
  const base::Clock& clock_;
  base::AlarmSink& alarms_;
  uint64_t lock_outs_ = 0, refused_ = 0, untracked_ = 0;
};

}  // namespace eir::appliance::cdbd
