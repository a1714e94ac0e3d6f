// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/range_table.h"

namespace eir::lists {

using identity::number;

uint32_t RangeTable::last_from(uint64_t key) const noexcept {
  const uint64_t wanted = key << kKeyShift | kValueMask;
  const auto step = std::upper_bound(steps.begin(), steps.end(), wanted);
  if (step == steps.begin()) return kNone;
  const size_t first = static_cast<size_t>(step - steps.begin() - 1) * kStep;
  const auto block = starts.subspan(first, std::min(kStep, starts.size() - first));
  const auto after = std::partition_point(block.begin(), block.end(), [=](uint64_t s) { return s <= wanted; });
  return static_cast<uint32_t>(first + static_cast<size_t>(after - block.begin()) - 1);
}

uint32_t RangeTable::innermost(uint64_t key) const noexcept {
  uint32_t i = last_from(key);
  while (i != kNone && to(i) < key) i = outer[i];
  return i;
}

void RangeTable::prefetch(uint64_t key) const noexcept {
  if (steps.empty()) return;
  const auto step = std::upper_bound(steps.begin(), steps.end(), key << kKeyShift | kValueMask);
  if (step == steps.begin()) return;
  const size_t first = static_cast<size_t>(step - steps.begin() - 1) * kStep;
  for (size_t at = 0; at < kStep && first + at < starts.size(); at += 64 / sizeof(uint64_t))
    __builtin_prefetch(&starts[first + at]);
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
