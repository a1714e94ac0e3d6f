// SPDX-License-Identifier: GPL-3.0-or-later
// Writer and reader on one directory.
#include <atomic>
#include <future>
#include <map>
#include <mutex>
#include <random>
#include <thread>

#include "core/store/digest.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

using identity::ImeiKey;
using lists::ListSet;

constexpr ListSet kWhite(ListSet::kWhite), kGrey(ListSet::kGrey), kBlack(ListSet::kBlack);

class Replica : public StoreTest {};

TEST_F(Replica, NothingThereIsNoListAndNoFailure) {
  const auto reader = Reader::open(dir_);
  EXPECT_FALSE(reader->view());
  EXPECT_FALSE(reader->status().problems.empty());
  EXPECT_FALSE(reader->poll());
  ASSERT_TRUE(import("35809101685355,white,,\n"));
  EXPECT_TRUE(reader->poll());
  EXPECT_TRUE(reader->view());
  EXPECT_TRUE(reader->status().problems.empty());
  EXPECT_FALSE(reader->poll());
}

TEST_F(Replica, FullImportReplacesTheListsOfItsSource) {
  ASSERT_TRUE(import("35809101685355,black,,stolen\n35809101,grey,,type\n"));
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(hit(*reader, 35809101685355).lists, kBlack);
  EXPECT_EQ(hit(*reader, 35809101685355).note, "stolen");
  EXPECT_TRUE(reader->view()->range(ImeiKey{35809101000000}, {}).tac);
  ASSERT_TRUE(import("35809101685356,white,,\n"));
  ASSERT_TRUE(reader->poll());
  EXPECT_FALSE(hit(*reader, 35809101685355).present);
  EXPECT_TRUE(hit(*reader, 35809101685356).present);
  EXPECT_FALSE(reader->view()->range(ImeiKey{35809101000000}, {}).present);
  const auto status = reader->status();
  ASSERT_TRUE(status.serving);
  EXPECT_EQ(status.serving->version, (lists::Version{0, 2}));
  EXPECT_EQ(status.serving->counts.imeis, 1u);
  EXPECT_EQ(status.versions.size(), 2u);
  EXPECT_EQ(std::filesystem::file_size(dir_ + "/snapshot-local-0.2"), status.versions[0].snapshot_octets);
  EXPECT_EQ(read_current(dir_), (Current{{"local", "snapshot-local-0.2"}}));
}

TEST_F(Replica, MergeOfImeisIsAnOverlay) {
  ASSERT_TRUE(import("35809101000001,black,,stolen\n35809101000002,grey,,\n35809101000003,white,07,\n"));
  const auto reader = Reader::open(dir_);
  const auto old_view = reader->view();
  const auto merged = import("35809101000001,white,,found\n35809101000009,black,,\n35809101000003,grey,,\n", true);
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_TRUE(merged->version.snapshot.empty());
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-local-0.2"));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->status().overlay_keys, 3u);
  EXPECT_EQ(hit(*reader, 35809101000001).note, "found");
  EXPECT_EQ(hit(*reader, 35809101000002).lists, kGrey);
  EXPECT_EQ(hit(*reader, 35809101000009).lists, kBlack);
  EXPECT_EQ(hit(*reader, 35809101000003).lists, kGrey);
  const identity::Svn seven = 7;
  EXPECT_TRUE(reader->view()->individual(ImeiKey{35809101000003}, &seven, {}).svn_rule) << "the rule stays";
  // A view once handed out keeps saying what it said.
  EXPECT_EQ(old_view->individual(ImeiKey{35809101000001}, nullptr, {}).note, "stolen");
  // A reader that comes now sees the same, and the digest is that of a full import of the same entries.
  const auto second = Reader::open(dir_);
  EXPECT_EQ(served(*second), 2u);
  EXPECT_EQ(hit(*second, 35809101000009).lists, kBlack);
  const auto whole = import(
      "35809101000001,white,,found\n35809101000009,black,,\n35809101000003,grey,,\n"
      "35809101000003,white,07,\n35809101000002,grey,,\n");
  EXPECT_EQ(whole->version.digest, merged->version.digest);
  EXPECT_EQ(whole->version.counts, merged->version.counts);
}

TEST_F(Replica, MergeThatChangesNothingPublishesNothing) {
  ASSERT_TRUE(import("35809101000001,black,,stolen\n35809101,grey,,\n"));
  for (const char* rows : {"35809101000001,black,,stolen\n", "35809101,grey,,\n"}) {
    const auto again = import(rows, true);
    ASSERT_TRUE(again);
    EXPECT_FALSE(again->published);
  }
  EXPECT_EQ(served(*Reader::open(dir_)), 1u);
}

TEST_F(Replica, MergeOfRangesReplacesTheSameRange) {
  ASSERT_TRUE(import("35809101000001,black,,\n35809101000000-35809101000999,grey,,old\n"));
  auto writer = Writer::open(dir_, "test");
  ASSERT_TRUE(writer);
  files::ListFile more = list(
      "35809101000000-35809101000999,black,,new\n"
      "35809101000100-35809101000200,white,,inside\n"
      "35809101000900-35809101001999,white,,across\n");
  const auto merged = (*writer)->import(more, {"local", true, "more.csv"});
  ASSERT_TRUE(merged);
  EXPECT_TRUE(merged->version.in_journal);
  // The partial overlap is between two lines of the file, so the file itself refused the later.
  ASSERT_EQ(more.bad.size(), 1u);
  EXPECT_EQ(more.bad[0].line, 4u);
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->view()->range(ImeiKey{35809101000000}, {}).note, "new");
  EXPECT_EQ(reader->view()->range(ImeiKey{35809101000150}, {}).note, "inside");
  EXPECT_TRUE(hit(*reader, 35809101000001).present);
  files::ListFile across = list("35809101000900-35809101001999,white,,across\n35809101000300-35809101000300,white,,\n");
  ASSERT_TRUE((*writer)->import(across, {"local", true, "across.csv"}));
  ASSERT_EQ(across.bad.size(), 1u);
  EXPECT_EQ(across.bad[0].code, files::LineCode::kRangeOverlap);
  EXPECT_NE(across.bad[0].text.find("35809101000000-35809101000999"), std::string::npos) << across.bad[0].text;
}

TEST_F(Replica, SourcesAreJoinedAndHaveTheirOwnChains) {
  ASSERT_TRUE(import("35809101000001,grey,,ours\n35809101000002,white,,\n35809101,white,,ours\n"));
  ASSERT_TRUE(import("35809101000001,black,,theirs\n35809101000003,black,,\n35809101,grey,,theirs\n", false, "shared"));
  auto reader = Reader::open(dir_);
  EXPECT_EQ(hit(*reader, 35809101000001).lists, kGrey | kBlack);
  EXPECT_EQ(hit(*reader, 35809101000001).note, "theirs");
  EXPECT_EQ(hit(*reader, 35809101000002).lists, kWhite);
  EXPECT_EQ(reader->view()->range(ImeiKey{35809101000000}, {}).lists, kGrey | kWhite);
  EXPECT_EQ(reader->view()->range(ImeiKey{35809101000000}, {}).note, "theirs");
  // A change of one source, as an overlay, leaves what the other says.
  ASSERT_TRUE(import("35809101000003,white,,\n35809101000002,black,,\n", true, "local"));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(hit(*reader, 35809101000003).lists, kWhite | kBlack);
  // A full import of one takes only its own away.
  ASSERT_TRUE(import("35809101000009,white,,\n", false, "local"));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(hit(*reader, 35809101000001).lists, kBlack);
  EXPECT_FALSE(hit(*reader, 35809101000002).present);
  EXPECT_TRUE(hit(*reader, 35809101000009).present);
  const auto status = reader->status();
  ASSERT_EQ(status.sources.size(), 2u);
  EXPECT_EQ(status.sources[0].name, "local");
  EXPECT_EQ(status.sources[0].served, (lists::Version{0, 4}));
  EXPECT_EQ(status.sources[1].served, (lists::Version{0, 2}));
  EXPECT_EQ(status.serving->version, (lists::Version{0, 4}));
  EXPECT_EQ(status.serving->digest, status.sources[0].digest + status.sources[1].digest);
  // Across sources ranges may overlap: the innermost of all decides.
  auto writer = Writer::open(dir_, "test");
  files::ListFile across = list("35809101999999-35809102000000,black,,\n35809101000009,white,,\n");
  ASSERT_TRUE((*writer)->import(across, {"local", false, "x.csv"}));
  EXPECT_EQ(across.lines_bad, 0u);
}

TEST_F(Replica, NothingToTakeIsRefused) {
  ASSERT_TRUE(import("35809101000001,grey,,\n"));
  const auto none = import("x,grey,,\n");
  ASSERT_FALSE(none);
  EXPECT_NE(none.error().text.find("nothing was published"), std::string::npos);
  EXPECT_FALSE(import("35809101000001,grey,,\n", false, "no/such"));
  EXPECT_EQ(served(*Reader::open(dir_)), 1u);
}

TEST_F(Replica, SecondWriterFailsAtOnceAndNamesTheFirst) {
  auto first = Writer::open(dir_, "eirctl import a.csv");
  ASSERT_TRUE(first);
  const auto second = Writer::open(dir_, "eirctl import b.csv");
  ASSERT_FALSE(second);
  EXPECT_NE(second.error().text.find(std::to_string(getpid())), std::string::npos) << second.error().message();
  EXPECT_NE(second.error().text.find("eirctl import a.csv"), std::string::npos);
  first->reset();
  EXPECT_TRUE(Writer::open(dir_, "test"));
}

TEST_F(Replica, SecondWriterMayWaitForTheFirst) {
  auto first = Writer::open(dir_, "first");
  ASSERT_TRUE(first);
  WriterOptions patient;
  patient.lock_wait = std::chrono::milliseconds(1);
  EXPECT_FALSE(Writer::open(dir_, "second", patient));
  patient.lock_wait = std::chrono::minutes(1);
  auto second = std::async(std::launch::async, [&] { return Writer::open(dir_, "second", patient).has_value(); });
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  first->reset();
  EXPECT_TRUE(second.get());
}

TEST_F(Replica, OverlayAtItsBoundBecomesASnapshot) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  WriterOptions small;
  small.overlay_keys_snapshot = 3;
  std::vector<std::string> snapshots;
  for (int i = 2; i <= 9; ++i)
    snapshots.push_back(
        import("3580910100000" + std::to_string(i) + ",grey,,\n", true, "local", small)->version.snapshot);
  EXPECT_EQ(snapshots, (std::vector<std::string>{"", "", "", "snapshot-local-0.5", "", "", "", "snapshot-local-0.9"}));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-local-0.1"));
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/snapshot-local-0.5"));
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->status().serving->counts.imeis, 9u);
  for (uint64_t i = 1; i <= 9; ++i) EXPECT_TRUE(hit(*reader, 35809101000000 + i).present) << i;
}

TEST_F(Replica, ManyVersionsBecomeASnapshotHoweverLittleTheyChange) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  WriterOptions few;
  few.versions_snapshot = 3;
  std::string snapshots;
  for (int i = 2; i <= 9; ++i)
    snapshots +=
        import("35809101000001,grey,,step " + std::to_string(i) + "\n", true, "local", few)->version.snapshot + ";";
  EXPECT_EQ(snapshots, ";;;snapshot-local-0.5;;;;snapshot-local-0.9;");
  EXPECT_EQ(hit(*Reader::open(dir_), 35809101000001).note, "step 9");
}

TEST_F(Replica, ALongLivedReaderTakesTheSnapshotsThatAreFolded) {
  ASSERT_TRUE(import("35809101000000,black,,\n"));
  const auto reader = Reader::open(dir_);
  WriterOptions small;
  small.overlay_keys_snapshot = 3;
  for (uint64_t i = 1; i <= 17; ++i) {
    const auto done = import(std::to_string(35809101000000 + i) + ",grey,,\n", true, "local", small);
    ASSERT_TRUE(done) << done.error().message();
    const bool folded = !done->version.snapshot.empty();
    const bool spoilt = done->version.version.number == 9;
    if (spoilt) damage(dir_ + "/snapshot-local-0.9", 1100);
    ASSERT_TRUE(reader->poll());
    EXPECT_EQ(served(*reader), i + 1);
    EXPECT_TRUE(hit(*reader, 35809101000000 + i).present);
    EXPECT_EQ(reader->status().problems.size(), spoilt ? 1u : 0u) << i;
    if (folded) {
      EXPECT_EQ(reader->status().overlay_keys, spoilt ? 4u : 0u) << i;
    }
    EXPECT_LE(reader->status().overlay_keys, 4u) << i;
  }
}

TEST_F(Replica, ManifestsAreChained) {
  ASSERT_TRUE(import("35809101000001,black,,\n"));
  ASSERT_TRUE(import("35809101000002,black,,\n", true));
  ASSERT_TRUE(import("35809101000003,black,,\n"));
  const auto reader = Reader::open(dir_);
  const auto manifests = reader->manifests("local", {}, 10);
  ASSERT_TRUE(manifests) << manifests.error().message();
  ASSERT_EQ(manifests->size(), 3u);
  EXPECT_EQ((*manifests)[1].base, (lists::Version{0, 1}));
  EXPECT_TRUE((*manifests)[2].full());
  base::Hash previous{};
  for (const Manifest& m : *manifests) {
    EXPECT_EQ(m.previous_sha256, previous);
    EXPECT_EQ(m.text, manifest_text("local", m));
    EXPECT_NE(m.text.find("previous-sha256 " + base::hex(previous) + "\n"), std::string::npos) << m.text;
    previous = m.sha256();
  }
  EXPECT_EQ(reader->status().sources[0].manifest_sha256, base::hex(previous));
}

TEST_F(Replica, RandomImportsAgreeWithAModel) {
  std::mt19937_64 random(11);
  std::map<uint64_t, std::pair<std::string, std::string>> model;
  const auto reader = Reader::open(dir_);
  WriterOptions few;
  few.overlay_keys_snapshot = 500;
  for (int round = 0; round < 30; ++round) {
    const bool merge = round % 5 != 0;
    if (!merge) model.clear();
    std::string rows;
    std::map<uint64_t, std::pair<std::string, std::string>> batch;
    for (int i = 0; i < (merge ? 200 : 3000); ++i) {
      const uint64_t key = 35809101000000 + random() % 5000;
      batch[key] = {random() % 2 ? "black" : "grey+white", "r" + std::to_string(random() % 6000)};
    }
    for (const auto& [key, e] : batch) {
      rows += std::to_string(key) + "," + e.first + ",," + e.second + "\n";
      model[key] = e;
    }
    const auto result = import(rows, merge, "local", few);
    ASSERT_TRUE(result) << result.error().message();
    ASSERT_TRUE(reader->poll());
    ASSERT_TRUE(reader->status().problems.empty());
    ASSERT_EQ(reader->status().serving->counts.imeis, model.size());
    for (uint64_t key = 35809101000000; key < 35809101005000; ++key) {
      const auto h = hit(*reader, key);
      const auto it = model.find(key);
      ASSERT_EQ(h.present, it != model.end()) << key;
      if (h.present) {
        ASSERT_EQ(h.lists, *ListSet::parse(it->second.first));
        ASSERT_EQ(h.note, it->second.second);
      }
    }
  }
}

TEST_F(Replica, ReadersOnOtherThreadsWhileVersionsAreSwapped) {
  ASSERT_TRUE(import("35809101000001,black,,version 1\n"));
  const auto reader = Reader::open(dir_);
  std::mutex mutex;
  std::shared_ptr<const lists::View> published = reader->view();
  const auto current = [&] {
    const std::lock_guard lock(mutex);
    return published;
  };
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> asked = 0, wrong = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      while (!stop.load()) {
        const auto view = current();
        const auto h = view->individual(ImeiKey{35809101000001}, nullptr, {});
        // Version and note belong together: no answer mixes two versions.
        if (h.note != "version " + std::to_string(view->version().number)) ++wrong;
        ++asked;
      }
    });
  for (int version = 2; version <= 20; ++version) {
    ASSERT_TRUE(import("35809101000001,black,,version " + std::to_string(version) + "\n", version % 3 != 0));
    ASSERT_TRUE(reader->poll());
    const std::lock_guard lock(mutex);
    published = reader->view();
  }
  stop = true;
  for (auto& t : threads) t.join();
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(asked, 0u);
}

}  // namespace
}  // namespace eir::store
