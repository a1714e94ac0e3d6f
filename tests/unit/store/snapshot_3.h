// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>

#include "core/lists/entries.h"

namespace eir::store {

/// What tests/vectors/snapshot-3 was written from: ranges nested up to three deep among neighbours, and of the other
/// kinds forty each, with terms of every sort.
inline lists::Entries entries_of_snapshot_3(lists::TermsPool& pool) {
  using namespace lists;
  using identity::Digits;
  using identity::ImeiKey;
  const auto day = [](uint64_t n) { return base::UnixSeconds(std::chrono::seconds(n * 86'400)); };
  const auto imsi = [](uint64_t i) { return identity::Imsi(Digits::of(255'010'000'000'000 + i, 15)); };
  const auto msisdn = [](uint64_t i) { return identity::Msisdn(Digits::of(380'500'000'000 + i, 12)); };
  const auto terms = [&](uint64_t i) {
    const bool ends = i % 5 == 0;
    if (i % 3 == 0) return TermsId{0};
    return pool.intern(Terms{i % 3 == 1 ? "stolen" : "", day(i % 2), day(ends ? 20'000 + i : 0),
                             ListSet(ends ? ListSet::kGrey : uint8_t{0})});
  };
  Entries e;
  for (uint64_t i = 0; i < 40; ++i) {
    const ListSet lists(static_cast<uint8_t>(1 + i % 7));
    const uint64_t tac = i * 1'000'000;
    e.imeis.push_back(ImeiEntry::make(ImeiKey{1'000 + i * 7}, std::nullopt, lists, terms(i)));
    e.ranges.push_back({ImeiKey{tac}, ImeiKey{tac + 999'999}, lists, terms(i), 0});
    for (uint64_t inner = 0; inner < i % 4; ++inner)
      e.ranges.push_back(
          {ImeiKey{tac + inner * 10}, ImeiKey{tac + 500 - inner * 100}, ListSet(ListSet::kGrey), terms(i + inner), 0});
    e.subscribers.push_back({SubscriberKey::exact(imsi(i * 3)), lists, terms(i), 0});
    e.subscribers.push_back(
        {SubscriberKey::prefix(SubscriberKey::Type::kImsi, imsi(i * 100).prefix(13)), lists, terms(i), 0});
    e.exceptions.push_back({SubscriberKey::exact(msisdn(i * 5)), Ruling::kWhite, terms(i), 0});
    e.pairs.push_back({ImeiKey{1'000 + i * 7}, SubscriberKey::exact(msisdn(i)), lists, terms(i), 0});
    e.locks.push_back({ImeiKey{1'000 + i * 14}, imsi(i), i % 2 ? msisdn(i) : identity::Msisdn(),
                       static_cast<LockPolicy>(1 + i % 3), terms(i), 0});
    e.mirror.push_back({imsi(i), msisdn(i), 0, 0});
    e.device_classes.push_back({static_cast<uint32_t>(i), pool.intern(i % 2 ? "modem" : "phone"), 0});
  }
  e.imeis.push_back(ImeiEntry::make(ImeiKey{1'000 + 40 * 7}, identity::Svn{7}, ListSet(ListSet::kBlack), 0));
  Entries::for_each(e, [](auto& all) {
    std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
  });
  return e;
}

}  // namespace eir::store
