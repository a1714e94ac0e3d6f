// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_filler.h"

namespace eir::lists {

using identity::number;

void RangeFiller::put(uint64_t key, uint64_t begins) {
  const uint64_t says = open_.empty() ? 0 : open_.back().says;
  edges_[at_++] = {key << RangeEdge::kKeyShift | begins | says | open_.size()};
}

void RangeFiller::end_before(uint64_t key) {
  while (!open_.empty() && open_.back().to < key) {
    const uint64_t behind = open_.back().to + 1;
    open_.pop_back();
    put(behind, 0);
  }
}

bool RangeFiller::add(const RangeEntry& r) {
  end_before(number(r.from));
  if (open_.size() >= kRangeDepthMax) return false;
  open_.push_back({number(r.to), uint64_t{r.lists.bits()} << RangeEdge::kListsShift | (r.tac() ? RangeEdge::kTac : 0) |
                                     (r.terms != 0 ? RangeEdge::kTerms : 0)});
  put(number(r.from), RangeEdge::kBegins);
  if (!terms_.empty()) terms_[ranges_++] = r.terms;
  return true;
}

void RangeFiller::finish() {
  end_before(identity::kImeiKeyEnd);
  std::fill(edges_.begin() + static_cast<ptrdiff_t>(at_), edges_.end(), kNoEdge);
  const uint64_t blocks = edges_.size() / RangeTree::kBlock;
  RangeTree(blocks).fill(tree_, blocks, [this](uint64_t block) { return RangeEdges::word_of(edges_, block); });
}

}  // namespace eir::lists
