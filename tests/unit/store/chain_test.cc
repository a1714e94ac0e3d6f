// SPDX-License-Identifier: GPL-3.0-or-later
// The centre's chain: what is taken, what is refused and why; what is held, pinned, released, refused.
#include <sys/wait.h>

#include <atomic>
#include <mutex>
#include <thread>

#include "tests/unit/store/centre.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

constexpr uint64_t kFirst = 35'809'101'000'000;
using lists::Version;

class Chain : public StoreTest {
 protected:
  void SetUp() override {
    open();
    for (uint64_t i = 0; i < 100; ++i) centre_.imeis[kFirst + i] = "stolen";
    centre_.ranges[kFirst + 5'000] = "a batch";
    centre_.locks[kFirst + 1] = 7;
  }
  void open(WriterOptions options = {}) {
    writer_.reset();
    options.now = [this] { return now_; };
    auto writer = Writer::open(dir_, "test", options);
    ASSERT_TRUE(writer) << writer.error().message();
    writer_ = std::move(*writer);
  }
  void take(Centre::Version v) {
    const auto taken = centre_.give(*writer_, std::move(v));
    ASSERT_TRUE(taken) << name(taken.error().what) << ": " << taken.error().detail;
    now_ += std::chrono::seconds(10);
  }
  std::optional<Refusal> refused(Centre::Version v) {
    const auto taken = centre_.give(*writer_, std::move(v));
    return taken ? std::nullopt : std::optional(taken.error().what);
  }
  SourceInfo centre(const Reader& reader) {
    for (const SourceInfo& s : reader.status().sources)
      if (s.name == kCentre) return s;
    return {};
  }
  void step(int n) { centre_.imeis[kFirst + 200 + static_cast<uint64_t>(n)] = "step " + std::to_string(n); }

  Centre centre_;
  base::UnixSeconds now_{std::chrono::seconds(1'800'000'000)};
  std::unique_ptr<Writer> writer_;
};

TEST_F(Chain, FullVersionsAndChangesAreServed) {
  take(centre_.full());
  const auto reader = Reader::open(dir_);
  ASSERT_TRUE(reader->view());
  EXPECT_EQ(reader->view()->version().str(), "1.1");
  EXPECT_TRUE(reader->view()->has_locks());
  centre_.imeis.erase(kFirst);
  centre_.imeis[kFirst + 1] = "found, and lost again";
  centre_.ranges.erase(kFirst + 5'000);
  centre_.ranges[kFirst + 6'000] = "another batch";
  centre_.locks[kFirst + 2] = 8;
  take(centre_.change());
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "1.2");
  EXPECT_FALSE(hit(*reader, kFirst).present);
  EXPECT_EQ(hit(*reader, kFirst + 1).note, "found, and lost again");
  EXPECT_FALSE(reader->view()->range(ImeiKey{kFirst + 5'050}, {}).present);
  EXPECT_TRUE(reader->view()->range(ImeiKey{kFirst + 6'050}, {}).present);
  EXPECT_EQ(reader->status().serving->digest, centre_.digests().total());
  EXPECT_EQ(reader->status().serving->counts.locks, 2u);
  // Local lists stand beside it, and count for themselves.
  writer_.reset();
  ASSERT_TRUE(import("35809101000001,white,,ours\n"));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "1.2+1");
  EXPECT_EQ(hit(*reader, kFirst + 1).lists.str(), "white+black");
  // The centre's names are the centre's.
  EXPECT_FALSE(import("35809101000001,white,,\n", false, "centre"));
  EXPECT_FALSE(import("35809101000001,white,,\n", false, "urgent"));
}

TEST_F(Chain, EveryRefusalIsNamedNotServedAndMendedByAFullVersion) {
  struct Row {
    Refusal what;
    std::function<void(Centre::Version&)> harm;
  };
  const Row rows[] = {
      {Refusal::kGap, [](auto& v) { ++v.manifest.version.number, ++v.manifest.base.number; }},
      {Refusal::kRepeat, [](auto& v) { --v.manifest.version.number; }},
      {Refusal::kWrongBase, [](auto& v) { --v.manifest.base.number; }},
      {Refusal::kLowerEpoch, [](auto& v) { v.manifest.version.epoch = 1; }},
      {Refusal::kForeignParent, [](auto& v) { v.manifest.previous_sha256[3] ^= 1; }},
      {Refusal::kBadDigest, [](auto& v) { v.manifest.digests.kinds[0].low ^= 1; }},
      {Refusal::kBadCounts, [](auto& v) { ++v.manifest.counts.imeis; }},
      {Refusal::kBadBefore, [](auto& v) { v.change.before.imeis[0].terms = v.change.terms.intern("something else"); }},
      {Refusal::kBadBefore, [](auto& v) { v.change.after.imeis.swap(v.change.before.imeis); }},
      {Refusal::kBadData, [](auto& v) { ++v.manifest.places; }},
      {Refusal::kBadData,
       [](auto& v) {
         v.change.after.ranges.push_back(
             {ImeiKey{kFirst + 5'050}, ImeiKey{kFirst + 5'150}, lists::ListSet(lists::ListSet::kBlack), 0, 0});
         ++v.manifest.places;
       }},
      {Refusal::kBadData, [](auto& v) { v.change.after.locks.push_back(v.change.after.locks[0]); }},
  };
  centre_ = Centre(std::string(kCentre), 2);
  for (uint64_t i = 0; i < 10; ++i) centre_.imeis[kFirst + i] = "stolen";
  centre_.ranges[kFirst + 5'000] = "a batch";
  take(centre_.full());
  const auto reader = Reader::open(dir_);
  int n = 0;
  for (const Row& row : rows) {
    const Version before = centre_.version();
    step(++n);
    centre_.imeis[kFirst] = "changed " + std::to_string(n);
    centre_.locks[kFirst + static_cast<uint64_t>(n)] = 1;
    auto v = centre_.change();
    row.harm(v);
    centre_.sign(v);
    EXPECT_EQ(refused(std::move(v)), row.what) << n;
    reader->poll();
    EXPECT_EQ(reader->view()->version(), before) << n;
    const SourceInfo info = centre(*reader);
    if (row.what == Refusal::kRepeat) {
      EXPECT_FALSE(info.refusal);
    } else {
      ASSERT_TRUE(info.refusal) << n;
      EXPECT_EQ(info.refusal->what, row.what);
      EXPECT_FALSE(cause(row.what).empty());
      EXPECT_FALSE(remedy(row.what).empty());
    }
    EXPECT_EQ(info.repair, wants_repair(row.what)) << n;
    // A full version mends it, whatever it was.
    take(centre_.full());
    ASSERT_TRUE(reader->poll());
    EXPECT_EQ(reader->view()->version(), centre_.version());
    EXPECT_EQ(reader->status().serving->digest, centre_.digests().total());
    EXPECT_FALSE(centre(*reader).refusal);
    EXPECT_FALSE(centre(*reader).repair);
  }
}

TEST_F(Chain, RefusalsHaveNames) {
  for (unsigned i = 1; i <= kRefusals; ++i) {
    const auto what = static_cast<Refusal>(i);
    EXPECT_EQ(refusal_from(name(what)), what);
  }
  EXPECT_FALSE(refusal_from("nothing"));
}

TEST_F(Chain, FullVersionsAreProvenToo) {
  take(centre_.full());
  struct Row {
    Refusal what;
    std::function<void(Centre::Version&)> harm;
  };
  const Row rows[] = {
      {Refusal::kForeignParent, [](auto& v) { v.manifest.previous_sha256[0] ^= 1; }},
      {Refusal::kBadDigest, [](auto& v) { v.manifest.digests.kinds[1].high ^= 1; }},
      {Refusal::kBadCounts, [](auto& v) { --v.manifest.counts.imeis; }},
      {Refusal::kBadData, [](auto& v) { ++v.manifest.places; }},
      {Refusal::kBadData, [](auto& v) { std::swap(v.all.imeis[0], v.all.imeis[1]); }},
      {Refusal::kBadData, [](auto& v) { v.manifest.version.epoch = 0; }},
  };
  for (const Row& row : rows) {
    Centre next = centre_;
    auto v = next.full();
    row.harm(v);
    next.sign(v);
    EXPECT_EQ(refused(std::move(v)), row.what);
    ASSERT_TRUE(writer_->clear_refusal(kCentre));
  }
  // Others note what they refuse: a bad signature, say.
  ASSERT_TRUE(writer_->note_refusal(kCentre, {Refusal::kBadSignature, {1, 2}, "key 17", {}}));
  const auto status = writer_->status();
  ASSERT_TRUE(status->sources[0].refusal);
  EXPECT_EQ(status->sources[0].refusal->detail, "key 17");
  EXPECT_TRUE(status->sources[0].repair);
  take(centre_.full(5));  // a gap, as a repair may have
  EXPECT_FALSE(writer_->status()->sources[0].repair);
}

TEST_F(Chain, DamageHereIsMendedByAFullVersionToo) {
  TestJudge judge;
  for (Judge* asked : {static_cast<Judge*>(nullptr), static_cast<Judge*>(&judge)}) {
    take(centre_.full());
    const auto reader = Reader::open(dir_);
    std::filesystem::resize_file(dir_ + "/snapshot-centre-" + centre_.version().str(), 300);
    const Version damaged = centre_.version();
    open();
    writer_->set_judge(asked);
    step(static_cast<int>(damaged.number));
    EXPECT_EQ(refused(centre_.change()), Refusal::kDamaged);
    reader->poll();
    EXPECT_EQ(reader->view()->version(), damaged) << "what is in memory is whole";
    EXPECT_TRUE(centre(*reader).repair);
    take(centre_.full());
    ASSERT_TRUE(reader->poll());
    EXPECT_EQ(reader->view()->version(), centre_.version());
    EXPECT_TRUE(reader->status().problems.empty());
  }
}

TEST_F(Chain, ManyVersionsBecomeASnapshot) {
  WriterOptions few;
  few.versions_snapshot = 3;
  open(few);
  take(centre_.full());
  for (int i = 1; i <= 3; ++i) step(i), take(centre_.change());
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-centre-1.4"));
  step(4);
  take(centre_.change());
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/snapshot-centre-1.5"));
}

TEST_F(Chain, RollbackPinsAndUnpinGoesOn) {
  take(centre_.full());
  for (int i = 1; i <= 4; ++i) step(i), take(centre_.change());
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->view()->version().str(), "1.5");
  auto swapped = writer_->rollback(kCentre, {1, 3}, "wrong batch");
  ASSERT_TRUE(swapped) << swapped.error().message();
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "1.3");
  EXPECT_TRUE(hit(*reader, kFirst + 202).present);
  EXPECT_FALSE(hit(*reader, kFirst + 203).present);
  SourceInfo info = centre(*reader);
  EXPECT_TRUE(info.pinned);
  EXPECT_EQ(info.note, "wrong batch");
  EXPECT_EQ(info.waiting, 2u);
  // What comes is stored, and another reader serves the same.
  step(5);
  take(centre_.change());
  reader->poll();
  EXPECT_EQ(reader->view()->version().str(), "1.3");
  EXPECT_EQ(centre(*reader).newest.str(), "1.6");
  EXPECT_EQ(Reader::open(dir_)->view()->version().str(), "1.3");
  EXPECT_FALSE(writer_->rollback(kCentre, {1, 77}, "")) << "there is none";
  ASSERT_TRUE(writer_->unpin(kCentre));
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "1.6");
  EXPECT_EQ(reader->status().serving->digest, centre_.digests().total());
  EXPECT_FALSE(writer_->unpin(kCentre)) << "it is not pinned";
}

TEST_F(Chain, RollbackReachesBackThroughTheJournalAndOnlyThatFar) {
  WriterOptions options;
  options.overlay_keys_snapshot = 3;  // folds all the time
  open(options);
  take(centre_.full());
  for (int i = 1; i <= 20; ++i) step(i), take(centre_.change());
  const auto reader = Reader::open(dir_);
  for (const uint64_t n : {20, 12, 2, 1}) {
    ASSERT_TRUE(writer_->rollback(kCentre, {1, n}, "")) << n;
    ASSERT_TRUE(reader->poll());
    EXPECT_EQ(reader->view()->version().number, n);
    EXPECT_EQ(reader->status().serving->counts.imeis, 99 + n);
    EXPECT_TRUE(reader->status().problems.empty());
  }
  ASSERT_TRUE(writer_->unpin(kCentre));
  // Over a full version nothing leads back, once its snapshot and those before it are gone.
  for (int i = 0; i < 3; ++i) take(centre_.full());
  const auto gone = writer_->rollback(kCentre, {1, 5}, "");
  ASSERT_FALSE(gone);
  const auto state = Reader::open(dir_)->state(kCentre, {1, 5});
  ASSERT_FALSE(state);
  EXPECT_NE(state.error().text.find("the oldest there is is 1.23"), std::string::npos) << state.error().text;
}

/// Holds whatever turns more than it may.
TEST_F(Chain, TheGuardHoldsUntilReleased) {
  TestJudge judge;
  writer_->set_judge(&judge);
  take(centre_.full());
  EXPECT_EQ(judge.asked, 0) << "nothing was served before";
  step(1);
  take(centre_.change());
  EXPECT_EQ(judge.with_change, 1);
  EXPECT_EQ(*writer_->turned_since({}), 1u);
  for (int i = 10; i < 40; ++i) step(i);
  const auto held = centre_.give(*writer_, centre_.change());
  ASSERT_TRUE(held);
  EXPECT_TRUE(held->held);
  EXPECT_EQ(held->served.str(), "1.2");
  step(50);
  take(centre_.change());
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->view()->version().str(), "1.2");
  EXPECT_EQ(centre(*reader).held_from.str(), "1.3");
  EXPECT_EQ(centre(*reader).waiting, 2u);
  EXPECT_EQ(centre(*reader).note, "30 devices");
  // The urgent chain passes.
  Centre urgent{std::string(kUrgent)};
  for (uint64_t i = 0; i < 20; ++i) urgent.imeis[kFirst + 500 + i] = "urgent";
  const int asked = judge.asked;
  ASSERT_TRUE(urgent.give(*writer_, urgent.full()));
  EXPECT_EQ(judge.asked, asked);
  ASSERT_TRUE(reader->poll());
  EXPECT_TRUE(hit(*reader, kFirst + 500).present);
  EXPECT_FALSE(hit(*reader, kFirst + 215).present);
  ASSERT_TRUE(writer_->release(kCentre, "meant so"));
  ASSERT_TRUE(reader->poll());
  EXPECT_TRUE(hit(*reader, kFirst + 215).present);
  EXPECT_EQ(reader->view()->version().str(), "1.4");
  EXPECT_EQ(*writer_->turned_since({}), 0u) << "the window begins anew";
  EXPECT_FALSE(writer_->release(kCentre)) << "nothing is held";
}

TEST_F(Chain, TheGuardComparesWithWhatCanStillBeHad) {
  TestJudge judge;
  take(centre_.full());
  for (int i = 1; i <= 3; ++i) step(i), take(centre_.change());
  take(centre_.full());
  step(4);
  take(centre_.change());
  std::filesystem::resize_file(dir_ + "/snapshot-centre-1.5", 300);
  open();
  writer_->set_judge(&judge);
  for (int i = 10; i < 40; ++i) step(i);
  const auto held = centre_.give(*writer_, centre_.full());
  ASSERT_TRUE(held) << held.error().detail;
  EXPECT_TRUE(held->held);
  EXPECT_EQ(held->judgement.turned, 31u) << "1.4 is the newest that can be had";
  EXPECT_EQ(judge.with_change, 0);
  EXPECT_EQ(judge.asked, 1);
}

TEST_F(Chain, WhatIsRefusedIsJudgedWithTheNext) {
  TestJudge judge;
  writer_->set_judge(&judge);
  take(centre_.full());
  for (int i = 10; i < 40; ++i) step(i);
  take(centre_.change());
  ASSERT_TRUE(writer_->refuse(kCentre, "no"));
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->view()->version().str(), "1.1");
  EXPECT_FALSE(centre(*reader).held());
  // The next one contains it, and trips again; the one that takes it back does not.
  step(50);
  const int with_change = judge.with_change;
  take(centre_.change());
  EXPECT_EQ(judge.with_change, with_change) << "anything may differ from what is served";
  reader->poll();
  EXPECT_EQ(centre(*reader).held_from.str(), "1.3");
  ASSERT_TRUE(writer_->refuse(kCentre));
  for (int i = 10; i < 40; ++i) centre_.imeis.erase(kFirst + 200 + static_cast<uint64_t>(i));
  take(centre_.change());
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "1.4");
}

TEST_F(Chain, TheGuardIsAskedOnRollbackAndUnpin) {
  take(centre_.full());
  for (uint64_t i = 0; i < 60; ++i) centre_.imeis.erase(kFirst + i);
  take(centre_.change());
  TestJudge judge;
  writer_->set_judge(&judge);
  const auto back = writer_->rollback(kCentre, {1, 1}, "");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->held);
  EXPECT_EQ(back->after.str(), "1.2");
  EXPECT_FALSE(writer_->status()->sources[0].pinned);
  ASSERT_TRUE(writer_->rollback(kCentre, {1, 1}, "", true));
  EXPECT_EQ(writer_->status()->sources[0].served.str(), "1.1");
  for (int i = 10; i < 40; ++i) step(i);
  take(centre_.change());
  const auto on = writer_->unpin(kCentre);
  ASSERT_TRUE(on);
  EXPECT_TRUE(on->held);
  const SourceInfo info = writer_->status()->sources[0];
  EXPECT_FALSE(info.pinned);
  EXPECT_EQ(info.held_from.str(), "1.2");
  EXPECT_EQ(info.served.str(), "1.1");
  ASSERT_TRUE(writer_->release(kCentre));
  EXPECT_EQ(writer_->status()->sources[0].served.str(), "1.3");
}

TEST_F(Chain, WhatWasServedIsKeptAsLongAsTheJournal) {
  WriterOptions options;
  options.journal_kept = std::chrono::seconds(100);
  open(options);
  const auto oldest = now_ + std::chrono::seconds(110);
  ASSERT_TRUE(writer_->take_policy("{}", 1, ""));
  take(centre_.full());
  for (int i = 1; i <= 20; ++i) step(i), take(centre_.change());
  take(centre_.full());
  const auto reader = Reader::open(dir_);
  const auto rows = reader->served(kCentre, 100);
  ASSERT_TRUE(rows);
  EXPECT_EQ(rows->size(), 11u);
  EXPECT_EQ(rows->back().at, oldest);
  EXPECT_EQ(reader->served(kPolicy, 100)->size(), 1u) << "it still holds";
  EXPECT_EQ(reader->state_at(kCentre, oldest + std::chrono::seconds(15))->version.str(), "1.13");
  const auto before = reader->state_at(kCentre, oldest - std::chrono::seconds(1));
  ASSERT_FALSE(before);
  EXPECT_NE(before.error().text.find("the oldest record is of 2027-01-15T08:01:50Z"), std::string::npos)
      << before.error().text;
}

TEST_F(Chain, AsOfIsWhatWasServedThen) {
  WriterOptions options;
  options.overlay_keys_snapshot = 4;
  open(options);
  take(centre_.full());
  const base::UnixSeconds first = now_;
  for (int i = 1; i <= 10; ++i) {
    centre_.imeis[kFirst] = "state " + std::to_string(i);
    take(centre_.change());
  }
  ASSERT_TRUE(writer_->rollback(kCentre, {1, 4}, ""));
  now_ += std::chrono::seconds(10);
  const auto reader = Reader::open(dir_);
  lists::TermsPool pool;
  const auto place = lists::ImeiEntry::make(ImeiKey{kFirst}, std::nullopt, {});
  for (int i = 1; i <= 10; ++i) {
    const auto at = first + std::chrono::seconds(10 * (i - 1) + 1);
    const auto past = reader->state_at(kCentre, at);
    ASSERT_TRUE(past) << past.error().message();
    EXPECT_EQ(past->version.number, static_cast<uint64_t>(i) + 1);
    EXPECT_EQ(past->lists->individual(ImeiKey{kFirst}, nullptr, {}).note, "state " + std::to_string(i));
    const auto entry = reader->entry_at(kCentre, place, at, pool);
    ASSERT_TRUE(entry && *entry);
    EXPECT_EQ(pool.reason((*entry)->terms), "state " + std::to_string(i));
  }
  EXPECT_EQ(reader->state_at(kCentre, now_)->version.number, 4u) << "the pin was served";
  EXPECT_EQ(reader->state_at(kCentre, now_)->served.cause, "rollback");
  const auto none = reader->entry_at(kCentre, lists::ImeiEntry::make(ImeiKey{5}, std::nullopt, {}), now_, pool);
  ASSERT_TRUE(none);
  EXPECT_FALSE(*none);
  const auto before = reader->state_at(kCentre, first - std::chrono::seconds(100));
  ASSERT_FALSE(before);
  EXPECT_NE(before.error().text.find("the oldest record is of 2027"), std::string::npos) << before.error().text;
  const auto change = reader->change(kCentre, {1, 3});
  ASSERT_TRUE(change && *change);
  EXPECT_EQ((*change)->places(), 1u);
  EXPECT_FALSE(*reader->change(kCentre, {1, 1}));
}

TEST_F(Chain, TheJournalIsKeptForItsTimeAndBounded) {
  WriterOptions options;
  options.overlay_keys_snapshot = 2;
  options.journal_kept = std::chrono::hours(1);
  open(options);
  take(centre_.full());
  const auto oldest_at = now_;
  for (int i = 1; i <= 10; ++i) step(i), take(centre_.change());
  EXPECT_TRUE(Reader::open(dir_)->state_at(kCentre, oldest_at));
  now_ += std::chrono::hours(2);
  for (int i = 11; i <= 20; ++i) step(i), take(centre_.change());
  const auto reader = Reader::open(dir_);
  EXPECT_FALSE(*reader->change(kCentre, {1, 3}));
  EXPECT_TRUE(*reader->change(kCentre, {1, 20}));
  EXPECT_FALSE(reader->state_at(kCentre, oldest_at));
  options.journal_kept = std::chrono::hours(1000);
  options.journal_octets_max = 1;
  open(options);
  for (int i = 21; i <= 30; ++i) step(i), take(centre_.change());
  EXPECT_FALSE(*reader->change(kCentre, {1, 20}));
  reader->poll();
  EXPECT_EQ(reader->view()->version().number, 31u);
  EXPECT_TRUE(reader->status().problems.empty());
}

TEST_F(Chain, DigestsAreRecomputedFromTheTables) {
  take(centre_.full());
  step(1);
  take(centre_.change());
  const auto reader = Reader::open(dir_);
  reader->recompute(1.0);
  for (int i = 0; i < 1000 && reader->recomputed().running; ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  const Recomputed done = reader->recomputed();
  EXPECT_FALSE(done.running);
  EXPECT_EQ(done.entries, 103u);
  EXPECT_TRUE(done.wrong.empty());
  EXPECT_NE(done.ended_at, base::UnixSeconds{});
  reader->poll();
  EXPECT_TRUE(reader->status().problems.empty());
}

TEST_F(Chain, ReadersAreRung) {
  take(centre_.full());
  const auto reader = Reader::open(dir_);
  ASSERT_GE(reader->bell(), 0);
  while (reader->poll()) {
  }
  const uint64_t rings = reader->counters().rings.get();
  step(1);
  take(centre_.change());
  EXPECT_TRUE(reader->poll());
  EXPECT_GT(reader->counters().rings.get(), rings);
}

/// The writer in another process all the time; threads that ask while this one's reader follows.
TEST_F(Chain, AnotherProcessWritesWhileThreadsAsk) {
  constexpr uint64_t kVersions = 60;
  const auto set = [&](uint64_t n) {
    const std::string why = "version " + std::to_string(n);
    for (uint64_t i = 0; i < 50; ++i) centre_.imeis[kFirst + i] = why;
    centre_.ranges[kFirst + 5'000] = why;
  };
  set(1);
  take(centre_.full());
  writer_.reset();
  const pid_t child = fork();
  if (child == 0) {
    WriterOptions options;
    options.overlay_keys_snapshot = 400;
    auto writer = Writer::open(dir_, "child", options);
    bool good = writer.has_value();
    for (uint64_t n = 2; good && n <= kVersions; ++n) {
      set(n);
      good = centre_.give(**writer, n % 13 ? centre_.change() : centre_.full()).has_value();
    }
    writer->reset();
    _exit(good ? 0 : 1);
  }
  const auto reader = Reader::open(dir_);
  std::mutex mutex;
  std::shared_ptr<const lists::View> published = reader->view();
  std::atomic<bool> stop = false;
  std::atomic<uint64_t> wrong = 0, asked = 0;
  std::vector<std::thread> threads;
  for (int t = 0; t < 2; ++t)
    threads.emplace_back([&] {
      while (!stop) {
        std::unique_lock lock(mutex);
        const auto view = published;
        lock.unlock();
        const std::string why = "version " + std::to_string(view->version().number);
        for (uint64_t i = 0; i < 50; i += 7) wrong += view->individual(ImeiKey{kFirst + i}, nullptr, {}).note != why;
        wrong += view->range(ImeiKey{kFirst + 5'001}, {}).note != why;
        ++asked;
      }
    });
  lists::Version last = reader->view()->version();
  for (int i = 0; i < 20'000 && last.number < kVersions; ++i) {
    if (!reader->poll()) std::this_thread::sleep_for(std::chrono::milliseconds(2));
    EXPECT_TRUE(reader->status().problems.empty());
    EXPECT_LE(last, reader->view()->version());
    last = reader->view()->version();
    const std::lock_guard lock(mutex);
    published = reader->view();
  }
  stop = true;
  for (auto& t : threads) t.join();
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0);
  EXPECT_EQ(last.number, kVersions);
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(asked, 0u);
}

TEST_F(Chain, RandomChangesOfEveryKindAgreeWithTheModel) {
  WriterOptions options;
  options.overlay_keys_snapshot = 60;
  open(options);
  std::mt19937_64 random(3);
  take(centre_.full());
  const auto reader = Reader::open(dir_);
  for (int round = 0; round < 150; ++round) {
    for (int i = 0; i < 10; ++i) {
      const uint64_t n = random() % 300;
      switch (random() % 6) {
        case 0: centre_.imeis.erase(kFirst + n); break;
        case 1: centre_.locks[kFirst + n] = random() % 50; break;
        case 2: centre_.locks.erase(kFirst + n); break;
        case 3: centre_.ranges[kFirst + 5'000 + 100 * n] = "r" + std::to_string(random() % 3); break;
        case 4: centre_.ranges.erase(kFirst + 5'000 + 100 * n); break;
        default: centre_.imeis[kFirst + n] = "n" + std::to_string(random() % 4);
      }
    }
    take(random() % 20 ? centre_.change() : centre_.full());
    reader->poll();
    ASSERT_EQ(reader->view()->version(), centre_.version());
    ASSERT_EQ(reader->status().serving->digest, centre_.digests().total());
    for (uint64_t n = 0; n < 300; ++n) {
      ASSERT_EQ(hit(*reader, kFirst + n).present, centre_.imeis.count(kFirst + n) == 1);
      ASSERT_EQ(reader->view()->range(ImeiKey{kFirst + 5'000 + 100 * n + 50}, {}).present,
                centre_.ranges.count(kFirst + 5'000 + 100 * n) == 1);
    }
  }
  reader->recompute(1.0);
  while (reader->recomputed().running) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  EXPECT_TRUE(reader->recomputed().wrong.empty());
}

}  // namespace
}  // namespace eir::store
