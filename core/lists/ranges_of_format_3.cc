// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/ranges_of_format_3.h"

#include "core/lists/range_filler.h"

namespace eir::lists {
namespace {

constexpr unsigned kKeyShift = 17, kListsShift = 14;

RangeEntry range_of(uint64_t start, uint64_t end) {
  constexpr uint64_t kLow = (1 << kListsShift) - 1, kHigh = (1 << kKeyShift) - 1;
  return {identity::ImeiKey{start >> kKeyShift}, identity::ImeiKey{end >> kKeyShift},
          ListSet(static_cast<uint8_t>(start >> kListsShift & 7)),
          static_cast<TermsId>((start & kLow) | (end & kHigh) << kListsShift), 0};
}

}  // namespace

base::Result<Memory, base::Problem> RangesOfFormat3::convert(RangeTable& out) const {
  const auto unusable = base::problem("", "the ranges do not fit together");
  if (starts.size() != ends.size()) return unusable;
  const uint64_t blocks = RangeFiller::blocks_for(starts.size());
  const RangeTree shape(blocks);
  const size_t edges = blocks * RangeTree::kBlock * sizeof(RangeEdge), tree = shape.size() * sizeof(uint64_t);
  auto memory = Memory::of(edges + tree + starts.size() * sizeof(TermsId));
  if (!memory) return memory;
  uint8_t* const at = memory->octets().data();
  const std::span to_edges(reinterpret_cast<RangeEdge*>(at), edges / sizeof(RangeEdge));
  const std::span to_tree(reinterpret_cast<uint64_t*>(at + edges), shape.size());
  const std::span to_terms(reinterpret_cast<TermsId*>(at + edges + tree), starts.size());
  RangeFiller filler(to_edges, to_terms, to_tree);
  for (size_t i = 0; i < starts.size(); ++i)
    if (!filler.add(range_of(starts[i], ends[i]))) return unusable;
  filler.finish();
  out.edges = to_edges;
  out.tree = shape;
  out.tree.words = to_tree;
  out.terms = to_terms;
  return memory;
}

}  // namespace eir::lists
