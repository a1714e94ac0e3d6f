// SPDX-License-Identifier: GPL-3.0-or-later
// What is let in: segments, screening, rates, stopping.
#include "sccp_node_fixture.h"

namespace eir::sigtran::sccp {
namespace {

using namespace test_support;
using SccpNodeAdmission = SccpNodeFixture;

TEST_F(SccpNodeAdmission, PutsSegmentsTogetherAndAnswersInKind) {
  EXPECT_TRUE(ask(xudt(0x81, 9, kEirGt, kMscGt, hex("01 02"), segment(true, 1, 7))).empty());
  EXPECT_EQ(node->reassemblies_running(), 1u);
  EXPECT_EQ(text(ask(xudt(0x01, 9, kEirGt, kMscGt, hex("03"), segment(false, 0, 7)))),
            text(xudt(0x81, 15, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(node->reassemblies_running(), 0u);
  ASSERT_EQ(user.seen.size(), 1u);
  EXPECT_EQ(text(user.seen[0].data), "01 02 03");
  ask(ludt(0x00, 9, kEirGt, kMscGt, hex("01 02"), segment(true, 1, 8)));
  EXPECT_EQ(text(ask(ludt(0x00, 9, kEirGt, kMscGt, hex("03"), segment(false, 0, 8)))),
            text(ludt(0x00, 15, kMscGt, kEirGt, user.answer)));
  EXPECT_FALSE(ask(xudt(0x01, 9, kEirGt, kMscGt, hex("09"), segment(true, 0, 9))).empty()) << "a single segment";
  EXPECT_EQ(node->counters().reassembled.get(), 2u);
}

TEST_F(SccpNodeAdmission, ReportsReassemblyThatFails) {
  config.reassemblies_max = 1;
  start();
  const auto xudts = [](uint8_t cause, const Bytes& first) {
    Bytes m = xudt(cause, 15, kMscGt, kEirGt, first);
    m[0] = 0x12;
    return text(m);
  };
  const auto send = [&](uint8_t cls, const char* d, bool first, uint8_t remaining, uint32_t ref) {
    return text(ask(xudt(cls, 9, kEirGt, kMscGt, hex(d), segment(first, remaining, ref))));
  };
  // Out of sequence: the first segment goes back.
  EXPECT_EQ(send(0x81, "01 02", true, 2, 7), "");
  EXPECT_EQ(send(0x01, "04", false, 0, 7), xudts(8, hex("01 02")));
  EXPECT_EQ(node->counters().reassembly_out_of_sequence.get(), 1u);
  // No place.
  EXPECT_EQ(send(0x81, "01", true, 2, 8), "");
  EXPECT_EQ(send(0x81, "0A", true, 2, 9), xudts(10, hex("0A")));
  EXPECT_EQ(node->counters().reassembly_no_room.get(), 1u);
  // The same reference anew: the old one goes back, the new one is completed.
  EXPECT_EQ(send(0x81, "11", true, 1, 8), xudts(8, hex("01")));
  EXPECT_EQ(send(0x01, "12", false, 0, 8), text(xudt(0x81, 15, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(text(user.seen.back().data), "11 12");
  // Time over.
  EXPECT_EQ(send(0x81, "21", true, 1, 9), "");
  port.sent.clear();
  clock.advance(9999ms);
  node->tick();
  EXPECT_TRUE(port.sent.empty());
  clock.advance(1ms);
  node->tick();
  ASSERT_EQ(port.sent.size(), 1u);
  EXPECT_EQ(text(port.sent[0].data), xudts(8, hex("21")));
  EXPECT_EQ(node->counters().reassembly_timeout.get(), 1u);
  EXPECT_EQ(node->reassemblies_running(), 0u);
  // A segment of nothing, without the return option.
  EXPECT_EQ(send(0x01, "04", false, 0, 77), "");
}

TEST_F(SccpNodeAdmission, ReassemblyIsBoundedInOctets) {
  config.reassembly_octets_max = 256;
  start();
  const Bytes part(200, 1);
  EXPECT_TRUE(ask(xudt(0x81, 9, kEirGt, kMscGt, part, segment(true, 1, 7))).empty());
  EXPECT_EQ(ask(xudt(0x01, 9, kEirGt, kMscGt, part, segment(false, 0, 7))).at(1), 10);
  EXPECT_EQ(node->counters().reassembly_too_long.get(), 1u);
  EXPECT_EQ(node->reassemblies_running(), 0u);
}

TEST_F(SccpNodeAdmission, ReconfigurationKeepsRunningReassembliesUnlessTheirBoundsChange) {
  ask(xudt(0x81, 9, kEirGt, kMscGt, hex("01"), segment(true, 1, 7)));
  config.hop_counter = 7;
  node->reconfigure(config);
  EXPECT_EQ(text(ask(xudt(0x01, 9, kEirGt, kMscGt, hex("02"), segment(false, 0, 7)))),
            text(xudt(0x81, 7, kMscGt, kEirGt, user.answer)));
  ask(xudt(0x81, 9, kEirGt, kMscGt, hex("01"), segment(true, 1, 8)));
  config.reassemblies_max = 3;
  node->reconfigure(config);
  EXPECT_EQ(node->reassemblies_running(), 0u);
}

TEST_F(SccpNodeAdmission, ScreeningDiscardsOrHandsUp) {
  config.screening.allowed_opcs = {mtp::PointCode{5}};
  start();
  const Bytes question = udt(0x80, kEirGt, kMscGt, data);
  EXPECT_TRUE(ask(question).empty());
  EXPECT_TRUE(user.seen.empty());
  EXPECT_TRUE(ask(udt(0, hex("42 01"), hex("43 07 00 01"), hex("03 09 02 00 00"))).empty());
  EXPECT_EQ(node->counters().screened_opc.get(), 2u);
  EXPECT_EQ(node->counters().refused_discarded.get(), 2u);
  config.screening.action = ScreeningAction::kAbort;
  node->reconfigure(config);
  EXPECT_FALSE(ask(question).empty());
  ASSERT_EQ(user.seen.size(), 1u);
  EXPECT_TRUE(user.seen[0].in.refused);
  EXPECT_TRUE(ask(udt(0, hex("42 01"), hex("43 07 00 01"), hex("03 09 02 00 00"))).empty());
  EXPECT_TRUE(ask(xudt(0x81, 9, kEirGt, kMscGt, data, segment(true, 1, 7))).empty());
  EXPECT_EQ(node->reassemblies_running(), 0u);
  EXPECT_TRUE(ask(udt(0x80, hex("42 06"), kMscGt, data)).empty()) << "who may not ask gets no service message";
  EXPECT_EQ(node->counters().refused_aborted.get(), 1u);
  EXPECT_EQ(node->counters().refused_discarded.get(), 5u);
  ask(question, {mtp::PointCode{5}, kEirOwnPc, 2, 0});
  EXPECT_FALSE(user.seen.back().in.refused);
}

TEST_F(SccpNodeAdmission, LimitsRates) {
  config.screening.gt_rates = {{*identity::Digits::parse("38"), Rate{10, 2}}};
  start();
  const Bytes question = udt(0x80, kEirGt, kMscGt, data);
  EXPECT_FALSE(ask(question).empty());
  EXPECT_FALSE(ask(question).empty());
  EXPECT_TRUE(ask(question).empty());
  EXPECT_EQ(node->counters().limited_gt.get(), 1u);
  EXPECT_FALSE(ask(udt(0x80, kEirGt, kMscPc, data)).empty()) << "no rule for it";
  clock.advance(100ms);
  EXPECT_FALSE(ask(question).empty());
  config.screening.gt_rates.clear();
  config.screening.each_opc = Rate{10, 1};
  config.screening.action = ScreeningAction::kAbort;
  node->reconfigure(config);
  ask(question);
  ask(question);
  EXPECT_TRUE(user.seen.back().in.refused);
  EXPECT_EQ(node->counters().limited_opc.get(), 1u);
}

TEST_F(SccpNodeAdmission, AListOfTitlesLetsSubsystemTestsIn) {
  config.screening.allowed_gt_prefixes = {*identity::Digits::parse("3805")};
  start();
  const Bytes test = udt(0, hex("42 01"), hex("43 07 00 01"), hex("03 09 02 00 00"));
  EXPECT_FALSE(ask(test).empty()) << "PC and SSN 1, no title: the STP wants to know whether SSN 9 is back";
  EXPECT_TRUE(ask(udt(0x80, kEirGt, kMscPc, data)).empty()) << "a question without a title is still refused";
  EXPECT_EQ(node->counters().screened_gt.get(), 1u);
  config.screening.allowed_opcs = {mtp::PointCode{5}};
  node->reconfigure(config);
  EXPECT_TRUE(ask(test).empty());
  EXPECT_EQ(node->counters().screened_opc.get(), 1u);
  EXPECT_FALSE(ask(test, {mtp::PointCode{5}, kEirOwnPc, 2, 0}).empty());
}

TEST_F(SccpNodeAdmission, WhateverIsSentTakesAToken) {
  const Bytes test = udt(0, hex("42 01"), hex("43 07 00 01"), hex("03 09 02 00 00"));
  const struct {
    const char* what;
    Bytes message;
  } rows[] = {
      {"a subsystem test", test},
      {"an unequipped subsystem", udt(0x80, hex("42 06"), kMscGt, data)},
      {"a title that is not ours", udt(0x80, kMscGt, kMscGt, data)},
      {"a title of a kind not translated", udt(0x80, hex("10 08 00 12 04 8B"), kMscGt, data)},
      {"a used-up hop counter", xudt(0x80, 0, kEirGt, kMscGt, data)},
      {"a later segment's used-up hop counter", xudt(0x80, 0, kEirGt, kMscGt, data, segment(false, 1, 9))},
      {"a later segment of nothing", xudt(0x80, 9, kEirGt, kMscGt, data, segment(false, 1, 9))},
      {"a question", udt(0x80, kEirGt, kMscGt, data)},
  };
  config.screening.each_opc = Rate{10, 1};
  for (const auto& row : rows) {
    start();
    EXPECT_FALSE(ask(row.message).empty()) << row.what;
    EXPECT_TRUE(ask(row.message).empty()) << row.what;
    EXPECT_EQ(node->counters().limited_opc.get(), 1u) << row.what;
    EXPECT_EQ(node->counters().refused_discarded.get(), 1u) << row.what;
    clock.advance(100ms);
    EXPECT_FALSE(ask(row.message).empty()) << row.what;
  }
}

TEST_F(SccpNodeAdmission, AFirstSegmentTakesTheTokenBeforeItsPlace) {
  config.screening.each_opc = Rate{10, 1};
  config.screening.action = ScreeningAction::kAbort;
  start();
  const auto send = [&](bool first, uint8_t remaining, uint32_t reference) {
    return ask(xudt(first ? 0x81 : 0x01, 9, kEirGt, kMscGt, data, segment(first, remaining, reference)));
  };
  EXPECT_TRUE(send(true, 1, 7).empty());
  EXPECT_TRUE(send(true, 1, 8).empty()) << "neither a place nor an abort: the dialogue is not known";
  EXPECT_EQ(node->reassemblies_running(), 1u);
  EXPECT_EQ(node->counters().limited_opc.get(), 1u);
  EXPECT_EQ(node->counters().refused_discarded.get(), 1u);
  EXPECT_FALSE(send(false, 0, 7).empty()) << "paid for by its first segment";
  EXPECT_FALSE(user.seen.at(0).in.refused);
}

TEST_F(SccpNodeAdmission, OnePointCodeCannotTakeAllPlacesForSegments) {
  config.reassemblies_max = 8;
  start();
  const auto send = [&](uint32_t opc, uint32_t reference) {
    return ask(xudt(0x81, 9, kEirGt, kMscGt, data, segment(true, 1, reference)),
               {mtp::PointCode{opc}, kEirOwnPc, 2, 0});
  };
  EXPECT_TRUE(send(1, 1).empty());
  EXPECT_TRUE(send(1, 2).empty());
  EXPECT_EQ(send(1, 3).at(1), 10) << "cannot perform reassembly";
  EXPECT_EQ(node->counters().reassembly_no_room.get(), 1u);
  EXPECT_TRUE(send(2, 4).empty());
  EXPECT_EQ(node->reassemblies_running(), 3u);
}

TEST_F(SccpNodeAdmission, CountsTheAnswerToAnUnavailableDestination) {
  node->on_destination(0, kMscOpc, false);
  ask(udt(0x80, kEirGt, kMscGt, data));
  EXPECT_EQ(node->counters().answers_sent.get(), 1u) << "MTP has the word: the DUNA may be of one of two gateways";
  port.takes = false;
  ask(udt(0x80, kEirGt, kMscGt, data));
  EXPECT_EQ(node->counters().not_sent.get(), 1u);
  EXPECT_EQ(node->counters().answers_sent.get(), 1u);
}

TEST_F(SccpNodeAdmission, SendsBackWhatTheUserDoesNotTake) {
  user.disposition = Disposition::kNotTaken;
  EXPECT_EQ(ask(udt(0x80, kEirGt, kMscGt, data)).at(1), 3);
  EXPECT_EQ(node->counters().drained.get(), 1u);
  EXPECT_FALSE(user.seen.back().in.no_new_dialogues);
  node->stop_new_questions();
  ask(udt(0x80, kEirGt, kMscGt, data));
  EXPECT_TRUE(user.seen.back().in.no_new_dialogues);
  ask(udt(0x00, kEirGt, kMscGt, data));
  EXPECT_FALSE(user.seen.back().in.no_new_dialogues) << "nobody would hear of it";
  user.disposition = Disposition::kNone;
  EXPECT_TRUE(ask(udt(0x80, kEirGt, kMscGt, data)).empty());
}

}  // namespace
}  // namespace eir::sigtran::sccp
