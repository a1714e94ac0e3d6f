// SPDX-License-Identifier: GPL-3.0-or-later
// A snapshot as the release before wrote it says what one of today says.
#include "tests/unit/store/snapshot_3.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "core/lists/index.h"
#include "core/lists/snapshot_format.h"
#include "core/store/digest.h"
#include "tests/unit/temp_directory.h"

namespace eir::store {
namespace {

using identity::ImeiKey;
using lists::Index;
using lists::Snapshot;

constexpr char kSample[] = EIR_SOURCE_DIR "/tests/vectors/snapshot-3";

KindDigests digests_of(const Index& index) {
  lists::TermsPool pool;
  lists::Entries entries;
  lists::Entries::for_each(entries, [&]<class Entry>(std::vector<Entry>& all) {
    index.for_each<Entry>([&](Entry e, const lists::Terms& terms) {
      e.terms = pool.intern(terms);
      all.push_back(e);
    });
  });
  return store::digests_of(entries, pool);
}

TEST(Snapshot3, SaysWhatOneOfTodaySays) {
  lists::TermsPool pool;
  const auto of_today = Snapshot::of(entries_of_snapshot_3(pool), pool, {1, 3});
  const auto sample = Snapshot::open(kSample);
  ASSERT_TRUE(of_today);
  ASSERT_TRUE(sample) << sample.error().message();
  EXPECT_EQ((*sample)->info().version.str(), "1.3");
  EXPECT_EQ((*sample)->info().counts, of_today->info().counts);
  const Index was(*sample, {1, 3}), is(of_today, {1, 3});
  EXPECT_EQ(digests_of(was), digests_of(is));
  for (const int64_t day : {0, 1, 19'999, 20'010, 20'200}) {
    const base::UnixSeconds at(std::chrono::seconds(day * 86'400));
    for (uint64_t tac = 0; tac < 42; ++tac) {
      for (const uint64_t serial : {0, 5, 10, 20, 29, 199, 301, 400, 450, 500, 501, 999'999}) {
        const ImeiKey key{tac * 1'000'000 + serial};
        const lists::RangeHit a = was.range_hit(key, at), b = is.range_hit(key, at);
        ASSERT_EQ(a.hit.lists, b.hit.lists) << identity::number(key);
        ASSERT_EQ(a.hit.note, b.hit.note);
        ASSERT_EQ(a.hit.tac, b.hit.tac);
        ASSERT_EQ(std::tuple(a.from, a.to), std::tuple(b.from, b.to));
      }
    }
  }
  lists::Change change;  // on top of it
  change.before.ranges = {{ImeiKey{3'000'000}, ImeiKey{3'999'999}, lists::ListSet(4), 0, 0}};
  const auto next = was.with(change, {1, 4});
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_TRUE(was.range(ImeiKey{3'999'999}, {}).present);
  EXPECT_FALSE((*next)->range(ImeiKey{3'999'999}, {}).present);
}

/// Without the sieves of today every table is asked.
TEST(Snapshot3, SparesNoLookUp) {
  const auto sample = Snapshot::open(kSample);
  ASSERT_TRUE(sample) << sample.error().message();
  const lists::Worth worth = Index(*sample, {1, 3}).worth({ImeiKey{99}, {}, {}, std::nullopt, {}});
  EXPECT_TRUE(worth.device.locks && worth.device.pairs);
}

/// Whatever its octets are, with checksums that are right: it is refused, or searches end.
TEST(Snapshot3, RangesThatDoNotNestAreRefused) {
  const test::TempDirectory temp;
  const std::string path = temp.file("snapshot");
  std::filesystem::copy(kSample, path);
  lists::snapshot_format::Header h;
  std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
  file.read(reinterpret_cast<char*>(&h), sizeof h);
  for (auto& row : h.sections) {
    if (row.kind != static_cast<uint32_t>(lists::snapshot_format::Section::kRangeEnds)) continue;
    std::vector<uint8_t> section(lists::snapshot_format::aligned(row.octets));
    file.seekg(static_cast<std::streamoff>(row.offset));
    file.read(reinterpret_cast<char*>(section.data()), static_cast<std::streamsize>(section.size()));
    section[4] ^= 0x20;  // the first range ends in the midst of the third
    file.seekp(static_cast<std::streamoff>(row.offset));
    file.write(reinterpret_cast<const char*>(section.data()), static_cast<std::streamsize>(section.size()));
    row.checksum = lists::checksum(section);
  }
  h.checksum =
      lists::checksum({reinterpret_cast<const uint8_t*>(&h), offsetof(lists::snapshot_format::Header, checksum)});
  file.seekp(0);
  file.write(reinterpret_cast<const char*>(&h), sizeof h);
  file.close();
  const auto damaged = Snapshot::open(path);
  ASSERT_FALSE(damaged);
  EXPECT_NE(damaged.error().message().find("the tables do not fit together"), std::string::npos)
      << damaged.error().message();
}

}  // namespace
}  // namespace eir::store
