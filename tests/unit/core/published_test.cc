// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/published.h"

#include <gtest/gtest.h>

#include <vector>

namespace eir::base {
namespace {

/// Two numbers that always agree while the object lives, and do not once it is gone.
struct Pair {
  explicit Pair(int n) : a(n), b(n) { ++living; }
  ~Pair() {
    a = -1;
    b = -2;
    --living;
  }
  Pair(const Pair&) = delete;
  Pair& operator=(const Pair&) = delete;
  int a, b;
  static inline std::atomic<int> living = 0;
};

TEST(Published, StartsEmptyAndHandsOutTheNewest) {
  Published<Pair> published;
  const int slot = published.take_slot();
  EXPECT_FALSE(published.pin(slot));
  published.publish(std::make_unique<const Pair>(1));
  EXPECT_EQ(published.pin(slot)->a, 1);
  published.publish(std::make_unique<const Pair>(2));
  EXPECT_EQ((*published.pin(slot)).b, 2);
  EXPECT_EQ(Pair::living, 1);
  published.publish(nullptr);
  EXPECT_FALSE(published.pin(slot));
  EXPECT_EQ(Pair::living, 0);
}

TEST(Published, SlotsAreBounded) {
  Published<Pair> published;
  for (size_t i = 0; i < Published<Pair>::kSlotsMax; ++i) EXPECT_EQ(published.take_slot(), static_cast<int>(i));
}

TEST(Published, APinnedValueOutlivesItsSuccessor) {
  Published<Pair> published;
  const int slot = published.take_slot();
  published.publish(std::make_unique<const Pair>(1));
  std::atomic<bool> done = false;
  std::thread publisher;
  {
    const auto pin = published.pin(slot);
    publisher = std::thread([&] {
      published.publish(std::make_unique<const Pair>(2));
      done = true;
    });
    while (Pair::living < 2) std::this_thread::yield();
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    EXPECT_EQ(pin->a, 1);
    EXPECT_EQ(pin->b, 1);
    EXPECT_FALSE(done) << "the publisher waits for the reader";
  }
  publisher.join();
  EXPECT_EQ(Pair::living, 1);
}

TEST(Published, ReadersNeverSeeAHalfOrADeadValue) {
  Published<Pair> published;
  published.publish(std::make_unique<const Pair>(0));
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> wrong = 0;
  std::vector<std::thread> readers;
  for (int t = 0; t < 3; ++t)
    readers.emplace_back([&, slot = published.take_slot()] {
      int last = 0;
      while (!stop) {
        const auto pin = published.pin(slot);
        if (pin->a != pin->b || pin->a < last) ++wrong;
        last = pin->a;
      }
    });
  for (int n = 1; n <= 2000; ++n) published.publish(std::make_unique<const Pair>(n));
  stop = true;
  for (auto& r : readers) r.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_EQ(Pair::living, 1);
}

}  // namespace
}  // namespace eir::base
