// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>

#include "core/files/progress.h"

namespace eir::appliance::eirctl {

/// One line on the terminal that is written over: stage, rows, rate, share, time left.
class ProgressLine {
 public:
  /// `on` false shows nothing.
  explicit ProgressLine(bool on) : on_(on) {}
  ~ProgressLine() { clear(); }
  ProgressLine(const ProgressLine&) = delete;
  ProgressLine& operator=(const ProgressLine&) = delete;

  void show(const files::ProgressReport& report);
  void clear();
  /// Lives as long as this.
  files::Progress progress() {
    return [this](const files::ProgressReport& r) { show(r); };
  }

 private:
  using Clock = std::chrono::steady_clock;
  const bool on_;
  bool dirty_ = false;
  std::string stage_;
  uint64_t first_ = 0;
  double first_share_ = 0;
  Clock::time_point began_, shown_;
};

}  // namespace eir::appliance::eirctl
