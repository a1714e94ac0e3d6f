// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/base/alarm.h"
#include "core/base/clock.h"
#include "core/tls/certificates.h"

namespace eir::appliance {

/// The alarms that a program's repeated looks at itself have set. A look says of one alarm all that is wrong now; what
/// an earlier look had set and is wrong no more is cleared, whatever its subject was called then.
/// Threads: one. The sink outlives it.
class StandingAlarms {
 public:
  using Wrong = std::map<std::string, std::string>;  ///< by subject: the detail

  explicit StandingAlarms(base::AlarmSink& sink) : sink_(sink) {}
  /// Clears first, so that a full board has room for what is new. What stays wrong is set again: a sink that lost it
  /// gets it with the next look.
  void now_wrong(base::AlarmId id, const Wrong& wrong);

 private:
  base::AlarmSink& sink_;
  std::map<base::AlarmId, std::set<std::string>> set_;
};

/// Whether a count has grown within a time: of what was lost nothing ever says that it is good again, so it stays
/// alarmed for a while. Threads: one.
class Growth {
 public:
  /// `from`: what the count starts at; nothing: what the first look finds.
  Growth(std::chrono::nanoseconds lately, std::optional<uint64_t> from) : lately_(lately), last_(from) {}
  bool lately(uint64_t count, base::MonotonicTime now);

 private:
  const std::chrono::nanoseconds lately_;
  std::optional<uint64_t> last_;
  std::optional<base::MonotonicTime> until_;
};

inline constexpr std::chrono::days kCertificateWarning{30};
/// Of certificates, those that end within kCertificateWarning or have ended: by file.
StandingAlarms::Wrong ending(const std::vector<tls::CertificateStatus>& all, std::chrono::system_clock::time_point now);

}  // namespace eir::appliance
