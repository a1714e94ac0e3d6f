// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/progress_line.h"

#include <fmt/format.h>

#include <cstdio>

#include "appliance/eirctl/command.h"

namespace eir::appliance::eirctl {

void ProgressLine::show(const files::ProgressReport& r) {
  constexpr std::chrono::milliseconds kEvery{100};
  constexpr double kSettled_s = 0.2;  ///< before that a rate says nothing
  const auto now = Clock::now();
  if (!on_ || (r.stage == stage_ && now - shown_ < kEvery)) return;
  const double share = r.octets_all ? static_cast<double>(r.octets_done) / static_cast<double>(r.octets_all) : 0;
  if (r.stage != stage_ || r.done < first_) {
    stage_ = r.stage;
    began_ = now;
    first_ = r.done;
    first_share_ = share;
  }
  shown_ = now;
  const double seconds = std::chrono::duration<double>(now - began_).count();
  std::string line = fmt::format("{:<10} {:>13} rows", r.stage, grouped(r.done));
  if (seconds > kSettled_s && r.done > first_)
    line += fmt::format(", {:>10}/s", grouped(static_cast<uint64_t>(static_cast<double>(r.done - first_) / seconds)));
  if (seconds > kSettled_s && share > first_share_)
    line += fmt::format(", {:3.0f} %, {:.0f} s left", share * 100, seconds * (1 - share) / (share - first_share_));
  fmt::print(stderr, "\r{:<78}", line);
  std::fflush(stderr);
  dirty_ = true;
}

void ProgressLine::clear() {
  if (dirty_) fmt::print(stderr, "\r{:78}\r", "");
  dirty_ = false;
}

}  // namespace eir::appliance::eirctl
