// SPDX-License-Identifier: GPL-3.0-or-later
// What stands in the directory is damaged: it is noticed, named, and the newest good version is served.
#include <fmt/format.h>

#include <map>
#include <thread>

#include "core/lists/snapshot.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

class Damage : public StoreTest {
 protected:
  static std::string problems(const Reader& reader) {
    std::string all;
    for (const auto& p : reader.status().problems) all += p.message() + "\n";
    return all;
  }
};

TEST_F(Damage, EveryOctetOfASnapshotCounts) {
  ASSERT_TRUE(import("35809101000001,black,01,a\n35809101000002,grey,,b\n35809101,white,,c\n"));
  const std::string path = dir_ + "/snapshot-local-0.1";
  std::ifstream in(path, std::ios::binary);
  const std::string good{std::istreambuf_iterator<char>(in), {}};
  const std::string copy = root_ + "/copy";
  const auto opens = [&](const std::string& data) {
    std::ofstream(copy, std::ios::binary | std::ios::trunc) << data;
    return lists::Snapshot::open(copy).has_value();
  };
  ASSERT_TRUE(opens(good));
  for (size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ (1 << i % 8));
    EXPECT_FALSE(opens(bad)) << i;
  }
  for (size_t len = 0; len < good.size(); len += 13) EXPECT_FALSE(opens(good.substr(0, len))) << len;
  EXPECT_FALSE(opens(good + std::string(64, '\0')));
  EXPECT_FALSE(opens(good + "x"));
}

TEST_F(Damage, NewestSnapshotDamagedServesTheOneBefore) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  ASSERT_TRUE(import("35809101000002,black,,\n", true));
  ASSERT_TRUE(import("35809101000003,black,,\n"));
  damage(dir_ + "/snapshot-local-0.3", 1100);
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(served(*reader), 2u) << "the older snapshot and its journal";
  EXPECT_TRUE(hit(*reader, 35809101000002).present);
  EXPECT_NE(problems(*reader).find("snapshot-local-0.3"), std::string::npos) << problems(*reader);
  EXPECT_EQ(reader->counters().versions_refused.get(), 2u);
  // The next good version is taken.
  ASSERT_TRUE(import("35809101000004,black,,\n"));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(served(*reader), 4u);
  EXPECT_EQ(problems(*reader), "");
}

TEST_F(Damage, DamagedNewVersionTakesNothingAway) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  const auto reader = Reader::open(dir_);
  ASSERT_TRUE(import("35809101000002,black,,\n"));
  std::filesystem::resize_file(dir_ + "/snapshot-local-0.2", 2000);
  EXPECT_TRUE(reader->poll()) << "there is something to say";
  EXPECT_EQ(served(*reader), 1u);
  EXPECT_NE(problems(*reader).find("snapshot-local-0.2"), std::string::npos);
  EXPECT_FALSE(reader->poll());
}

TEST_F(Damage, WhatCouldNotBeOpenedIsTriedAgain) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  const auto reader = Reader::open(dir_);
  ASSERT_TRUE(import("35809101000002,black,,\n"));
  std::filesystem::rename(dir_ + "/snapshot-local-0.2", root_ + "/aside");
  EXPECT_TRUE(reader->poll());
  EXPECT_EQ(served(*reader), 1u);
  std::filesystem::rename(root_ + "/aside", dir_ + "/snapshot-local-0.2");
  int polls = 1;
  while (!reader->poll() && polls < 1'000) ++polls;
  EXPECT_EQ(served(*reader), 2u) << polls;
  EXPECT_EQ(problems(*reader), "");
  EXPECT_GT(polls, 100) << "not with every poll";
}

TEST_F(Damage, AFoldedSnapshotThatWasPassedOverIsTriedAgainToo) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  const auto reader = Reader::open(dir_);
  WriterOptions small;
  small.overlay_keys_snapshot = 0;
  ASSERT_TRUE(import("35809101000002,black,,\n", true, "local", small));
  std::filesystem::rename(dir_ + "/snapshot-local-0.2", root_ + "/aside");
  EXPECT_TRUE(reader->poll());
  EXPECT_EQ(served(*reader), 2u) << "the journal leads there";
  EXPECT_NE(problems(*reader).find("snapshot-local-0.2"), std::string::npos);
  std::filesystem::rename(root_ + "/aside", dir_ + "/snapshot-local-0.2");
  for (int polls = 0; polls < 1'000 && !problems(*reader).empty(); ++polls) reader->poll();
  EXPECT_EQ(problems(*reader), "");
  EXPECT_EQ(reader->status().overlay_keys, 0u);
}

TEST_F(Damage, JournalRecordDamagedOrUnproven) {
  struct Row {
    const char* sql;
    const char* said;
  };
  const Row rows[] = {
      {"UPDATE journal SET data = zeroblob(length(data)) WHERE number=3", "damaged"},
      {"UPDATE journal SET data = substr(data, 1, length(data) - 1) WHERE number=3", "damaged"},
      {"DELETE FROM journal WHERE number=3", "missing"},
      {"UPDATE versions SET digests = zeroblob(128) WHERE number=3", "damaged"},
      {"UPDATE versions SET places = places + 1 WHERE number=3", "damaged"},
      {"DELETE FROM versions WHERE number=3", "missing"},
  };
  for (const Row& row : rows) {
    std::filesystem::remove_all(dir_);
    ASSERT_TRUE(import("35809101000001,black,,\n"));
    for (int i = 2; i <= 4; ++i) ASSERT_TRUE(import("3580910100000" + std::to_string(i) + ",black,,\n", true));
    exec(row.sql);
    const auto reader = Reader::open(dir_);
    EXPECT_EQ(served(*reader), 2u) << row.sql;
    EXPECT_TRUE(hit(*reader, 35809101000002).present);
    EXPECT_FALSE(hit(*reader, 35809101000003).present);
    EXPECT_NE(problems(*reader).find(row.said), std::string::npos) << row.sql << ": " << problems(*reader);
  }
}

TEST_F(Damage, WithoutADatabaseCurrentIsServed) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  std::ofstream(dir_ + "/replica.db", std::ios::trunc) << "not a database at all, though long enough to look at";
  std::filesystem::remove(dir_ + "/replica.db-wal");
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(served(*reader), 1u);
  EXPECT_NE(problems(*reader).find("replica.db"), std::string::npos) << problems(*reader);
  EXPECT_FALSE(Writer::open(dir_, "test"));
}

/// Whichever page is bad: a whole version is served, and what kept the newest from being served is named.
TEST_F(Damage, EveryPageOfTheDatabase) {
  std::map<uint64_t, lists::StateDigest> good;
  for (int i = 1; i <= 6; ++i) {
    const auto done = import(fmt::format("3580910100000{},black,,number {}\n35809{:03},grey,,\n", i, i, i), i % 3 != 1);
    ASSERT_TRUE(done) << done.error().message();
    good[done->version.version.number] = done->version.digest;
  }
  // All of it in the database, nothing in the log.
  exec("PRAGMA wal_checkpoint(TRUNCATE)");
  const std::string path = dir_ + "/replica.db", copy = root_ + "/copy";
  constexpr size_t kPage = 4096;
  const auto pages = std::filesystem::file_size(path) / kPage;
  ASSERT_GT(pages, 5u);
  size_t older = 0, named = 0;
  for (size_t page = 0; page < pages; ++page)
    for (const bool zeroed : {true, false}) {
      std::filesystem::remove_all(copy);
      std::filesystem::copy(dir_, copy);
      std::fstream file(copy + "/replica.db", std::ios::in | std::ios::out | std::ios::binary);
      std::string octets(kPage, '\0');
      if (!zeroed) {
        file.seekg(static_cast<std::streamoff>(page * kPage));
        file.read(octets.data(), kPage);
        for (size_t at = 40; at < kPage; at += 61) octets[at] = static_cast<char>(octets[at] ^ 0x21);
      }
      file.seekp(static_cast<std::streamoff>(page * kPage));
      file.write(octets.data(), kPage);
      file.close();
      const auto reader = Reader::open(copy);
      ASSERT_TRUE(reader->view()) << page << ": " << problems(*reader);
      reader->recompute(1.0);
      while (reader->recomputed().running) std::this_thread::sleep_for(std::chrono::milliseconds(1));
      EXPECT_TRUE(reader->recomputed().wrong.empty()) << page;
      ASSERT_TRUE(good.contains(served(*reader))) << page;
      if (reader->status().serving) {
        EXPECT_EQ(reader->status().serving->digest, good[served(*reader)]) << page;
      }
      named += !problems(*reader).empty();
      if (served(*reader) == good.rbegin()->first) continue;
      EXPECT_FALSE(problems(*reader).empty()) << page;
      ++older;
    }
  EXPECT_GT(named, 0u);
  EXPECT_LT(older, 2 * pages);
}

TEST_F(Damage, NewerDatabaseFormatIsRefusedByBoth) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  exec("UPDATE meta SET format=99");
  const auto writer = Writer::open(dir_, "test");
  ASSERT_FALSE(writer);
  EXPECT_NE(writer.error().text.find("99"), std::string::npos);
  EXPECT_NE(problems(*Reader::open(dir_)).find("99"), std::string::npos);
}

TEST_F(Damage, DamagedStateStopsAMergeAndNothingElse) {
  TestJudge guard;
  for (Judge* judge : {static_cast<Judge*>(nullptr), static_cast<Judge*>(&guard)}) {
    std::filesystem::remove_all(dir_);
    ASSERT_TRUE(import("35809101000001,black,,\n"));
    const auto reader = Reader::open(dir_);
    std::filesystem::resize_file(dir_ + "/snapshot-local-0.1", 100);
    const auto merged = import("35809101000002,black,,\n", true, "local", {}, judge);
    ASSERT_FALSE(merged);
    EXPECT_NE(merged.error().message().find("snapshot-local-0.1"), std::string::npos) << merged.error().message();
    EXPECT_EQ(served(*reader), 1u);
    const auto other = import("35809102000002,black,,\n", false, "other", {}, judge);
    ASSERT_TRUE(other) << other.error().message();
    const auto whole = import("35809101000002,black,,\n", false, "local", {}, judge);
    ASSERT_TRUE(whole) << "a full version makes it good: " << whole.error().message();
    ASSERT_TRUE(reader->poll());
    EXPECT_EQ(served(*reader), 3u);
  }
}

TEST_F(Damage, DamagedRowOfASourceTakesNothingAway) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  const auto reader = Reader::open(dir_);
  exec("UPDATE sources SET served_number = 7");
  EXPECT_TRUE(reader->poll());
  EXPECT_EQ(served(*reader), 1u);
  EXPECT_NE(problems(*reader).find("source 'local' is damaged"), std::string::npos) << problems(*reader);
  EXPECT_EQ(served(*Reader::open(dir_)), 1u) << "as CURRENT says";
}

TEST_F(Damage, WhatWasRolledBackIsNotServedThoughCurrentNamesIt) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  ASSERT_TRUE(import("35809101000002,black,,\n"));
  ASSERT_TRUE((*Writer::open(dir_, "test"))->rollback("local", {0, 1}, "wrong"));
  std::ofstream(dir_ + "/CURRENT") << "local snapshot-local-0.2\n";
  EXPECT_EQ(served(*Reader::open(dir_)), 1u);
  damage(dir_ + "/snapshot-local-0.1", 1100);
  const auto reader = Reader::open(dir_);
  EXPECT_FALSE(reader->view());
  EXPECT_NE(problems(*reader).find("snapshot-local-0.2: not served"), std::string::npos) << problems(*reader);
}

TEST_F(Damage, LeftoversOfAnInterruptedImportAreCleared) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  std::ofstream(dir_ + "/snapshot-local-0.7") << "left over";
  std::ofstream(dir_ + "/snapshot-local-0.2.tmp") << "left over";
  ASSERT_TRUE(Writer::open(dir_, "test"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-local-0.7"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-local-0.2.tmp"));
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/snapshot-local-0.1"));
}

TEST_F(Damage, AnotherDirectoryInItsPlaceIsNoticed) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  const auto reader = Reader::open(dir_);
  std::filesystem::rename(dir_, dir_ + ".old");
  EXPECT_TRUE(reader->poll());
  EXPECT_EQ(served(*reader), 1u);
  ASSERT_TRUE(import("35809101000002,black,,\n"));
  EXPECT_TRUE(reader->poll());
  EXPECT_TRUE(hit(*reader, 35809101000002).present);
}

}  // namespace
}  // namespace eir::store
