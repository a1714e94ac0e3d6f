// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <thread>

#include "core/sightings/sighting.h"

namespace eir::sightings {
namespace {

TEST(SightingQueue, AFullOneRefusesAndGoesOn) {
  const auto queue = std::make_unique<SightingQueue>();
  Sighting s;
  size_t taken = 0;
  while (queue->push(s)) ++taken;
  EXPECT_EQ(taken, SightingQueue::kLenMax);
  EXPECT_FALSE(queue->push(s));
  EXPECT_TRUE(queue->pop(s));
  EXPECT_TRUE(queue->push(s));
}

TEST(SightingQueue, NothingIsLostOrTurnedRoundBetweenTwoThreads) {
  constexpr uint64_t kCount = 200'000;
  const auto queue = std::make_unique<SightingQueue>();
  std::thread answering([&] {
    Sighting s;
    for (uint64_t i = 1; i <= kCount; ++i) {
      s.imei = identity::ImeiKey{i};
      while (!queue->push(s)) std::this_thread::yield();
    }
  });
  Sighting s;
  for (uint64_t i = 1; i <= kCount;) {
    if (!queue->pop(s)) {
      std::this_thread::yield();
      continue;
    }
    ASSERT_EQ(identity::number(s.imei), i++);
  }
  answering.join();
}

}  // namespace
}  // namespace eir::sightings
