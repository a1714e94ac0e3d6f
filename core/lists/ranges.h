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
  bool same = false;  ///< the same range twice; else a partial overlap, or:
  bool deep = false;  ///< nested deeper than kRangeDepthMax, together with `with`
};

/// Which of them must go so that the others are nested or apart: of two that overlap partly, or are the same, the one
/// with the higher line number. Input: sorted. Why each goes is appended to `conflicts`. Threads: pure.
std::vector<bool> find_unnested(std::span<const RangeEntry> sorted, std::vector<RangeConflict>& conflicts);

}  // namespace eir::lists
