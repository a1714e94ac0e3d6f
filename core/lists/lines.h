// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

/// Memory asked for before it is needed.
namespace eir::lists {

/// Ask for a cache line. The empty statement keeps GCC from dropping calls of functions that do nothing else.
inline void prefetch_line(const void* at) noexcept {
  __builtin_prefetch(at);
  asm volatile("");
}
inline void prefetch_to_write(const void* at) noexcept {
  __builtin_prefetch(at, 1);
  asm volatile("");
}

/// Cache lines that are asked for one right after another: a processor that waits for the addresses of lines to be
/// translated does so for several at once when little else stands between them. Threads: one owner. Allocates: no.
class Lines {
 public:
  Lines() = default;
  Lines(const Lines&) = delete;
  Lines& operator=(const Lines&) = delete;
  void add(const void* at) noexcept {
    if (n_ == kMax) ask();
    at_[n_++] = at;
  }
  /// The line of `at`, and that of `after`, not far behind it, when it is another one.
  void add(const void* at, const void* after) noexcept {
    constexpr uintptr_t kLine = 64;
    if (n_ + 2 > kMax) ask();
    at_[n_] = at;
    at_[n_ + 1] = after;
    n_ += reinterpret_cast<uintptr_t>(at) / kLine == reinterpret_cast<uintptr_t>(after) / kLine ? 1 : 2;
  }
  void ask() noexcept {
    for (size_t i = 0; i < n_; ++i) prefetch_line(at_[i]);
    n_ = 0;
  }

 private:
  static constexpr size_t kMax = 128;
  size_t n_ = 0;
  std::array<const void*, kMax> at_;
};

}  // namespace eir::lists
