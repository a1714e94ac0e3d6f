// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/lists/range_table.h"

namespace eir::lists {

/// Fills the memory of RangeEdges from ranges in order, nested or apart. Threads: one.
class RangeFiller {
 public:
  /// How many blocks of edges so many ranges need.
  static constexpr uint64_t blocks_for(uint64_t ranges) {
    return (2 * ranges + RangeTree::kBlock - 1) / RangeTree::kBlock;
  }

  /// `edges`: as many blocks as blocks_for(). `terms`: one a range; empty when none has any. `tree`: that of the
  /// blocks.
  RangeFiller(std::span<RangeEdge> edges, std::span<TermsId> terms, std::span<uint64_t> tree)
      : edges_(edges), terms_(terms), tree_(tree) {}
  /// REQUIRES: no more than there is room for. False: nested deeper than kRangeDepthMax.
  bool add(const RangeEntry& range);
  void finish();

 private:
  struct Open {
    uint64_t to;
    uint64_t says;  ///< of an edge's word: what holds
  };
  void put(uint64_t key, uint64_t begins);
  void end_before(uint64_t key);

  const std::span<RangeEdge> edges_;
  const std::span<TermsId> terms_;
  const std::span<uint64_t> tree_;
  std::vector<Open> open_;  ///< the ranges that hold, outermost first
  size_t at_ = 0, ranges_ = 0;
};

}  // namespace eir::lists
