// SPDX-License-Identifier: GPL-3.0-or-later
// Who may be a peer, and what a changed configuration does to those that are.
#include "tests/unit/diameter/session_fixture.h"

namespace eir::diameter::test {
namespace {

TEST_F(SessionTest, BlockedAndRemovedPeersGetDpr) {
  auto mme = open();
  auto other = open("other.example.org");
  config_.peers[0].blocked = true;
  config_.peers.pop_back();
  configure();
  mme->collect();
  other->collect();
  for (const Call* c : {mme.get(), other.get()}) {
    EXPECT_EQ(header_of(c->last()).command, 282u);
    EXPECT_EQ(u32_of(c->last(), avp::kDisconnectCause), 2u);
    EXPECT_EQ(c->session->state(), State::kDisconnecting);
  }
  EXPECT_EQ(shown(kMme), peer::PeerState::kDisconnecting);
  say(*mme, answer_to(mme->last(), kMme));
  EXPECT_FALSE(alarms_.down[std::string(kMme)]);
  auto again = connect();
  say(*again, cer_of(kMme));
  EXPECT_EQ(u32_of(again->last(), avp::kResultCode), 3010u);
  pass(3s, {other.get()});
  std::vector<peer::PeerStatus> all;
  desk_.snapshot(all);
  EXPECT_EQ(all.size(), 1u) << "the removed peer is forgotten";
}

TEST_F(SessionTest, UnchangedPeersKeepTheirConnection) {
  auto mme = open();
  const size_t before = mme->said.size();
  config_.peers[1].rate = 5;
  configure();
  mme->collect();
  EXPECT_EQ(mme->said.size(), before);
  EXPECT_EQ(mme->session->state(), State::kOpen);
}

TEST_F(SessionTest, AnotherIdentitySendsEverybodyAway) {
  auto mme = open();
  config_.origin_host = "eir2.epc.mnc01.mcc255.3gppnetwork.org";
  configure();
  mme->collect();
  EXPECT_EQ(header_of(mme->last()).command, 282u);
  auto again = connect();
  say(*again, cer_of(kMme));
  again->collect();
  EXPECT_EQ(text_of(again->last(), avp::kOriginHost), config_.origin_host);
}

TEST_F(SessionTest, UnknownPeersMayComeWhereTheyAreWelcome) {
  config_.accept_unknown_peers = true;
  config_.unknown_rate = 2;
  configure();
  auto stranger = open("stranger.example.org");
  EXPECT_EQ(shown("stranger.example.org"), peer::PeerState::kOpen);
  for (int i = 0; i < 3; ++i) say(*stranger, Ecr("35809101234560").bytes());
  EXPECT_EQ(u32_of(stranger->last(), avp::kResultCode), 3004u);
  stranger.reset();
  std::vector<peer::PeerStatus> all;
  desk_.snapshot(all);
  EXPECT_EQ(all.size(), 2u) << "forgotten when gone";
  EXPECT_FALSE(alarms_.down["stranger.example.org"]);
}

TEST_F(SessionTest, ComingBackDoesNotFillAnUnknownPeersBucket) {
  config_.accept_unknown_peers = true;
  config_.unknown_rate = 2;
  configure();
  const auto ask = [&](Call& c) {
    say(c, Ecr("35809101234560").bytes());
    return u32_of(c.last(), avp::kResultCode);
  };
  auto stranger = open("stranger.example.org");
  EXPECT_EQ(ask(*stranger), 2001u);
  EXPECT_EQ(ask(*stranger), 2001u);
  EXPECT_EQ(ask(*stranger), 3004u);
  for (const char* name : {"stranger.example.org", "Stranger.Example.ORG"}) {
    stranger.reset();
    desk_.tick();
    stranger = open(name);
    EXPECT_EQ(ask(*stranger), 3004u) << "reconnecting fills nothing";
  }
  stranger.reset();
  pass(500ms, {});
  stranger = open("stranger.example.org");
  EXPECT_EQ(ask(*stranger), 2001u) << "time does";
  EXPECT_EQ(ask(*stranger), 3004u);
  stranger.reset();
  pass(1s, {});
  stranger = open("stranger.example.org");
  EXPECT_EQ(ask(*stranger), 2001u);
  EXPECT_EQ(ask(*stranger), 2001u);
  EXPECT_EQ(ask(*stranger), 3004u);
}

TEST_F(SessionTest, BucketsOfUnknownPeersThatLeftAreBounded) {
  config_.accept_unknown_peers = true;
  config_.unknown_rate = 2;
  configure();
  const auto come_and_go = [&](size_t i) {
    auto call = open("s" + std::to_string(i) + ".example.org");
    say(*call, Ecr("35809101234560").bytes());
  };
  for (size_t i = 0; i < peer::kSpentBucketsMax; ++i) come_and_go(i);
  EXPECT_EQ(desk_.counters().spent_buckets_dropped.get(), 0u);
  come_and_go(peer::kSpentBucketsMax);
  EXPECT_EQ(desk_.counters().spent_buckets_dropped.get(), 1u);
  pass(1s, {});  // all are full again, and forgotten
  for (size_t i = 0; i < peer::kSpentBucketsMax; ++i) come_and_go(i);
  EXPECT_EQ(desk_.counters().spent_buckets_dropped.get(), 1u);
}

TEST_F(SessionTest, NumberOfUnknownPeersIsBounded) {
  config_.accept_unknown_peers = true;
  configure();
  std::vector<std::unique_ptr<Call>> calls;
  for (size_t i = 0; i < peer::kUnknownPeersMax; ++i) calls.push_back(open("s" + std::to_string(i) + ".example.org"));
  auto above = connect();
  say(*above, cer_of("above.example.org"));
  EXPECT_EQ(u32_of(above->last(), avp::kResultCode), 3010u);
  EXPECT_EQ(desk_.counters().peers_unknown_refused.get(), 1u);
  auto configured = open();
}

TEST_F(SessionTest, TokenBucketPerPeer) {
  config_.peers[0].rate = 10;
  config_.peers[0].burst = 5;
  configure();
  auto mme = open();
  auto other = open("other.example.org");
  const auto ask = [&](Call& c) {
    say(c, Ecr("35809101234560").bytes());
    return u32_of(c.last(), avp::kResultCode);
  };
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*mme), 2001u);
  EXPECT_EQ(ask(*mme), 3004u);
  EXPECT_EQ(ask(*other), 2001u);
  clock_.advance(100ms);
  EXPECT_EQ(ask(*mme), 2001u);
  EXPECT_EQ(ask(*mme), 3004u);
  clock_.advance(3600s);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(ask(*mme), 2001u);
  EXPECT_EQ(ask(*mme), 3004u);
  EXPECT_EQ(desk_.counters().outcomes.get(s13::Outcome::kTooBusy), 3u);
}

TEST_F(SessionTest, EveryTruncationOfBaseMessages) {
  for (const Bytes& whole : {cer_of(kMme), dwr(kMme), dpr(kMme)}) {
    for (size_t n = codec::kHeaderLen; n < whole.size(); n += 4) {
      Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
      base::ByteWriter(cut).u32(0x01000000u | static_cast<uint32_t>(n));
      const bool is_cer = header_of(whole).command == 257;
      auto call = is_cer ? connect() : open();
      say(*call, cut);
      const uint32_t code = u32_of(call->last(), avp::kResultCode);
      EXPECT_TRUE(code / 1000 == 5 || (is_cer && code == 5010)) << n << ": " << code;
    }
  }
}

}  // namespace
}  // namespace eir::diameter::test
