// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/ranges.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <random>

#include "core/lists/index.h"

namespace eir::lists {
namespace {

using identity::ImeiKey;
using identity::number;

RangeEntry range(uint64_t from, uint64_t to, uint32_t line = 0, uint8_t bits = ListSet::kBlack) {
  return {ImeiKey{from}, ImeiKey{to}, ListSet(bits), 0, line};
}

std::vector<RangeEntry> nested_of(const std::vector<RangeEntry>& sorted, std::vector<RangeConflict>& conflicts) {
  const std::vector<bool> gone = find_unnested(sorted, conflicts);
  std::vector<RangeEntry> kept;
  for (size_t i = 0; i < sorted.size(); ++i)
    if (!gone[i]) kept.push_back(sorted[i]);
  return kept;
}

TEST(Ranges, OfTwoThatCannotStandTogetherTheLaterLineGoes) {
  struct Row {
    std::vector<RangeEntry> in;
    std::vector<uint32_t> kept;
    std::vector<std::pair<uint32_t, uint32_t>> conflicts;  // refused, with
  };
  const Row rows[] = {
      {{range(10, 20, 1), range(30, 40, 2)}, {1, 2}, {}},
      {{range(10, 20, 1), range(21, 40, 2)}, {1, 2}, {}},
      {{range(10, 40, 1), range(20, 30, 2)}, {1, 2}, {}},
      {{range(10, 40, 1), range(10, 30, 2), range(30, 40, 3)}, {1, 2}, {{3, 2}}},
      {{range(10, 20, 1), range(20, 30, 2)}, {1}, {{2, 1}}},
      {{range(10, 20, 2), range(20, 30, 1)}, {1}, {{2, 1}}},
      {{range(10, 20, 1), range(10, 20, 2)}, {1}, {{2, 1}}},
      {{range(10, 50, 3), range(20, 30, 2), range(25, 60, 1)}, {1}, {{2, 1}, {3, 1}}},
      {{range(10, 50, 1), range(20, 30, 3), range(25, 45, 2)}, {1, 2}, {{3, 2}}},
      {{range(5, 5, 1), range(5, 5, 2), range(5, 5, 3)}, {1}, {{2, 1}, {3, 1}}},
  };
  for (const Row& row : rows) {
    std::vector<RangeEntry> in = row.in;
    std::sort(in.begin(), in.end());
    std::vector<RangeConflict> conflicts;
    std::vector<uint32_t> kept;
    for (const RangeEntry& r : nested_of(in, conflicts)) kept.push_back(r.line);
    std::sort(kept.begin(), kept.end());
    EXPECT_EQ(kept, row.kept);
    std::vector<std::pair<uint32_t, uint32_t>> pairs;
    for (const RangeConflict& c : conflicts) pairs.emplace_back(c.refused.line, c.with.line);
    std::sort(pairs.begin(), pairs.end());
    EXPECT_EQ(pairs, row.conflicts);
  }
}

Index index_of(std::vector<RangeEntry> ranges) {
  Entries entries;
  entries.ranges = std::move(ranges);
  return Index(Snapshot::of(std::move(entries), TermsPool(), {0, 1}), {0, 1});
}

TEST(Ranges, InnermostDecidesAsALinearSearchSays) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 200; ++round) {
    std::vector<RangeEntry> in;
    const uint64_t width = round % 2 ? 60 : 5000;
    for (uint32_t i = 0; i < 80; ++i) {
      const uint64_t from = random() % width;
      in.push_back(range(from, from + random() % (width / 4), i + 1, static_cast<uint8_t>(1 + random() % 7)));
    }
    std::sort(in.begin(), in.end());
    std::vector<RangeConflict> conflicts;
    const std::vector<RangeEntry> kept = nested_of(in, conflicts);
    ASSERT_EQ(kept.size() + conflicts.size(), in.size());
    for (const RangeEntry& a : kept)
      for (const RangeEntry& b : kept) ASSERT_FALSE(a.from < b.from && b.from <= a.to && a.to < b.to);

    const Index index = index_of(kept);
    for (uint64_t key = 0; key < width * 5 / 4 + 2; ++key) {
      const RangeEntry* innermost = nullptr;
      for (const RangeEntry& r : kept)
        if (number(r.from) <= key && key <= number(r.to) &&
            (!innermost || number(r.to) - number(r.from) < number(innermost->to) - number(innermost->from)))
          innermost = &r;
      const Hit hit = index.range(ImeiKey{key}, {});
      ASSERT_EQ(hit.present, innermost != nullptr) << key;
      if (innermost) {
        ASSERT_EQ(hit.lists, innermost->lists) << key;
      }
    }
  }
}

TEST(Ranges, AWholeTacIsMarked) {
  const uint64_t tac = 35'809'101;
  const Index index =
      index_of({range(tac * 1'000'000, tac * 1'000'000 + 999'999), range(tac * 1'000'000 + 5, tac * 1'000'000 + 9)});
  EXPECT_TRUE(index.range(ImeiKey{tac * 1'000'000}, {}).tac);
  EXPECT_FALSE(index.range(ImeiKey{tac * 1'000'000 + 7}, {}).tac);
  EXPECT_TRUE(index.range(ImeiKey{tac * 1'000'000 + 999'999}, {}).tac);
  EXPECT_FALSE(index.range(ImeiKey{tac * 1'000'000 + 1'000'000}, {}).present);
}

}  // namespace
}  // namespace eir::lists
