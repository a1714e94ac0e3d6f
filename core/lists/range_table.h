// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

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

/// Where a range begins, or behind which one ends, and what the innermost range says from there on: in one word.
///
///     63..17 IMEI | 16 one begins | 15..13 lists | 12 a whole TAC | 11 has terms | 10..6 zero | 5..0 how many hold
struct RangeEdge {
  static constexpr unsigned kKeyShift = 17, kListsShift = 13;
  static constexpr uint64_t kBegins = 1 << 16, kTac = 1 << 12, kTerms = 1 << 11, kDepthMask = (1 << 6) - 1;
  static constexpr uint64_t kSaysMask = kBegins - 1 - kDepthMask, kZeroMask = kTerms - 1 - kDepthMask;
  uint64_t word = 0;

  constexpr uint64_t key() const { return word >> kKeyShift; }
  constexpr bool begins() const { return word & kBegins; }
  constexpr ListSet lists() const { return ListSet(static_cast<uint8_t>(word >> kListsShift & 7)); }
  constexpr bool tac() const { return word & kTac; }
  constexpr bool has_terms() const { return word & kTerms; }
  constexpr uint32_t depth() const { return word & kDepthMask; }
  /// Lists, TAC and terms, as they stand in the word: all that it says of the innermost range.
  constexpr uint64_t says() const { return word & kSaysMask; }
  friend constexpr bool operator==(RangeEdge, RangeEdge) = default;
};
static_assert(sizeof(RangeEdge) == 8 && kRangeDepthMax <= RangeEdge::kDepthMask);
/// Fills the last block up: behind every key, where nothing holds.
inline constexpr RangeEdge kNoEdge{~uint64_t{0} << RangeEdge::kKeyShift};

/// Edges of ranges in order: sorted by key; of those at one key the ends first, then the wider before the narrower.
/// What holds a key is what holds from the last edge at or before it. Threads: immutable. Allocates: no.
struct RangeEdges {
  static constexpr uint32_t kNone = RangeTree::kNone;

  std::span<const RangeEdge> edges;  ///< whole blocks
  RangeTree tree;                    ///< over the edges

  /// How many ranges hold from an edge on. `edge`: kNone: before all.
  uint32_t depth(uint32_t edge) const { return edge == kNone ? 0 : edges[edge].depth(); }
  /// The last edge at or before the key; kNone when all come later.
  uint32_t edge(uint64_t key) const noexcept { return edge_in(block(key), key); }

  // The same in two steps, between which other memory can be asked for: the block, and the edge in it.
  uint32_t block(uint64_t key) const noexcept { return edges.empty() ? kNone : tree.block(key); }
  /// block() of `count` keys, at most kMax, level by level, the next level's memory and at last the blocks' asked for:
  /// key(i) gives one, block(i) takes its answer.
  template <size_t kMax, class Key, class Block>
  void blocks(size_t count, Key key, Block block) const noexcept {
    std::array<uint32_t, kMax> within{};  // those that are not before all ranges, so that no step has to ask
    size_t left = 0;
    for (size_t i = 0; i < count; ++i) {
      block(i) = edges.empty() || tree.all_later(key(i)) ? kNone : 0;
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
          const RangeEdge* first = &edges[size_t{at} * RangeTree::kBlock];
          lines.add(first, first + RangeTree::kBlock - 1);
        } else {
          prefetch_line(tree.at(level + 1, at));
        }
      }
    }
    lines.ask();
  }
  uint32_t edge_in(uint32_t block, uint64_t key) const noexcept {
    if (block == kNone) return kNone;
    const RangeEdge* first = &edges[size_t{block} * RangeTree::kBlock];
    uint64_t count = RangeTree::kBlock;
    for (size_t i = 0; i < RangeTree::kBlock; ++i) count -= (key - first[i].key()) >> 63;
    return static_cast<uint32_t>(block * RangeTree::kBlock + count - 1);
  }

  /// For the tree: of a block of edges.
  static uint64_t word_of(std::span<const RangeEdge> edges, uint64_t block);
  /// Whether they are what RangeFiller makes of ranges of at least one IMEI each, nested or apart, and the tree theirs.
  bool well_shaped() const;
};

/// One layer's ranges, nested or apart. 17.2 octets each with the tree over them, 21.2 where any has terms. A range
/// goes by the place of the edge where it begins.
///
/// An edge says what the innermost range is on, and how many there are: the number changes by one from edge to edge, so
/// a range begins behind the last edge before where fewer hold, and ends at the first behind it where fewer do.
struct RangeTable : RangeEdges {
  using Entry = RangeEntry;

  std::span<const TermsId> terms;  ///< by range, in the order of where they begin; empty: none has any
  // Of an overlay: the places that older layers have, replaced here or gone, and where any of them is.
  HashedTable<PlaceSlot> touched;
  RangeEdges touched_parts;

  // Of a range.
  uint64_t from(uint32_t i) const { return edges[i].key(); }
  uint64_t to(uint32_t i) const noexcept;
  TermsId terms_of(uint32_t i) const { return terms.empty() ? 0 : terms[(i + 1 + edges[i].depth()) / 2 - 1]; }
  RangeEntry entry(uint32_t i) const {
    return {identity::ImeiKey{from(i)}, identity::ImeiKey{to(i)}, edges[i].lists(), terms_of(i), 0};
  }
  /// The one right around it; kNone when there is none.
  uint32_t outer(uint32_t i) const noexcept { return edges[i].depth() == 1 ? kNone : around(i, edges[i].depth() - 1); }

  /// The innermost range that holds the key; kNone when there is none.
  uint32_t innermost(uint64_t key) const noexcept { return innermost_from(edge(key)); }
  /// The innermost range from an edge on. `edge`: kNone: before all.
  uint32_t innermost_from(uint32_t edge) const noexcept {
    if (depth(edge) == 0) return kNone;
    return edges[edge].begins() ? edge : around(edge, edges[edge].depth());
  }

  /// Whether older layers have this place, and the layer decides about it.
  bool hides(uint64_t from, uint64_t to) const noexcept;
  bool hides(const RangeEntry& e) const noexcept { return hides(identity::number(e.from), identity::number(e.to)); }
  /// Whether it may hide any range around the key.
  bool touches(uint64_t key) const noexcept { return touched_parts.depth(touched_parts.edge(key)) > 0; }
  /// The first range that starts at the key or later, and the next one behind a range; edges.size() when there is none.
  uint32_t first_from(uint64_t key) const noexcept {
    const uint32_t before = key == 0 ? kNone : edge(key - 1);
    return begins_from(before == kNone ? 0 : before + 1);
  }
  uint32_t next(uint32_t i) const noexcept { return begins_from(i + 1); }
  Standing find(const RangeEntry& place, RangeEntry& out) const noexcept;
  template <class F>
  void for_each(F&& f) const {
    for (uint32_t i = begins_from(0); i < edges.size(); i = next(i)) f(entry(i), false);
    touched.all([&](const PlaceSlot& p) {
      const RangeEntry place{identity::ImeiKey{p.from}, identity::ImeiKey{p.to - 1}, {}, 0, 0};
      RangeEntry held;
      if (find(place, held) == Standing::kGone) f(place, true);
    });
  }
  /// Whether it is what a snapshot may hold: each range on some list, nothing of older layers touched.
  bool well_shaped() const;

 private:
  uint32_t begins_from(uint32_t i) const noexcept {
    while (i < edges.size() && !edges[i].begins()) ++i;
    return i;
  }
  /// Where the range begins that makes `depth` of what holds from an edge on, or right before it.
  uint32_t around(uint32_t edge, uint32_t depth) const noexcept;
};

}  // namespace eir::lists
