// SPDX-License-Identifier: GPL-3.0-or-later
// No row of the table is ever said not to stand there, whatever is written while that is found out.
#include "registry/stored_imeis.h"

#include <gtest/gtest.h>

#include <random>
#include <set>

#include "registry/sqlite_store.h"
#include "tests/unit/temp_directory.h"

namespace eir::registry {
namespace {

class StoredImeisTest : public ::testing::Test {
 protected:
  StoredImeisTest() { writer_ = std::move(store_.writer().value()); }

  /// Rows are put, or all others are removed first, and that is committed or not.
  void transaction(std::vector<uint64_t> places, bool others_go, bool commits) {
    begin();
    std::set<uint64_t> then = others_go ? std::set<uint64_t>() : rows_;
    if (others_go) {
      for (const StoredPtr& s : stored_) s->forget();
      for (const uint64_t place : rows_) writer_->remove_imei(place);
    }
    for (const uint64_t place : places) {
      for (const StoredPtr& s : stored_) s->add(place);
      ImeiRow row;
      row.place = place;
      writer_->put_imei(row);
      then.insert(place);
    }
    if (commits) {
      ASSERT_TRUE(writer_->commit());
      rows_ = std::move(then);
    } else {
      writer_->rollback();
    }
    for (const StoredPtr& s : stored_) s->end();
  }
  void begin() {
    for (const StoredPtr& s : stored_) s->begin();
    ASSERT_TRUE(writer_->begin());
  }
  void all_pass() {
    for (const uint64_t place : rows_) {
      for (const StoredPtr& s : stored_) ASSERT_TRUE(passes(*s, place)) << place;
      ASSERT_TRUE(writer_->imei(place)) << place;
    }
  }
  static bool passes(const StoredImeis& stored, uint64_t place) {
    const auto filter = stored.filter();
    return !filter || filter->passes(place);
  }
  uint64_t place() { return random_() % (uint64_t{1} << 53); }
  std::vector<uint64_t> places(size_t n) {
    std::vector<uint64_t> out(n);
    for (uint64_t& p : out) p = place();
    return out;
  }
  /// Waits until it knows; how many of a thousand places without a row pass then.
  unsigned passing(const StoredImeis& stored) {
    while (!stored.filter()) std::this_thread::yield();
    unsigned n = 0;
    for (int i = 0; i < 1'000; ++i) {
      const uint64_t p = place();
      n += rows_.count(p) == 0 && passes(stored, p);
    }
    return n;
  }
  void open(uint64_t room) { stored_.push_back(std::make_unique<StoredImeis>(dir_.file("registry.db"), room)); }

  using StoredPtr = std::unique_ptr<StoredImeis>;
  test::TempDirectory dir_;
  SqliteStore store_{SqliteOptions{dir_.path(), 16}};
  std::unique_ptr<StoreWriter> writer_;
  std::vector<StoredPtr> stored_;
  std::set<uint64_t> rows_;
  std::mt19937_64 random_{1};
};

TEST_F(StoredImeisTest, WhatIsStoredPassesAndLittleElse) {
  transaction(places(20'000), false, true);
  open(100'000);
  EXPECT_LT(passing(*stored_[0]), 50u);
  all_pass();
  transaction(places(5'000), false, true);
  EXPECT_LT(passing(*stored_[0]), 50u);
  all_pass();
  stored_[0]->close();
  EXPECT_FALSE(stored_[0]->filter());
}

TEST_F(StoredImeisTest, ItGrowsWithTheTable) {
  transaction(places(10'000), false, true);
  open(100);
  EXPECT_LT(passing(*stored_[0]), 50u);
  for (int i = 0; i < 30; ++i) transaction(places(3'000), false, true);
  all_pass();
  // Outgrown by now, and filled anew.
  unsigned now = 1'000;
  for (int i = 0; i < 1'000 && now >= 50; ++i) {
    transaction({place()}, false, true);
    now = passing(*stored_[0]);
  }
  EXPECT_LT(now, 50u);
}

TEST_F(StoredImeisTest, NothingIsMissedThatIsWrittenWhileItIsFilled) {
  transaction(places(30'000), false, true);
  // Each begins to be filled at another moment, some too small for what there is.
  for (int round = 0; round < 60; ++round) {
    if (round % 3 == 0) open(round % 2 ? 1'000 : 1'000'000);
    if (stored_.size() > 4) stored_.erase(stored_.begin());
    transaction(places(random_() % 500), random_() % 20 == 0, random_() % 4 != 0);
    if (round % 5 == 0) all_pass();
  }
  all_pass();
}

TEST_F(StoredImeisTest, WhoHoldsAStateHasItsRowsAndNoOthers) {
  const std::vector<uint64_t> before = places(2'000), after = places(2'000);
  transaction(before, false, true);
  auto reader = std::move(store_.reader().value());
  reader->hold();
  EXPECT_TRUE(reader->imei(before[0]));
  transaction(after, true, true);
  for (const uint64_t place : before) ASSERT_TRUE(reader->imei(place)) << place;
  for (const uint64_t place : after) ASSERT_FALSE(reader->imei(place)) << place;
  reader->release();
  for (const uint64_t place : before) ASSERT_FALSE(reader->imei(place)) << place;
  for (const uint64_t place : after) ASSERT_TRUE(reader->imei(place)) << place;
}

TEST_F(StoredImeisTest, OthersMayAskAllTheTime) {
  transaction(places(5'000), false, true);
  open(1'000);
  std::atomic<bool> over{false};
  std::atomic<uint64_t> asked{0}, missed{0};
  const std::vector<uint64_t> first(rows_.begin(), rows_.end());
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < 2; ++t)
    threads.emplace_back([&, t] {
      auto reader = store_.reader();
      std::mt19937_64 random(t);
      while (!over) {
        const uint64_t p = first[random() % first.size()];
        missed += !passes(*stored_[0], p) || !(*reader)->imei(p);
        ++asked;
      }
    });
  for (int i = 0; i < 50 || asked < 1'000; ++i) transaction(places(200), false, i % 3 != 0);
  over = true;
  for (std::thread& t : threads) t.join();
  EXPECT_EQ(missed, 0u);
  all_pass();
}

}  // namespace
}  // namespace eir::registry
