// SPDX-License-Identifier: GPL-3.0-or-later
// What spares look-ups: the sieves, and what View::look() makes of them.
#include "core/lists/sieve.h"

#include <gtest/gtest.h>

#include <array>
#include <random>

#include "core/lists/index.h"

namespace eir::lists {
namespace {

using identity::Digits;
using identity::ImeiKey;
using identity::Imsi;
using identity::Msisdn;

Imsi imsi(uint64_t i) { return Imsi(Digits::of(255'010'000'000'000 + i, 15)); }
Msisdn msisdn(uint64_t i) { return Msisdn(Digits::of(380'500'000'000 + i, 12)); }

TEST(Sieve, PassesAllThatWasPutInAndLittleElse) {
  constexpr std::array kTables = {NamedIn::kLocks, NamedIn::kPairs, NamedIn::kEntries};
  const auto order = [](uint64_t i) { return Sieves::device_order(ImeiKey{35'809'101'000'000 + i}); };
  for (const uint64_t keys : {0, 1, 51, 52, 20'000}) {
    std::vector<uint64_t> words(Sieve::words_for(keys));
    {
      SieveFiller filler(words);
      for (uint64_t i = 0; i < keys; ++i) filler.add(order(i), kTables[i % 3]);
    }
    const Sieve sieve{words};
    EXPECT_TRUE(sieve.well_shaped());
    for (uint64_t i = 0; i < keys; ++i) ASSERT_TRUE(sieve.passes(order(i), kTables[i % 3]));
    constexpr uint64_t kOthers = 20'000;
    uint64_t passed = 0, of_another = 0;
    for (uint64_t i = 0; i < kOthers; ++i) passed += sieve.passes(order(keys + i), kTables[i % 3]);
    for (uint64_t i = 0; i < keys; ++i) of_another += sieve.passes(order(i), kTables[(i + 1) % 3]);
    EXPECT_LT(passed, kOthers / 50) << keys;
    EXPECT_LE(of_another, keys / 10) << "what one table names is not said of another";
  }
}

TEST(Sieve, WithoutWordsLetsEverythingPass) {
  EXPECT_TRUE(Sieve().passes(1, NamedIn::kPairs));
  const std::vector<uint64_t> no_whole_line(9);
  EXPECT_FALSE(Sieve{no_whole_line}.well_shaped());
}

/// Lists with something of each kind that look() spares asking.
Entries some_entries() {
  Entries e;
  for (uint64_t i = 0; i < 300; ++i) {
    e.imeis.push_back(ImeiEntry::make(ImeiKey{1'000 + i * 7}, std::nullopt, ListSet(1 << i % 3)));
    e.ranges.push_back({ImeiKey{i * 100}, ImeiKey{i * 100 + 80}, ListSet(1 << i % 3), 0, 0});
    e.ranges.push_back({ImeiKey{i * 100 + 20}, ImeiKey{i * 100 + 40}, ListSet(1 << (i + 1) % 3), 0, 0});
    e.subscribers.push_back({SubscriberKey::exact(imsi(i * 3)), ListSet(ListSet::kBlack), 0, 0});
    e.pairs.push_back({ImeiKey{1'000 + i * 7}, SubscriberKey::exact(msisdn(i)), ListSet(ListSet::kWhite), 0, 0});
    e.locks.push_back({ImeiKey{1'000 + i * 14}, imsi(i), Msisdn(), LockPolicy::kMutual, 0, 0});
  }
  e.exceptions.push_back(
      {SubscriberKey::prefix(SubscriberKey::Type::kImsi, Digits::of(25'501, 5)), Ruling::kWhite, 0, 0});
  return e;
}

struct Count final : LockVisitor {
  void visit(const LockRow&) noexcept override { ++n; }
  int n = 0;
};

Sought sought(uint64_t imei, identity::Imsi imsi, identity::Msisdn msisdn) {
  return {ImeiKey{imei}, imsi, msisdn, std::nullopt, {}};
}

Look look_of(const Index& index, const Sought& q) {
  Look look;
  index.look({&q, 1}, {&look, 1});
  return look;
}

/// Everything that is said of a question is said through look() too, and what it says is not worth asking is nothing;
/// of a question alone, and of many at once.
void expect_sound(const Index& index) {
  std::mt19937_64 random(1);
  std::vector<Sought> all;
  for (int n = 0; n < 20'000; ++n) {
    Sought q = sought(random() % 35'000, imsi(random() % 2'000), msisdn(random() % 2'000));
    if (random() % 3 == 0) q.imsi = {};
    if (random() % 3 == 0) q.msisdn = {};
    all.push_back(q);
  }
  std::vector<Look> looks(all.size());
  index.look(all, looks);
  for (size_t n = 0; n < all.size(); ++n) {
    const Sought& q = all[n];
    const Look& look = looks[n];
    const Look alone = look_of(index, q);
    ASSERT_EQ(look.individual.lists, alone.individual.lists);
    ASSERT_EQ(look.range.lists, alone.range.lists);
    ASSERT_EQ(look.worth, alone.worth);
    ASSERT_EQ(look.worth, index.worth(q));
    ASSERT_EQ(look.individual.lists, index.individual(q.imei, nullptr, {}).lists);
    ASSERT_EQ(look.range.lists, index.range(q.imei, {}).lists);
    Count of_device, of_subscriber;
    index.device_locks(q.imei, {}, of_device);
    index.subscriber_locks(q.imsi, q.msisdn, {}, of_subscriber);
    const bool pair = (q.imsi && index.pair(q.imei, SubscriberKey::exact(q.imsi), {}).present) ||
                      (q.msisdn && index.pair(q.imei, SubscriberKey::exact(q.msisdn), {}).present);
    const bool entry = index.subscriber(SubscriberKey::Type::kImsi, q.imsi, {}).present;
    const bool exception = index.exception(SubscriberKey::Type::kImsi, q.imsi, {}).strength > 0;
    ASSERT_TRUE(look.worth.device.locks || of_device.n == 0);
    ASSERT_TRUE(look.worth.locks() || of_subscriber.n == 0);
    ASSERT_TRUE(look.worth.pairs() || !pair);
    ASSERT_TRUE(look.worth.entries() || !entry);
    ASSERT_TRUE(look.worth.exceptions() || !exception);
    const bool named = of_device.n != 0 || of_subscriber.n != 0 || pair || entry || exception;
    ASSERT_TRUE(look.worth.anything() || !named);
  }
}

TEST(Look, SparesNothingThatIsThere) {
  const auto snapshot = Snapshot::of(some_entries(), TermsPool(), {0, 1});
  ASSERT_TRUE(snapshot);
  const auto index = std::make_shared<const Index>(snapshot, Version{0, 1});
  expect_sound(*index);
  const Look look = look_of(*index, sought(34'999, {}, {}));
  EXPECT_FALSE(look.worth.locks() || look.worth.pairs() || look.worth.entries()) << "the sieves do say no";
  const Look paired = look_of(*index, sought(1'007, {}, msisdn(1)));
  EXPECT_TRUE(paired.worth.pairs());
  EXPECT_FALSE(paired.worth.locks() || paired.worth.entries()) << "and of which table";
  Change change;
  change.before.locks = {some_entries().locks[0]};
  change.after.locks = {{ImeiKey{34'000}, imsi(1'999), Msisdn(), LockPolicy::kMutual, 0, 0}};
  change.after.pairs = {{ImeiKey{34'001}, SubscriberKey::exact(imsi(1'998)), ListSet(ListSet::kGrey), 0, 0}};
  const auto next = index->with(change, {0, 2});
  ASSERT_TRUE(next);
  expect_sound(**next);
  const Look locked = look_of(**next, sought(34'000, imsi(1'999), {}));
  EXPECT_TRUE(locked.worth.device.locks && locked.worth.imsi.locks);
}

}  // namespace
}  // namespace eir::lists
