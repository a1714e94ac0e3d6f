// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_table.h"

#include <algorithm>

namespace eir::lists {

using identity::number;

namespace {

constexpr size_t kBlock = RangeTree::kBlock;

}  // namespace

uint32_t RangeTable::around(uint32_t edge, uint32_t depth) const noexcept {
  const auto fewer = [&](size_t i) { return edges[i].depth() < depth; };
  size_t i = edge;
  while (i % kBlock > 0)
    if (fewer(--i)) return static_cast<uint32_t>(i + 1);
  const uint32_t block = tree.shallower_before(static_cast<uint32_t>(i / kBlock), depth);
  if (block == kNone) return 0;
  for (i = (size_t{block} + 1) * kBlock - 1; !fewer(i);) --i;
  return static_cast<uint32_t>(i + 1);
}

uint64_t RangeTable::to(uint32_t range) const noexcept {
  const uint32_t depth = edges[range].depth();
  const auto fewer = [&](size_t i) { return edges[i].depth() < depth; };
  size_t i = range;
  while (i % kBlock < kBlock - 1)
    if (fewer(++i)) return edges[i].key() - 1;
  for (i = size_t{tree.shallower_behind(static_cast<uint32_t>(i / kBlock), depth)} * kBlock; !fewer(i);) ++i;
  return edges[i].key() - 1;
}

bool RangeTable::hides(uint64_t from, uint64_t to) const noexcept {
  bool found = false;
  touched.each(PlaceSlot::order(from, to + 1), [&](const PlaceSlot& p) {
    found = p.from == from && p.to == to + 1;
    return !found;
  });
  return found;
}

Standing RangeTable::find(const RangeEntry& place, RangeEntry& out) const noexcept {
  const uint64_t first = number(place.from), last = number(place.to);
  for (uint32_t i = innermost(first); i != kNone && from(i) == first; i = outer(i)) {
    if (to(i) != last) continue;
    out = entry(i);
    return Standing::kHeld;
  }
  return hides(first, last) ? Standing::kGone : Standing::kAbsent;
}

uint64_t RangeEdges::word_of(std::span<const RangeEdge> edges, uint64_t block) {
  const auto some = edges.subspan(block * kBlock, kBlock);
  uint64_t least = RangeTree::kDepthMask;
  for (const RangeEdge e : some) least = std::min<uint64_t>(least, e.depth());
  return RangeTree::word(some[0].key(), least);
}

bool RangeEdges::well_shaped() const {
  if (edges.size() % kBlock || edges.size() >= kNone) return false;
  std::array<uint64_t, RangeEdge::kDepthMask + 1> says{};  // of the ranges that hold, outermost first, from 1 on
  RangeEdge before;
  size_t i = 0;
  for (; i < edges.size() && edges[i] != kNoEdge; ++i) {
    const RangeEdge e = edges[i];
    if (e.key() < before.key() || e.key() > identity::kImeiKeyEnd || e.word & RangeEdge::kZeroMask) return false;
    if (e.begins()) {
      if (e.depth() != before.depth() + 1) return false;
      says[e.depth()] = e.says();
    } else {
      const bool empty = before.begins() && before.key() == e.key();
      if (empty || e.depth() + 1 != before.depth() || e.says() != says[e.depth()]) return false;
    }
    before = e;
  }
  const auto rest = edges.subspan(i);
  const uint64_t blocks = edges.size() / kBlock;
  return before.depth() == 0 && std::all_of(rest.begin(), rest.end(), [](RangeEdge e) { return e == kNoEdge; }) &&
         tree.well_shaped(blocks, [this](uint64_t block) { return word_of(edges, block); });
}

bool RangeTable::well_shaped() const {
  size_t ranges = 0, on_lists = 0;
  for (const RangeEdge e : edges) {
    ranges += e.begins();
    on_lists += e.begins() && !e.lists().empty();
  }
  return RangeEdges::well_shaped() && on_lists == ranges && (terms.empty() || terms.size() == ranges) &&
         touched.slots.empty() && touched_parts.edges.empty();
}

}  // namespace eir::lists
