// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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
ExceptionMatch match_exceptions(const Question& question, const Basis& basis, base::UnixSeconds at) noexcept;

/// The entries of step 5.
struct Entries {
  lists::Hit pair;        ///< the device with this subscriber; the next two are not looked at then
  lists::Hit individual;  ///< the IMEI
  lists::Hit range;
  lists::Hit subscriber;  ///< whoever it is used by: IMSI and MSISDN joined
  bool range_looked_at = false;

  lists::ListSet all() const { return pair.lists | individual.lists | range.lists | subscriber.lists; }
};
/// REQUIRES: the IMEI is valid, and there are lists.
Entries find_entries(const Question& question, const Basis& basis, base::UnixSeconds at) noexcept;

}  // namespace eir::decision
