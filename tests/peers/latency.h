// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <bit>
#include <cstdint>

namespace eir::tests {

/// Counts latencies in buckets 1.6 % wide, from a nanosecond to centuries. Threads: one. Allocates: no.
class LatencyHistogram {
 public:
  void add(int64_t ns) { ++counts_[bucket(ns < 0 ? 0 : static_cast<uint64_t>(ns))], ++total_; }
  void add(const LatencyHistogram& other) {
    for (size_t i = 0; i < counts_.size(); ++i) counts_[i] += other.counts_[i];
    total_ += other.total_;
  }
  uint64_t total() const { return total_; }
  void clear() { counts_.fill(0), total_ = 0; }
  /// The upper edge of the bucket that holds the q-th part (0 to 1) of all counts, in microseconds.
  double quantile_us(double q) const {
    const double wanted = q * static_cast<double>(total_);
    uint64_t seen = 0;
    for (size_t i = 0; i < counts_.size(); ++i) {
      seen += counts_[i];
      if (counts_[i] && static_cast<double>(seen) >= wanted) return static_cast<double>(upper(i)) / 1000.0;
    }
    return 0;
  }

 private:
  static constexpr unsigned kSubBits = 6;
  static constexpr uint64_t kSub = 1u << kSubBits;
  static size_t bucket(uint64_t v) {
    if (v < 2 * kSub) return v;
    const unsigned shift = static_cast<unsigned>(std::bit_width(v)) - kSubBits - 1;
    return shift * kSub + (v >> shift);
  }
  static uint64_t upper(size_t i) {
    if (i < 2 * kSub) return i;
    const uint64_t shift = i / kSub - 1;
    return (kSub + i % kSub + 1) << shift;
  }
  std::array<uint64_t, (64 - kSubBits + 1) * kSub> counts_{};
  uint64_t total_ = 0;
};

}  // namespace eir::tests
