// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <optional>
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
    kNone,        ///< none of these: always empty
  };
  static constexpr size_t kRanks = 5;

  /// The device's own, whoever uses it: of what View::look() found, which outlives this.
  Entries(const lists::Look& look, const Settings& settings)
      : range_looked_at_(settings.combine_levels || !look.individual.present),
        hits_{&kNothing, &look.individual, range_looked_at_ ? &look.range : &kNothing, &kNothing, &kNothing} {}
  Entries(const Entries&) = delete;
  Entries& operator=(const Entries&) = delete;

  const lists::Hit& operator[](Rank rank) const { return *hits_[rank]; }
  /// And those that name its user, as far as `worth` has them; a pair stands instead of the device's own.
  /// REQUIRES: the IMEI is valid, and there are lists.
  void add_subscriber(const Question& question, const Basis& basis, base::UnixSeconds at,
                      const lists::Worth& worth) noexcept;
  bool range_looked_at() const { return range_looked_at_; }
  lists::ListSet all() const {
    return hits_[kPair]->lists | hits_[kIndividual]->lists | hits_[kRange]->lists | hits_[kSubscriber]->lists;
  }

 private:
  static constexpr lists::Hit kNothing{};
  bool range_looked_at_;
  std::array<const lists::Hit*, kRanks> hits_;
  std::optional<lists::Hit> pair_, subscriber_;  ///< most questions are about neither
};

/// What View::look() wants to know of a question. REQUIRES: the IMEI is valid.
inline lists::Sought sought_of(const Question& q, base::UnixSeconds at) noexcept {
  return {q.imei.key(), q.imsi, q.msisdn, q.imei.svn(), at};
}

}  // namespace eir::decision
