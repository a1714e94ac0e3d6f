// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/base/alarm.h"
#include "core/base/clock.h"
#include "core/decision/settings.h"
#include "core/store/version_info.h"
#include "diameter/peer/server.h"

namespace eir::appliance {

/// Turns what the worker sees into alarms: each look sets what is wrong now, and clears what an earlier
/// look had set and is wrong no more, whatever its subject was called then. Threads: the worker.
class Watch {
 public:
  static constexpr std::chrono::days kCertificateWarning{30};
  static constexpr std::chrono::minutes kRecent{1};     ///< how long answers of fault and lost records stay alarmed
  static constexpr std::chrono::minutes kPeerGrace{1};  ///< for a configured peer to connect
  static constexpr std::chrono::hours kClockQuiet{1};   ///< without a further step
  static constexpr std::chrono::minutes kClockStep{1};

  Watch(base::AlarmSink& alarms, const base::Clock& clock);

  /// Fault answers given, log records and sightings lost, since the start.
  void counts(uint64_t faults, uint64_t log_lost, uint64_t sightings_lost);
  void replica(const std::string& directory, const store::ReplicaStatus& status, std::chrono::hours stale_after);
  /// The policy document that cannot be used; 0: none.
  void policy(uint64_t number, const std::vector<base::Problem>& problems);
  void mode(const decision::Settings& settings);
  /// One alarm per file, for the certificate in it that ends first.
  void certificates(const std::vector<tls::CertificateStatus>& all);
  /// Peers that have not come since `configured_at`; puts right what a full queue may have lost.
  void peers(const std::vector<diameter::peer::PeerStatus>& all, std::chrono::system_clock::time_point configured_at);
  /// Whether the wall clock went back since the look before.
  void wall_clock();

 private:
  using Wrong = std::map<std::string, std::string>;  ///< subject, detail
  struct Growth {
    uint64_t last = 0;
    base::MonotonicTime until{};
  };
  void now_wrong(base::AlarmId id, const Wrong& wrong);
  void growth(Growth& g, uint64_t count, base::AlarmId id, const char* detail);

  base::AlarmSink& alarms_;
  const base::Clock& clock_;
  std::map<base::AlarmId, std::set<std::string>> set_;
  Growth faults_;
  Growth lost_;
  Growth sightings_lost_;
  std::chrono::system_clock::time_point last_wall_;
  base::MonotonicTime last_monotonic_;
  base::MonotonicTime clock_quiet_at_{};
};

}  // namespace eir::appliance
