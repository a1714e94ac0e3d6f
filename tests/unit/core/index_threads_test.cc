// SPDX-License-Identifier: GPL-3.0-or-later
// Answering threads while changes of every kind are taken: each question sees one state, whole.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "core/base/published.h"
#include "core/decision/equipment_checker.h"
#include "core/lists/index.h"

namespace eir::lists {
namespace {

using identity::Digits;
using identity::ImeiKey;

constexpr uint64_t kBase = 35'809'101'000'000;
constexpr size_t kReaders = 2;
constexpr uint64_t kVersions = 80;
const identity::Imsi kImsi{Digits::of(255'011'111'111'111, 15)};
const identity::Msisdn kMsisdn{Digits::of(380'501'112'233, 12)};

/// Everything of version n stands on the same list; a lock and an exception only in every other version.
Entries state(uint64_t n) {
  const ListSet lists(static_cast<uint8_t>(1 + n % 7));
  Entries e;
  for (uint64_t i = 0; i < 20; ++i)
    e.imeis.push_back(ImeiEntry::make(ImeiKey{kBase + n % 3 * 100 + i}, std::nullopt, lists));
  e.ranges = {{ImeiKey{kBase + 1000}, ImeiKey{kBase + 1999}, lists, 0, 0},
              {ImeiKey{kBase + 1100}, ImeiKey{kBase + 1199 + n % 5}, lists, 0, 0}};
  e.subscribers = {{SubscriberKey::exact(kImsi), lists, 0, 0}};
  e.pairs = {{ImeiKey{kBase + 5000}, SubscriberKey::exact(kImsi), lists, 0, 0}};
  e.mirror = {{kImsi, kMsisdn, 0, 0}};
  if (n % 2) e.locks = {{ImeiKey{kBase + 6000}, kImsi, {}, LockPolicy::kMutual, 0, 0}};
  return e;
}

struct Taker final : LockVisitor {
  size_t rows = 0;
  void visit(const LockRow&) noexcept override { ++rows; }
};

void check(const Index& index) {
  const uint64_t n = index.version().number;
  const ListSet lists(static_cast<uint8_t>(1 + n % 7));
  for (uint64_t block = 0; block < 3; ++block) {
    const Hit hit = index.individual(ImeiKey{kBase + block * 100 + 7}, nullptr, {});
    ASSERT_EQ(hit.present, block == n % 3);
    if (hit.present) {
      ASSERT_EQ(hit.lists, lists);
    }
  }
  for (const uint64_t at : {1000, 1150, 1999}) ASSERT_EQ(index.range(ImeiKey{kBase + at}, {}).lists, lists);
  const RangeHit inner = index.range_hit(ImeiKey{kBase + 1100}, {});
  ASSERT_EQ(identity::number(inner.to), kBase + 1199 + n % 5);
  ASSERT_EQ(index.subscriber(SubscriberKey::Type::kImsi, kImsi, {}).lists, lists);
  ASSERT_EQ(index.pair(ImeiKey{kBase + 5000}, SubscriberKey::exact(kImsi), {}).lists, lists);
  ASSERT_EQ(index.imsi_of(kMsisdn), kImsi);
  Taker device, subscriber;
  index.device_locks(ImeiKey{kBase + 6000}, {}, device);
  index.subscriber_locks(kImsi, {}, {}, subscriber);
  ASSERT_EQ(device.rows, n % 2);
  ASSERT_EQ(subscriber.rows, n % 2);
}

TEST(IndexThreads, ReadersSeeOneStateWhileChangesAreTaken) {
  base::Published<std::shared_ptr<const Index>> published;
  auto index = std::make_shared<const Index>(Snapshot::of(state(0), TermsPool(), {1, 0}), Version{1, 0});
  published.publish(std::make_unique<std::shared_ptr<const Index>>(index));
  std::atomic<bool> stop{false};
  std::atomic<uint64_t> looked{0};
  std::vector<std::thread> readers;
  for (size_t i = 0; i < kReaders; ++i)
    readers.emplace_back([&, slot = published.take_slot()] {
      while (!stop) {
        check(**published.pin(slot));
        looked.fetch_add(1, std::memory_order_relaxed);
      }
    });
  for (uint64_t n = 1; n <= kVersions; ++n) {
    Change change;
    change.before = state(n - 1);
    change.after = state(n);
    auto next = index->with(change, {1, n});
    ASSERT_TRUE(next) << next.error().message();
    index = *next;
    ASSERT_EQ(index->counts(), state(n).counts());
    published.publish(std::make_unique<std::shared_ptr<const Index>>(index));
    // The next only once somebody looked at this one.
    for (const uint64_t seen = looked; looked == seen;) std::this_thread::yield();
  }
  stop = true;
  for (auto& t : readers) t.join();
  EXPECT_GE(looked.load(), kVersions);
}

}  // namespace
}  // namespace eir::lists
