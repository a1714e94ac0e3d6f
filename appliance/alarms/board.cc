// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/alarms/board.h"

#include <algorithm>

namespace eir::appliance {

using base::AlarmId;

void AlarmBoard::post(AlarmId id, bool set, std::string_view subject, std::string_view detail) noexcept {
  Event e{};
  e.id = id;
  e.set = set;
  std::copy_n(subject.begin(), std::min(subject.size(), kSubjectMax - 1), e.subject.begin());
  std::copy_n(detail.begin(), std::min(detail.size(), kDetailMax - 1), e.detail.begin());
  if (!queue_.bounded_push(e)) dropped_.fetch_add(1, std::memory_order_relaxed);
}

void AlarmBoard::set(AlarmId id, std::string_view subject, std::string_view detail) noexcept {
  post(id, true, subject, detail);
}

void AlarmBoard::clear(AlarmId id, std::string_view subject) noexcept { post(id, false, subject, {}); }

std::vector<Alarm> AlarmBoard::active() const {
  std::vector<Alarm> all;
  for (const auto& [key, alarm] : active_) all.push_back(alarm);
  return all;
}

}  // namespace eir::appliance
