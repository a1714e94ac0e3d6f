// SPDX-License-Identifier: GPL-3.0-or-later
// Ranges as edges with a search tree over them, beside going through all ranges.
#include "core/lists/range_table.h"

#include <gtest/gtest.h>

#include <random>
#include <set>
#include <vector>

#include "core/lists/layer_builder.h"
#include "core/lists/range_filler.h"

namespace eir::lists {
namespace {

using identity::ImeiKey;
using identity::number;

/// A table with its memory.
struct Filled {
  explicit Filled(const std::vector<RangeEntry>& sorted) {
    const uint64_t blocks = RangeFiller::blocks_for(sorted.size());
    edges.resize(blocks * RangeTree::kBlock);
    words.resize(RangeTree(blocks).size());
    if (std::any_of(sorted.begin(), sorted.end(), [](const RangeEntry& e) { return e.terms != 0; }))
      terms.resize(sorted.size());
    RangeFiller filler(edges, terms, words);
    for (const RangeEntry& e : sorted) fits &= filler.add(e);
    filler.finish();
    table.edges = edges;
    table.terms = terms;
    table.tree = RangeTree(blocks);
    table.tree.words = words;
  }
  std::vector<RangeEdge> edges;
  std::vector<TermsId> terms;
  std::vector<uint64_t> words;
  RangeTable table;
  bool fits = true;
};

RangeEntry range(uint64_t from, uint64_t to, uint8_t lists, TermsId terms = 0) {
  return {ImeiKey{from}, ImeiKey{to}, ListSet(lists), terms, 0};
}

std::vector<RangeEntry> sorted(std::vector<RangeEntry> all) {
  std::sort(all.begin(), all.end());
  return all;
}

/// Ranges within [from, to], nested at random, neighbours often right beside each other.
void nest(std::mt19937_64& random, uint64_t from, uint64_t to, size_t depth, size_t most,
          std::vector<RangeEntry>& out) {
  for (uint64_t at = from + random() % 4; at <= to && out.size() < most; at += random() % 3) {
    const uint64_t width = 1 + random() % (to - at + 1), end = std::min(to, at + width / (1 + random() % 5));
    if (depth == 0 || at != from || end != to) {
      out.push_back(range(at, end, static_cast<uint8_t>(1 + random() % 7), random() % 4 ? 0 : random() % 100));
      if (depth + 1 < kRangeDepthMax && random() % 3) nest(random, at, end, depth + 1, most, out);
    }
    at = end + 1;
  }
}

void expect_same(const RangeEntry& a, const RangeEntry& b) {
  ASSERT_TRUE(a.same_place(b)) << number(a.from) << "-" << number(a.to) << ", " << number(b.from) << "-"
                               << number(b.to);
  ASSERT_EQ(a.lists, b.lists);
  ASSERT_EQ(a.terms, b.terms);
}

/// Everything that a table says, beside the ranges themselves.
void expect_says(const RangeTable& t, const std::vector<RangeEntry>& all) {
  ASSERT_TRUE(t.well_shaped());
  std::set<uint64_t> keys = {0, identity::kImeiKeyEnd - 1};
  for (const RangeEntry& e : all)
    for (const uint64_t key : {number(e.from), number(e.to)})
      for (const uint64_t near : {key - 1, key, key + 1})
        if (near < identity::kImeiKeyEnd) keys.insert(near);
  for (const uint64_t key : keys) {
    std::vector<RangeEntry> around;  // outermost first
    for (const RangeEntry& e : all)
      if (e.from <= ImeiKey{key} && ImeiKey{key} <= e.to) around.push_back(e);
    const uint32_t edge = t.edge(key);
    ASSERT_EQ(edge == RangeTable::kNone ? 0 : t.edges[edge].depth(), around.size()) << key;
    if (!around.empty()) {
      const RangeEntry& innermost = around.back();
      ASSERT_EQ(t.edges[edge].lists(), innermost.lists);
      ASSERT_EQ(t.edges[edge].tac(), innermost.tac());
      ASSERT_EQ(t.edges[edge].has_terms(), innermost.terms != 0);
    }
    for (uint32_t i = t.innermost(key); i != RangeTable::kNone; i = t.outer(i)) {
      ASSERT_FALSE(around.empty()) << key;
      expect_same(t.entry(i), around.back());
      around.pop_back();
    }
    ASSERT_TRUE(around.empty()) << key;
    const auto from = std::lower_bound(all.begin(), all.end(), range(key, identity::kImeiKeyEnd, 0));
    const uint32_t first = t.first_from(key);
    ASSERT_EQ(first == t.edges.size(), from == all.end()) << key;
    if (from != all.end()) expect_same(t.entry(first), *from);
    RangeEntry found;
    ASSERT_EQ(t.find(range(key, key + 1'000'000'000, 0), found), Standing::kAbsent);
  }
  size_t n = 0;
  t.for_each([&](const RangeEntry& e, bool gone) {
    ASSERT_LT(n, all.size());
    ASSERT_FALSE(gone);
    expect_same(e, all[n++]);
  });
  ASSERT_EQ(n, all.size());
  for (const RangeEntry& e : all) {
    RangeEntry found;
    ASSERT_EQ(t.find(e, found), Standing::kHeld);
    expect_same(found, e);
  }
}

TEST(RangeTable, SaysWhatTheRangesSay) {
  std::mt19937_64 random(1);
  for (const size_t most : {0, 1, 2, 7, 8, 9, 63, 64, 65, 600, 2'000}) {
    for (int n = 0; n < 8; ++n) {
      std::vector<RangeEntry> all;
      nest(random, random() % 100, most * (10 + random() % 100), 0, most, all);
      const Filled filled(sorted(all));
      ASSERT_TRUE(filled.fits);
      expect_says(filled.table, sorted(all));
      if (HasFatalFailure()) return;
    }
  }
}

TEST(RangeTable, ManyRangesWithinOne) {
  for (const uint64_t inner : {100, 5'000}) {
    std::vector<RangeEntry> all = {range(0, identity::kImeiKeyEnd - 1, 1), range(1'000'000, 1'999'999, 2),
                                   range(2'000'000, 2'999'999, 4, 5)};
    for (uint64_t i = 0; i < inner; ++i) all.push_back(range(1'000'000 + i * 20, 1'000'000 + i * 20 + i % 20, 3));
    const Filled filled(sorted(all));
    ASSERT_TRUE(filled.fits);
    const RangeTable& t = filled.table;
    for (uint64_t i = 0; i < inner; ++i) {
      const uint64_t key = 1'000'000 + i * 20;
      const uint32_t place = t.innermost(key);
      ASSERT_EQ(t.from(place), key);
      ASSERT_EQ(t.to(place), key + i % 20);
      const uint32_t tac = t.outer(place);
      expect_same(t.entry(tac), all[1]);
      ASSERT_TRUE(t.edges[tac].tac());
      expect_same(t.entry(t.outer(tac)), all[0]);
      ASSERT_EQ(t.outer(t.outer(tac)), RangeTable::kNone);
    }
    expect_same(t.entry(t.innermost(2'500'000)), all[2]);
    expect_same(t.entry(t.innermost(identity::kImeiKeyEnd - 1)), all[0]);
  }
}

/// What a layer touches is seen at every key, and nothing else is; ranges that it touched one after the other need not
/// nest.
TEST(RangeTable, TouchesWhatItHides) {
  std::mt19937_64 random(3);
  for (int n = 0; n < 200; ++n) {
    std::vector<RangeEntry> hidden;
    for (uint64_t places = random() % 12; places > 0; --places) {
      const uint64_t from = 10 + random() % 200;
      const RangeEntry e = range(from, from + random() % 30, 1);
      if (std::none_of(hidden.begin(), hidden.end(), [&](const RangeEntry& o) { return o.same_place(e); }))
        hidden.push_back(e);
    }
    std::sort(hidden.begin(), hidden.end());
    const std::vector<RangeEntry> cover = cover_of(hidden);
    for (size_t i = 1; i < cover.size(); ++i) ASSERT_LT(cover[i - 1].to, cover[i].from);
    const Filled filled(cover);
    for (uint64_t key = 0; key < 300; ++key) {
      const auto holds = [&](const RangeEntry& e) { return e.from <= ImeiKey{key} && ImeiKey{key} <= e.to; };
      ASSERT_EQ(filled.table.depth(filled.table.edge(key)) > 0, std::any_of(hidden.begin(), hidden.end(), holds))
          << key;
    }
  }
}

TEST(RangeTable, DeeperThanMayBeIsRefused) {
  std::vector<RangeEntry> all;
  for (uint64_t i = 0; i < kRangeDepthMax; ++i) all.push_back(range(i, 1'000 - i, 1));
  expect_says(Filled(all).table, all);
  all.push_back(range(kRangeDepthMax, 1'000 - kRangeDepthMax, 1));
  EXPECT_FALSE(Filled(all).fits);
}

/// Look-ups rely on what is proven when a file is opened.
TEST(RangeTable, DamageIsSeen) {
  std::mt19937_64 random(2);
  std::vector<RangeEntry> all;
  nest(random, 0, 20'000, 0, 100, all);
  Filled filled(sorted(all));
  ASSERT_TRUE(filled.table.well_shaped());
  for (RangeEdge& edge : filled.edges) {
    for (const uint64_t other : {edge.word ^ RangeEdge::kBegins, edge.word + 1, uint64_t{0}}) {
      const RangeEdge was = std::exchange(edge, {other});
      ASSERT_TRUE(was == edge || !filled.table.well_shaped()) << &edge - filled.edges.data();
      edge = was;
    }
  }
  for (uint64_t& word : filled.words) {
    ++word;
    ASSERT_FALSE(filled.table.well_shaped());
    --word;
  }
  RangeTable shorter = filled.table;
  shorter.edges = shorter.edges.first(shorter.edges.size() - 1);
  EXPECT_FALSE(shorter.well_shaped());
  shorter = filled.table;
  shorter.terms = shorter.terms.first(shorter.terms.size() - 1);
  EXPECT_FALSE(shorter.well_shaped());
  shorter = filled.table;
  shorter.tree = RangeTree(1);
  shorter.tree.words = std::span(filled.words).first(8);
  EXPECT_FALSE(shorter.well_shaped());
}

/// So many blocks that the size of their tree, 64 bits, is that of one node again: only its levels are elsewhere.
TEST(RangeTable, ATreeOfAnotherShapeIsRefused) {
  Filled filled({range(10, 20, 1)});
  ASSERT_TRUE(filled.table.well_shaped());
  filled.table.tree = RangeTree(0xE00000006FFFFFF9);
  filled.table.tree.words = filled.words;
  ASSERT_EQ(filled.table.tree.size(), filled.words.size());
  EXPECT_FALSE(filled.table.well_shaped());
}

TEST(RangeTable, EdgesThatNoRangesHaveAreRefused) {
  const auto edge = [](uint64_t key, uint64_t says, uint64_t depth) {
    return RangeEdge{key << RangeEdge::kKeyShift | says | depth};
  };
  constexpr uint64_t kOne = 1 << RangeEdge::kListsShift, kTwo = 2 << RangeEdge::kListsShift, b = RangeEdge::kBegins;
  const auto well_shaped = [](std::vector<RangeEdge> edges) {
    edges.resize((edges.size() + RangeTree::kBlock - 1) / RangeTree::kBlock * RangeTree::kBlock, kNoEdge);
    const uint64_t blocks = edges.size() / RangeTree::kBlock;
    RangeTable table;
    table.edges = edges;
    table.tree = RangeTree(blocks);
    std::vector<uint64_t> words(table.tree.size());
    table.tree.fill(words, blocks, [&](uint64_t block) { return RangeEdges::word_of(edges, block); });
    table.tree.words = words;
    return table.well_shaped();
  };
  EXPECT_TRUE(well_shaped({}));
  EXPECT_TRUE(well_shaped({edge(5, b | kOne, 1), edge(7, b | kTwo, 2), edge(9, kOne, 1), edge(9, 0, 0)}));
  EXPECT_TRUE(
      well_shaped({edge(5, b | kOne, 1), edge(6, 0, 0), edge(6, b | kTwo, 1), edge(identity::kImeiKeyEnd, 0, 0)}));
  EXPECT_FALSE(well_shaped({edge(5, b | kOne, 1), edge(5, 0, 0)})) << "it holds nothing";
  EXPECT_FALSE(well_shaped({edge(5, b | kOne, 1)})) << "it has no end";
  EXPECT_FALSE(well_shaped({edge(5, b | kOne, 1), edge(identity::kImeiKeyEnd + 1, 0, 0)})) << "behind every IMEI";
  EXPECT_FALSE(well_shaped({edge(5, b | kOne, 1), edge(7, b | kTwo, 2), edge(9, kTwo, 1), edge(11, 0, 0)}))
      << "on another list behind the one within";
  EXPECT_FALSE(well_shaped({edge(5, b | kOne, 1), edge(7, kOne, 0)})) << "on a list where nothing holds";
  EXPECT_FALSE(well_shaped({edge(5, b | kOne | 1 << 8, 1), edge(7, 0, 0)})) << "a bit that says nothing";
  EXPECT_FALSE(well_shaped({edge(5, b, 1), edge(7, 0, 0)})) << "on no list";
  EXPECT_FALSE(well_shaped({kNoEdge, edge(kNoEdge.key(), b | kOne, 1), kNoEdge})) << "behind what fills up";
}

/// A file is all there is: nothing older to hide.
TEST(RangeTable, WhatHidesIsRefusedInAFile) {
  const Filled filled({range(10, 20, 1)});
  const std::vector<PlaceSlot> slots = {{10, 21}};
  RangeTable hides = filled.table;
  hides.touched.slots = slots;
  EXPECT_FALSE(hides.well_shaped());
  hides = filled.table;
  hides.touched_parts = filled.table;
  EXPECT_FALSE(hides.well_shaped());
}

}  // namespace
}  // namespace eir::lists
