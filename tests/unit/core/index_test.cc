// SPDX-License-Identifier: GPL-3.0-or-later
// The tables, snapshot and overlay against a map that is obviously right.
#include "core/lists/index.h"
#include "tests/unit/temp_directory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <map>
#include <random>

namespace eir::lists {
namespace {

using identity::ImeiKey;
using identity::Svn;

constexpr ListSet kWhite(ListSet::kWhite), kGrey(ListSet::kGrey), kBlack(ListSet::kBlack);

std::unique_ptr<Index> index_of(std::vector<ImeiEntry> imeis, std::vector<RangeEntry> ranges, const TermsPool& pool) {
  Entries entries;
  entries.imeis = std::move(imeis);
  entries.ranges = std::move(ranges);
  auto snapshot = Snapshot::of(std::move(entries), pool, {0, 7});
  EXPECT_TRUE(snapshot);
  return std::make_unique<Index>(std::move(snapshot), Version{0, 7});
}

TEST(Scramble, IsABijectionThatKeepsZero) {
  EXPECT_EQ(scramble(0), 0u);
  std::map<uint64_t, uint64_t> seen;
  for (uint64_t i = 0; i < 200'000; ++i) {
    const uint64_t key = i < 100'000 ? 35'809'101'000'000 + i : (i * 1'234'567'891) % identity::kImeiKeyEnd;
    const auto [it, fresh] = seen.emplace(scramble(key), key);
    ASSERT_TRUE(fresh || it->second == key);
    ASSERT_LE(it->first, kScrambleMask);
  }
}

/// Threads that answer are not interrupted while another fills it.
TEST(Memory, IsThereBeforeItIsTouched) {
  constexpr size_t kPage = 4096, kPages = 1'000;
  const auto memory = Memory::of(kPages * kPage);
  ASSERT_TRUE(memory);
  std::vector<unsigned char> resident(kPages);
  ASSERT_EQ(mincore(memory->octets().data(), kPages * kPage, resident.data()), 0);
  EXPECT_TRUE(std::all_of(resident.begin(), resident.end(), [](unsigned char page) { return page & 1; }));
}

TEST(Index, EmptyHoldsNothing) {
  const auto index = index_of({}, {}, TermsPool());
  EXPECT_FALSE(index->individual(ImeiKey{1}, nullptr, {}).present);
  EXPECT_FALSE(index->range(ImeiKey{1}, {}).present);
  EXPECT_EQ(index->version(), (Version{0, 7}));
}

TEST(Index, RuleForOneSoftwareVersionReplacesTheEntry) {
  TermsPool pool;
  const ImeiKey both{1}, rule_only{2}, plain{3};
  const auto index =
      index_of({ImeiEntry::make(both, std::nullopt, kBlack, pool.intern("stolen")),
                ImeiEntry::make(both, 0, kWhite, pool.intern("mended")), ImeiEntry::make(both, 99, kGrey),
                ImeiEntry::make(rule_only, 5, kBlack, pool.intern("faulty")),
                ImeiEntry::make(plain, std::nullopt, kGrey | kWhite)},
               {}, pool);
  struct Row {
    ImeiKey key;
    int svn;
    bool present;
    ListSet lists;
    bool rule;
    std::string_view note;
  };
  const Row rows[] = {
      {both, -1, true, kBlack, false, "stolen"},
      {both, 0, true, kWhite, true, "mended"},
      {both, 99, true, kGrey, true, ""},
      {both, 1, true, kBlack, false, "stolen"},
      {rule_only, -1, false, {}, false, ""},
      {rule_only, 4, false, {}, false, ""},
      {rule_only, 5, true, kBlack, true, "faulty"},
      {plain, 0, true, kGrey | kWhite, false, ""},
  };
  for (const Row& row : rows) {
    const Svn svn = static_cast<Svn>(row.svn);
    const Hit hit = index->individual(row.key, row.svn < 0 ? nullptr : &svn, {});
    EXPECT_EQ(hit.present, row.present) << row.svn;
    EXPECT_EQ(hit.lists, row.lists) << row.svn;
    EXPECT_EQ(hit.svn_rule, row.rule) << row.svn;
    EXPECT_EQ(hit.note, row.note) << row.svn;
  }
}

TEST(Index, MoreReasonsThanClasses) {
  TermsPool pool;
  std::vector<ImeiEntry> imeis;
  std::vector<RangeEntry> ranges;
  constexpr uint64_t kCount = 10'000;
  for (uint64_t i = 1; i <= kCount; ++i) {
    imeis.push_back(ImeiEntry::make(ImeiKey{i}, std::nullopt, kBlack, pool.intern("imei " + std::to_string(i))));
    ranges.push_back({ImeiKey{i * 100}, ImeiKey{i * 100 + 50}, kGrey, pool.intern("range " + std::to_string(i)), 0});
  }
  const auto index = index_of(imeis, ranges, pool);
  for (uint64_t i = 1; i <= kCount; ++i) {
    ASSERT_EQ(index->individual(ImeiKey{i}, nullptr, {}).note, "imei " + std::to_string(i));
    ASSERT_EQ(index->range(ImeiKey{i * 100 + 50}, {}).note, "range " + std::to_string(i));
    ASSERT_FALSE(index->range(ImeiKey{i * 100 + 51}, {}).present);
  }
}

TEST(Index, AgreesWithAMapAtManySizes) {
  std::mt19937_64 random(1);
  for (const size_t size : {1u, 2u, 7u, 8u, 9u, 100u, 1000u, 65'537u, 300'000u}) {
    TermsPool pool;
    std::map<uint64_t, ImeiEntry> model;
    const uint64_t dense = 35'809'101'000'000;
    while (model.size() < size) {
      const uint64_t key = random() % 2 ? dense + random() % (size * 2) : 1 + random() % (identity::kImeiKeyEnd - 1);
      const ListSet set(static_cast<uint8_t>(1 + random() % 7));
      model[key] = ImeiEntry::make(ImeiKey{key}, std::nullopt, set, pool.intern(std::to_string(random() % 5000)));
    }
    std::vector<ImeiEntry> imeis;
    for (const auto& [key, e] : model) imeis.push_back(e);
    const auto index = index_of(imeis, {}, pool);
    for (const auto& [key, e] : model) {
      const Hit hit = index->individual(ImeiKey{key}, nullptr, {});
      ASSERT_TRUE(hit.present);
      ASSERT_EQ(hit.lists, e.lists());
      ASSERT_EQ(hit.note, pool.reason(e.terms));
      for (const uint64_t other : {key + 1, key - 1})
        ASSERT_EQ(index->individual(ImeiKey{other}, nullptr, {}).present, model.contains(other)) << other;
    }
    const Tables& t = index->snapshot().tables();
    if (size >= 1000) {
      EXPECT_LE(t.imeis.hot.size_bytes(), size * 12) << size;
    }
  }
}

TEST(Index, AChangeHidesAndTakesAway) {
  TermsPool pool;
  const auto base =
      index_of({ImeiEntry::make(ImeiKey{1}, std::nullopt, kBlack, pool.intern("old")),
                ImeiEntry::make(ImeiKey{2}, std::nullopt, kBlack), ImeiEntry::make(ImeiKey{3}, std::nullopt, kBlack),
                ImeiEntry::make(ImeiKey{3}, 7, kWhite), ImeiEntry::make(ImeiKey{5}, std::nullopt, kBlack),
                ImeiEntry::make(ImeiKey{5}, 7, kWhite, pool.intern("mended"))},
               {}, pool);
  Change change;
  change.before.imeis = {ImeiEntry::make(ImeiKey{1}, std::nullopt, kBlack),
                         ImeiEntry::make(ImeiKey{3}, std::nullopt, kBlack), ImeiEntry::make(ImeiKey{3}, 7, kWhite),
                         ImeiEntry::make(ImeiKey{5}, std::nullopt, kBlack)};
  change.after.imeis = {ImeiEntry::make(ImeiKey{1}, std::nullopt, kGrey, change.terms.intern("new")),
                        ImeiEntry::make(ImeiKey{4}, 1, kBlack)};
  const auto index = base->with(change, {0, 8});
  ASSERT_TRUE(index);
  const Index& now = **index;
  EXPECT_EQ(now.overlay_keys(), 4u);
  EXPECT_EQ(now.counts().imeis, 2u);
  EXPECT_EQ(now.counts().svn_rules, 2u);
  EXPECT_EQ(now.individual(ImeiKey{1}, nullptr, {}).lists, kGrey);
  EXPECT_EQ(now.individual(ImeiKey{1}, nullptr, {}).note, "new");
  EXPECT_EQ(now.individual(ImeiKey{2}, nullptr, {}).lists, kBlack);
  const Svn seven = 7, one = 1;
  EXPECT_FALSE(now.individual(ImeiKey{3}, nullptr, {}).present);
  EXPECT_FALSE(now.individual(ImeiKey{3}, &seven, {}).present);
  EXPECT_FALSE(now.individual(ImeiKey{4}, nullptr, {}).present);
  EXPECT_TRUE(now.individual(ImeiKey{4}, &one, {}).svn_rule);
  EXPECT_FALSE(now.individual(ImeiKey{5}, nullptr, {}).present);
  EXPECT_EQ(now.individual(ImeiKey{5}, &seven, {}).note, "mended") << "what a change does not touch of a key stays";
  EXPECT_EQ(now.version(), (Version{0, 8}));
  EXPECT_EQ(base->individual(ImeiKey{1}, nullptr, {}).note, "old") << "the state before stays as it was";
}

TEST(Index, ARangeThatComesAgainIsOnePlace) {
  const RangeEntry range{ImeiKey{10}, ImeiKey{20}, kBlack, 0, 0};
  const auto base = index_of({}, {range}, TermsPool());
  Change out, in;
  out.before.ranges = in.after.ranges = {range};
  const auto without = base->with(out, {0, 8});
  ASSERT_TRUE(without);
  EXPECT_FALSE((*without)->range(ImeiKey{15}, {}).present);
  const auto with = (*without)->with(in, {0, 9});
  ASSERT_TRUE(with);
  EXPECT_EQ((*with)->overlay_keys(), 1u);
  EXPECT_TRUE((*with)->range(ImeiKey{15}, {}).present);
  const auto again = (*with)->with(out, {0, 10});
  ASSERT_TRUE(again);
  EXPECT_EQ((*again)->overlay_keys(), 1u);
  EXPECT_FALSE((*again)->range(ImeiKey{15}, {}).present);
}

TEST(Snapshot, SaysWhatIsWrongWithAFile) {
  Entries entries;
  for (uint64_t i = 0; i < 40; ++i) entries.ranges.push_back({ImeiKey{i}, ImeiKey{1000 - i}, kBlack, 0, 0});
  const test::TempDirectory temp;
  const std::string path = temp.file("snapshot");
  const auto deep = write_snapshot(path, entries, TermsPool(), {});
  ASSERT_FALSE(deep);
  EXPECT_NE(deep.error().text.find("more than 32 deep"), std::string::npos);
  entries.ranges.resize(kRangeDepthMax);
  ASSERT_TRUE(write_snapshot(path, entries, TermsPool(), {}));
  EXPECT_TRUE(Snapshot::open(path));
  EXPECT_FALSE(write_snapshot("no-such-directory/x", entries, TermsPool(), {}));
}

}  // namespace
}  // namespace eir::lists
