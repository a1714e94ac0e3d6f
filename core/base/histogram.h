// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstddef>

#include "core/base/counter.h"

namespace eir::base {

/// Counts of durations in fixed buckets. Threads: one writer, many readers. Allocates: no.
class LatencyHistogram {
 public:
  /// Upper bounds, inclusive, in nanoseconds; what is longer falls into one more bucket.
  static constexpr std::array<uint64_t, 18> kBounds_ns = {
      500,     1'000,    2'000,     5'000,     10'000,     20'000,     50'000,     100'000,     200'000,
      500'000, 1000'000, 2'000'000, 5'000'000, 10'000'000, 20'000'000, 50'000'000, 100'000'000, 1'000'000'000};
  static constexpr size_t kBuckets = kBounds_ns.size() + 1;

  void observe(std::chrono::nanoseconds took) noexcept {
    const auto ns = static_cast<uint64_t>(took.count() < 0 ? 0 : took.count());
    size_t i = 0;
    while (i < kBounds_ns.size() && ns > kBounds_ns[i]) ++i;
    counts_[i].add();
    sum_ns_.add(ns);
  }
  uint64_t count(size_t bucket) const noexcept { return counts_[bucket].get(); }
  uint64_t sum_ns() const noexcept { return sum_ns_.get(); }

 private:
  std::array<Counter, kBuckets> counts_;
  Counter sum_ns_;
};

}  // namespace eir::base
