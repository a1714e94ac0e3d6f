// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_table.h"

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
  uint64_t key = 0, depth = 0;
  for (const RangeEdge e : edges) {
    if (e.key() < key) return false;
    key = e.key();
    if (e == kNoEdge && depth == 0) continue;
    if (e.begins() ? e.depth() != depth + 1 : e.depth() + 1 != depth) return false;
    depth = e.depth();
  }
  const uint64_t blocks = edges.size() / kBlock;
  return depth == 0 && tree.size() == RangeTree(blocks).size() &&
         tree.well_shaped(blocks, [this](uint64_t block) { return word_of(edges, block); });
}

bool RangeTable::well_shaped() const {
  const auto begins = [](RangeEdge e) { return e.begins(); };
  return RangeEdges::well_shaped() &&
         (terms.empty() || terms.size() == static_cast<size_t>(std::count_if(edges.begin(), edges.end(), begins))) &&
         touched.well_shaped() && touched_parts.well_shaped();
}

}  // namespace eir::lists
