// SPDX-License-Identifier: GPL-3.0-or-later
// No heap between a question and its answer, whatever the lists hold: operator new is counted.
#include <gtest/gtest.h>

#include "core/decision/equipment_checker.h"
#include "core/lists/joined.h"
#include "tests/unit/counting_new.h"

namespace eir::decision {
namespace {

using identity::Digits;
using identity::ImeiKey;
using lists::ListSet;
using lists::SubscriberKey;

constexpr uint64_t kBase = 35'809'101'000'000;
identity::Imsi imsi(uint64_t i) { return identity::Imsi(Digits::of(255'010'000'000'000 + i, 15)); }
identity::Msisdn msisdn(uint64_t i) { return identity::Msisdn(Digits::of(380'500'000'000 + i, 12)); }

lists::Entries everything(uint8_t seed) {
  lists::Entries e;
  const ListSet some(static_cast<uint8_t>(1 + seed % 7));
  for (uint64_t i = 0; i < 100; ++i) {
    e.imeis.push_back(lists::ImeiEntry::make(ImeiKey{kBase + i}, std::nullopt, some));
    e.imeis.push_back(lists::ImeiEntry::make(ImeiKey{kBase + i}, 7, some));
    e.ranges.push_back({ImeiKey{kBase + 1000 + i}, ImeiKey{kBase + 1000 + i}, some, 0, 0});
    e.subscribers.push_back({SubscriberKey::exact(imsi(i)), some, 0, 0});
    e.pairs.push_back({ImeiKey{kBase + 200 + i}, SubscriberKey::exact(imsi(100 + i % 20)), some, 0, 0});
    e.locks.push_back({ImeiKey{kBase + i}, imsi(i), i % 2 ? msisdn(i) : identity::Msisdn(),
                       static_cast<lists::LockPolicy>(1 + i % 3), 0, 0});
    e.mirror.push_back({imsi(i), msisdn(i), 0, 0});
  }
  e.ranges.push_back({ImeiKey{kBase}, ImeiKey{kBase + 999'999}, some, 0, 0});
  std::sort(e.ranges.begin(), e.ranges.end());
  e.exceptions = {{SubscriberKey::prefix(SubscriberKey::Type::kImsi, *Digits::parse("25501000000009")),
                   lists::Ruling::kGrey, 0, 0}};
  e.device_classes = {{35'809'101, 0, 0}};
  return e;
}

TEST(NoAllocation, BetweenQuestionAndAnswer) {
  const lists::TermsPool pool;
  std::vector<std::shared_ptr<const lists::Index>> sources;
  for (const uint8_t seed : {1, 2}) {
    auto index =
        std::make_shared<const lists::Index>(lists::Snapshot::of(everything(seed), pool, {1, 1}), lists::Version{1, 1});
    lists::Change change;
    change.before = everything(seed);
    change.after = everything(static_cast<uint8_t>(seed + 2));
    auto next = index->with(change, {1, 2});
    ASSERT_TRUE(next);
    sources.push_back(*next);
  }
  Basis basis;
  basis.lists = std::make_shared<lists::Joined>(sources, lists::Version{1, 2});
  basis.latest = std::make_shared<LatestTime>();
  std::vector<Question> questions;
  for (uint64_t i = 0; i < 1200; ++i) {
    Question q;
    q.imei = identity::Imei::from_text(identity::to_string(ImeiKey{kBase + i}));
    if (i % 2) q.imei.set_svn(7);
    if (i % 3) q.imsi = imsi((i < 100 ? i * 7 : i) % 120);
    if (i % 5 == 0) q.msisdn = msisdn(i % 120);
    q.time = base::UnixSeconds(std::chrono::seconds(i));
    questions.push_back(q);
  }
  const uint64_t before = eir::test::allocations();
  std::array<uint64_t, kReasons> reasons{};
  for (const Question& q : questions) {
    ++reasons[static_cast<size_t>(EquipmentChecker::check(q, basis).reason)];
  }
  EXPECT_EQ(eir::test::allocations() - before, 0u);
  EXPECT_GT(before, 0u) << "the counting works";
  for (const Reason r : {Reason::kImsiException, Reason::kLockMutual, Reason::kLockDevice, Reason::kLockSubscriber,
                         Reason::kPair, Reason::kIndividual, Reason::kIndividualSvn, Reason::kTac})
    EXPECT_GT(reasons[static_cast<size_t>(r)], 0u) << to_string(r);
}

}  // namespace
}  // namespace eir::decision
