// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>

#include "core/base/result.h"
#include "core/lists/memory.h"
#include "core/lists/range_table.h"

namespace eir::lists {

/// Ranges as snapshots had them until format 3: rows sorted by start, the wider first.
///
///     start: 63..17 IMEI | 16..14 lists | 13..0 terms, low bits      end: 63..17 IMEI | 16..0 terms, high bits
struct RangesOfFormat3 {
  std::span<const uint64_t> starts;
  std::span<const uint64_t> ends;

  /// The same as a table of today, in memory of its own. Errors: no ranges that nest or stand apart; memory.
  base::Result<Memory, base::Problem> convert(RangeTable& out) const;
};

}  // namespace eir::lists
