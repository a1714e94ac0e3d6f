// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/lockout.h"

#include <gtest/gtest.h>

namespace eir::appliance::cdbd {
namespace {

using namespace std::chrono_literals;

class Alarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view subject, std::string_view) noexcept override { on.emplace_back(subject); }
  void clear(base::AlarmId, std::string_view subject) noexcept override { std::erase(on, subject); }
  std::vector<std::string> on;
};

class LockOutTest : public ::testing::Test {
 protected:
  void fail(unsigned times, const std::string& user, const std::string& address = "192.0.2.1") {
    for (unsigned i = 0; i < times; ++i) lock_out_.failed(user, address);
  }
  UsersConfig rules_{{3, 60s, 600s}, {5, 60s, 600s}};
  base::ManualClock clock_;
  Alarms alarms_;
  LockOut lock_out_{rules_, clock_, alarms_};
};

TEST_F(LockOutTest, AUserIsLockedOutFromEverywhereForItsTime) {
  lock_out_.failed("LEA-1", "192.0.2.1");
  lock_out_.failed("LEA-1", "192.0.2.2");
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
  lock_out_.failed("LEA-1", "192.0.2.3");
  EXPECT_TRUE(lock_out_.user_locked("LEA-1"));
  EXPECT_FALSE(lock_out_.user_locked("LEA-2"));
  EXPECT_FALSE(lock_out_.address_locked("192.0.2.1"));
  EXPECT_EQ(alarms_.on, std::vector<std::string>{"user LEA-1"});
  ASSERT_EQ(lock_out_.locked().size(), 1u);
  EXPECT_EQ(lock_out_.locked()[0].left, 600s);
  clock_.advance(599s);
  EXPECT_TRUE(lock_out_.user_locked("LEA-1"));
  clock_.advance(1s);
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
  lock_out_.tick();
  EXPECT_TRUE(alarms_.on.empty());
  EXPECT_EQ(lock_out_.lock_outs(), 1u);
  EXPECT_EQ(lock_out_.refused(), 2u);
}

TEST_F(LockOutTest, WhatALockedOutOneTriesMakesItNoLonger) {
  fail(3, "LEA-1");
  clock_.advance(590s);
  fail(3, "LEA-1");
  clock_.advance(10s);
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
}

TEST_F(LockOutTest, OnlyFailuresWithinTheTimeCount) {
  fail(2, "LEA-1");
  clock_.advance(60s);
  fail(2, "LEA-1");
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
  fail(1, "LEA-1");
  EXPECT_TRUE(lock_out_.user_locked("LEA-1"));
}

TEST_F(LockOutTest, ASuccessClearsTheUserButNotTheAddress) {
  fail(2, "LEA-1");
  fail(2, "LEA-2");
  lock_out_.succeeded("LEA-1", "192.0.2.1");
  fail(1, "LEA-1");
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
  EXPECT_TRUE(lock_out_.address_locked("192.0.2.1")) << "five failures came from there";
}

TEST_F(LockOutTest, WhoeverWasNotGuessedAtIsNotLockedOut) {
  fail(5, "");
  EXPECT_FALSE(lock_out_.user_locked(""));
  EXPECT_TRUE(lock_out_.address_locked("192.0.2.1"));
}

TEST_F(LockOutTest, TheAdministratorLetsInAgain) {
  fail(5, "LEA-1");
  EXPECT_TRUE(lock_out_.unlock("LEA-1"));
  EXPECT_FALSE(lock_out_.user_locked("LEA-1"));
  EXPECT_TRUE(lock_out_.unlock("192.0.2.1"));
  EXPECT_FALSE(lock_out_.address_locked("192.0.2.1"));
  EXPECT_FALSE(lock_out_.unlock("LEA-1"));
  EXPECT_TRUE(alarms_.on.empty());
}

TEST_F(LockOutTest, ARuleOfNoneLocksNobodyOut) {
  LockOut none({{0, 60s, 600s}, {0, 60s, 600s}}, clock_, alarms_);
  for (int i = 0; i < 1'000; ++i) none.failed("LEA-1", "192.0.2.1");
  EXPECT_FALSE(none.user_locked("LEA-1"));
  EXPECT_FALSE(none.address_locked("192.0.2.1"));
}

}  // namespace
}  // namespace eir::appliance::cdbd
