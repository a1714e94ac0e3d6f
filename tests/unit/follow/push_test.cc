// SPDX-License-Identifier: GPL-3.0-or-later
// The centre's pushes to a node's own server.
#include "appliance/cdbd/pusher.h"
#include "sync/follow/push_desk.h"
#include "tests/unit/follow/fixture.h"

namespace eir::sync::follow {
namespace {

using appliance::cdbd::Pusher;
using appliance::cdbd::PushNode;
using epp::test::kSchemas;
using epp::test::messages;

class PushTest : public FollowTest {
 protected:
  /// A node that polls about never, and its server.
  void start_node(std::chrono::milliseconds poll = 1h) {
    auto with = config({site(*a_, "main")});
    with.poll_interval = with.info_interval = poll;
    node_ = std::make_unique<Follow>(with, parts());
    node_->start();
    desk_ = std::make_unique<PushDesk>(*node_, std::vector<PushAccount>{{"centre", ca_.fingerprint("centre")}});
    epp::ServerConfig server;
    server.listeners = {{"127.0.0.1", port_}};
    server.tls = ca_.of("node");
    server.schema_directory = kSchemas;
    server.threads = 1;
    server.session.objects = kPushObjects;
    server_ = std::make_unique<epp::Server>(*desk_, messages(), transactions_, clock_);
    const auto started = server_->start(server);
    ASSERT_TRUE(started) << started.error().front().message();
    port_ = server_->endpoints().at(0).port;
  }
  void stop_node() {
    server_.reset();
    desk_.reset();
    node_.reset();
  }
  epp::ClientConfig to_node(const std::string& certificate) const {
    epp::ClientConfig client;
    client.host = "127.0.0.1";
    client.port = port_;
    client.tls = ca_.of(certificate);
    client.schema_directory = kSchemas;
    return client;
  }
  void start_pusher(std::chrono::milliseconds keep_alive = 1min) {
    appliance::cdbd::PusherOptions options;
    options.keep_alive = keep_alive;
    options.backoff_min = 10ms;
    options.backoff_max = 100ms;
    pusher_ = std::make_unique<Pusher>(std::vector<PushNode>{{"node-1", to_node("centre"), "centre", "unused-1"}},
                                       options, Pusher::Parts{a_->registry(), a_->versions(), messages(), clock_});
    pusher_->start();
  }
  std::unique_ptr<epp::Client> logged_in() {
    auto client = epp::Client::connect(to_node("centre"), messages());
    EXPECT_TRUE(client) << client.error().message();
    EXPECT_EQ(login(**client, "centre"), 1000u);
    return std::move(*client);
  }
  static unsigned login(epp::Client& client, const std::string& user) {
    const auto reply =
        client.ask(epp::Login{user, "unused-1", {}, "1.0", "en", {epp::Text(epp::uri_of(epp::Ns::kVersion))}, {}});
    return reply ? epp::number(reply->code) : 0;
  }
  static epp::Reply push(epp::Client& client, const epp::version::Manifest& manifest) {
    epp::version::Create frame;
    static_cast<epp::version::Manifest&>(frame) = manifest;
    const auto reply = client.ask(epp::ObjectCommand(std::move(frame)));
    EXPECT_TRUE(reply) << reply.error().message();
    return reply.value_or(epp::Reply());
  }
  /// The change that leads the node to the newest version.
  epp::version::Manifest newest_change() {
    const Holding at = node_->status().holding;
    registry::Request rq;
    rq.user_name = "test";
    rq.role = registry::Role::kAdministrator;
    std::optional<registry::VersionAnswer> out;
    const Version newest = a_->registry().status().version;
    EXPECT_TRUE(a_->versions().publisher().change_for(rq, at.version, at.manifest, newest, out).ok());
    EXPECT_TRUE(out);
    return out ? appliance::cdbd::manifest_of(out->manifest, out->data) : epp::version::Manifest();
  }
  /// The newest version as the centre has it: for a node that stands elsewhere it is no way on.
  epp::version::Manifest newest_as_issued() {
    auto reader = a_->registry().reader();
    return appliance::cdbd::manifest_of(a_->newest(), reader->newest_version()->data);
  }
  void TearDown() override {
    pusher_.reset();
    stop_node();
  }

  /// The node holds the newest and has nothing under way: what is pushed next is taken as it comes.
  void expect_settled() {
    expect_equal(*node_, *a_);
    ASSERT_TRUE(await([&] { return node_->status().idle && a_->queue_empty("node-1"); }));
  }

  uint16_t port_ = 0;
  epp::TransactionIds transactions_{"NOD", clock_};
  std::unique_ptr<Follow> node_;
  std::unique_ptr<PushDesk> desk_;
  std::unique_ptr<epp::Server> server_;
  std::unique_ptr<Pusher> pusher_;
};

TEST_F(PushTest, EveryVersionComesAtOnceWithItsChange) {
  start_node();
  expect_equal(*node_, *a_);
  start_pusher();
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).committed >= 1; })) << "where the node stands is known";
  for (unsigned i = 0; i < 10; ++i) {
    ASSERT_TRUE(await([&] { return node_->status().idle; }));
    a_->block(1'000 + 10 * i, 2);
    expect_equal(*node_, *a_);
    ASSERT_TRUE(await([&] { return pusher_->status().at(0).at == a_->registry().status().version; }));
  }
  EXPECT_EQ(node_->counters().pushes_taken.get(), 10u);
  EXPECT_EQ(pusher_->status().at(0).changes, 10u);
  EXPECT_EQ(pusher_->status().at(0).refused, 0u);
  EXPECT_TRUE(pusher_->status().at(0).problem.empty());
  // Too much for a frame: a hint, and the node pulls.
  a_->block(50'000, 3'000);
  expect_equal(*node_, *a_);
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).at == a_->registry().status().version; }));
  EXPECT_EQ(node_->counters().pushes_taken.get(), 10u);
  EXPECT_GE(pusher_->status().at(0).pulling, 1u);
  ASSERT_TRUE(await([&] { return node_->status().idle; }));
  a_->block(60'000, 3);
  expect_equal(*node_, *a_);
  EXPECT_EQ(node_->counters().pushes_taken.get(), 11u) << "and then a change again";
  EXPECT_EQ(node_->counters().refused.get(), 0u);
}

TEST_F(PushTest, ANodeThatWasAwayIsToldWhereTheListsStand) {
  start_node();
  expect_equal(*node_, *a_);
  start_pusher();
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).connected; }));
  stop_node();
  a_->block(1'000, 2);
  ASSERT_TRUE(await([&] { return !pusher_->status().at(0).problem.empty(); }));
  a_->block(1'100, 2);
  start_node();
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).at == a_->registry().status().version; }));
  expect_equal(*node_, *a_);
  a_->block(1'200, 2);
  expect_equal(*node_, *a_);
  EXPECT_GE(pusher_->status().at(0).sessions, 2u);
}

TEST_F(PushTest, ASessionThatEndsIsHadAgainWithoutANewVersion) {
  start_node();
  expect_equal(*node_, *a_);
  start_pusher(20ms);
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).committed >= 1; }));
  stop_node();
  ASSERT_TRUE(await([&] { return !pusher_->status().at(0).problem.empty(); }));
  const auto since = pusher_->status().at(0).wrong_since;
  ASSERT_TRUE(await([&] { return pusher_->status().at(0).failures >= 3; }));
  EXPECT_TRUE(pusher_->status().at(0).wrong_since == since) << "since the first of them";
  EXPECT_FALSE(pusher_->status().at(0).connected);
  start_node();
  EXPECT_TRUE(await([&] { return pusher_->status().at(0).problem.empty() && pusher_->status().at(0).connected; }));
}

TEST_F(PushTest, PushAndPullOfTheSameVersionsEndInTheSame) {
  start_node(5ms);
  start_pusher();
  for (unsigned i = 0; i < 40; ++i) a_->block(1'000 + 10 * i, 1 + i % 5);
  expect_equal(*node_, *a_);
  EXPECT_EQ(node_->counters().refused.get(), 0u);
  EXPECT_TRUE(await([&] { return a_->queue_empty("node-1"); }));
}

TEST_F(PushTest, AnswersByWhereTheNodeStands) {
  start_node();
  expect_settled();
  auto client = logged_in();
  const auto old = node_->status().holding;
  a_->block(1'000, 2);
  const auto change = newest_change();
  const epp::Reply done = push(*client, change);
  EXPECT_EQ(epp::number(done.code), 1000u);
  const auto& at = std::get<epp::version::CreateData>(done.data).at;
  EXPECT_EQ(at.number, change.to.number);
  EXPECT_EQ(at.manifest, base::hex(node_->status().holding.manifest));
  EXPECT_EQ(epp::number(push(*client, change).code), 1000u) << "again";
  auto hint = change;
  hint.proof.reset();
  hint.data.reset();
  EXPECT_EQ(epp::number(push(*client, hint).code), 1000u) << "a hint at what is held";
  hint.to.number = old.version.number;
  EXPECT_EQ(epp::number(push(*client, hint).code), 1000u) << "older";
  ASSERT_TRUE(await([&] { return node_->status().idle; }));
  a_->block(1'100, 2);
  const auto skipped = newest_change();
  a_->block(1'200, 2);
  EXPECT_EQ(epp::number(push(*client, newest_as_issued()).code), 1001u) << "ahead: it is pulled";
  expect_equal(*node_, *a_);
  EXPECT_EQ(node_->counters().pushes_unfit.get(), 1u);
  EXPECT_EQ(epp::number(push(*client, skipped).code), 1000u);
  hint.list = "another";
  EXPECT_EQ(epp::number(push(*client, hint).code), 2303u);
  EXPECT_EQ(node_->counters().refused.get(), 0u);
  // The epoch that is over.
  a_->promote();
  hint.list = feed::kCentre;
  hint.to = {a_->registry().status().version.epoch, 1};
  EXPECT_EQ(epp::number(push(*client, hint).code), 1001u);
  expect_equal(*node_, *a_);
  EXPECT_EQ(epp::number(push(*client, skipped).code), 2306u);
}

TEST_F(PushTest, WhatIsPushedDamagedOrForgedIsNotTakenAndBreaksNothing) {
  start_node();
  expect_settled();
  auto client = logged_in();
  const feed::SigningKey stranger = feed::SigningKey::make();
  for (unsigned what = 0; what < 4; ++what) {
    SCOPED_TRACE(what);
    a_->block(2'000 + 10 * what, 2);
    auto change = newest_change();
    if (what == 0) change.data->octets.back() ^= 1;
    if (what == 1) change.proof->text.octets[30] ^= 1;
    if (what == 2) change.to.number += 5;
    if (what == 3) {
      const auto signature = stranger.sign(change.proof->text.octets);
      change.proof->signature.octets.assign(signature.begin(), signature.end());
    }
    EXPECT_EQ(epp::number(push(*client, change).code), 1001u);
    expect_equal(*node_, *a_);
    ASSERT_TRUE(await([&] { return node_->status().idle; }));
  }
  EXPECT_EQ(node_->counters().pushes_unfit.get(), 4u);
  EXPECT_EQ(node_->counters().pushes_taken.get(), 0u);
  EXPECT_EQ(node_->counters().refused.get(), 0u) << "no repair because of a push";
}

TEST_F(PushTest, NobodyElseAndNothingElse) {
  start_node();
  auto other = epp::Client::connect(to_node("server"), messages());
  ASSERT_TRUE(other);
  EXPECT_EQ(login(**other, "centre"), 2200u) << "another's certificate";
  EXPECT_EQ(login(**other, "nobody"), 2200u);
  auto client = logged_in();
  EXPECT_EQ(client->greeting().objects, std::vector<epp::Text>{epp::Text(epp::uri_of(epp::Ns::kVersion))});
  EXPECT_EQ(epp::number(client->ask(epp::Poll{})->code), 1300u);
  EXPECT_EQ(epp::number(client->ask(epp::Poll{true, "1"})->code), 2303u);
  EXPECT_EQ(epp::number(client->ask(epp::ObjectCommand(epp::version::Info{"centre", {}, {}}))->code), 2101u);
  EXPECT_EQ(epp::number(client->ask(epp::ObjectCommand(epp::imei::Info{"352106050544203"}))->code), 2307u);
  EXPECT_TRUE(client->hello());
  EXPECT_EQ(epp::number(client->ask(epp::Logout{})->code), 1500u);
}

}  // namespace
}  // namespace eir::sync::follow
