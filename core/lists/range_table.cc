// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_table.h"

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

uint32_t RangeTable::last_from(uint64_t key) const noexcept {
  const uint64_t wanted = key << kKeyShift | kValueMask;
  const size_t step = count_up_to(steps, wanted);
  if (step == 0) return kNone;
  const size_t first = (step - 1) * kStep;
  const size_t count = count_up_to(starts.subspan(first, std::min(kStep, starts.size() - first)), wanted);
  return static_cast<uint32_t>(first + count - 1);
}

uint32_t RangeTable::innermost(uint64_t key) const noexcept {
  uint32_t i = last_from(key);
  while (i != kNone && to(i) < key) i = outer[i];
  return i;
}

void RangeTable::prefetch(uint64_t key) const noexcept {
  const size_t step = count_up_to(steps, key << kKeyShift | kValueMask);
  if (step == 0) return;
  constexpr size_t kLine = 64 / sizeof(uint64_t);
  const size_t first = (step - 1) * kStep, end = std::min(first + kStep, starts.size());
  for (size_t at = first; at < end; at += kLine) {
    __builtin_prefetch(&starts[at]);
    __builtin_prefetch(&ends[at]);
  }
  __builtin_prefetch(&outer[first]);
  __builtin_prefetch(&outer[end - 1]);
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
  if (steps.size() != (starts.size() + kStep - 1) / kStep || !touched.well_shaped()) return false;
  for (size_t i = 0; i < steps.size(); ++i)
    if (steps[i] != (starts[i * kStep] & ~kValueMask)) return false;
  for (uint32_t i = 0; i < outer.size(); ++i)
    if (outer[i] != kNone && outer[i] >= i) return false;
  return true;
}

}  // namespace eir::lists
