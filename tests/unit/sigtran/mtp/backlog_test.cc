// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/backlog.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>
#include <vector>

namespace eir::sigtran::mtp {
namespace {

using Bytes = std::vector<uint8_t>;

TEST(Backlog, KeepsOrderAndContentsOverManyTurnsOfTheRing) {
  Backlog backlog(1000);
  std::deque<Bytes> model;
  size_t octets = 0;
  std::mt19937 random(7);
  for (int i = 0; i < 100'000; ++i) {
    if (random() % 2) {
      Bytes message(1 + random() % 300);
      for (auto& octet : message) octet = static_cast<uint8_t>(random());
      const bool fits = octets + message.size() + 4 <= 1000;
      ASSERT_EQ(backlog.push(message), fits);
      if (!fits) continue;
      octets += message.size() + 4;
      model.push_back(std::move(message));
    } else if (!model.empty()) {
      Bytes out(300);
      out.resize(backlog.front(out));
      ASSERT_EQ(out, model.front());
      backlog.pop();
      octets -= model.front().size() + 4;
      model.pop_front();
    }
    ASSERT_EQ(backlog.messages(), model.size());
    ASSERT_EQ(backlog.octets(), octets);
    ASSERT_EQ(backlog.empty(), model.empty());
  }
}

TEST(Backlog, RefusesWhatDoesNotFitAndChangesNothing) {
  Backlog backlog(64);
  const Bytes whole(60, 1);
  EXPECT_FALSE(backlog.push(Bytes(61, 1)));
  EXPECT_FALSE(backlog.push({}));
  EXPECT_TRUE(backlog.push(whole));
  EXPECT_FALSE(backlog.push(Bytes(1, 2)));
  EXPECT_EQ(backlog.messages(), 1U);
  Bytes small(59);
  EXPECT_EQ(backlog.front(small), 0U) << "the caller's room is too small";
  Bytes out(60);
  EXPECT_EQ(backlog.front(out), 60U);
  EXPECT_EQ(out, whole);
  backlog.clear();
  EXPECT_TRUE(backlog.empty());
  EXPECT_EQ(backlog.front(out), 0U);
}

}  // namespace
}  // namespace eir::sigtran::mtp
