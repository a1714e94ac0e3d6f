// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_table.h"

#include <algorithm>

namespace eir::lists {

using identity::number;

namespace {

/// How many of `sorted` are at most `wanted`: no branch depends on what is there, which would be guessed wrongly half
/// of the time.
size_t count_up_to(std::span<const uint64_t> sorted, uint64_t wanted) {
  const uint64_t* at = sorted.data();
  size_t left = sorted.size();
  if (left == 0) return 0;
  while (left > 1) {
    const size_t half = left / 2;
    at += at[half - 1] <= wanted ? half : 0;
    left -= half;
  }
  return static_cast<size_t>(at - sorted.data()) + (*at <= wanted);
}

}  // namespace

uint32_t RangeTable::last_in(uint32_t block, uint64_t key) const noexcept {
  if (block == kNone) return kNone;
  if (block == kWhole) {
    const size_t count = count_up_to(starts, key << kKeyShift | kValueMask);
    return count == 0 ? kNone : static_cast<uint32_t>(count - 1);
  }
  const size_t first = size_t{block} * RangeTree::kBlock;
  const size_t there = std::min(RangeTree::kBlock, starts.size() - first);
  uint64_t count = there;
  if (there == RangeTree::kBlock) {
    for (size_t i = 0; i < RangeTree::kBlock; ++i) count -= (key - from(static_cast<uint32_t>(first + i))) >> 63;
  } else {
    for (size_t i = 0; i < there; ++i) count -= from(static_cast<uint32_t>(first + i)) > key;
  }
  return static_cast<uint32_t>(first + count - 1);
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
  for (uint32_t i = last_from(first); i != kNone && from(i) == first; i = outer[i]) {
    if (to(i) != last) continue;
    out = entry(i);
    return Standing::kHeld;
  }
  return hides(first, last) ? Standing::kGone : Standing::kAbsent;
}

bool RangeTable::well_shaped() const {
  if (ends.size() != starts.size() || outer.size() != starts.size() || starts.size() >= kNone) return false;
  const auto first_of = [this](uint64_t block) { return starts[block * RangeTree::kBlock] >> kKeyShift; };
  if (!tree.words.empty() && tree.size() != RangeTree(starts.size()).size()) return false;
  if (!tree.words.empty() && !tree.well_shaped((starts.size() + RangeTree::kBlock - 1) / RangeTree::kBlock, first_of))
    return false;
  if (!touched.well_shaped()) return false;
  for (uint32_t i = 0; i < outer.size(); ++i)
    if (outer[i] != kNone && outer[i] >= i) return false;
  return true;
}

}  // namespace eir::lists
