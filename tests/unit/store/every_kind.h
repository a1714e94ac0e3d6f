// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>

#include "core/lists/entries.h"

namespace eir::store {

/// A few entries of every kind, with terms of every sort.
inline lists::Entries every_kind(lists::TermsPool& pool) {
  using namespace lists;
  using identity::Digits;
  using identity::ImeiKey;
  const auto at = [](int64_t s) { return base::UnixSeconds(std::chrono::seconds(s)); };
  const ListSet black(ListSet::kBlack), grey(ListSet::kGrey), white(ListSet::kWhite);
  const TermsId stolen = pool.intern("stolen");
  const TermsId timed = pool.intern(Terms{"until paid", at(1'700'000'000), at(1'800'000'000), black});
  const TermsId late = pool.intern(Terms{"", at(1'750'000'000), {}, {}});
  const identity::Imsi imsi(Digits::of(255'011'234'567'890, 15));
  const identity::Msisdn msisdn(Digits::of(380'501'234'567, 12));
  Entries e;
  e.imeis = {ImeiEntry::make(ImeiKey{1}, std::nullopt, black, stolen), ImeiEntry::make(ImeiKey{1}, 99, grey, timed),
             ImeiEntry::make(ImeiKey{99'999'999'999'999}, std::nullopt, black | white)};
  e.ranges = {{ImeiKey{0}, ImeiKey{9}, black, late, 0}, {ImeiKey{0}, ImeiKey{5}, grey, 0, 0}};
  e.subscribers = {{SubscriberKey::exact(imsi), grey, timed, 0},
                   {SubscriberKey::prefix(SubscriberKey::Type::kMsisdn, Digits::of(380, 3)), black, 0, 0}};
  e.pairs = {{ImeiKey{35809101685355}, SubscriberKey::exact(imsi), white, stolen, 0}};
  e.locks = {{ImeiKey{35809101685355}, imsi, {}, LockPolicy::kMutual, 0, 0},
             {ImeiKey{35809101685355}, imsi, msisdn, LockPolicy::kDevice, timed, 0}};
  e.mirror = {{imsi, msisdn, 0, 0}};
  e.exceptions = {{SubscriberKey::exact(msisdn), Ruling::kGoOn, stolen, 0}};
  e.device_classes = {{35809101, pool.intern("modem"), 0}};
  return e;
}

}  // namespace eir::store
