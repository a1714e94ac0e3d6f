// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/tables.h"

#include <algorithm>

namespace eir::lists {
namespace {

constexpr unsigned kSideSvnShift = 10;

uint64_t side_word(uint64_t scrambled, uint8_t svn_code) {
  return scrambled << kValueBits | uint64_t{svn_code} << kSideSvnShift;
}

}  // namespace

uint64_t Tables::find(uint64_t scrambled) const noexcept {
  if (hot.empty()) return kAbsent;
  for (const uint64_t* slot = &hot[home_slot(scrambled, hot_capacity)];; ++slot) {
    const uint64_t word = *slot;
    const uint64_t there = word >> kValueBits;
    if (there == scrambled) return word & kValueMask;
    // The order ends the search early; an empty slot, the last always, ends it too.
    if (there > scrambled || word == 0) return kAbsent;
  }
}

const SideSlot* Tables::find_side(uint64_t scrambled, uint8_t svn_code) const noexcept {
  if (side.empty()) return nullptr;
  constexpr uint64_t kPlace = ~((uint64_t{1} << kSideSvnShift) - 1);
  const uint64_t wanted = side_word(scrambled, svn_code);
  for (const SideSlot* slot = &side[home_slot(scrambled, side_capacity)];; ++slot) {
    const uint64_t there = slot->word & kPlace;
    if (there == wanted) return slot;
    if (there > wanted || slot->word == 0) return nullptr;
  }
}

std::string_view Tables::reason(TermsId id) const noexcept {
  if (id == 0 || id >= reason_ends.size()) return {};
  const uint32_t begin = reason_ends[id - 1];
  return {reason_text.data() + begin, reason_ends[id] - begin};
}

Hit Tables::hit(uint64_t scrambled, uint64_t value, const identity::Svn* svn) const noexcept {
  Hit hit;
  if (svn && (value & kSideFlag)) {
    if (const SideSlot* rule = find_side(scrambled, static_cast<uint8_t>(*svn + 1))) {
      hit.present = true;
      hit.svn_rule = true;
      hit.lists = ListSet(static_cast<uint8_t>(rule->word & 7));
      hit.note = reason(rule->reason);
      return hit;
    }
  }
  hit.lists = ListSet(static_cast<uint8_t>(value & 7));
  hit.present = !hit.lists.empty();
  const uint64_t cls = value >> kClassShift;
  if (!hit.present || cls == 0) return hit;
  if (cls == kClassInSide) {
    if (const SideSlot* row = find_side(scrambled, ImeiEntry::kAnySvn)) hit.note = reason(row->reason);
  } else if (cls < classes.size()) {
    hit.note = reason(classes[cls].reason);
  }
  return hit;
}

Hit Tables::range(identity::ImeiKey key) const noexcept {
  Hit hit;
  const uint64_t wanted = identity::number(key) << kValueBits | kValueMask;
  const auto step = std::upper_bound(cut_steps.begin(), cut_steps.end(), wanted);
  if (step == cut_steps.begin()) return hit;
  const size_t first = static_cast<size_t>(step - cut_steps.begin() - 1) * kCutStep;
  const auto block = cuts.subspan(first, std::min(kCutStep, cuts.size() - first));
  const uint64_t word = *(std::upper_bound(block.begin(), block.end(), wanted) - 1);
  if ((word & kValueMask) == 0) return hit;
  hit.present = true;
  hit.lists = ListSet(static_cast<uint8_t>(word & 7));
  hit.tac = word & kTacFlag;
  const uint64_t cls = (word & kValueMask) >> kClassShift;
  if (cls == kClassInSide) {
    const uint64_t start = word >> kValueBits;
    const auto note = std::lower_bound(range_notes.begin(), range_notes.end(), start,
                                       [](const RangeNote& n, uint64_t s) { return n.start < s; });
    if (note != range_notes.end() && note->start == start) hit.note = reason(note->reason);
  } else if (cls != 0 && cls < classes.size()) {
    hit.note = reason(classes[cls].reason);
  }
  return hit;
}

Tables TableStore::tables() const {
  Tables t;
  t.hot = hot;
  t.hot_capacity = hot_capacity;
  t.side = side;
  t.side_capacity = side_capacity;
  t.classes = classes;
  t.cuts = cuts;
  t.cut_steps = cut_steps;
  t.range_notes = range_notes;
  t.reason_ends = reason_ends;
  t.reason_text = reason_text;
  return t;
}

}  // namespace eir::lists
