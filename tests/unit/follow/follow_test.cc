// SPDX-License-Identifier: GPL-3.0-or-later
// A node and the centre's sites, over TLS: whatever happens between them, the lists are the same in the end.
#include "sync/follow/follow.h"

#include <algorithm>

#include "tests/unit/follow/fixture.h"

namespace eir::sync::follow {
namespace {

using epp::version::InfoData;
using store::Refusal;

TEST_F(FollowTest, AFullVersionThenChangesEachAcknowledged) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  EXPECT_EQ(a_->versions().counters().full_files.load(), 1u);
  EXPECT_EQ(fetches_.load(), 1u);
  for (unsigned i = 1; i <= 5; ++i) {
    a_->block(100 * i, 3);
    expect_equal(*node, *a_);
  }
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); })) << "acknowledged";
  EXPECT_EQ(node->counters().taken.get(), 6u);
  EXPECT_EQ(node->counters().refused.get(), 0u);
  EXPECT_GE(node->counters().acknowledged.get(), 1u);
  EXPECT_EQ(a_->versions().counters().inline_changes.load(), 5u);
  const auto status = node->status();
  EXPECT_EQ(status.sites.at(0).newest, a_->registry().status().version);
  EXPECT_FALSE(status.behind_for);
  EXPECT_TRUE(status.problem.empty()) << status.problem;
}

TEST_F(FollowTest, WhatGatheredWhileTheNodeWasAwayComesAsOneChange) {
  {
    auto node = make({site(*a_, "main")});
    expect_equal(*node, *a_);
  }
  for (unsigned i = 1; i <= 4; ++i) a_->block(10 * i, 20, "lost");
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().taken.get(), 1u) << "merged";
  a_->block(500, 1);
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().refused.get(), 0u) << "the next change follows the merged one";
}

TEST_F(FollowTest, AChangeOfManyEntriesComesAsAFile) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  const unsigned before = fetches_;
  fetches_damaged_ = 1;
  a_->block(10'000, 5'000);
  expect_equal(*node, *a_);
  EXPECT_GE(fetches_.load(), before + 2) << "a damaged file is fetched again";
  EXPECT_EQ(a_->versions().counters().change_files.load(), 2u);
  EXPECT_GE(node->counters().pulls_failed.get(), 1u);
  EXPECT_EQ(node->counters().refused.get(), 0u) << "it never came to the replica";
  EXPECT_TRUE(fs::is_empty(root_ + "/spool"));
  EXPECT_LE(std::distance(fs::directory_iterator(a_->files()), fs::directory_iterator()), 3);
}

/// One bad answer of each kind; the node asks for everything and goes on.
struct Bad {
  const char* name;
  Meddler::Change change;
};

TEST_F(FollowTest, WhatIsDamagedOrForgedIsRefusedAndMended) {
  const feed::SigningKey stranger = feed::SigningKey::make();
  const std::vector<Bad> all = {
      {"manifest damaged", [](InfoData& d) { d.proof->text.octets[40] ^= 1; }},
      {"manifest cut short", [](InfoData& d) { d.proof->text.octets.pop_back(); }},
      {"signature damaged", [](InfoData& d) { d.proof->signature.octets[0] ^= 1; }},
      {"signed by a stranger",
       [&](InfoData& d) {
         const auto signature = stranger.sign(d.proof->text.octets);
         d.proof->signature.octets.assign(signature.begin(), signature.end());
       }},
      {"data damaged",
       [](InfoData& d) {
         if (d.data) d.data->octets.back() ^= 1;
       }},
      {"data cut short",
       [](InfoData& d) {
         if (d.data) d.data->octets.resize(d.data->octets.size() / 2);
       }},
      {"another number", [](InfoData& d) { ++d.to.number; }},
  };
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  uint64_t refused = 0;
  for (unsigned i = 0; i < all.size(); ++i) {
    SCOPED_TRACE(all[i].name);
    a_->meddler().meddle(1, all[i].change);
    a_->block(1'000 + 10 * i, 2);
    ASSERT_TRUE(await([&] { return node->counters().refused.get() > refused; }));
    expect_equal(*node, *a_);
    refused = node->counters().refused.get();
  }
  EXPECT_EQ(refused, all.size()) << "each was refused once, and the next version was right";
}

TEST_F(FollowTest, AFullVersionOfTheNumberHeldMendsWhenNothingNewerIsIssued) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  a_->block(700, 2);
  expect_equal(*node, *a_);
  node.reset();
  // Another writer notes that the chain is broken; there will be no newer version.
  {
    auto writer = store::Writer::open(root_ + "/replica", "test");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->note_refusal(feed::kCentre, {Refusal::kBadSignature, {1, 99}, "a stray version", {}}));
  }
  EXPECT_TRUE(source().repair);
  node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  EXPECT_FALSE(source().repair);
  EXPECT_EQ(node->counters().taken.get(), 1u);
  a_->block(800, 2);
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().refused.get(), 0u) << "the change follows the manifest that came with the repair";
}

TEST_F(FollowTest, WithTheWrongKeyNothingIsServed) {
  auto with = parts();
  with.key = *feed::VerifyingKey::parse(feed::SigningKey::make().public_pem(), "wrong.pem");
  auto node = make({site(*a_, "main")}, &with);
  ASSERT_TRUE(await([&] { return node->counters().refused.get() >= 2; }));
  EXPECT_EQ(node->status().holding.version, Version{});
  ASSERT_TRUE(node->status().refused.contains(feed::kCentre));
  EXPECT_EQ(node->status().refused.at(std::string(feed::kCentre)).what, Refusal::kBadSignature);
  EXPECT_FALSE(a_->queue_empty("node-1")) << "nothing is acknowledged";
  node = nullptr;
  node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
}

TEST_F(FollowTest, AReplayedAnswerChangesNothing) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  auto old = std::make_shared<InfoData>();
  a_->meddler().meddle(1, [old](InfoData& d) { *old = d; });
  a_->block(300, 2);
  expect_equal(*node, *a_);
  a_->meddler().meddle(1, [old](InfoData& d) { d = *old; });
  a_->block(400, 2);
  ASSERT_TRUE(await([&] { return a_->meddler().left() == 0; }));
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().taken.get(), 3u);
  EXPECT_EQ(node->counters().refused.get(), 0u);
}

TEST_F(FollowTest, BrokenOffBetweenCommitAndAcknowledgementNothingIsTakenTwice) {
  std::atomic<bool> once{false}, stopped{false};
  auto with = parts();
  with.at_step = [&](Follow::Step step) {
    if (step != Follow::Step::kCommitted || !once.exchange(false)) return;
    a_->stop_server();
    stopped = true;
  };
  auto node = make({site(*a_, "main")}, &with);
  expect_equal(*node, *a_);
  ASSERT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
  for (unsigned round = 1; round <= 3; ++round) {
    stopped = false;
    once = true;
    a_->block(1'000 * round, 2);
    ASSERT_TRUE(await([&] { return stopped.load(); }));
    EXPECT_FALSE(a_->queue_empty("node-1")) << "committed, not acknowledged";
    a_->start_server();
    expect_equal(*node, *a_);
    EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
  }
  EXPECT_EQ(node->counters().taken.get(), 4u);
  EXPECT_EQ(node->counters().refused.get(), 0u);
  EXPECT_GE(node->counters().sessions_lost.get(), 3u);
}

TEST_F(FollowTest, AnotherProcessBetweenCommitAndAcknowledgement) {
  for (unsigned round = 0; round < 4; ++round) {
    SCOPED_TRACE(round);
    std::atomic<bool> committed{false};
    auto with = parts();
    // It stops where it is, and what comes after it must not be seen.
    with.at_step = [&](Follow::Step step) {
      if (step != Follow::Step::kCommitted) return;
      a_->stop_server();
      committed = true;
    };
    auto node = make({site(*a_, "main")}, &with);
    ASSERT_TRUE(await([&] { return committed.load(); }));
    node.reset();
    a_->start_server();
    a_->block(2'000 + round, 1);
  }
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
  EXPECT_EQ(node->counters().refused.get(), 0u);
}

TEST_F(FollowTest, AnOperatorsCommandAtTheReplicaIsWaitedFor) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  {
    auto writer = store::Writer::open(root_ + "/replica", "eirctl");
    ASSERT_TRUE(writer) << writer.error().message() << ": the lock is free between versions";
    a_->block(600, 2);
    ASSERT_TRUE(await([&] { return node->counters().writer_busy.get() >= 2; }));
    EXPECT_FALSE(holds(*node, *a_));
  }
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().sessions_lost.get(), 0u) << "that is not the site's fault";
}

TEST_F(FollowTest, FailsOverAndBackWithoutAGapOrARepeat) {
  expect_equal(*make({site(*a_, "main")}), *a_);
  a_->stop();
  b_->become(*a_);
  a_->start();
  b_->start();
  auto node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *a_);
  ASSERT_TRUE(await([&] { return node->status().followed == 0u; }));
  a_->stop();
  ASSERT_TRUE(await([&] { return node->status().followed == 1u; }));
  EXPECT_EQ(node->counters().taken.get(), 0u) << "nothing is taken twice";
  b_->block(900, 2);
  expect_equal(*node, *b_);
  // The preferred site comes back as the other one left it.
  b_->stop();
  a_->become(*b_);
  a_->start();
  b_->start();
  ASSERT_TRUE(await([&] { return node->status().followed == 0u; }));
  a_->block(950, 2);
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().taken.get(), 2u);
  EXPECT_EQ(node->counters().refused.get(), 0u);
  EXPECT_EQ(node->counters().lower_epochs.get(), 0u);
}

TEST_F(FollowTest, TheUrgentChainComesBesideTheOther) {
  const auto serves = [&] {
    std::vector<uint64_t> keys;
    const auto reader = store::Reader::open(root_ + "/replica");
    if (const auto index = reader->source(feed::kUrgent))
      index->for_each<lists::ImeiEntry>([&](const lists::ImeiEntry& e, const lists::Terms& terms) {
        EXPECT_EQ(terms.reason, "stolen");
        keys.push_back(identity::number(e.key()) - 35'210'605'000'000);
      });
    std::sort(keys.begin(), keys.end());
    return keys;
  };
  using Keys = std::vector<uint64_t>;
  auto node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *a_);
  EXPECT_EQ(node->status().urgent.version, lists::Version{}) << "there is none";
  a_->mark_urgent(0, 3);
  ASSERT_TRUE(await([&] { return serves() == Keys{0, 1, 2}; }));
  a_->mark_urgent(7, 1);
  a_->mark_urgent(1, 1, false);
  ASSERT_TRUE(await([&] { return serves() == Keys{0, 2, 7}; }));
  const auto held = store::Reader::open(root_ + "/replica")->source(feed::kUrgent)->version();
  ASSERT_TRUE(await([&] { return node->status().urgent.version == held; }));
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); })) << "acknowledged";
  a_->block(900, 2);
  expect_equal(*node, *a_);
  EXPECT_EQ(node->status().urgent.version, held);
  node.reset();
  a_->stop();
  b_->become(*a_);
  b_->start();
  b_->promote();
  node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *b_);
  ASSERT_TRUE(await([&] { return node->status().urgent.version == lists::Version{held.epoch + 1, 1}; }));
  EXPECT_EQ(serves(), (Keys{0, 2, 7}));
  EXPECT_EQ(node->counters().urgent_taken.get(), 1u);
  EXPECT_EQ(node->counters().refused.get(), 0u);
}

TEST_F(FollowTest, AnUrgentMessageIsKeptUntilTheSiteGivesTheVersion) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  ASSERT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
  a_->meddler().refuse(feed::kUrgent);
  a_->mark_urgent(0, 2);
  const uint64_t asked = node->counters().asked.get();
  ASSERT_TRUE(await([&] { return node->counters().asked.get() >= asked + 3; }));
  EXPECT_FALSE(a_->queue_empty("node-1")) << "nothing of it is durable here";
  EXPECT_EQ(node->status().urgent.version, lists::Version{});
  a_->meddler().refuse("");
  EXPECT_TRUE(await([&] { return node->status().urgent.version != lists::Version{}; }));
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
}

TEST_F(FollowTest, ASiteThatDoesNotKnowTheManifestHeldGivesTheVersionAnew) {
  a_->stop();
  b_->become(*a_);
  a_->start();
  b_->start();
  auto node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *a_);
  const auto held = node->status().holding;
  a_->stop();
  ASSERT_TRUE(await([&] { return node->status().followed == 1u && node->counters().taken.get() == 2; }));
  b_->block(900, 2);
  expect_equal(*node, *b_);
  EXPECT_GT(node->status().holding.version, held.version);
  EXPECT_EQ(b_->versions().counters().full_files.load(), 1u) << "from then on changes";
  EXPECT_EQ(node->counters().refused.get(), 0u);
}

TEST_F(FollowTest, ASiteOfALowerEpochIsNotFollowed) {
  a_->stop();
  b_->become(*a_);
  a_->start();
  b_->start();
  auto node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *a_);
  a_->stop();
  b_->promote();
  b_->block(900, 2);
  expect_equal(*node, *b_);
  EXPECT_EQ(node->status().holding.version.epoch, b_->registry().status().version.epoch);
  const auto held = node->status().holding.version;
  // The old site returns, and goes on in its own epoch.
  a_->start();
  a_->block(5'000, 2);
  ASSERT_TRUE(await([&] { return node->counters().lower_epochs.get() >= 2; }));
  const auto status = node->status();
  EXPECT_EQ(status.followed, 1u);
  EXPECT_TRUE(status.sites.at(0).lower_epoch);
  EXPECT_FALSE(status.sites.at(0).problem.empty());
  EXPECT_EQ(status.holding.version, held);
  b_->block(910, 2);
  expect_equal(*node, *b_);
  // It cuts back and follows: now it is well.
  a_->stop();
  b_->stop();
  a_->become(*b_);
  a_->start();
  ASSERT_TRUE(await([&] { return node->status().followed == 0u; }));
  EXPECT_FALSE(node->status().sites.at(0).lower_epoch);
  a_->block(920, 2);
  expect_equal(*node, *a_);
  EXPECT_EQ(node->counters().refused.get(), 0u);
}

TEST_F(FollowTest, ASiteThatIsBehindBringsNothingAndIsNoWordOnTheNewest) {
  a_->stop();
  b_->become(*a_);
  a_->start();
  a_->block(900, 2);
  b_->start();
  auto node = make({site(*a_, "main"), site(*b_, "backup")});
  expect_equal(*node, *a_);
  const auto held = node->status().holding.version;
  a_->stop();
  ASSERT_TRUE(await([&] { return node->status().followed == 1u; }));
  EXPECT_TRUE(node->status().sites.at(1).behind);
  const auto silent = node->status().silent_for;
  ASSERT_TRUE(await([&] { return node->status().silent_for > silent + 100ms; })) << "staleness grows";
  EXPECT_EQ(node->status().holding.version, held);
  EXPECT_EQ(node->counters().taken.get(), 1u);
}

TEST_F(FollowTest, SilenceIsMeasuredAndStopIsAtOnce) {
  auto node = make({site(*a_, "main")});
  expect_equal(*node, *a_);
  ASSERT_TRUE(await([&] { return node->status().silent_for < 200ms; }));
  a_->stop_server();
  ASSERT_TRUE(await([&] { return node->status().silent_for > 300ms; }));
  EXPECT_FALSE(node->status().followed);
  EXPECT_FALSE(node->status().sites.at(0).problem.empty());
  a_->start_server();
  ASSERT_TRUE(await([&] { return node->status().silent_for < 200ms; }));
  // Somebody who lets the connection stand and never says a word.
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t len = sizeof at;
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), len), 0);
  ASSERT_EQ(::listen(fd, 5), 0);
  ASSERT_EQ(::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &len), 0);
  auto mute = site(*a_, "mute");
  mute.client.port = ntohs(at.sin_port);
  node.reset();
  node = make({mute});
  const int accepted = ::accept(fd, nullptr, nullptr);
  const auto before = std::chrono::steady_clock::now();
  node->stop();
  EXPECT_LT(std::chrono::steady_clock::now() - before, 5s) << "not the ten seconds of a connection";
  ::close(accepted);
  ::close(fd);
}

TEST_F(FollowTest, ManyChangesWhileEverythingIsBrokenOffAllTheTime) {
  auto node = make({site(*a_, "main")});
  for (unsigned i = 0; i < 30; ++i) {
    a_->block(20'000 + 20 * i, 1 + i % 13);
    if (i % 5 == 2) a_->stop_server();
    if (i % 5 == 4) a_->start_server();
    if (i % 7 == 3) a_->meddler().meddle(1, [](InfoData& d) { d.proof->text.octets[20] ^= 4; });
    if (i % 11 == 5) node = nullptr, node = make({site(*a_, "main")});
  }
  expect_equal(*node, *a_);
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
}

}  // namespace
}  // namespace eir::sync::follow
