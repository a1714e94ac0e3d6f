// SPDX-License-Identifier: GPL-3.0-or-later
// What can go wrong between a centre and a node, each told from the others, none of it served, all of it mended.
#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <set>
#include <sstream>

#include "core/feed/manifest.h"
#include "core/guard/guard.h"
#include "tests/unit/feed/chain_fixture.h"

namespace eir::feed {
namespace {

using lists::ListSet;
using lists::Version;
using store::Manifest;
using store::Refusal;

class Follow : public ChainTest {};

TEST_F(Follow, TakesAChainVersionByVersion) {
  EXPECT_TRUE(step().taken.empty()) << "nothing is offered";
  std::vector<Manifest> chain;
  for (int i = 0; i < 5; ++i) {
    chain.push_back(publish_some());
    deliver(chain.back().version);
    const auto report = step();
    ASSERT_EQ(report.taken.size(), 1u);
    EXPECT_TRUE(report.refused.empty());
    expect_healthy(chain.back());
    EXPECT_EQ(served(), chain.back().digests.total());
  }
  for (int i = 0; i < 7; ++i) deliver(publish_some().version);
  EXPECT_EQ(step().taken.size(), 7u) << "what has gathered is taken in one go";
  expect_healthy(heads_["centre"].manifest);
  EXPECT_EQ(follower_->counters().taken.get(), 12u);
  EXPECT_EQ(follower_->counters().refused.get(), 0u);
}

TEST_F(Follow, ANewNodeBeginsWithTheNewestFullVersion) {
  for (int i = 0; i < 6; ++i) deliver(publish_some(i == 3).version);
  const auto report = step();
  ASSERT_EQ(report.taken.size(), 3u);
  EXPECT_EQ(report.taken[0].taken.newest, (Version{1, 4}));
  expect_healthy(heads_["centre"].manifest);
}

TEST_F(Follow, ChangesAloneAreAGapForANewNode) {
  publish_some();
  const auto change = publish_some();
  deliver(change.version);
  expect_refused(Refusal::kGap, change.version);
  const auto full = publish_some(true);
  deliver(full.version);
  step();
  expect_healthy(full);
}

TEST_F(Follow, ADroppedVersionIsAGapAndAFullVersionMendsIt) {
  for (int i = 0; i < 2; ++i) deliver(publish_some().version);
  step();
  publish_some();
  const auto fourth = publish_some();
  deliver(fourth.version);
  expect_refused(Refusal::kGap, fourth.version);
  EXPECT_EQ(feed_->repair_wanted(kCentre)->have, (Version{1, 2}));
  EXPECT_EQ(feed_->repair_wanted(kCentre)->why, "gap");
  EXPECT_TRUE(step().refused.empty()) << "it is told once, not at every look";
  restart();
  deliver(publish_some().version);
  expect_refused(Refusal::kGap, fourth.version);
  const auto full = publish_some(true);
  deliver(full.version);
  deliver(publish_some().version);
  EXPECT_EQ(step().taken.size(), 2u);
  expect_healthy(heads_["centre"].manifest);
}

TEST_F(Follow, VersionsOutOfOrderMendThemselves) {
  deliver(publish_some().version);
  step();
  const auto second = publish_some(), third = publish_some();
  deliver(third.version);
  expect_refused(Refusal::kGap, third.version);
  deliver(second.version);
  EXPECT_EQ(step().taken.size(), 2u);
  expect_healthy(third);
}

TEST_F(Follow, ARepeatIsHarmlessAndCounted) {
  for (int i = 0; i < 3; ++i) deliver(publish_some().version);
  step();
  const uint64_t before = follower_->counters().repeats.get();
  for (int i = 0; i < 3; ++i) {
    restart();
    for (uint64_t n = 1; n <= 3; ++n) deliver({1, n});
    const auto report = step();
    EXPECT_TRUE(report.taken.empty());
    EXPECT_TRUE(report.refused.empty());
    expect_healthy(heads_["centre"].manifest);
  }
  EXPECT_GE(follower_->counters().repeats.get() + before, 3u);
}

TEST_F(Follow, DamagedDataIsRefusedUntilItIsBroughtAnew) {
  deliver(publish_some().version);
  step();
  const auto second = publish_some();
  const std::string path = feed_->data_path(kCentre, second.version);
  for (int round = 0; round < 40; ++round) {
    deliver(second.version);
    flip(path, random_() % read(path).size());
    expect_refused(Refusal::kBadData, second.version);
    clock_.advance(kRetryAfter);
  }
  for (const size_t len : {size_t{0}, size_t{1}, size_t{40}}) {
    deliver(second.version);
    write(path, read(path).substr(0, len));
    expect_refused(Refusal::kBadData, second.version);
    clock_.advance(kRetryAfter);
  }
  deliver(second.version);
  std::filesystem::remove(path);
  expect_refused(Refusal::kBadData, second.version);
  deliver(second.version);
  EXPECT_TRUE(step().taken.empty()) << "not fetched again at every look";
  clock_.advance(kRetryAfter);
  EXPECT_EQ(step().taken.size(), 1u);
  expect_healthy(second);
}

TEST_F(Follow, OnlyTheCentresSignatureCounts) {
  deliver(publish_some().version);
  step();
  const auto second = publish_some();
  deliver(second.version);
  forge(second, SigningKey::make());
  expect_refused(Refusal::kBadSignature, second.version);
  for (int round = 0; round < 20; ++round) {
    clock_.advance(kRetryAfter);
    deliver(second.version);
    const std::string path =
        round % 2 ? feed_->manifest_path(kCentre, second.version) : feed_->signature_path(kCentre, second.version);
    flip(path, random_() % read(path).size());
    expect_refused(Refusal::kBadSignature, second.version);
  }
  clock_.advance(kRetryAfter);
  std::filesystem::remove(feed_->signature_path(kCentre, second.version));
  expect_refused(Refusal::kBadSignature, second.version);
  clock_.advance(kRetryAfter);
  deliver(second.version);
  write(feed_->manifest_path(kCentre, second.version), second.text.substr(0, second.text.size() / 2));
  expect_refused(Refusal::kBadSignature, second.version);
  clock_.advance(kRetryAfter);
  deliver(second.version);
  step();
  expect_healthy(second);
}

TEST_F(Follow, AnEpochThatIsOverIsRefused) {
  deliver(publish_some().version);
  const Head old = {heads_["centre"].manifest, {}};
  PublishOptions epoch;
  epoch.new_epoch = true;
  const auto begun = publish(random_state(random_, 30), epoch);
  EXPECT_EQ(begun.version, (Version{2, 1}));
  deliver(begun.version);
  step();
  expect_healthy(begun);
  // Somebody goes on in the old one.
  heads_["centre"] = Head{old.manifest, {}};
  const auto late = publish_some();
  EXPECT_EQ(late.version, (Version{1, 2}));
  deliver(late.version);
  expect_refused(Refusal::kLowerEpoch, late.version, false);
  EXPECT_TRUE(step().refused.empty());
  heads_["centre"] = Head{begun, {}};
  const auto next = publish_some(true);
  deliver(next.version);
  step();
  expect_healthy(next);
}

TEST_F(Follow, TwoHistoriesAreToldApart) {
  for (int i = 0; i < 2; ++i) deliver(publish_some().version);
  step();
  // The centre was set back, and makes another 1.2, of which 1.3 is a change.
  heads_["centre"].manifest = *read_manifest(kCentre, *made_->manifest(kCentre, {1, 1}));
  publish_some(true);
  const auto third = publish_some();
  EXPECT_EQ(third.base, (Version{1, 2}));
  deliver(third.version);
  expect_refused(Refusal::kForeignParent, third.version);
  const auto full = publish_some(true);
  deliver(full.version);
  step();
  expect_healthy(full);
}

TEST_F(Follow, AnotherTextUnderTheNewestNameIsAnotherHistory) {
  deliver(publish_some().version);
  step();
  heads_["centre"] = {};
  const auto other = publish_some(true);
  EXPECT_EQ(other.version, (Version{1, 1}));
  deliver(other.version);
  expect_refused(Refusal::kForeignParent, other.version);
}

TEST_F(Follow, WhatIsSignedIsProvenAllTheSame) {
  deliver(publish_some().version);
  step();
  const auto good = publish_some();
  const auto refused_as = [&](Refusal what, const std::function<void(Manifest&)>& change) {
    deliver(good.version);
    Manifest m = good;
    change(m);
    forge(m, key_);
    expect_refused(what, good.version);
    clock_.advance(kRetryAfter);
  };
  refused_as(Refusal::kWrongBase, [](Manifest& m) { m.base = {1, 7}; });
  refused_as(Refusal::kForeignParent, [](Manifest& m) { m.previous_sha256[0] ^= 1; });
  refused_as(Refusal::kBadData, [](Manifest& m) { m.data_sha256[0] ^= 1; });
  refused_as(Refusal::kBadData, [](Manifest& m) { ++m.places; });
  refused_as(Refusal::kBadCounts, [](Manifest& m) { ++m.counts.locks; });
  refused_as(Refusal::kBadDigest, [](Manifest& m) { ++m.digests.kinds[2].low; });
  deliver(good.version);
  step();
  expect_healthy(good);
}

TEST_F(Follow, AChangeOfWhatWasNeverThereIsRefused) {
  deliver(publish_some().version);
  step();
  // The centre believes the node holds other entries than it does.
  heads_["centre"].state = random_state(random_, 30);
  const auto second = publish_some();
  deliver(second.version);
  expect_refused(Refusal::kBadBefore, second.version);
  const auto full = publish_some(true);
  deliver(full.version);
  step();
  expect_healthy(full);
}

State black_list(unsigned n, ListSet on = ListSet(ListSet::kBlack)) {
  State s;
  for (unsigned i = 0; i < n; ++i) s.entries.imeis.push_back(imei_entry(35'809'101'000'000 + i, on));
  return s;
}

TEST_F(Follow, TheUrgentChainIsBlackAndSmall) {
  const auto refused = [&](const char* what) {
    const auto report = step();
    ASSERT_EQ(report.refused.size(), 1u) << what;
    EXPECT_EQ(report.refused[0].source, kUrgent);
    EXPECT_EQ(report.refused[0].refused.what, Refusal::kBadData) << what;
    EXPECT_NE(report.refused[0].refused.detail.find("urgent"), std::string::npos) << what;
    clock_.advance(kRetryAfter);
  };
  deliver(publish(black_list(10), {}, kUrgent).version, kUrgent);
  EXPECT_EQ(step().taken.size(), 1u);
  deliver(publish(black_list(900), {}, kUrgent).version, kUrgent);
  EXPECT_EQ(step().taken.size(), 1u);
  deliver(publish(black_list(1'001), {}, kUrgent).version, kUrgent);
  refused("101 more than the window has room for");
  restart();
  refused("nor after a restart");
  clock_.advance(kUrgentWindow);
  EXPECT_EQ(step().taken.size(), 1u) << "the window slides";
  deliver(publish(black_list(1'002, ListSet(ListSet::kGrey)), {}, kUrgent).version, kUrgent);
  refused("grey");
}

TEST_F(Follow, UrgentRangesAreRefused) {
  State s = black_list(1);
  s.entries.ranges.push_back(
      {identity::ImeiKey{40'000'000'000'000}, identity::ImeiKey{40'000'000'999'999}, ListSet(ListSet::kBlack)});
  deliver(publish(std::move(s), {}, kUrgent).version, kUrgent);
  const auto report = step();
  ASSERT_EQ(report.refused.size(), 1u);
  EXPECT_EQ(report.refused[0].refused.what, Refusal::kBadData);
}

TEST_F(Follow, TheUrgentChainPassesAHold) {
  guard::SeenDevices seen;
  for (uint64_t i = 0; i < 2'000; ++i) seen.add({identity::ImeiKey{35'809'101'000'000 + i}, {}, {}, 0xFF});
  seen.finish();
  guard::Guard guard({seen, {}, {}, clock_, {}});
  State white;
  white.entries.imeis.push_back(imei_entry(1, ListSet(ListSet::kWhite)));
  const auto first = publish(std::move(white));
  deliver(first.version);
  step(&guard);
  expect_healthy(first);
  const auto black = publish(black_list(1'500));
  deliver(black.version);
  const auto report = step(&guard);
  ASSERT_EQ(report.taken.size(), 1u);
  EXPECT_TRUE(report.taken[0].taken.held);
  EXPECT_EQ(report.taken[0].taken.judgement.turned, 1'500u);
  EXPECT_EQ(source().served, first.version);
  EXPECT_EQ(source().held_from, black.version);
  EXPECT_EQ(source().waiting, 1u);
  // What comes after a held version waits as well, however small.
  deliver(publish(black_list(1'501)).version);
  EXPECT_TRUE(step(&guard).taken.at(0).taken.held);
  EXPECT_EQ(source().waiting, 2u);
  EXPECT_EQ(source().served, first.version);

  const auto urgent = publish(black_list(5), {}, kUrgent);
  deliver(urgent.version, kUrgent);
  EXPECT_FALSE(step(&guard).taken.at(0).taken.held);
  EXPECT_EQ(source(kUrgent).served, urgent.version);
  const auto reader = store::Reader::open(replica_);
  const auto at = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  EXPECT_TRUE(reader->view()->individual(identity::ImeiKey{35'809'101'000'004}, nullptr, at).lists.black());
  EXPECT_FALSE(reader->view()->individual(identity::ImeiKey{35'809'101'000'005}, nullptr, at).present);
  {
    auto writer = store::Writer::open(replica_, "test");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->release(kCentre));
  }
  EXPECT_EQ(source().served, heads_["centre"].manifest.version);
  EXPECT_FALSE(source().held());
}

TEST_F(Follow, ManySmallChangesAreHeldTogether) {
  guard::SeenDevices seen;
  for (uint64_t i = 0; i < 4'000; ++i) seen.add({identity::ImeiKey{35'809'101'000'000 + i}, {}, {}, 0xFF});
  seen.finish();
  guard::Thresholds small;
  small.devices_max = 50;
  State state = black_list(1);
  deliver(publish(std::move(state)).version);
  step();
  unsigned held_at = 0;
  for (unsigned i = 2; i < 100 && !held_at; ++i) {
    deliver(publish(black_list(i)).version);
    auto writer = store::Writer::open(replica_, "test");
    ASSERT_TRUE(writer);
    guard::Guard guard({seen, {}, small, clock_, [&](base::UnixSeconds) {
                          // The store counts by its own clock.
                          return (*writer)->turned_since(base::UnixSeconds{}).value_or(0);
                        }});
    (*writer)->set_judge(&guard);
    const auto report = follower_->step(**writer);
    ASSERT_TRUE(report);
    ASSERT_EQ(report->taken.size(), 1u);
    if (report->taken[0].taken.held) held_at = i;
  }
  EXPECT_EQ(held_at, 52u) << "the first is not counted: nothing was served before it";
}

/// Entries of every kind, changed at random: whatever a reader of its own process sees is one whole version.
TEST_F(Follow, AReaderInAnotherProcessSeesWholeVersionsOnly) {
  constexpr uint64_t kVersions = 60;
  std::map<std::string, std::string> right;
  const auto next = [&](bool full) {
    const auto m = publish_some(full);
    deliver(m.version);
    right[m.version.str()] = m.digests.total().hex();
    EXPECT_EQ(step().taken.size(), 1u);
  };
  next(true);
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t child = fork();
  if (child == 0) {
    const auto reader = store::Reader::open(replica_);
    const auto until = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    bool last = false;
    while (!last && std::chrono::steady_clock::now() < until) {
      const auto index = reader->source(kCentre);
      const std::string line = index->version().str() + " " + digest_of(*index).hex() + "\n";
      if (::write(ends[1], line.data(), line.size()) < 0) _exit(2);
      last = index->version().number == kVersions;
      reader->poll();
    }
    _exit(last ? 0 : 1);
  }
  close(ends[1]);
  for (uint64_t n = 2; n <= kVersions; ++n) next(n % 10 == 0);
  std::string told;
  char block[4096];
  for (ssize_t got = 0; (got = ::read(ends[0], block, sizeof block)) > 0;) told.append(block, static_cast<size_t>(got));
  close(ends[0]);
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  std::istringstream lines(told);
  std::string version, digest;
  std::set<std::string> seen;
  while (lines >> version >> digest) {
    ASSERT_EQ(digest, right[version]) << version;
    seen.insert(version);
  }
  EXPECT_TRUE(seen.contains(fmt::format("1.{}", kVersions)));
}

TEST_F(Follow, RandomFaultsAreOutlivedWithTheRightState) {
  std::vector<Manifest> chain;
  unsigned faults = 0;
  for (int i = 0; i < 80; ++i) {
    chain.push_back(publish_some(random_() % 10 == 0));
    const Version v = chain.back().version;
    if (random_() % 3) {
      deliver(v);
    } else if (random_() % 2) {
      deliver(v);
      const std::string path = random_() % 2 ? feed_->data_path(kCentre, v) : feed_->manifest_path(kCentre, v);
      flip(path, random_() % read(path).size());
    }
    if (random_() % 4 == 0) deliver(chain[random_() % chain.size()].version);
    if (random_() % 5 == 0) restart();
    faults += !step().refused.empty();
    clock_.advance(kRetryAfter);
    const auto info = source();
    if (info.newest == Version{}) continue;
    const auto& taken = chain[info.newest.number - 1];
    EXPECT_EQ(info.served, taken.version);
    EXPECT_EQ(served(), taken.digests.total()) << "whatever is served is a state the centre had";
  }
  EXPECT_GT(faults, 10u);
  const auto full = publish_some(true);
  deliver(full.version);
  step();
  expect_healthy(full);
}

}  // namespace
}  // namespace eir::feed
