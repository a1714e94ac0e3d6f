// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/ranges.h"

#include <algorithm>

namespace eir::lists {

using identity::number;

std::vector<RangeEntry> keep_nested(std::span<const RangeEntry> sorted, std::vector<RangeConflict>& conflicts) {
  std::vector<bool> gone(sorted.size());
  std::vector<size_t> open;  // the ranges that hold the present place, outermost first
  for (size_t i = 0; i < sorted.size(); ++i) {
    const RangeEntry& r = sorted[i];
    while (!open.empty() && sorted[open.back()].to < r.from) open.pop_back();
    while (!open.empty()) {
      const RangeEntry& outer = sorted[open.back()];
      const bool same = outer.same_place(r);
      if (!same && r.to <= outer.to) break;
      if (outer.line <= r.line) {
        conflicts.push_back({r, outer, same});
        gone[i] = true;
        break;
      }
      conflicts.push_back({outer, r, same});
      gone[open.back()] = true;
      open.pop_back();
    }
    if (!gone[i]) open.push_back(i);
  }
  std::vector<RangeEntry> kept;
  kept.reserve(sorted.size());
  for (size_t i = 0; i < sorted.size(); ++i)
    if (!gone[i]) kept.push_back(sorted[i]);
  return kept;
}

std::vector<RangeCut> cut_line(std::span<const RangeEntry> sorted) {
  std::vector<RangeCut> cuts;
  cuts.reserve(sorted.size() * 2);
  const auto cut = [&](uint64_t start, uint32_t range) {
    if (!cuts.empty() && cuts.back().start == start) {
      cuts.back().range = range;
    } else {
      cuts.push_back({start, range});
    }
  };
  std::vector<uint32_t> open;
  const auto close_until = [&](uint64_t place) {
    while (!open.empty() && number(sorted[open.back()].to) < place) {
      const uint64_t after = number(sorted[open.back()].to) + 1;
      open.pop_back();
      // An outer range that ends at the same place says nothing of its own in between.
      while (!open.empty() && number(sorted[open.back()].to) + 1 == after) open.pop_back();
      cut(after, open.empty() ? RangeCut::kNone : open.back());
    }
  };
  for (uint32_t i = 0; i < sorted.size(); ++i) {
    close_until(number(sorted[i].from));
    cut(number(sorted[i].from), i);
    open.push_back(i);
  }
  close_until(UINT64_MAX);
  return cuts;
}

}  // namespace eir::lists
