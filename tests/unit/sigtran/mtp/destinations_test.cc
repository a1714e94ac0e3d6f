// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/destinations.h"

#include <gtest/gtest.h>

namespace eir::sigtran::mtp {
namespace {

using Table = Destinations<3>;
using Change = Table::Change;

TEST(Destinations, TellEachChangeOnce) {
  Table table;
  EXPECT_EQ(table.set_available(0, PointCode{5}), Change::kNone);
  EXPECT_EQ(table.set_unavailable(0, PointCode{5}), Change::kChanged);
  EXPECT_EQ(table.set_unavailable(0, PointCode{5}), Change::kNone);
  EXPECT_EQ(table.set_unavailable(1, PointCode{5}), Change::kChanged) << "another instance, another network";
  EXPECT_EQ(table.set_available(0, PointCode{5}), Change::kChanged);
  EXPECT_EQ(table.set_available(0, PointCode{5}), Change::kNone);
}

TEST(Destinations, AreBounded) {
  Table table;
  for (uint32_t pc = 0; pc < 3; ++pc) EXPECT_EQ(table.set_unavailable(0, PointCode{pc}), Change::kChanged);
  EXPECT_EQ(table.set_unavailable(0, PointCode{3}), Change::kFull);
  EXPECT_EQ(table.set_unavailable(0, PointCode{2}), Change::kNone);
  EXPECT_EQ(table.set_available(0, PointCode{1}), Change::kChanged);
  EXPECT_EQ(table.set_unavailable(0, PointCode{3}), Change::kChanged);
}

TEST(Destinations, AreTakenInstanceByInstance) {
  Table table;
  table.set_unavailable(0, PointCode{1});
  table.set_unavailable(1, PointCode{2});
  table.set_unavailable(0, PointCode{3});
  unsigned seen = 0;
  for (PointCode pc{}; table.take(0, pc);) seen |= 1U << number(pc);
  EXPECT_EQ(seen, 0b1010U);
  unsigned left = 0;
  table.each(1, [&](PointCode pc) { left |= 1U << number(pc); });
  EXPECT_EQ(left, 0b100U);
}

}  // namespace
}  // namespace eir::sigtran::mtp
