// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/screening.h"

#include <algorithm>

namespace eir::sigtran::sccp {
namespace {

using identity::Digits;

constexpr size_t kPointCodes = size_t{mtp::kPointCodeMax} + 1;

}  // namespace

Bucket::Bucket(Rate rate) {
  constexpr int64_t kSecondNs = 1'000'000'000;
  const uint32_t burst = rate.burst == 0 ? std::max(rate.per_second, 1u) : rate.burst;
  interval_ns_ = kSecondNs / std::max(rate.per_second, 1u);
  slack_ns_ = (int64_t{burst} - 1) * interval_ns_;
}

void Bucket::take(base::MonotonicTime now) {
  if (interval_ns_ == 0) return;
  full_at_ns_ = std::max(full_at_ns_, ns(now)) + interval_ns_;
}

PrefixSet::PrefixSet(const std::vector<Digits>& prefixes) : sorted_(prefixes) {
  std::sort(sorted_.begin(), sorted_.end());
  sorted_.erase(std::unique(sorted_.begin(), sorted_.end()), sorted_.end());
  for (const Digits& p : sorted_) lengths_ |= 1u << p.length();
}

int PrefixSet::longest_match(Digits digits) const {
  for (unsigned len = digits.length(); len > 0; --len) {
    if (!(lengths_ >> len & 1)) continue;
    const Digits head = digits.prefix(len);
    const auto it = std::lower_bound(sorted_.begin(), sorted_.end(), head);
    if (it != sorted_.end() && *it == head) return static_cast<int>(it - sorted_.begin());
  }
  return -1;
}

Screener::Screener(const Screening& rules) : gts_(rules.allowed_gt_prefixes) {
  if (!rules.allowed_opcs.empty()) {
    opcs_.resize(kPointCodes);
    for (const mtp::PointCode pc : rules.allowed_opcs) opcs_[mtp::number(pc) % kPointCodes] = true;
  }
  if (rules.each_opc || !rules.opc_rates.empty()) {
    opc_buckets_.assign(kPointCodes, rules.each_opc ? Bucket(*rules.each_opc) : Bucket());
    for (const OpcRate& r : rules.opc_rates) opc_buckets_[mtp::number(r.opc) % kPointCodes] = Bucket(r.rate);
  }
  std::vector<Digits> prefixes;
  for (const GtRate& r : rules.gt_rates) prefixes.push_back(r.prefix);
  gt_rates_ = PrefixSet(prefixes);
  gt_buckets_.resize(gt_rates_.sorted().size());
  for (const GtRate& r : rules.gt_rates) {
    const int at = gt_rates_.longest_match(r.prefix);
    if (at >= 0) gt_buckets_[static_cast<size_t>(at)] = Bucket(r.rate);
  }
}

Admission Screener::allowed(mtp::PointCode opc) const noexcept {
  return opcs_.empty() || opcs_[mtp::number(opc) % kPointCodes] ? Admission::kPass : Admission::kOpc;
}

Admission Screener::allowed(mtp::PointCode opc, const Address& calling) const noexcept {
  if (const Admission by_opc = allowed(opc); by_opc != Admission::kPass || gts_.empty()) return by_opc;
  // Without a title only the explicit entry of the point code, just passed, speaks for the asker.
  if (calling.gt_indicator == 0) return opcs_.empty() ? Admission::kGt : Admission::kPass;
  return gts_.longest_match(calling.digits) < 0 ? Admission::kGt : Admission::kPass;
}

Admission Screener::take(mtp::PointCode opc, const Address& calling, base::MonotonicTime now) noexcept {
  Bucket* by_opc = opc_buckets_.empty() ? nullptr : &opc_buckets_[mtp::number(opc) % kPointCodes];
  if (by_opc && !by_opc->has_token(now)) return Admission::kOpcRate;
  const int at = gt_rates_.longest_match(calling.digits);
  if (at >= 0) {
    Bucket& by_gt = gt_buckets_[static_cast<size_t>(at)];
    if (!by_gt.has_token(now)) return Admission::kGtRate;
    by_gt.take(now);
  }
  if (by_opc) by_opc->take(now);
  return Admission::kPass;
}

}  // namespace eir::sigtran::sccp
