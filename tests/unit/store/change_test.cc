// SPDX-License-Identifier: GPL-3.0-or-later
// How deep ranges may nest, wherever a change puts them.
#include "core/store/change.h"

#include <gtest/gtest.h>

namespace eir::store {
namespace {

using identity::ImeiKey;
using lists::kRangeDepthMax;
using lists::RangeEntry;

constexpr uint64_t kMiddle = 35'809'101'500'000;

/// The n-th of nested ranges, from the innermost.
RangeEntry nested(uint64_t n) {
  return {ImeiKey{kMiddle - n * 10}, ImeiKey{kMiddle + n * 10}, lists::ListSet(lists::ListSet::kGrey), 0, 0};
}
std::vector<RangeEntry> nest(std::initializer_list<std::pair<uint64_t, uint64_t>> all) {
  std::vector<RangeEntry> ranges;
  for (const auto& [first, last] : all)
    for (uint64_t n = first; n <= last; ++n) ranges.push_back(nested(n));
  std::sort(ranges.begin(), ranges.end());
  return ranges;
}

TEST(RangeDepth, CountsWhatLiesInsideAndAround) {
  using Ranges = std::vector<RangeEntry>;
  struct Row {
    const char* what;
    Ranges there, before, after;
    size_t refused;
  } const rows[] = {
      {"innermost, as deep as may be", nest({{2, kRangeDepthMax}}), {}, nest({{1, 1}}), 0},
      {"innermost, one too deep", nest({{2, kRangeDepthMax + 1}}), {}, nest({{1, 1}}), 1},
      {"around all, as deep as may be", nest({{1, kRangeDepthMax - 1}}), {}, nest({{99, 99}}), 0},
      {"around all, one too deep", nest({{1, kRangeDepthMax}}), {}, nest({{99, 99}}), 1},
      {"between", nest({{1, 10}, {12, kRangeDepthMax + 1}}), {}, nest({{11, 11}}), 1},
      {"several, three too deep", nest({{1, 20}}), {}, nest({{50, 64}}), 3},
      {"the same place again", nest({{1, kRangeDepthMax}}), nest({{5, 5}}), nest({{5, 5}}), 0},
      {"one goes, one comes", nest({{1, kRangeDepthMax}}), nest({{5, 5}}), nest({{99, 99}}), 0},
      {"nothing was there", {}, {}, nest({{1, kRangeDepthMax + 2}}), 2},
  };
  for (const Row& row : rows) {
    lists::Entries entries;
    entries.ranges = row.there;
    const auto snapshot = lists::Snapshot::of(std::move(entries), lists::TermsPool(), {0, 1});
    ASSERT_TRUE(snapshot) << row.what;
    const lists::Index state(snapshot, {0, 1});
    const auto conflicts = range_conflicts(state, row.before, row.after);
    EXPECT_EQ(conflicts.size(), row.refused) << row.what;
    for (const auto& c : conflicts) {
      EXPECT_TRUE(c.deep) << row.what;
      EXPECT_NE(conflict_text(c).find("more than 32 deep"), std::string::npos) << conflict_text(c);
    }
  }
}

TEST(RangeDepth, OfAFullVersion) {
  lists::Entries entries;
  entries.ranges = nest({{1, kRangeDepthMax}});
  EXPECT_FALSE(wrong_entries(entries));
  entries.ranges = nest({{1, kRangeDepthMax + 1}});
  ASSERT_TRUE(wrong_entries(entries));
  EXPECT_NE(wrong_entries(entries)->find("more than 32 deep"), std::string::npos);
}

}  // namespace
}  // namespace eir::store
