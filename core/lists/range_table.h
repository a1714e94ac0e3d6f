// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/lists/entry.h"
#include "core/lists/hashed.h"
#include "core/lists/range_tree.h"
#include "core/lists/terms_table.h"

namespace eir::lists {

/// How deep ranges of one layer nest: a look-up goes outwards through as many. Counted where entries come in.
inline constexpr size_t kRangeDepthMax = 32;

/// The two ends of a range that an overlay replaces or takes away.
struct PlaceSlot {
  uint64_t from = 0;
  uint64_t to = 0;  ///< plus 1, so that no place is all zeros
  static constexpr uint64_t order(uint64_t from, uint64_t to) {
    return scramble64(scramble64(from ^ 0x9E3779B97F4A7C15ULL) ^ to);
  }
  constexpr bool used() const { return to != 0; }
  constexpr uint64_t order() const { return order(from, to); }
  friend constexpr bool operator<(const PlaceSlot& a, const PlaceSlot& b) {
    return std::tuple(a.order(), a.from, a.to) < std::tuple(b.order(), b.from, b.to);
  }
};

/// One layer's ranges, sorted by start, the wider first; nested or apart. 20.6 octets each: a start word, an
/// end word, the place of the range that encloses it, and its part of the search tree over the starts.
///
///     start: 63..17 IMEI | 16..14 lists | 13..0 terms, low bits      end: 63..17 IMEI | 16..0 terms, high bits
///
/// The ranges that hold a key are the last one that starts at or before it, if it reaches that far, and those
/// around it. Threads: immutable. Allocates: no.
struct RangeTable {
  using Entry = RangeEntry;
  static constexpr unsigned kKeyShift = 17, kListsShift = 14;
  static constexpr uint64_t kValueMask = (uint64_t{1} << kKeyShift) - 1;
  static constexpr uint32_t kNone = UINT32_MAX;

  std::span<const uint64_t> starts;
  std::span<const uint64_t> ends;
  std::span<const uint32_t> outer;  ///< kNone: nothing encloses it; else a lower place
  RangeTree tree;                   ///< over the starts; without words: an older snapshot, searched by halves
  HashedTable<PlaceSlot> touched;   ///< of an overlay: the places older layers have, replaced here or gone

  uint64_t from(uint32_t i) const { return starts[i] >> kKeyShift; }
  uint64_t to(uint32_t i) const { return ends[i] >> kKeyShift; }
  ListSet lists(uint32_t i) const { return ListSet(static_cast<uint8_t>(starts[i] >> kListsShift & 7)); }
  TermsId terms(uint32_t i) const {
    return static_cast<TermsId>((starts[i] & ((1 << kListsShift) - 1)) | (ends[i] & kValueMask) << kListsShift);
  }
  RangeEntry entry(uint32_t i) const {
    return {identity::ImeiKey{from(i)}, identity::ImeiKey{to(i)}, lists(i), terms(i), 0};
  }
  /// The innermost range that holds the key; kNone when there is none.
  uint32_t innermost(uint64_t key) const noexcept { return outwards(last_from(key), key); }

  // The same in two steps, between which other memory can be asked for: the block, and the range from it.
  static constexpr uint32_t kWhole = UINT32_MAX - 1;  ///< no tree: the block is everything
  uint32_t block(uint64_t key) const noexcept {
    return starts.empty() ? kNone : tree.words.empty() ? kWhole : tree.block(key);
  }
  /// block() of `count` keys, at most kMax, level by level, the next level's memory and at last the blocks' asked for:
  /// key(i) gives one, block(i) takes its answer.
  template <size_t kMax, class Key, class Block>
  void blocks(size_t count, Key key, Block block) const noexcept {
    std::array<uint32_t, kMax> within{};  // those that are not before all ranges, so that no step has to ask
    size_t left = 0;
    for (size_t i = 0; i < count; ++i) {
      block(i) = starts.empty() ? kNone : tree.words.empty() ? kWhole : tree.all_later(key(i)) ? kNone : 0;
      within[left] = static_cast<uint32_t>(i);
      left += block(i) == 0;
    }
    Lines lines;
    for (size_t level = 0; level < tree.levels; ++level) {
      const bool last = level + 1 == tree.levels;
      for (size_t n = 0; n < left; ++n) {
        uint32_t& at = block(within[n]);
        at = static_cast<uint32_t>(tree.down(level, at, key(within[n])));
        if (last) {
          prefetch_block(at, lines);
        } else {
          prefetch_line(tree.at(level + 1, at));
        }
      }
    }
    lines.ask();
  }
  uint32_t innermost_in(uint32_t block, uint64_t key) const noexcept { return outwards(last_in(block, key), key); }
  void prefetch_block(uint32_t block, Lines& lines) const noexcept {
    if (block >= kWhole) return;
    const size_t first = size_t{block} * RangeTree::kBlock;
    const size_t second = std::min(first + RangeTree::kBlock / 2, starts.size() - 1);
    lines.add(&starts[first], &starts[second]);
    lines.add(&ends[first], &ends[second]);
    lines.add(&outer[first]);
  }

  /// Whether older layers have this place, and the layer decides about it.
  bool hides(uint64_t from, uint64_t to) const noexcept;
  bool hides(const RangeEntry& e) const noexcept { return hides(identity::number(e.from), identity::number(e.to)); }
  /// The first range that starts at the key or later; starts.size() when there is none.
  uint32_t first_from(uint64_t key) const noexcept {
    const uint32_t last = key == 0 ? kNone : last_from(key - 1);
    return last == kNone ? 0 : last + 1;
  }
  Standing find(const RangeEntry& place, RangeEntry& out) const noexcept;
  template <class F>
  void for_each(F&& f) const {
    for (uint32_t i = 0; i < starts.size(); ++i) f(entry(i), false);
    touched.all([&](const PlaceSlot& p) {
      const RangeEntry place{identity::ImeiKey{p.from}, identity::ImeiKey{p.to - 1}, {}, 0, 0};
      RangeEntry held;
      if (find(place, held) == Standing::kGone) f(place, true);
    });
  }
  bool well_shaped() const;

 private:
  /// The last range that starts at or before the key; kNone when all start later.
  uint32_t last_from(uint64_t key) const noexcept { return last_in(block(key), key); }
  uint32_t last_in(uint32_t block, uint64_t key) const noexcept;
  uint32_t outwards(uint32_t i, uint64_t key) const noexcept {
    while (i != kNone && to(i) < key) i = outer[i];
    return i;
  }
};

}  // namespace eir::lists
