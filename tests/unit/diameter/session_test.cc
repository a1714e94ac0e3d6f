// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/diameter/session_fixture.h"

namespace eir::diameter::test {
namespace {

TEST_F(SessionTest, CapabilitiesExchange) {
  auto call = open();
  const Bytes& cea = call->last();
  EXPECT_EQ(header_of(cea).command, 257u);
  EXPECT_EQ(header_of(cea).flags, 0);
  EXPECT_EQ(header_of(cea).hop_by_hop, 1u);
  EXPECT_EQ(u32_of(cea, avp::kResultCode), 2001u);
  EXPECT_EQ(text_of(cea, avp::kOriginHost), kOwnHost);
  EXPECT_EQ(u32_of(cea, avp::kOriginStateId), 4711u);
  EXPECT_EQ(text_of(cea, avp::kHostIpAddress), std::string("\0\1\xC0\0\2\x09", 6));
  EXPECT_TRUE(has(cea, avp::kVendorSpecificApplicationId));
  EXPECT_EQ(shown(kMme), peer::PeerState::kOpen);
}

TEST_F(SessionTest, WhoGetsInAndWhoDoesNot) {
  const Bytes relay = make_u32(avp::kAuthApplicationId, codec::kAppRelay);
  const Bytes s6a = make_u32(avp::kAuthApplicationId, 16777251);
  const Bytes tls_only = make_u32(avp::kInbandSecurityId, 1);
  const Bytes none = make_u32(avp::kInbandSecurityId, 0);
  struct Row {
    const char* what;
    Bytes cer;
    uint32_t code;
  };
  Bytes version2 = cer_of(kMme);
  version2[0] = 2;
  Bytes proxiable = cer_of(kMme);
  proxiable[4] |= codec::kFlagProxiable;
  Bytes reserved = cer_of(kMme);
  reserved[4] |= codec::kFlagsReserved;
  const Row rows[] = {
      {"reserved header bits", reserved, 2001},
      {"S13 as vendor's application", cer_of(kMme), 2001},
      {"S13 as plain application", cer(kMme, {make_u32(avp::kAuthApplicationId, codec::kAppS13)}), 2001},
      {"a relay", cer(kMme, {relay}), 2001},
      {"S6a only", cer(kMme, {s6a}), 5010},
      {"nothing in common", cer(kMme, {}), 5010},
      {"capitals in the name", cer_of("MME1.EPC.mnc01.mcc255.3gppnetwork.org"), 2001},
      {"not configured", cer_of("stranger.example.org"), 3010},
      {"our own name", cer_of(kOwnHost), 3010},
      {"TLS in band only", cer(kMme, {offers_s13(), tls_only}), 5017},
      {"TLS in band or none", cer(kMme, {offers_s13(), tls_only, none}), 2001},
      {"version 2", version2, 5011},
      {"P bit", proxiable, 3008},
      {"unknown mandatory AVP", cer(kMme, {offers_s13(), make({4711}, "x")}), 5001},
      {"Product-Name twice", cer(kMme, {offers_s13(), make(avp::kProductName, "x")}), 5009},
      {"no AVP", message({1, 0, 0x80, 257, 0, 1, 1}, {}), 5005},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.what);
    auto call = connect();
    say(*call, row.cer);
    EXPECT_EQ(u32_of(call->last(), avp::kResultCode), row.code);
    EXPECT_EQ(header_of(call->last()).flags & codec::kFlagError, row.code / 1000 == 3 ? codec::kFlagError : 0);
    EXPECT_EQ(call->session->state(), row.code == 2001 ? State::kOpen : State::kLeaving);
    if (row.code == 2001) continue;
    pass(2s, {call.get()});
    EXPECT_EQ(call->session->state(), State::kOver) << "a refused peer does not stay";
  }
}

TEST_F(SessionTest, AddressBlockTlsAndCertificate) {
  config_.peers[0].addresses = {"192.0.2.1", "2001:db8::1"};
  config_.peers[1].tls_required = true;
  configure();
  auto right = connect(peer::Transport::kTcp, "2001:db8::1");
  say(*right, cer_of(kMme));
  EXPECT_EQ(u32_of(right->last(), avp::kResultCode), 2001u);
  right.reset();
  auto wrong = connect(peer::Transport::kTcp, "192.0.2.2");
  say(*wrong, cer_of(kMme));
  EXPECT_EQ(u32_of(wrong->last(), avp::kResultCode), 3010u);
  auto plain = connect();
  say(*plain, cer_of("other.example.org"));
  EXPECT_EQ(u32_of(plain->last(), avp::kResultCode), 5017u);
  auto other_certificate = connect(peer::Transport::kTls);
  other_certificate->line.speaks = false;
  say(*other_certificate, cer_of("other.example.org"));
  EXPECT_EQ(u32_of(other_certificate->last(), avp::kResultCode), 3010u);
  auto tls = connect(peer::Transport::kTls);
  say(*tls, cer_of("other.example.org"));
  EXPECT_EQ(u32_of(tls->last(), avp::kResultCode), 2001u);
}

TEST_F(SessionTest, FirstMessageMustBeACer) {
  for (const Bytes& first : {Ecr().bytes(), dwr(kMme), dpr(kMme), answer_to(cer_of(kMme), kMme)}) {
    auto call = connect();
    say(*call, first);
    EXPECT_EQ(call->session->state(), State::kOver);
    EXPECT_TRUE(call->said.empty());
  }
}

TEST_F(SessionTest, QuestionsAreAnsweredAndCounted) {
  auto call = open();
  say(*call, Ecr("35809101234561").bytes());
  EXPECT_EQ(u32_of(call->last(), avp::kEquipmentStatus), 1u);
  say(*call, Ecr("35809101234569").bytes());
  say(*call, Ecr().without(avp::kSessionId).bytes());
  std::vector<peer::PeerStatus> all;
  desk_.snapshot(all);
  const auto& mme = all[0].origin_host == kMme ? all[0] : all[1];
  EXPECT_EQ(mme.requests, 3u);
  EXPECT_EQ(mme.answers.black, 1u);
  EXPECT_EQ(mme.answers.unknown, 1u);
  EXPECT_EQ(mme.answers.permanent_errors, 1u);
  EXPECT_EQ(mme.connections, 1u);
}

TEST_F(SessionTest, UnknownBaseCommandIsRefusedAndTheConnectionStays) {
  auto call = open();
  say(*call, message({1, 0, 0x80, 999, 0, 5, 6}, {make(avp::kOriginHost, kMme)}));
  EXPECT_EQ(u32_of(call->last(), avp::kResultCode), 3001u);
  EXPECT_EQ(call->session->state(), State::kOpen);
}

TEST_F(SessionTest, StrayAnswersAreDropped) {
  auto call = open();
  const size_t before = call->said.size();
  say(*call, answer_to(Ecr().bytes(), kMme));
  say(*call, answer_to(dwr(kMme, 99), kMme));
  say(*call, answer_to(dpr(kMme, 0, 99), kMme));
  EXPECT_EQ(call->said.size(), before);
  EXPECT_EQ(desk_.counters().stray_answers.get(), 3u);
  EXPECT_EQ(call->session->state(), State::kOpen);
}

TEST_F(SessionTest, DwrIsAnswered) {
  auto call = open();
  say(*call, dwr(kMme, 77));
  EXPECT_EQ(header_of(call->last()).command, 280u);
  EXPECT_EQ(header_of(call->last()).hop_by_hop, 77u);
  EXPECT_EQ(u32_of(call->last(), avp::kResultCode), 2001u);
  EXPECT_EQ(u32_of(call->last(), avp::kOriginStateId), 4711u);
  say(*call, message({1, 0, 0x80, 280, 0, 5, 6}, {make(avp::kOriginHost, kMme)}));
  EXPECT_EQ(u32_of(call->last(), avp::kResultCode), 5005u);
}

TEST_F(SessionTest, ADwrTakesTheSnapshotsLockOnlyForAnotherStateId) {
  auto call = open(kMme, 100);
  const auto dwr_with = [](uint32_t state_id) {
    return message({1, 0, 0x80, 280, 0, 5, 6}, {make(avp::kOriginHost, kMme), make(avp::kOriginRealm, kOwnRealm),
                                                make_u32(avp::kOriginStateId, state_id)});
  };
  const uint64_t before = desk_.states_noted();
  for (int i = 0; i < 10; ++i) say(*call, dwr_with(100));
  EXPECT_EQ(desk_.states_noted(), before);
  say(*call, dwr_with(101));
  EXPECT_EQ(desk_.states_noted(), before + 1);
  std::vector<peer::PeerStatus> all;
  desk_.snapshot(all);
  EXPECT_EQ((all[0].origin_host == kMme ? all[0] : all[1]).origin_state_id, 101u);
}

// RFC 3539 §3.4.1: in OKAY whatever comes sets the watchdog, a DWR unanswered or not.
TEST_F(SessionTest, TrafficHoldsOffSuspicionThoughTheDwrStandsUnanswered) {
  auto call = open();
  pass(33s, {call.get()});
  ASSERT_EQ(desk_.counters().watchdogs_sent.get(), 1u);
  for (int i = 0; i < 20; ++i) {
    pass(10s, {call.get()});
    ASSERT_FALSE(call->session->suspect()) << i;
    say(*call, Ecr().bytes());
  }
  EXPECT_EQ(desk_.counters().watchdogs_sent.get(), 1u);
  pass(33s, {call.get()});
  EXPECT_TRUE(call->session->suspect()) << "silence ends it";
  pass(33s, {call.get()});
  EXPECT_EQ(call->session->state(), State::kOver);
}

TEST_F(SessionTest, TrafficIsNoAnswerToTheChallengeOfASecondConnection) {
  auto first = open();
  auto second = connect();
  say(*second, cer_of(kMme));
  for (int i = 0; i < 4; ++i) {
    pass(450ms, {first.get(), second.get()});
    say(*first, Ecr().bytes());
  }
  EXPECT_EQ(second->session->state(), State::kHeld);
  pass(300ms, {first.get(), second.get()});
  EXPECT_EQ(second->session->state(), State::kOpen);
}

TEST_F(SessionTest, WatchdogKeepsAnIdlePeerThatAnswers) {
  auto call = open();
  for (int i = 0; i < 10; ++i) {
    const size_t before = call->said.size();
    pass(33s, {call.get()});
    ASSERT_EQ(call->said.size(), before + 1) << "one DWR within Tw and jitter";
    EXPECT_EQ(header_of(call->last()).command, 280u);
    EXPECT_TRUE(header_of(call->last()).request());
    say(*call, answer_to(call->last(), kMme));
  }
  EXPECT_EQ(call->session->state(), State::kOpen);
  EXPECT_FALSE(call->session->suspect());
}

TEST_F(SessionTest, WatchdogSuspectsThenClosesASilentPeer) {
  auto call = open();
  pass(33s, {call.get()});
  EXPECT_EQ(shown(kMme), peer::PeerState::kOpen);
  pass(33s, {call.get()});
  EXPECT_EQ(shown(kMme), peer::PeerState::kSuspect);
  EXPECT_FALSE(alarms_.down[std::string(kMme)]);
  pass(33s, {call.get()});
  EXPECT_EQ(call->session->state(), State::kOver);
  EXPECT_TRUE(alarms_.down[std::string(kMme)]);
}

TEST_F(SessionTest, AnyTrafficLiftsSuspicion) {
  auto call = open();
  pass(66s, {call.get()});
  ASSERT_TRUE(call->session->suspect());
  say(*call, Ecr().bytes());
  EXPECT_FALSE(call->session->suspect());
  EXPECT_EQ(shown(kMme), peer::PeerState::kOpen);
}

TEST_F(SessionTest, TrafficNeedsNoWatchdog) {
  auto call = open();
  for (int i = 0; i < 100; ++i) {
    pass(10s, {call.get()});
    say(*call, Ecr().bytes());
  }
  EXPECT_EQ(desk_.counters().watchdogs_sent.get(), 0u);
}

TEST_F(SessionTest, PeerDisconnects) {
  auto call = open();
  say(*call, dpr(kMme, 2, 55));
  EXPECT_EQ(header_of(call->last()).command, 282u);
  EXPECT_EQ(u32_of(call->last(), avp::kResultCode), 2001u);
  EXPECT_EQ(call->session->state(), State::kLeaving);
  auto again = open();
  EXPECT_EQ(u32_of(again->last(), avp::kResultCode), 2001u) << "the old one does not hold up the new one";
  EXPECT_EQ(desk_.counters().watchdogs_sent.get(), 0u);
}

TEST_F(SessionTest, WeDisconnectAndAnswerWhatStillComes) {
  auto call = open();
  desk_.drain();
  call->collect();
  const Bytes dpr_sent = call->last();
  EXPECT_EQ(header_of(dpr_sent).command, 282u);
  EXPECT_EQ(u32_of(dpr_sent, avp::kDisconnectCause), 0u);
  say(*call, Ecr("35809101234562").bytes());
  EXPECT_EQ(u32_of(call->last(), avp::kEquipmentStatus), 2u);
  say(*call, answer_to(dpr_sent, kMme));
  EXPECT_EQ(call->session->state(), State::kLeaving);
  EXPECT_FALSE(alarms_.down[std::string(kMme)]) << "a stop of ours is no alarm";
  auto late = connect();
  say(*late, cer_of(kMme));
  EXPECT_EQ(u32_of(late->last(), avp::kResultCode), 3010u);
}

TEST_F(SessionTest, DisconnectWithoutDpaEnds) {
  auto call = open();
  desk_.drain();
  pass(3s, {call.get()});
  EXPECT_EQ(call->session->state(), State::kOver);
}

// ---- the second connection ---------------------------------------------------------------------------

TEST_F(SessionTest, SecondConnectionIsRefusedWhenTheFirstIsAlive) {
  auto first = open();
  auto second = connect();
  say(*second, cer_of(kMme));
  first->collect();
  EXPECT_EQ(second->session->state(), State::kHeld);
  EXPECT_TRUE(second->said.empty()) << "the CEA waits";
  ASSERT_EQ(header_of(first->last()).command, 280u) << "DWR at once";
  say(*first, answer_to(first->last(), kMme));
  second->collect();
  EXPECT_EQ(u32_of(second->last(), avp::kResultCode), 5012u);
  EXPECT_EQ(second->session->state(), State::kLeaving);
  EXPECT_EQ(first->session->state(), State::kOpen);
}

TEST_F(SessionTest, SecondConnectionTakesOverAfterTwoSilentSeconds) {
  auto first = open();
  auto second = connect();
  say(*second, cer_of(kMme));
  pass(1900ms, {first.get(), second.get()});
  EXPECT_EQ(second->session->state(), State::kHeld);
  pass(200ms, {first.get(), second.get()});
  EXPECT_EQ(first->session->state(), State::kOver);
  EXPECT_EQ(second->session->state(), State::kOpen);
  EXPECT_EQ(u32_of(second->last(), avp::kResultCode), 2001u);
  EXPECT_FALSE(alarms_.down[std::string(kMme)]);
}

TEST_F(SessionTest, SecondConnectionComesInWhenTheFirstCloses) {
  auto first = open();
  auto second = connect();
  say(*second, cer_of(kMme));
  first.reset();
  second->collect();
  EXPECT_EQ(second->session->state(), State::kOpen);
  EXPECT_EQ(u32_of(second->last(), avp::kResultCode), 2001u);
}

TEST_F(SessionTest, RestartedPeerTakesOverAtOnce) {
  auto first = open(kMme, 100);
  auto second = connect();
  say(*second, cer_of(kMme, 101));
  EXPECT_EQ(first->session->state(), State::kOver);
  EXPECT_EQ(second->session->state(), State::kOpen);
}

TEST_F(SessionTest, SameOriginStateIdIsNoRestart) {
  auto first = open(kMme, 100);
  auto second = connect();
  say(*second, cer_of(kMme, 100));
  EXPECT_EQ(second->session->state(), State::kHeld);
}

TEST_F(SessionTest, ThirdConnectionIsRefusedAtOnce) {
  auto first = open();
  auto second = connect();
  auto third = connect();
  say(*second, cer_of(kMme));
  say(*third, cer_of(kMme));
  EXPECT_EQ(u32_of(third->last(), avp::kResultCode), 5012u);
  EXPECT_EQ(second->session->state(), State::kHeld);
}

TEST_F(SessionTest, HeldConnectionThatGivesUpLeavesTheFirstAlone) {
  auto first = open();
  auto second = connect();
  say(*second, cer_of(kMme));
  second.reset();
  pass(5s, {first.get()});
  EXPECT_EQ(first->session->state(), State::kOpen);
  EXPECT_EQ(shown(kMme), peer::PeerState::kOpen);
}

TEST_F(SessionTest, EveryOrderOfEndsIsSafe) {
  for (unsigned order = 0; order < 6; ++order) {
    std::unique_ptr<Call> calls[3] = {open(), connect(), connect()};
    say(*calls[1], cer_of(kMme));
    say(*calls[2], cer_of(kMme));
    static constexpr unsigned kOrders[6][3] = {{0, 1, 2}, {0, 2, 1}, {1, 0, 2}, {1, 2, 0}, {2, 0, 1}, {2, 1, 0}};
    for (const unsigned i : kOrders[order]) {
      calls[i].reset();
      desk_.tick();
    }
    EXPECT_EQ(shown(kMme), peer::PeerState::kDown);
  }
}

}  // namespace
}  // namespace eir::diameter::test
