// SPDX-License-Identifier: GPL-3.0-or-later
// Two sites over TLS: following, promotion, return, standby-sync.
#include "tests/unit/registry/sites_fixture.h"

#include <sqlite3.h>

#include <atomic>
#include <random>
#include <set>

namespace eir::registry {
namespace {

class SitesTest : public ::testing::Test {
 protected:
  SitesTest() { std::signal(SIGPIPE, SIG_IGN); }
  Outcome tell(TwoSites::Site& s, Command command) {
    return s.registry->execute(operator_as(++told_), std::move(command));
  }
  /// Site a begins, and b follows it.
  void begin() {
    two_.start(two_.a);
    two_.start(two_.b);
    ASSERT_FALSE(HasFatalFailure());
    EXPECT_FALSE(two_.a.registry->status().active) << "an empty site follows until it is promoted";
    ASSERT_TRUE(tell(two_.a, Promote{"the first"}).ok());
  }
  uint64_t told_ = 1'000'000;
  TwoSites two_;
};

TEST_F(SitesTest, OneFollowsTheOtherWhicheverStopsAndComesBack) {
  begin();
  std::mt19937 random(3);
  uint64_t n = 0;
  for (int round = 0; round < 6; ++round) {
    for (unsigned i = 5 + random() % 30; i > 0; --i) ASSERT_TRUE(two_.file(two_.a, ++n).ok());
    TwoSites::Site& one = random() % 2 ? two_.a : two_.b;
    TwoSites::stop(one);
    if (&one == &two_.b) {
      for (unsigned i = random() % 20; i > 0; --i) ASSERT_TRUE(two_.file(two_.a, ++n).ok());
    }
    two_.start(one);
    ASSERT_FALSE(HasFatalFailure());
  }
  expect_equal(two_);
  EXPECT_EQ(two_.file(two_.b, 9'999).why, Why::kNotActive);
  EXPECT_TRUE(eventually([&] { return two_.b.sites->status().following == "a"; }));
  EXPECT_EQ(two_.b.registry->own_counters().copies_adopted.load(), 0u);
}

TEST_F(SitesTest, AFollowingSiteGivesVersionsAndLogsUsersIn) {
  begin();
  User user;
  user.name = "customs-1";
  user.role = Role::kCustoms;
  ASSERT_TRUE(tell(two_.a, PutUser{user, "password"}).ok());
  for (uint64_t n = 1; n < 50; ++n) ASSERT_TRUE(two_.file(two_.a, n).ok());
  ASSERT_TRUE(settled(two_));
  EXPECT_TRUE(two_.b.registry->authenticate("customs-1", "password", ""));
  Publisher publisher(*two_.b.registry, two_.clock, two_.temp_.file("versions"));
  // Under load, too, there is a state of exactly one version.
  std::atomic<bool> stop{false};
  std::thread load([&] {
    for (uint64_t n = 50; !stop; ++n) (void)two_.file(two_.a, n);
  });
  for (int i = 0; i < 5; ++i) {
    auto [reader, manifest] = two_.b.registry->reader_at_version();
    ASSERT_TRUE(reader);
    lists::Entries entries;
    lists::TermsPool terms;
    ASSERT_TRUE(read_state(*reader, entries, terms));
    EXPECT_EQ(store::digests_of(entries, terms), manifest.digests);
    reader->release();
    std::optional<VersionAnswer> answer;
    EXPECT_TRUE(publisher.answer(operator_as(1), {}, {}, {}, answer).ok());
    EXPECT_TRUE(answer);
  }
  stop = true;
  load.join();
  ASSERT_TRUE(settled(two_));
}

TEST_F(SitesTest, WhatAFollowingSiteWasAskedIsProvenAndFoundInItsOwnChain) {
  begin();
  ASSERT_TRUE(two_.file(two_.a, 1).ok());
  ASSERT_TRUE(settled(two_));
  EXPECT_EQ(two_.file(two_.b, 7).why, Why::kNotActive);
  const auto found = [&](const std::vector<std::string>& trids) {
    auto reader = two_.b.registry->reader();
    return find_site_commands(*reader, trids);
  };
  ASSERT_TRUE(eventually([&] { return found({"C7"}).size() == 1; }));
  EXPECT_EQ(found({"C9", "S7"})[0].command.code, Code::kFailed);
  EXPECT_TRUE(found({"C1", ""}).empty()) << "that one is everywhere";
  AuditReport good;
  {
    auto reader = two_.b.registry->reader();
    EXPECT_TRUE(find_commands(*reader, "C7", std::nullopt).empty());
    good = verify_audit(*reader, {});
  }
  EXPECT_TRUE(good.whole) << good.fault;
  EXPECT_GE(good.site_blocks, 1u);
  EXPECT_GE(good.site_commands, 1u);
  TwoSites::stop(two_.b);
  sqlite3* db = nullptr;
  ASSERT_EQ(sqlite3_open((two_.b.directory + "/registry.db").c_str(), &db), SQLITE_OK);
  ASSERT_EQ(sqlite3_exec(db, "update site_block set at = at + 1 where number = 1", nullptr, nullptr, nullptr),
            SQLITE_OK);
  sqlite3_close(db);
  SqliteStore store(SqliteOptions{two_.b.directory});
  const auto later = store.reader();
  ASSERT_TRUE(later);
  const AuditReport bad = verify_audit(**later, {});
  EXPECT_FALSE(bad.whole);
  EXPECT_EQ(bad.fault, "of this site's own chain, block 1 was changed");
  EXPECT_EQ(bad.blocks, good.blocks) << "the shared one is whole";
}

TEST_F(SitesTest, TheOldSiteReturnsIsCutBackAndListsWhatItLost) {
  begin();
  for (uint64_t n = 1; n <= 40; ++n) ASSERT_TRUE(two_.file(two_.a, n).ok());
  ASSERT_TRUE(settled(two_));
  const uint64_t ancestor = two_.b.registry->status().block;
  TwoSites::stop(two_.a);
  ASSERT_TRUE(tell(two_.b, Promote{"a does not answer"}).ok());
  EXPECT_EQ(two_.b.registry->status().epoch, 2u);
  for (uint64_t n = 41; n <= 60; ++n) ASSERT_TRUE(two_.file(two_.b, n).ok());
  // The old one comes up cut off from the other, and goes on.
  two_.open(two_.a);
  ASSERT_TRUE(two_.a.registry->status().active);
  for (uint64_t n = 61; n <= 75; ++n) ASSERT_TRUE(two_.file(two_.a, n).ok());
  EXPECT_TRUE(
      two_.a.registry->execute(operator_as(500), Read{Object::kDevice, Verb::kInfo, "x", Code::kDone, {}}).ok());
  two_.join(two_.a);
  ASSERT_TRUE(eventually([&] { return two_.a.registry->own_counters().copies_adopted.load() == 1; }))
      << to_text(two_.a.sites->status());
  expect_equal(two_);
  EXPECT_FALSE(two_.a.registry->status().active);
  EXPECT_EQ(two_.a.registry->own_counters().stepped_down.load(), 1u);
  const std::string file = "lost-1-" + std::to_string(ancestor) + ".txt";
  EXPECT_EQ(two_.a.sites->status().lost, std::vector{file});
  const std::string lost = text_of(two_.a.directory + "/" + file);
  for (uint64_t n = 1; n <= 75; ++n)
    EXPECT_EQ(lost.find("; C" + std::to_string(n) + "; S" + std::to_string(n) + "; ") != std::string::npos, n > 60)
        << n;
  EXPECT_NE(lost.find("# 15 commands, and 1 that only read"), std::string::npos) << lost;
  // It is on record at the site itself, soon after.
  std::string events;
  const auto on_record = [&] {
    events.clear();
    auto reader = two_.a.registry->reader();
    reader->site_blocks(1, [&](const BlockRow& block) {
      const auto records = records_of(block);
      for (const AuditRecord& r : *records) events += r.text + "\n";
      return true;
    });
    return events.find("15 commands lost") != std::string::npos;
  };
  EXPECT_TRUE(eventually(on_record)) << events;
  EXPECT_NE(events.find("this site follows"), std::string::npos) << events;
  // And back again, by a decision there; nothing is lost when it follows to the end.
  ASSERT_TRUE(tell(two_.b, StandBy{"maintenance"}).ok());
  ASSERT_TRUE(eventually([&] { return two_.a.registry->status().audit_head == two_.b.registry->status().audit_head; }));
  ASSERT_TRUE(tell(two_.a, Promote{"back"}).ok());
  ASSERT_TRUE(two_.file(two_.a, 100).ok());
  expect_equal(two_);
  EXPECT_EQ(two_.a.registry->status().epoch, 3u);
  EXPECT_TRUE(two_.b.sites->status().lost.empty());
  EXPECT_EQ(two_.b.registry->own_counters().copies_adopted.load(), 0u);
}

TEST_F(SitesTest, ASiteFromFurtherBackThanRecordsAreKeptTakesACopy) {
  two_.stream_octets = 5'000;
  two_.start(two_.a);
  ASSERT_TRUE(tell(two_.a, Promote{"the first"}).ok());
  for (uint64_t n = 1; n <= 60; ++n) ASSERT_TRUE(two_.file(two_.a, n).ok());
  two_.start(two_.b);
  ASSERT_TRUE(eventually([&] { return two_.b.registry->own_counters().copies_adopted.load() >= 1; }));
  expect_equal(two_);
  EXPECT_TRUE(two_.b.sites->status().lost.empty());
  EXPECT_FALSE(two_.b.registry->status().active);
}

TEST_F(SitesTest, TwoActiveSitesOfOneEpochKeepWhatTheyHaveUntilOneIsPromoted) {
  two_.open(two_.a);
  two_.open(two_.b);
  ASSERT_TRUE(tell(two_.a, Promote{"one"}).ok());
  ASSERT_TRUE(tell(two_.b, Promote{"other"}).ok());
  two_.join(two_.a);
  two_.join(two_.b);
  ASSERT_TRUE(eventually([&] { return two_.a.sites->status().two_active && two_.b.sites->status().two_active; }));
  for (uint64_t n = 1; n <= 5; ++n) ASSERT_TRUE(two_.file(two_.b, n).ok());
  EXPECT_TRUE(two_.a.registry->status().active && two_.b.registry->status().active);
  ASSERT_TRUE(tell(two_.a, Promote{"this one"}).ok());
  expect_equal(two_);
  EXPECT_TRUE(two_.a.registry->status().active);
  EXPECT_EQ(two_.b.sites->status().lost, std::vector<std::string>{"lost-1-0.txt"});
}

TEST_F(SitesTest, WithStandbySyncNothingIsAcknowledgedThatTheOtherSiteHasNot) {
  two_.sync_timeout = std::chrono::milliseconds(300);
  begin();
  ASSERT_TRUE(tell(two_.a, SetSite{"standby-sync", "on"}).ok());
  ASSERT_TRUE(eventually([&] { return two_.file(two_.a, 1).why != Why::kStandby; }));
  ASSERT_TRUE(settled(two_));
  TwoSites::stop(two_.b);
  const lists::Version shown = two_.a.registry->status().shown;
  const Outcome refused = two_.file(two_.a, 2);
  EXPECT_EQ(refused.code, Code::kFailed);
  EXPECT_EQ(refused.why, Why::kStandby);
  EXPECT_GE(two_.a.registry->own_counters().unacknowledged.load(), 1u);
  EXPECT_EQ(two_.file(two_.a, 2).why, Why::kStandby) << "that it exists is no promise yet, either";
  // It is stored, and what it led to is shown to no node.
  ASSERT_TRUE(eventually([&] { return two_.a.registry->status().version > shown; }));
  EXPECT_EQ(two_.a.registry->status().shown, shown);
  auto reader = two_.a.registry->reader();
  EXPECT_TRUE(reader->imei(place_of(identity::ImeiKey{kSitesBase + 20}, {})));
  ASSERT_TRUE(eventually([&] {
    bool found = false;
    reader->blocks(1, [&](const BlockRow& block) {
      const auto records = records_of(block);
      for (const AuditRecord& r : *records)
        found = found || (r.type == RecordType::kEvent && r.text.find("answered 2400") != std::string::npos &&
                          r.text.find(" S2") != std::string::npos);
      return true;
    });
    return found;
  }));
  // Alone, by decision.
  ASSERT_TRUE(tell(two_.a, SetSite{"alone", "on"}).ok());
  EXPECT_TRUE(two_.file(two_.a, 3).code == Code::kPending);
  EXPECT_TRUE(two_.a.registry->status().alone);
  ASSERT_TRUE(eventually([&] { return two_.a.registry->status().shown == two_.a.registry->status().version; }));
  ASSERT_TRUE(tell(two_.a, SetSite{"alone", "off"}).ok());
  EXPECT_EQ(two_.file(two_.a, 4).why, Why::kStandby);
  two_.start(two_.b);
  ASSERT_TRUE(eventually([&] { return two_.file(two_.a, 5).why != Why::kStandby; }));
  EXPECT_EQ(two_.file(two_.a, 2).code, Code::kExists);
  expect_equal(two_);
}

TEST_F(SitesTest, WhatWasAcknowledgedIsThereAfterTheActiveSiteIsDestroyed) {
  begin();
  ASSERT_TRUE(tell(two_.a, SetSite{"standby-sync", "on"}).ok());
  std::mutex mutex;
  std::vector<uint64_t> acknowledged;
  std::atomic<bool> stop{false};
  std::vector<std::thread> clients;
  for (uint64_t t = 0; t < 4; ++t)
    clients.emplace_back([&, t] {
      for (uint64_t n = t + 1; !stop; n += 4)
        if (two_.file(two_.a, n).ok()) {
          const std::lock_guard lock(mutex);
          acknowledged.push_back(n);
        }
    });
  EXPECT_TRUE(eventually([&] {
    const std::lock_guard lock(mutex);
    return acknowledged.size() > 100;
  }));
  // The way between them goes first, in the middle of everything.
  two_.b.sites.reset();
  ASSERT_TRUE(eventually([&] { return two_.a.registry->status().held == clients.size(); })) << "all wait";
  stop = true;
  two_.a.sites.reset();
  two_.a.registry.reset();
  for (auto& c : clients) c.join();
  std::filesystem::remove_all(two_.a.directory);
  ASSERT_TRUE(tell(two_.b, Promote{"a burnt down"}).ok());
  ASSERT_TRUE(eventually([&] { return two_.b.registry->status().jobs_waiting == 0; }));
  auto reader = two_.b.registry->reader();
  for (const uint64_t n : acknowledged) {
    EXPECT_TRUE(reader->imei(place_of(identity::ImeiKey{kSitesBase + n * 10}, {}))) << n;
    EXPECT_FALSE(find_commands(*reader, "S" + std::to_string(n), {}).empty()) << n;
  }
  // The other comes back empty, and has it all again.
  two_.join(two_.b);
  two_.start(two_.a);
  expect_equal(two_);
}

/// Which alarms are set.
class Alarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId id, std::string_view subject, std::string_view) noexcept override {
    all_.emplace(id, std::string(subject));
  }
  void clear(base::AlarmId id, std::string_view subject) noexcept override { all_.erase({id, std::string(subject)}); }
  std::set<std::pair<base::AlarmId, std::string>> all_;
};

TEST(SitesAlarms, AreSetWhileTheirCauseLasts) {
  using base::AlarmId;
  using Set = std::set<std::pair<AlarmId, std::string>>;
  Alarms alarms;
  appliance::StandingAlarms standing(alarms);
  appliance::cdbd::Sites::Status calm, now;
  calm.own.active = now.own.active = true;
  now.peers.emplace_back().name = "b";
  now.peers.back().problem = "no way there";
  now.own.alone = now.two_active = true;
  now.lost = {"lost-1-7.txt"};
  tell_alarms(standing, calm, now);
  EXPECT_EQ(alarms.all_, (Set{{AlarmId::kSiteAlone, ""},
                              {AlarmId::kSitesBothActive, ""},
                              {AlarmId::kPeerSiteDown, "b"},
                              {AlarmId::kCommandsLost, "lost-1-7.txt"}}));
  auto next = calm;
  next.peers.emplace_back().name = "b";
  next.peers.back().reachable = true;
  next.own.sync = true;
  next.own.block = 9;
  tell_alarms(standing, now, next);
  EXPECT_EQ(alarms.all_, Set{}) << "it waits only since now";
  tell_alarms(standing, next, next);
  EXPECT_EQ(alarms.all_, (Set{{AlarmId::kStandbyMissing, ""}}));
  auto follows = calm;
  follows.own.active = false;
  follows.problem = "nobody is there";
  tell_alarms(standing, next, follows);
  EXPECT_EQ(alarms.all_, (Set{{AlarmId::kSiteNotFollowing, ""}}));
}

TEST_F(SitesTest, OnlyTheCertificatesThatAreKnownAreServed) {
  begin();
  two_.ca.issue("stranger");
  sync::epp::Problems problems;
  const auto ask = [&](const std::string& certificate, const std::string& fingerprint, std::string_view question) {
    sync::stream::LinkConfig config;
    config.name = "a";
    config.host = "127.0.0.1";
    config.port = two_.a.port;
    config.fingerprint = fingerprint;
    sync::stream::Link link(config, tls::make_context(tls::Side::kClient, two_.ca.of(certificate), problems));
    return link.exchange(question, std::chrono::seconds(20));
  };
  const std::string right = two_.ca.fingerprint("a");
  Ask state;
  const auto good = ask("b", right, encode(state));
  ASSERT_TRUE(good) << good.error().message();
  EXPECT_EQ(decode_answer(*good)->site.name, "a");
  EXPECT_FALSE(ask("stranger", right, encode(state)));
  EXPECT_FALSE(ask("b", two_.ca.fingerprint("b"), encode(state)));
  const auto noise = ask("b", right, "what is this");
  ASSERT_TRUE(noise);
  EXPECT_EQ(decode_answer(*noise)->what, Reply::kRefused);
  EXPECT_FALSE(ask("b", right, std::string(sync::stream::Server::kQuestionMax + 1, 'x')));
  EXPECT_GE(two_.a.sites->server_counters().refused_certificate.load(), 1u);
  EXPECT_TRUE(problems.empty());
}

TEST(StreamMessages, EveryTruncationIsRefused) {
  Answer a;
  a.site.name = "a";
  a.what = Reply::kRecords;
  a.records.resize(2);
  a.records[0].block.body = "body";
  a.records[1].operations = "operations";
  a.data = "data";
  const std::string answer = encode(a);
  const auto back = decode_answer(answer);
  ASSERT_TRUE(back);
  EXPECT_EQ(encode(*back), answer);
  for (size_t n = 0; n < answer.size(); ++n) EXPECT_FALSE(decode_answer(answer.substr(0, n))) << n;
  EXPECT_FALSE(decode_answer(answer + "x"));
  Ask q;
  q.site.name = "b";
  q.what = Question::kRecords;
  q.wait = std::chrono::milliseconds(77);
  const std::string ask = encode(q);
  ASSERT_TRUE(decode_ask(ask));
  EXPECT_EQ(encode(*decode_ask(ask)), ask);
  for (size_t n = 0; n < ask.size(); ++n) EXPECT_FALSE(decode_ask(ask.substr(0, n))) << n;
}

}  // namespace
}  // namespace eir::registry
