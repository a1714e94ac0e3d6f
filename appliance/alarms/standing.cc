// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/alarms/standing.h"

#include <fmt/format.h>

namespace eir::appliance {

void StandingAlarms::now_wrong(base::AlarmId id, const Wrong& wrong) {
  auto& set = set_[id];
  std::erase_if(set, [&](const std::string& subject) {
    if (wrong.contains(subject)) return false;
    sink_.clear(id, subject);
    return true;
  });
  for (const auto& [subject, detail] : wrong) {
    sink_.set(id, subject, detail);
    set.insert(subject);
  }
}

bool Growth::lately(uint64_t count, base::MonotonicTime now) {
  if (last_ && count > *last_) until_ = now + lately_;
  last_ = count;
  return until_ && now < *until_;
}

StandingAlarms::Wrong ending(const std::vector<tls::CertificateStatus>& all,
                             std::chrono::system_clock::time_point now) {
  StandingAlarms::Wrong wrong;
  for (const tls::CertificateStatus& c : all) {
    const auto left = c.not_after - now;
    const auto days = std::chrono::floor<std::chrono::days>(left).count();
    if (left <= kCertificateWarning)
      wrong[c.file] =
          days < 0 ? fmt::format("{} has ended", c.subject) : fmt::format("{} ends in {} days", c.subject, days);
  }
  return wrong;
}

}  // namespace eir::appliance
