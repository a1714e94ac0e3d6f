// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <vector>

#include "core/base/clock.h"
#include "sigtran/sccp/address.h"
#include "sigtran/sccp/config.h"

namespace eir::sigtran::sccp {

/// A token bucket as the time at which it will be full again. Threads: one. Allocates: no.
class Bucket {
 public:
  Bucket() = default;  ///< lets everything pass
  explicit Bucket(Rate rate);
  bool has_token(base::MonotonicTime now) const { return interval_ns_ == 0 || backlog_ns(now) <= slack_ns_; }
  /// REQUIRES: has_token(now).
  void take(base::MonotonicTime now);

 private:
  static int64_t ns(base::MonotonicTime t) { return t.time_since_epoch() / std::chrono::nanoseconds(1); }
  int64_t backlog_ns(base::MonotonicTime now) const { return full_at_ns_ - ns(now); }
  int64_t interval_ns_ = 0;  ///< between two tokens; 0: no limit
  int64_t slack_ns_ = 0;     ///< backlog up to which there is a token left
  int64_t full_at_ns_ = INT64_MIN / 2;
};

/// A set of digit prefixes; a look-up costs a binary search per length in use, whatever their number.
class PrefixSet {
 public:
  PrefixSet() = default;
  explicit PrefixSet(const std::vector<identity::Digits>& prefixes);
  bool empty() const { return sorted_.empty(); }
  /// Position in sorted() of the longest prefix of `digits`; -1 where there is none.
  int longest_match(identity::Digits digits) const;
  const std::vector<identity::Digits>& sorted() const { return sorted_; }

 private:
  std::vector<identity::Digits> sorted_;
  uint32_t lengths_ = 0;  ///< bit n: a prefix of n digits is there
};

enum class Admission : uint8_t { kPass, kOpc, kGt, kOpcRate, kGtRate };

/// The screening rules, made ready for questions. Threads: the SIGTRAN thread. Allocates: when made.
class Screener {
 public:
  explicit Screener(const Screening& rules);
  /// The list of OPCs alone: all that holds for SCCP management, which is between signalling points and
  /// comes without a title. ITU-T Q.714 §5.3.
  Admission allowed(mtp::PointCode opc) const noexcept;
  /// Both allow-lists.
  Admission allowed(mtp::PointCode opc, const Address& calling) const noexcept;
  /// True where a bucket could be in the way, so that the clock need not be read for nothing.
  bool limits() const { return !opc_buckets_.empty() || !gt_buckets_.empty(); }
  /// A token from each bucket that applies, or from none.
  Admission take(mtp::PointCode opc, const Address& calling, base::MonotonicTime now) noexcept;

 private:
  std::vector<bool> opcs_;  ///< by point code; empty: everybody
  PrefixSet gts_;
  std::vector<Bucket> opc_buckets_;  ///< by point code; empty: no rule
  PrefixSet gt_rates_;
  std::vector<Bucket> gt_buckets_;  ///< as gt_rates_.sorted()
};

}  // namespace eir::sigtran::sccp
