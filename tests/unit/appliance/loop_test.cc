// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/loop.h"

#include <gtest/gtest.h>
#include <signal.h>

#include <array>
#include <thread>
#include <vector>

extern "C" {
#include <osmocom/core/select.h>
}

namespace eir::appliance {
namespace {

using namespace std::chrono_literals;

class LoopTest : public ::testing::Test {
 protected:
  void SetUp() override {
    osmo_select_init();
    ASSERT_TRUE(loop_.open());
  }
  Loop loop_;
};

TEST_F(LoopTest, RunsCallsOfOtherThreadsInItsOwnInTheirOrder) {
  constexpr size_t kThreads = 4, kCalls = 5'000;
  std::array<size_t, kThreads> last{};
  size_t calls = 0;
  const auto own = std::this_thread::get_id();
  std::vector<std::thread> threads;
  for (size_t t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (size_t i = 1; i <= kCalls; ++i) {
        const auto call = [&, t, i] {
          EXPECT_EQ(std::this_thread::get_id(), own);
          EXPECT_EQ(last[t] + 1, i);
          last[t] = i;
          ++calls;
        };
        while (!loop_.post(call)) std::this_thread::yield();
      }
    });
  loop_.run_until([&] { return calls == kThreads * kCalls; });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(calls, kThreads * kCalls);
}

TEST_F(LoopTest, RefusesAboveItsBoundAndLeavesOthersTheirTurn) {
  size_t ran = 0;
  const auto call = [&] { ++ran; };
  for (size_t i = 0; i < Loop::kPostsMax; ++i) ASSERT_TRUE(loop_.post(call));
  EXPECT_FALSE(loop_.post(call));
  EXPECT_EQ(loop_.refused(), 1u);
  loop_.run_until([&] { return ran > 0; });
  EXPECT_LT(ran, Loop::kPostsMax) << "what else the loop looks at waits for all of them";
  loop_.run_until([&] { return ran == Loop::kPostsMax; });
  EXPECT_TRUE(loop_.post(call));
}

TEST_F(LoopTest, CallsEveryIntervalAndOnHangup) {
  int ticks = 0, hangups = 0;
  loop_.every(1ms, [&] { ++ticks; });
  loop_.on_hangup([&] { ++hangups; });
  loop_.run_until([&] { return ticks == 3; });
  loop_.post([] { raise(SIGHUP); });
  loop_.run_until([&] { return hangups == 1; });
  EXPECT_FALSE(loop_.stopping());
}

TEST_F(LoopTest, EndsAtASignalAndAtOnceAtASecond) {
  loop_.post([] { raise(SIGTERM); });
  loop_.run();
  EXPECT_TRUE(loop_.stopping());
  bool done = false;
  loop_.post([&] { done = true; });
  loop_.run_until([&] { return done; });
  EXPECT_EXIT(raise(SIGINT), testing::ExitedWithCode(1), "");
}

}  // namespace
}  // namespace eir::appliance
