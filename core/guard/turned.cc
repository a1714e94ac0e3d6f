// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guard/turned.h"

namespace eir::guard {
namespace {

using decision::Status;

decision::Question question_of(const SeenDevice& use, base::UnixSeconds at) {
  decision::Question q;
  const std::string digits = identity::to_string(use.imei);
  q.imei = identity::Imei::from_text(digits);
  if (use.svn != SeenDevice::kNoSvn) q.imei.set_svn(use.svn);
  q.imsi = use.imsi;
  q.msisdn = use.msisdn;
  q.time = at;
  return q;
}

/// Nothing, or what the device turned.
bool turns(Status before, Status after) {
  if (after == Status::kBlack) return before != Status::kBlack;
  return after == Status::kUnknown && before != Status::kBlack && before != Status::kUnknown;
}

/// Counts device by device: uses of one device come one after the other.
class Count {
 public:
  Count(const decision::Basis& now, const decision::Basis& then, base::UnixSeconds at)
      : now_(now), then_(then), at_(at) {}

  void take(const SeenDevice& use) {
    if (worst_.use.imei != use.imei) settle();
    const auto q = question_of(use, at_);
    const auto before = decision::EquipmentChecker::check(q, now_);
    const auto after = decision::EquipmentChecker::check(q, then_);
    ++result.checked;
    if (!turns(before.judged, after.judged) || (turned_ && worst_.after == Status::kBlack)) {
      if (!turned_) worst_.use = use;
      return;
    }
    worst_ = {use, before.judged, after.judged, after.reason};
    turned_ = true;
  }
  void settle() {
    if (turned_) {
      ++(worst_.after == Status::kBlack ? result.to_black : result.to_unknown);
      if (result.samples.size() < kSamplesMax) result.samples.push_back(worst_);
    }
    turned_ = false;
  }
  Turned result;

 private:
  const decision::Basis& now_;
  const decision::Basis& then_;
  const base::UnixSeconds at_;
  Turned::Device worst_;
  bool turned_ = false;
};

}  // namespace

Turned count_turned(const SeenDevices& seen, const decision::Basis& now, const decision::Basis& then,
                    const lists::Change* change, base::UnixSeconds at) {
  Count count(now, then, at);
  if (change) {
    for (const uint32_t i : seen.touched(*change)) count.take(seen.all()[i]);
  } else {
    for (const SeenDevice& use : seen.all()) count.take(use);
  }
  count.settle();
  count.result.seen = seen.devices();
  return std::move(count.result);
}

}  // namespace eir::guard
