// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>

namespace eir::base {

using UnixSeconds = std::chrono::sys_seconds;
using MonotonicTime = std::chrono::steady_clock::time_point;

/// Where time comes from. Injected wherever a room needs it, so that scenarios run in virtual time.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual MonotonicTime monotonic() const noexcept = 0;
  virtual std::chrono::system_clock::time_point wall() const noexcept = 0;
};

class SystemClock final : public Clock {
 public:
  MonotonicTime monotonic() const noexcept override { return std::chrono::steady_clock::now(); }
  std::chrono::system_clock::time_point wall() const noexcept override { return std::chrono::system_clock::now(); }
};

/// Time that stands still until a test moves it.
class ManualClock final : public Clock {
 public:
  MonotonicTime monotonic() const noexcept override { return mono_; }
  std::chrono::system_clock::time_point wall() const noexcept override { return wall_; }
  void advance(std::chrono::nanoseconds by) {
    mono_ += by;
    wall_ += std::chrono::duration_cast<std::chrono::system_clock::duration>(by);
  }
  void set_wall(std::chrono::system_clock::time_point to) { wall_ = to; }

 private:
  MonotonicTime mono_{};
  std::chrono::system_clock::time_point wall_{};
};

}  // namespace eir::base
