// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "appliance/alarms/standing.h"
#include "core/decision/settings.h"
#include "core/store/version_info.h"
#include "diameter/peer/server.h"

namespace eir::appliance {

/// Turns what the worker sees into alarms. Threads: the worker.
class Watch {
 public:
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
  using Wrong = StandingAlarms::Wrong;
  void growth(Growth& g, uint64_t count, base::AlarmId id, const char* detail);

  base::AlarmSink& alarms_;
  StandingAlarms standing_;
  const base::Clock& clock_;
  Growth faults_{kRecent, 0};
  Growth lost_{kRecent, 0};
  Growth sightings_lost_{kRecent, 0};
  std::chrono::system_clock::time_point last_wall_;
  base::MonotonicTime last_monotonic_;
  base::MonotonicTime clock_quiet_at_{};
};

}  // namespace eir::appliance
