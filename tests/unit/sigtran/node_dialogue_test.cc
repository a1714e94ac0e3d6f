// SPDX-License-Identifier: GPL-3.0-or-later
// Dialogues from end to end: what a Begin or Continue is answered with. The rows are ITU-T Q.774 and
// 3GPP TS 29.002 §15.
#include "node_fixture.h"

namespace eir::sigtran {
namespace {

using namespace std::chrono_literals;
using namespace test;
using decision::Interface;
using decision::Reason;
using decision::Status;
using NodeDialogue = NodeFixture;

const Bytes kMapAs = hex("06 07 04 00 00 01 01 01 01");
Bytes user_information(const Bytes& pdu) { return tlv(0xBE, tlv(0x28, kMapAs + tlv(0xA0, pdu))); }
Bytes abrt(uint8_t source, const Bytes& information = {}) {
  return dialogue(tlv(0x64, Bytes{0x80, 1, source} + information));
}
const Bytes kAbnormal = user_information(hex("A5 03 0A 01 00"));
const Bytes kUserAbort = user_information(hex("A4 02 80 00"));
Bytes refused(const Bytes& name, uint8_t alternative) {
  const Bytes information = alternative ? user_information(tlv(0xA3, hex("0A 01 00") + context(alternative))) : Bytes{};
  return u_abort(dialogue(
      tlv(0x61, hex("80 02 07 80") + tlv(0xA1, name) + hex("A2 03 02 01 01 A3 05 A1 03 02 01 02") + information)));
}

TEST_F(NodeDialogue, StatusesOfEachVersion) {
  const struct {
    Status status;
    uint8_t value;
  } rows[] = {{Status::kWhite, 0}, {Status::kBlack, 1}, {Status::kGrey, 2}};
  for (const auto& row : rows) {
    answers.tell(row.status);
    const Bytes bare{0x0A, 1, row.value};
    EXPECT_EQ(text(ask(begin_v1())), text(end(components(result(bare)))));
    EXPECT_EQ(text(ask(begin_v2())), text(end(aare(context(2)) + components(result(bare)))));
    EXPECT_EQ(text(ask(begin_v3())), text(end(aare(context(3)) + components(result(tlv(0x30, bare))))));
  }
  answers.tell(Status::kUnknown);
  const Bytes error = components(hex("A3 06 02 01 01 02 01 07"));
  EXPECT_EQ(text(ask(begin_v1())), text(end(error)));
  EXPECT_EQ(text(ask(begin_v2())), text(end(aare(context(2)) + error)));
  EXPECT_EQ(text(ask(begin_v3())), text(end(aare(context(3)) + error)));
}

TEST_F(NodeDialogue, MakesTheQuestion) {
  node->on_transfer(0, {mtp::PointCode{0x3FFF}, kEirOwnPc, 2, 7}, udt(0, kEirGt, kMscGt, begin_v1()));
  ask(begin_v2());
  ask(begin(
      aarq(context(3), open_info()) +
      components(invoke(hex("30 20 04 08 68 96 34 30 69 43 44 F0 80 08 14 00 81 75 68 31 15 F0 81 06 29 03 52 54 28 "
                            "18 03 02 06 80 00 00")))));
  ASSERT_EQ(answers.asked.size(), 3u);
  const auto& v1 = answers.asked[0];
  EXPECT_EQ(v1.question.asker.interface, Interface::kMapV1);
  EXPECT_EQ(v1.peer, "7.255.7");
  EXPECT_EQ(v1.question.asker.point_code, 0x3FFFu);
  EXPECT_EQ(v1.question.asker.calling_gt.str(), "380501234567");
  EXPECT_EQ(v1.question.imei.text(), "490154203237518");
  EXPECT_EQ(v1.question.time, base::UnixSeconds(1'800'000'000s));
  EXPECT_EQ(answers.asked[1].question.asker.interface, Interface::kMapV2);
  EXPECT_EQ(answers.asked[1].peer, "0.0.1");
  EXPECT_EQ(answers.asked[2].question.asker.interface, Interface::kMapV3);
  EXPECT_EQ(answers.asked[2].question.imsi.str(), "410018578613510");
  EXPECT_EQ(answers.asked[2].question.msisdn.str(), "923025458281");
  EXPECT_EQ(node->map_counters().with_imsi.get(), 1u);
  EXPECT_EQ(node->map_counters().with_msisdn.get(), 1u);
}

TEST_F(NodeDialogue, KeepsTheTransactionIdentityAsItCame) {
  for (const char* id : {"05", "00 00", "FF 00 01", "00 00 00 00"}) {
    const Bytes otid = tlv(0x48, hex(id));
    const Bytes dtid = tlv(0x49, hex(id));
    EXPECT_EQ(text(ask(tlv(0x62, otid + components(invoke(kImei))))),
              text(tlv(0x64, dtid + components(result(hex("0A 01 00"))))));
  }
}

TEST_F(NodeDialogue, WithoutEquipmentStatusAskedNobodyIsAsked) {
  const Bytes arg = hex("30 0E 04 08 94 10 45 02 23 73 15 F8 03 02 06 40");
  EXPECT_EQ(text(ask(begin(aarq(context(3)) + components(invoke(arg))))),
            text(end(aare(context(3)) + components(result(hex("30 00"))))));
  EXPECT_TRUE(answers.asked.empty());
}

TEST_F(NodeDialogue, FaultsOfOurOwn) {
  answers.tell(Status::kWhite, Reason::kFault);
  EXPECT_EQ(text(ask(begin_v1())), text(end(components(result(hex("0A 01 00"))))));
  config.map.fault_as = map::FaultAs::kError;
  ASSERT_TRUE(node->reconfigure(config));
  EXPECT_EQ(text(ask(begin_v1())), text(end(components(hex("A3 06 02 01 01 02 01 22")))));
  answers.verdict.observed = true;
  EXPECT_EQ(text(ask(begin_v1())), text(end(components(result(hex("0A 01 00"))))))
      << "an observed network is told white";
}

TEST_F(NodeDialogue, Refusals) {
  const Bytes unknown = hex("06 07 04 00 00 01 00 0E 03");  // infoRetrievalContext
  const Bytes v4 = context(4);
  const Bytes no_version = dialogue(tlv(0x60, hex("80 02 06 40") + tlv(0xA1, context(3))));
  const Bytes c = components(invoke(kArgV3));
  const struct {
    const char* name;
    Bytes message;
    Bytes answer;
  } rows[] = {
      {"nothing in the Begin", begin({}), u_abort()},
      {"an empty component portion is nothing", begin(components({})), u_abort()},
      {"AARQ of version 1", begin(aarq(context(1)) + c), u_abort(abrt(0, kAbnormal))},
      {"AARQ of version 1, no component", begin(aarq(context(1))), u_abort(abrt(0, kAbnormal))},
      {"version we do not have", begin(aarq(v4) + c), refused(v4, 3)},
      {"unknown context", begin(aarq(unknown) + c), refused(unknown, 0)},
      {"unknown context, no component", begin(aarq(unknown)), refused(unknown, 0)},
      {"context version 0", begin(aarq(context(0)) + c), refused(context(0), 0)},
      {"user information is no MAP-OpenInfo", begin(aarq(context(3), user_information(hex("A1 00"))) + c),
       u_abort(abrt(0, kAbnormal))},
      {"user information is empty", begin(aarq(context(3), hex("BE 00")) + c), u_abort(abrt(0, kAbnormal))},
      {"dialogue portion is empty", begin(hex("6B 00") + c), u_abort(abrt(1))},
      {"dialogue portion is an AARE", begin(aare(context(3)) + c), u_abort(abrt(1))},
      {"no common dialogue portion", begin(no_version + c),
       u_abort(dialogue(
           tlv(0x61, hex("80 02 07 80") + tlv(0xA1, context(3)) + hex("A2 03 02 01 01 A3 05 A2 03 02 01 02"))))},
  };
  for (const auto& row : rows) EXPECT_EQ(text(ask(row.message)), text(row.answer)) << row.name;
  EXPECT_TRUE(answers.asked.empty());
}

TEST_F(NodeDialogue, VersionsThatAreNotAccepted) {
  config.map.accept_v1 = false;
  config.map.accept_v3 = false;
  ASSERT_TRUE(node->reconfigure(config));
  EXPECT_EQ(text(ask(begin_v1())), text(u_abort()));
  EXPECT_EQ(text(ask(begin_v3())), text(refused(context(3), 2)));
  EXPECT_FALSE(ask(begin_v2()).empty());
  config.map.accept_v1 = true;
  config.map.accept_v2 = false;
  ASSERT_TRUE(node->reconfigure(config));
  EXPECT_EQ(text(ask(begin_v3())), text(refused(context(3), 1)));
  config.map.accept_v1 = false;
  const auto r = node->reconfigure(config);
  ASSERT_FALSE(r);
  EXPECT_EQ(r.error().where, "map");
  EXPECT_TRUE(node->config().map.accept_v1) << "a refused configuration changes nothing";
}

TEST_F(NodeDialogue, ComponentsThatAreRejected) {
  const struct {
    const char* name;
    Bytes components;
    Bytes replies;
  } rows[] = {
      {"operation 44", invoke(kArgV3, 1, hex("02 01 2C")), reject(0x81, 1)},
      {"operation 299", invoke(kArgV3, 1, hex("02 02 01 2B")), reject(0x81, 1)},
      {"operation -213", invoke(kArgV3, 1, hex("02 02 FF 2B")), reject(0x81, 1)},
      {"global operation", invoke(kArgV3, 1, hex("06 03 2A 03 2B")), reject(0x81, 1)},
      {"operation of nine octets", invoke(kArgV3, 1, hex("02 09 00 00 00 00 00 00 00 00 2B")), reject(0x81, 1)},
      {"no argument", invoke({}), reject(0x81, 2)},
      {"argument of version 2", invoke(kImei), reject(0x81, 2)},
      {"argument cut", invoke(Bytes(kArgV3.begin(), kArgV3.end() - 1)), reject(0x81, 2)},
      {"linked", tlv(0xA1, hex("02 01 01 80 01 02 02 01 2B") + kArgV3), reject(0x81, 5)},
      {"a result of nothing we asked", result(hex("0A 01 00")), reject(0x82, 0)},
      {"an error of nothing we asked", hex("A3 06 02 01 01 02 01 07"), reject(0x83, 0)},
      {"unknown component", hex("A9 03 02 01 01"), reject(0x80, 0)},
      {"mistyped component", hex("A1 06 02 01 01 04 01 2B"), reject(0x80, 1)},
      {"no BER", hex("A1 7F"), hex("A4 05 05 00 80 01 02")},
      {"twice the same identity", invoke(kArgV3) + invoke(kArgV3), result(hex("30 03 0A 01 00")) + reject(0x81, 0)},
  };
  for (const auto& row : rows)
    EXPECT_EQ(text(ask(begin(aarq(context(3)) + components(row.components)))),
              text(end(aare(context(3)) + components(row.replies))))
        << row.name;
  EXPECT_EQ(node->map_counters().reject_unrecognized_operation.get(), 5u);
  EXPECT_EQ(node->map_counters().reject_mistyped_parameter.get(), 3u);
  EXPECT_EQ(text(ask(begin(components(reject(0x81, 2))))), text(end({}))) << "a Reject asks for no answer";
}

TEST_F(NodeDialogue, SeveralComponents) {
  Bytes five;
  Bytes four;
  for (uint8_t i = 1; i <= 5; ++i) five = five + invoke(kImei, i);
  for (uint8_t i = 1; i <= 4; ++i) four = four + result(hex("0A 01 00"), i);
  EXPECT_EQ(text(ask(begin(components(five)))), text(end(components(four)))) << "in order, up to the bound";
  EXPECT_EQ(node->tcap_counters().components_bound.get(), 1u);
  EXPECT_EQ(answers.asked.size(), 4u);
  EXPECT_EQ(text(ask(begin(components(invoke(kImei, 1) + reject(0x80, 0, 9) + invoke({}, 2))))),
            text(end(components(result(hex("0A 01 00"), 1) + reject(0x81, 2, 2)))));
}

TEST_F(NodeDialogue, TolerantEncodings) {
  const Bytes inner = indefinite(0xA1, hex("02 01 01 02 01 2B") + indefinite(0x30, kImei + hex("03 02 06 80")));
  const Bytes expected = end(aare(context(3)) + components(result(hex("30 03 0A 01 00"))));
  EXPECT_EQ(text(ask(indefinite(0x62, kOtid + aarq(context(3)) + indefinite(0x6C, inner)))), text(expected));
  EXPECT_EQ(
      text(ask(begin(aarq(context(3)) + hex("6C 82 00 18 A1 81 15 02 01 01 02 01 2B 30 81 0C 04 08 94 10 45 02 23 "
                                            "73 15 F8 05 00")))),
      text(expected));
  EXPECT_EQ(text(ask(begin(aarq(context(3)) + components(invoke(kArgV3 + hex("00 00")))))), text(expected));
  EXPECT_EQ(text(ask(begin(components(invoke(kImei, 1, hex("02 02 00 2B")))))),
            text(end(components(result(hex("0A 01 00"))))))
      << "43 in two octets is 43";
}

TEST_F(NodeDialogue, OpensWithoutAComponentAndGoesOn) {
  for (const uint8_t version : {2, 3}) {
    const Bytes opened = ask(begin(aarq(context(version), open_info())));
    ASSERT_EQ(opened.size(), tlv(0x65, hex("48 04 00 00 00 00") + kDtid + aare(context(version))).size());
    const Bytes ours(opened.begin() + 4, opened.begin() + 8);
    EXPECT_EQ(text(opened), text(tlv(0x65, tlv(0x48, ours) + kDtid + aare(context(version)))));
    // Any process with the same key, and another one's clock, goes on with it.
    Port other_port;
    const auto other = std::move(*EirNode::make(other_port, answers, clock, config));
    clock.advance(30s);
    const Bytes argument = version == 2 ? kImei : kArgV3;
    const Bytes bare = hex("0A 01 00");
    const Bytes go_on = tlv(0x65, kOtid + tlv(0x49, ours) + components(invoke(argument)));
    const Bytes expected = end(components(result(version == 2 ? bare : tlv(0x30, bare))));
    EXPECT_EQ(text(ask(go_on)), text(expected));
    other->on_transfer(0, kLabel, udt(0, kEirGt, kMscGt, go_on));
    ASSERT_EQ(other_port.sent.size(), 1u);
    EXPECT_EQ(text(other_port.sent[0].data), text(udt(0, kMscGt, kEirGt, expected)));
    // What else a Continue can be.
    EXPECT_TRUE(ask(tlv(0x65, kOtid + tlv(0x49, ours))).empty()) << "nothing is asked yet";
    EXPECT_EQ(text(ask(tlv(0x65, kOtid + tlv(0x49, ours) + aarq(context(3)) + components(invoke(argument))))),
              text(u_abort(abrt(1))));
    EXPECT_EQ(text(ask(tlv(0x65, kOtid + tlv(0x49, ours) + components(invoke(argument, 1, hex("02 01 05")))))),
              text(end(components(reject(0x81, 1)))));
    clock.advance(40s);
    EXPECT_EQ(text(ask(go_on)), text(p_abort(1))) << "too late";
  }
  EXPECT_EQ(node->tcap_counters().continue_sent.get(), 2u);
}

TEST_F(NodeDialogue, ContinueToAnIdentityThatIsNotOurs) {
  for (const char* dtid : {"49 04 01 02 03 04", "49 01 05", "49 04 00 00 00 00"})
    EXPECT_EQ(text(ask(tlv(0x65, kOtid + hex(dtid) + components(invoke(kImei))))), text(p_abort(1))) << dtid;
  config.map.otid_key[0] ^= 1;
  const Bytes opened = ask(begin(aarq(context(3))));
  ASSERT_TRUE(node->reconfigure(config));
  const Bytes ours(opened.begin() + 4, opened.begin() + 8);
  EXPECT_EQ(text(ask(tlv(0x65, kOtid + tlv(0x49, ours) + components(invoke(kArgV3))))), text(p_abort(1)));
  EXPECT_EQ(node->tcap_counters().p_abort_unrecognized_transaction.get(), 4u);
}

TEST_F(NodeDialogue, EndAbortAndUnidirectionalAreDiscarded) {
  EXPECT_TRUE(ask(end(components(result(hex("0A 01 00"))))).empty());
  EXPECT_TRUE(ask(p_abort(1)).empty());
  EXPECT_TRUE(ask(u_abort(abrt(0))).empty());
  EXPECT_TRUE(ask(tlv(0x61, components(invoke(kImei)))).empty());
  EXPECT_EQ(node->tcap_counters().end_received.get(), 1u);
  EXPECT_EQ(node->tcap_counters().abort_received.get(), 2u);
  EXPECT_EQ(node->tcap_counters().unidirectional_received.get(), 1u);
}

TEST_F(NodeDialogue, ScreeningRefusesWithUAbort) {
  const Bytes opened = ask(begin(aarq(context(3))));
  config.sccp.screening.allowed_opcs = {mtp::PointCode{5}};
  ASSERT_TRUE(node->reconfigure(config));
  EXPECT_TRUE(ask(begin_v3()).empty());
  config.sccp.screening.action = sccp::ScreeningAction::kAbort;
  ASSERT_TRUE(node->reconfigure(config));
  EXPECT_EQ(text(ask(begin_v1())), text(u_abort()));
  EXPECT_EQ(text(ask(begin_v3())), text(u_abort(abrt(0, kUserAbort))));
  const Bytes ours(opened.begin() + 4, opened.begin() + 8);
  EXPECT_EQ(text(ask(tlv(0x65, kOtid + tlv(0x49, ours) + components(invoke(kArgV3))))),
            text(u_abort(abrt(0, kUserAbort))));
  EXPECT_TRUE(answers.asked.empty());
  EXPECT_EQ(node->tcap_counters().u_abort_screened.get(), 3u);
}

}  // namespace
}  // namespace eir::sigtran
