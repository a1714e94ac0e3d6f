// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/ranges.h"

#include <algorithm>

namespace eir::lists {

using identity::number;

std::vector<bool> find_unnested(std::span<const RangeEntry> sorted, std::vector<RangeConflict>& conflicts) {
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
  return gone;
}

}  // namespace eir::lists
