// SPDX-License-Identifier: GPL-3.0-or-later
// Policy documents: stored, held, released, refused, looked back at.
#include "core/store/sqlite.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

class Policies : public StoreTest {
 protected:
  void SetUp() override {
    WriterOptions options;
    options.now = [this] { return now_; };
    auto writer = Writer::open(dir_, "test", options);
    ASSERT_TRUE(writer) << writer.error().message();
    writer_ = std::move(*writer);
  }

  base::UnixSeconds now_{std::chrono::seconds(1'800'000'000)};
  std::unique_ptr<Writer> writer_;
};

TEST_F(Policies, AreStoredHeldAndReleased) {
  ASSERT_TRUE(writer_->take_policy("{}", 3, "first"));
  EXPECT_FALSE(writer_->take_policy("{}", 3, "again"));
  ASSERT_TRUE(writer_->take_policy("{\"a\":1}", 4, "second", {true, 7, ""}));
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->status().policy->number, 3u);
  EXPECT_EQ(reader->status().policies_held, 1u);
  ASSERT_TRUE(writer_->release(kPolicy));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->status().policy->text, "{\"a\":1}");
  ASSERT_TRUE(writer_->take_policy("{}", 9, "third", {true, 7, ""}));
  ASSERT_TRUE(writer_->refuse(kPolicy));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->status().policy->number, 4u);
  EXPECT_EQ(reader->status().policies_held, 0u);
}

TEST_F(Policies, OneThatComesWhileOneIsHeldIsHeldToo) {
  ASSERT_TRUE(writer_->take_policy("{}", 1, "first", {true, 7, ""}));
  EXPECT_TRUE(*writer_->take_policy("{}", 2, "second"));
  EXPECT_FALSE(writer_->status()->policy);
  ASSERT_TRUE(writer_->release(kPolicy));
  EXPECT_EQ(writer_->status()->policy->number, 2u);
}

TEST_F(Policies, WhatOneTurnsCountsInTheWindow) {
  EXPECT_FALSE(*writer_->take_policy("{}", 1, "", {false, 7, ""}));
  EXPECT_EQ(*writer_->turned_since({}), 7u);
  EXPECT_TRUE(*writer_->take_policy("{}", 2, "", {true, 9, ""}));
  EXPECT_EQ(*writer_->turned_since({}), 7u) << "what is held turned nobody";
}

TEST_F(Policies, TheOneOfATimeIsKnownThoughWhatWasServedIsNot) {
  ASSERT_TRUE(writer_->take_policy("{}", 1, "first"));
  now_ += std::chrono::hours(1);
  ASSERT_TRUE(writer_->take_policy("{}", 2, "held", {true, 7, ""}));
  const auto between = now_ + std::chrono::hours(1);
  now_ += std::chrono::hours(2);
  ASSERT_TRUE(writer_->release(kPolicy));
  const auto at = [&](base::UnixSeconds t) {
    const auto policy = Reader::open(dir_)->policy_at(t);
    return policy && *policy ? (*policy)->number : 0;
  };
  EXPECT_EQ(at(between), 1u);
  EXPECT_EQ(at(now_), 2u);
  Database db;
  ASSERT_TRUE(db.open(dir_ + "/replica.db", false) && db.exec("DELETE FROM served WHERE number=1"));
  EXPECT_EQ(at(between), 1u) << "as stores of before kept it";
  EXPECT_EQ(at(now_), 2u);
  EXPECT_EQ(at(between - std::chrono::hours(5)), 0u);
}

}  // namespace
}  // namespace eir::store
