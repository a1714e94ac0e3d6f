// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/lists/entry.h"

namespace eir::lists {

/// A range that cannot stand beside another one.
struct RangeConflict {
  RangeEntry refused;
  RangeEntry with;    ///< the one it meets; the earlier line
  bool same = false;  ///< the same range twice; else a partial overlap
};

/// Makes ranges nested or apart: of two that overlap partly, or are the same, the one with the higher line
/// number goes. Input: sorted. Result: sorted, what was refused appended to `conflicts`. Threads: pure.
std::vector<RangeEntry> keep_nested(std::span<const RangeEntry> sorted, std::vector<RangeConflict>& conflicts);

/// One piece of the line of IMEIs: from `start` on the innermost range is `range`, an index into the
/// list the pieces were cut from, or none.
struct RangeCut {
  static constexpr uint32_t kNone = UINT32_MAX;
  uint64_t start = 0;
  uint32_t range = kNone;
};

/// Cuts the line of IMEIs where the innermost range changes; at most two cuts per range. REQUIRES: sorted,
/// nested or apart.
std::vector<RangeCut> cut_line(std::span<const RangeEntry> sorted);

}  // namespace eir::lists
