// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string_view>

#include "core/decision/equipment_checker.h"

/// What the lists hold on a question, as the steps of the decision see it. Threads: pure. Allocates: no.
namespace eir::decision {

/// The exception that matches best: exact before prefix, a longer prefix before a shorter; of two alike the
/// configured one, then the stricter.
struct ExceptionMatch {
  unsigned strength = 0;  ///< 0: none
  StatusOrGoOn result;
  std::string_view note;
  bool configured = false;
};
/// `worth`: of View::look().
ExceptionMatch match_exceptions(const Question& question, const Basis& basis, base::UnixSeconds at,
                                const lists::Worth& worth) noexcept;

/// The entries of step 5.
class Entries {
 public:
  /// In the order in which they are named as the reason.
  enum Rank : uint8_t {
    kPair,        ///< the device with this subscriber; the next two are not looked at then
    kIndividual,  ///< the IMEI
    kRange,
    kSubscriber,  ///< whoever it is used by: IMSI and MSISDN joined
  };
  static constexpr size_t kRanks = 4;

  Entries() = default;
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  const lists::Hit& operator[](Rank rank) const { return *hits_[rank]; }
  bool range_looked_at() const { return range_looked_at_; }
  lists::ListSet all() const {
    return hits_[kPair]->lists | hits_[kIndividual]->lists | hits_[kRange]->lists | hits_[kSubscriber]->lists;
  }

 private:
  friend void find_entries(const Question&, const Basis&, base::UnixSeconds, const lists::Look&, Entries&) noexcept;
  static constexpr lists::Hit kNothing{};
  std::array<const lists::Hit*, kRanks> hits_ = {&kNothing, &kNothing, &kNothing, &kNothing};
  bool range_looked_at_ = false;
  lists::Hit pair_, subscriber_;
};
/// Fills `out`, which was empty and does not outlive `look`: what View::look() found of the question.
/// REQUIRES: the IMEI is valid, and there are lists.
void find_entries(const Question& question, const Basis& basis, base::UnixSeconds at, const lists::Look& look,
                  Entries& out) noexcept;
/// What View::look() wants to know of a question. REQUIRES: the IMEI is valid.
inline lists::Sought sought_of(const Question& q, base::UnixSeconds at) noexcept {
  return {q.imei.key(), q.imsi, q.msisdn, q.imei.svn(), at};
}

}  // namespace eir::decision
