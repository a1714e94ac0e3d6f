// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <random>
#include <vector>

#include "core/decision/equipment_checker.h"
#include "core/lists/entries.h"

/// Lists at any scale that need not be looked up to know what is expected: everything follows from a number.
namespace eir::bench {

constexpr uint64_t kSerials = 1'000'000;
constexpr uint64_t kRangesFrom = 80'000'000 * kSerials;  ///< individual IMEIs below, ranges from here on
constexpr uint64_t kRangesPerTree = 10;                  ///< nested 4 deep in one TAC

struct Scale {
  uint64_t imeis = 10'000'000, ranges = 1'000'000, locks = 1'000'000, pairs = 1'000'000, subscribers = 100'000,
           exceptions = 10'000, mirror = 0;
};

inline uint64_t mix(uint64_t x) {
  x = (x ^ x >> 31) * 0x9E3779B97F4A7C15ULL;
  return x ^ x >> 29;
}
inline lists::ListSet list_of(uint64_t number) { return lists::ListSet(static_cast<uint8_t>(1 << mix(number) % 3)); }
inline decision::Status status_of(lists::ListSet set) {
  return set.black() ? decision::Status::kBlack : set.grey() ? decision::Status::kGrey : decision::Status::kWhite;
}

/// The i-th individual IMEI; even is listed, odd between them never is.
inline identity::ImeiKey imei(const Scale& s, uint64_t i) {
  const uint64_t step = kRangesFrom / s.imeis;
  return identity::ImeiKey{i * step + 2 + mix(i) % (step / 2 - 2) * 2};
}
inline identity::Imsi imsi(uint64_t i) { return identity::Imsi(identity::Digits::of(255'010'000'000'000 + i, 15)); }
inline identity::Msisdn msisdn(uint64_t i) { return identity::Msisdn(identity::Digits::of(380'500'000'000 + i, 12)); }
/// Lock i is on this device, with subscriber i.
inline uint64_t locked_imei(const Scale& s, uint64_t i) { return i * (s.imeis / s.locks); }
/// Pair entry i is on this device, which no lock names.
inline uint64_t paired_imei(const Scale& s, uint64_t i) {
  const uint64_t step = s.imeis / s.pairs;
  return i * step + step / 2;
}
inline lists::LockPolicy policy_of(uint64_t i) { return static_cast<lists::LockPolicy>(1 + i % 3); }
/// Subscribers that have pairs and entries, and those that nobody knows.
constexpr uint64_t kPaired = 200'000'000, kListed = 400'000'000, kExcepted = 600'000'000, kNobody = 800'000'000;

/// Tree t has one range over its TAC, three in it, one in each, and one in each of those.
inline lists::RangeEntry range(uint64_t t, uint64_t i) {
  constexpr std::array<std::pair<uint64_t, uint64_t>, 3> kInner = {{{0, 199'999}, {50'000, 149'999}, {70'000, 89'999}}};
  const uint64_t base = kRangesFrom + t * kSerials;
  lists::RangeEntry e{identity::ImeiKey{base}, identity::ImeiKey{base + kSerials - 1}, list_of(t * 16 + i), 0, 0};
  if (i == 0) return e;
  const uint64_t branch = base + (i - 1) / 3 * 300'000;
  e.from = identity::ImeiKey{branch + kInner[(i - 1) % 3].first};
  e.to = identity::ImeiKey{branch + kInner[(i - 1) % 3].second};
  return e;
}
/// The innermost range of a key of a tree.
inline uint64_t innermost(uint64_t t, identity::ImeiKey key) {
  for (const uint64_t inside : {3, 2, 1})
    for (uint64_t branch = 0; branch < 3; ++branch)
      if (const auto e = range(t, branch * 3 + inside); e.from <= key && key <= e.to) return branch * 3 + inside;
  return 0;
}

inline lists::Entries make_entries(const Scale& s) {
  lists::Entries e;
  e.imeis.reserve(s.imeis);
  for (uint64_t i = 0; i < s.imeis; ++i)
    e.imeis.push_back(lists::ImeiEntry::make(imei(s, i), std::nullopt, list_of(i)));
  e.ranges.reserve(s.ranges);
  for (uint64_t t = 0; t < s.ranges / kRangesPerTree; ++t)
    for (const uint64_t i : {0, 1, 2, 3, 4, 5, 6, 7, 8, 9}) e.ranges.push_back(range(t, i));
  std::sort(e.ranges.begin(), e.ranges.end());
  for (uint64_t i = 0; i < s.locks; ++i)
    e.locks.push_back(
        {imei(s, locked_imei(s, i)), imsi(i), i % 2 ? msisdn(i) : identity::Msisdn(), policy_of(i), 0, 0});
  for (uint64_t i = 0; i < s.pairs; ++i)
    e.pairs.push_back(
        {imei(s, paired_imei(s, i)), lists::SubscriberKey::exact(imsi(kPaired + i)), list_of(kPaired + i), 0, 0});
  for (uint64_t i = 0; i < s.subscribers; ++i)
    e.subscribers.push_back(
        {lists::SubscriberKey::exact(imsi(kListed + i)), lists::ListSet(lists::ListSet::kBlack), 0, 0});
  for (uint64_t i = 0; i < s.exceptions; ++i)
    e.exceptions.push_back({lists::SubscriberKey::exact(imsi(kExcepted + i)), lists::Ruling::kWhite, 0, 0});
  for (uint64_t i = 0; i < s.mirror; ++i) e.mirror.push_back({imsi(i), msisdn(i), 0, 0});
  return e;
}

/// What questions are about. Every second one of a device nothing binds, of a range or of nothing has an IMSI that
/// nothing is said of.
enum class Mix : uint8_t { kImei, kRange, kLock, kPair, kNothing };
inline constexpr size_t kMixes = 5;

/// A question with its answer under response type 2.
struct Asked {
  identity::Imei imei;
  identity::Imsi imsi;
  decision::Status expected{};
  Mix about{};
};

inline Asked make_question(const Scale& s, std::mt19937_64& random) {
  Asked a;
  const auto set = [&](Mix about, identity::ImeiKey key, decision::Status expected) {
    a.imei = identity::Imei::from_text(identity::to_string(key) + "0");
    a.expected = expected;
    a.about = about;
  };
  const uint64_t kind = random() % 20, i = random() % s.imeis;
  const bool known = random() % 2;
  if (known) a.imsi = imsi(kNobody + i);
  if (kind < 6 || (kind < 13 && s.ranges < kRangesPerTree) ||
      s.locks == 0) {  // a listed IMEI; locked ones are asked below
    uint64_t free = i;
    if (s.locks && free % (s.imeis / s.locks) == 0) ++free;
    set(Mix::kImei, imei(s, free % s.imeis), status_of(list_of(free % s.imeis)));
    if (s.locks && s.imeis == s.locks) a.imsi = {};
  } else if (kind < 13) {
    const uint64_t t = random() % (s.ranges / kRangesPerTree);
    const identity::ImeiKey key{kRangesFrom + t * kSerials + random() % kSerials};
    set(Mix::kRange, key, status_of(list_of(t * 16 + innermost(t, key))));
  } else if (kind < 17) {  // a locked device, with its subscriber or another
    const uint64_t l = random() % s.locks, device = locked_imei(s, l);
    a.imsi = imsi(known ? l : kNobody + l);
    const bool broken = !known && policy_of(l) != lists::LockPolicy::kSubscriber;
    set(Mix::kLock, imei(s, device), broken ? decision::Status::kBlack : status_of(list_of(device)));
  } else if (kind < 18 && s.pairs) {  // a device with a pair entry, with that subscriber or another
    const uint64_t p = random() % s.pairs, device = paired_imei(s, p);
    a.imsi = imsi((known ? kPaired : kNobody) + p);
    set(Mix::kPair, imei(s, device), status_of(list_of(known ? kPaired + p : device)));
  } else {
    set(Mix::kNothing, identity::ImeiKey{identity::number(imei(s, i)) + 1}, decision::Status::kUnknown);
  }
  return a;
}

/// `places` changed, a tenth of them ranges: half replaced, a quarter gone, a quarter new.
inline lists::Change make_change(const Scale& s, uint64_t places) {
  lists::Change c;
  const uint64_t ranges = std::min(places / 10, s.ranges / 2), imeis = std::min(places - ranges, s.imeis);
  const uint64_t step = s.imeis / std::max<uint64_t>(imeis, 1);
  const lists::ListSet other(lists::ListSet::kGrey | lists::ListSet::kBlack);
  for (uint64_t n = 0; n < imeis; ++n) {
    const auto key = imei(s, n * step);
    const auto e = lists::ImeiEntry::make(key, std::nullopt, list_of(n * step));
    if (n % 4 != 3) c.before.imeis.push_back(e);
    if (n % 4 < 2) c.after.imeis.push_back(lists::ImeiEntry::make(key, std::nullopt, other));
    if (n % 4 == 3)
      c.after.imeis.push_back(
          lists::ImeiEntry::make(identity::ImeiKey{identity::number(key) + 1}, std::nullopt, other));
  }
  const uint64_t trees = s.ranges / kRangesPerTree;
  for (uint64_t n = 0; n < ranges; ++n) {
    const uint64_t t = n % trees, i = 1 + n / trees % 9;
    lists::RangeEntry e = range(t, i);
    if (n % 4 != 3) c.before.ranges.push_back(e);
    e.lists = other;
    if (n % 4 == 3)  // inside the innermost, or beside it
      e.from = e.to = identity::ImeiKey{identity::number(range(t, 0).from) + 72'000 + i};
    if (n % 4 != 2) c.after.ranges.push_back(e);
  }
  std::sort(c.before.ranges.begin(), c.before.ranges.end());
  std::sort(c.after.ranges.begin(), c.after.ranges.end());
  return c;
}

}  // namespace eir::bench
