// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/loop_waker.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

extern "C" {
#include <osmocom/core/select.h>
}

namespace eir::sigtran::mtp {
namespace {

TEST(LoopWaker, RunsCallsOfOtherThreadsInTheLoopsThreadInOrder) {
  osmo_select_init();
  LoopWaker waker;
  ASSERT_TRUE(waker.open());
  constexpr uintptr_t kThreads = 4, kCalls = 5'000;
  static std::array<uintptr_t, kThreads> last;
  static uintptr_t calls;
  static std::thread::id loop_thread;
  last.fill(0);
  calls = 0;
  loop_thread = std::this_thread::get_id();

  std::vector<std::thread> threads;
  for (uintptr_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&waker, t] {
      for (uintptr_t i = 1; i <= kCalls; ++i) {
        const auto call = [](void* context) {
          const auto packed = reinterpret_cast<uintptr_t>(context);
          EXPECT_EQ(std::this_thread::get_id(), loop_thread);
          EXPECT_EQ(last[packed >> 32] + 1, packed & 0xFFFFFFFF);
          last[packed >> 32] = packed & 0xFFFFFFFF;
          ++calls;
        };
        while (!waker.post(call, reinterpret_cast<void*>(t << 32 | i))) std::this_thread::yield();
      }
    });
  }
  while (calls < kThreads * kCalls) osmo_select_main(0);
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(calls, kThreads * kCalls);
}

TEST(LoopWaker, RefusesAboveItsBound) {
  osmo_select_init();
  LoopWaker waker;
  static int ran;
  ran = 0;
  const auto call = [](void*) { ++ran; };
  EXPECT_FALSE(waker.post(call, nullptr)) << "not open";
  ASSERT_TRUE(waker.open());
  for (size_t i = 0; i < LoopWaker::kPostsMax; ++i) ASSERT_TRUE(waker.post(call, nullptr));
  EXPECT_FALSE(waker.post(call, nullptr));
  EXPECT_EQ(waker.refused(), 2U);
  osmo_select_main(1);
  EXPECT_EQ(ran, static_cast<int>(LoopWaker::kCallsPerTurn)) << "signalling has its turn between";
  while (ran < static_cast<int>(LoopWaker::kPostsMax)) osmo_select_main(1);
  EXPECT_TRUE(waker.post(call, nullptr));
}

}  // namespace
}  // namespace eir::sigtran::mtp
