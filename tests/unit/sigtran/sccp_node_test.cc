// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/node.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::sccp {
namespace {

using namespace std::chrono_literals;
using namespace test;

struct EchoUser final : User {
  Disposition disposition = Disposition::kAnswer;
  Bytes answer = hex("AA BB");
  struct Seen {
    Bytes data;
    Unitdata in;
  };
  std::vector<Seen> seen;
  Disposition on_unitdata(const Unitdata& in, BackWriter& w) noexcept override {
    seen.push_back({{in.data.begin(), in.data.end()}, in});
    if (disposition == Disposition::kAnswer) w.bytes(answer);
    return disposition;
  }
};

struct Fixture : testing::Test {
  Port port;
  EchoUser user;
  base::ManualClock clock;
  Config config;
  std::unique_ptr<Node> node;
  const Bytes data = hex("01 02 03");

  Fixture() {
    config.local_gts = {{*identity::Digits::parse("882100000901"), {}}};
    config.instances = {{0, kEirOwnPc, {}, {}}};
    clock.advance(1h);
    start();
  }
  void start() { node = std::make_unique<Node>(port, user, clock, config); }
  /// What went out for a message; empty where nothing did.
  Bytes ask(const Bytes& octets, const mtp::RoutingLabel& label = kLabel, mtp::Instance instance = 0) {
    port.sent.clear();
    node->on_transfer(instance, label, octets);
    EXPECT_LE(port.sent.size(), 1u);
    return port.sent.empty() ? Bytes{} : port.sent[0].data;
  }
};
using SccpNode = Fixture;

TEST_F(SccpNode, AnswersInKind) {
  EXPECT_EQ(text(ask(udt(0x80, kEirGt, kMscGt, data))), text(udt(0x80, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(text(ask(udt(0x01, kEirGt, kMscGt, data))), text(udt(0x01, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(text(ask(xudt(0x81, 3, kEirGt, kMscGt, data))), text(xudt(0x81, 15, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(text(ask(ludt(0x00, 3, kEirGt, kMscGt, data))), text(ludt(0x00, 15, kMscGt, kEirGt, user.answer)));
  EXPECT_EQ(node->counters().answers_sent.get(), 4u);
  ASSERT_EQ(user.seen.size(), 4u);
  EXPECT_EQ(text(user.seen[0].data), text(data));
  EXPECT_EQ(user.seen[0].in.calling_gt.str(), "380501234567");
  EXPECT_EQ(user.seen[0].in.opc, kMscOpc);
}

TEST_F(SccpNode, KeepsNetworkIndicatorAndSls) {
  ask(udt(0, kEirGt, kMscGt, data), {mtp::PointCode{77}, mtp::PointCode{2}, 3, 11});
  ASSERT_EQ(port.sent.size(), 1u);
  const auto& label = port.sent[0].label;
  EXPECT_EQ(label.opc, mtp::PointCode{2});
  EXPECT_EQ(label.dpc, mtp::PointCode{77});
  EXPECT_EQ(label.ni, 3);
  EXPECT_EQ(label.sls, 11);
}

struct AddressRow {
  const char* name;
  const char* called;
  const char* calling;
  const char* answer_calling;  // configured
  uint32_t dpc;                // without a configured STP
  uint32_t dpc_with_stp;
};
const AddressRow kAddresses[] = {
    {"GT to GT: by the OPC", "12 09 00 12 04 88 12 00 00 90 10", "12 08 00 12 04 83 50 10 32 54 76",
     "12 09 00 12 04 88 12 00 00 90 10", 1, 99},
    {"GT with other fields: kept", "12 09 11 72 03 88 12 00 00 90 10", "12 08 00 12 04 83 50 10 32 54 76",
     "12 09 11 72 03 88 12 00 00 90 10", 1, 99},
    {"GT indicator 1", "06 09 04 88 12 00 00 90 10", "06 08 04 83 50 10 32 54 76", "06 09 04 88 12 00 00 90 10", 1, 99},
    {"GT indicator 2", "0A 09 07 88 12 00 00 90 10", "0A 08 07 83 50", "0A 09 07 88 12 00 00 90 10", 1, 99},
    {"GT indicator 3", "0E 09 07 12 88 12 00 00 90 10", "0E 08 07 12 83 50", "0E 09 07 12 88 12 00 00 90 10", 1, 99},
    {"GT without SSN: ours is put in", "10 00 12 04 88 12 00 00 90 10", "10 00 12 04 83 50",
     "12 09 00 12 04 88 12 00 00 90 10", 1, 99},
    {"GT with a point code: left out", "13 02 00 09 00 12 04 88 12 00 00 90 10", "12 08 00 12 04 83 50",
     "12 09 00 12 04 88 12 00 00 90 10", 1, 99},
    {"PC and SSN: by the calling PC", "43 02 00 09", "43 05 00 08", "43 02 00 09", 5, 5},
    {"SSN alone: by the OPC", "42 09", "42 08", "43 02 00 09", 1, 99},
    {"routed on SSN with our GT", "53 02 00 09 00 12 04 88 12 00 00 90 10", "43 05 00 08",
     "53 02 00 09 00 12 04 88 12 00 00 90 10", 5, 5},
    {"routed on SSN with a foreign GT", "53 02 00 09 00 12 04 99 99", "43 05 00 08", "43 02 00 09", 5, 5},
    {"calling GT with a PC, routed on GT: by the OPC", "43 02 00 09", "13 05 00 08 00 12 04 83 50", "43 02 00 09", 1,
     99},
    {"calling GT with a PC, routed on SSN: by that PC", "43 02 00 09", "53 05 00 08 00 12 04 83 50", "43 02 00 09", 5,
     5},
};

TEST_F(SccpNode, ReturnAddressing) {
  for (const bool stp : {false, true}) {
    config.instances[0].answer_stp = stp ? std::optional(mtp::PointCode{99}) : std::nullopt;
    for (const bool echo : {false, true}) {
      config.calling_address = echo ? CallingAddressMode::kEcho : CallingAddressMode::kConfigured;
      ASSERT_TRUE(validate(config));
      node->reconfigure(config);
      for (const AddressRow& row : kAddresses) {
        SCOPED_TRACE(std::string(row.name) + (stp ? ", STP" : "") + (echo ? ", echo" : ""));
        const Bytes answer = ask(udt(0, hex(row.called), hex(row.calling), data));
        EXPECT_EQ(text(answer),
                  text(udt(0, hex(row.calling), hex(echo ? row.called : row.answer_calling), user.answer)));
        ASSERT_EQ(port.sent.size(), 1u);
        EXPECT_EQ(mtp::number(port.sent[0].label.dpc), stp ? row.dpc_with_stp : row.dpc);
      }
    }
  }
}

TEST_F(SccpNode, OwnTitlesOfTheConfiguration) {
  const GlobalTitle as{4, 0, 1, 4, *identity::Digits::parse("8821")};
  config.local_gts.push_back({*identity::Digits::parse("777"), as});
  config.instances.push_back({1, mtp::PointCode{3}, {}, as});
  start();
  const Bytes ours = hex("12 09 00 12 04 88 12");
  EXPECT_EQ(text(ask(udt(0, hex("12 09 00 11 04 77 07"), kMscGt, data))), text(udt(0, kMscGt, ours, user.answer)));
  EXPECT_EQ(text(ask(udt(0, hex("42 09"), kMscGt, data), kLabel, 1)), text(udt(0, kMscGt, ours, user.answer)));
  EXPECT_EQ(text(ask(udt(0, hex("42 09"), kMscGt, data), kLabel, 0)), text(udt(0, kMscGt, kEirPc, user.answer)));
  // An instance nobody described: what the message was addressed to.
  EXPECT_EQ(text(ask(udt(0, hex("42 09"), kMscGt, data), kLabel, 9)), text(udt(0, kMscGt, kEirPc, user.answer)));
  EXPECT_EQ(port.sent[0].instance, 9u);
}

TEST_F(SccpNode, WithoutLocalTitlesEveryTitleIsOurs) {
  config.local_gts.clear();
  start();
  const Bytes any = hex("12 09 00 12 04 12 34");
  EXPECT_EQ(text(ask(udt(0, any, kMscGt, data))), text(udt(0, kMscGt, any, user.answer)));
}

TEST_F(SccpNode, OddTitleOfIndicator2IsFilledWithZero) {
  config.local_gts = {{*identity::Digits::parse("88210"), {}}};
  start();
  const Bytes filled = hex("0A 09 00 88 12 00");
  EXPECT_EQ(text(ask(udt(0, filled, kMscGt, data))), text(udt(0, kMscGt, filled, user.answer)));
  EXPECT_TRUE(ask(udt(0, hex("12 09 00 12 04 88 12 00"), kMscGt, data)).empty()) << "indicator 4 says it is even";
}

struct ReturnRow {
  const char* name;
  const char* called;
  int cause;
};
const ReturnRow kReturns[] = {
    {"SSN of another", "43 02 00 06", 4},
    {"SSN 0", "43 02 00 00", 4},
    {"PC without SSN", "41 02 00", 4},
    {"our GT, SSN of another", "12 06 00 12 04 88 12 00 00 90 10", 4},
    {"foreign GT", "12 09 00 12 04 99 99", 1},
    {"foreign GT of 18 digits", "12 09 00 12 04 21 43 65 87 09 21 43 65 87", 1},
    {"routed on a GT that is not there", "03 02 00 09", 0},
    {"GT without signals", "12 09 00 12 04", 0},
    {"GT indicator 5", "16 09 00 12 04 88", 0},
    {"empty called address", "", 0},
};

TEST_F(SccpNode, SendsBackWhereTheReturnOptionAsks) {
  for (const ReturnRow& row : kReturns) {
    SCOPED_TRACE(row.name);
    const Bytes called = hex(row.called);
    const auto cause = static_cast<uint8_t>(row.cause);
    EXPECT_TRUE(ask(udt(0x00, called, kMscGt, data)).empty());
    Bytes expected = udt(cause, kMscGt, called, data);
    expected[0] = 0x0A;
    EXPECT_EQ(text(ask(udt(0x80, called, kMscGt, data))), text(expected));
    EXPECT_EQ(mtp::number(port.sent.at(0).label.dpc), 1u);
    expected = xudt(cause, 15, kMscGt, called, data);
    expected[0] = 0x12;
    EXPECT_EQ(text(ask(xudt(0x81, 2, called, kMscGt, data))), text(expected));
    expected = ludt(cause, 15, kMscGt, called, data);
    expected[0] = 0x14;
    EXPECT_EQ(text(ask(ludt(0x81, 2, called, kMscGt, data))), text(expected));
  }
  EXPECT_TRUE(user.seen.empty());
  EXPECT_EQ(node->counters().unequipped_user.get(), 4u * 4);
  EXPECT_EQ(node->counters().no_translation_address.get(), 2u * 4);
  EXPECT_EQ(node->counters().no_translation_nature.get(), 4u * 4);
  EXPECT_EQ(node->counters().service_sent.get(), 10u * 3);
}

TEST_F(SccpNode, SendsBackAWholeLudt) {
  const Bytes called = hex("42 06");
  const Bytes big(3900, 0x33);
  Bytes expected = ludt(4, 15, kMscGt, called, big);
  expected[0] = 0x14;
  EXPECT_EQ(ask(ludt(0x80, 2, called, kMscGt, big)), expected);
}

TEST_F(SccpNode, UsedUpHopCounter) {
  Bytes expected = xudt(12, 15, kMscGt, kEirGt, data);
  expected[0] = 0x12;
  EXPECT_EQ(text(ask(xudt(0x80, 0, kEirGt, kMscGt, data))), text(expected));
  EXPECT_TRUE(ask(ludt(0x00, 0, kEirGt, kMscGt, data)).empty());
  EXPECT_EQ(node->counters().hop_counter_violation.get(), 2u);
  EXPECT_FALSE(ask(xudt(0x80, 1, kEirGt, kMscGt, data)).empty());
}

TEST_F(SccpNode, NeverAnswersAServiceMessage) {
  for (const Bytes& called : {kEirGt, hex("42 06"), hex("42 01")}) {
    Bytes udts = udt(0x80, called, kMscGt, hex("03 09 02 00 00"));
    Bytes xudts = xudt(0x80, 0, called, kMscGt, data);
    Bytes ludts = ludt(0x80, 0, called, kMscGt, data);
    for (Bytes* m : {&udts, &xudts, &ludts}) {
      ++(*m)[0];
      EXPECT_TRUE(ask(*m).empty());
    }
  }
  EXPECT_EQ(node->counters().service_received.get(), 9u);
  EXPECT_TRUE(user.seen.empty());
}

TEST_F(SccpNode, DiscardsWhatCannotBeAnswered) {
  for (const char* calling :
       {"", "00", "40", "42 00", "41 05 00", "02 08", "03 05 00 08", "12 08 00 12 04", "16 08 11"})
    EXPECT_TRUE(ask(udt(0x80, kEirGt, hex(calling), data)).empty()) << calling;
  EXPECT_EQ(node->counters().calling_unusable.get(), 9u);
  EXPECT_TRUE(ask(udt(0x80, kEirGt, hex("43 05"), data)).empty());
  EXPECT_TRUE(ask(udt(0x80, hex("43 05"), kMscGt, data)).empty());
  EXPECT_TRUE(ask(udt(0x80, kEirGt, Bytes(kAddressOctetsMax + 1, 0x12), data)).empty());
  EXPECT_TRUE(ask(hex("09 80")).empty());
  EXPECT_EQ(node->counters().syntax_error.get(), 4u);
  EXPECT_TRUE(ask(hex("01 02 03")).empty());
  EXPECT_EQ(node->counters().unknown_message.get(), 1u);
  EXPECT_TRUE(user.seen.empty());
}

TEST_F(SccpNode, CountsWhatMtpDoesNotTake) {
  port.takes = false;
  ask(udt(0, kEirGt, kMscGt, data));
  ask(udt(0x80, hex("42 06"), kMscGt, data));
  EXPECT_EQ(node->counters().not_sent.get(), 2u);
  EXPECT_EQ(node->counters().answers_sent.get(), 0u);
}

TEST_F(SccpNode, AnswersSubsystemTests) {
  const Bytes scmg = hex("42 01");
  const Bytes from = hex("43 07 00 01");
  const auto test = [&](const char* sst) { return ask(udt(0x00, scmg, from, hex(sst))); };
  EXPECT_EQ(text(test("03 09 02 00 00")), text(udt(0, from, hex("43 02 00 01"), hex("01 09 02 00 00"))));
  EXPECT_EQ(mtp::number(port.sent.at(0).label.dpc), 7u);
  EXPECT_EQ(text(test("03 01 02 00 00")), text(udt(0, from, hex("43 02 00 01"), hex("01 01 02 00 00"))));
  EXPECT_TRUE(test("03 06 02 00 00").empty()) << "a subsystem that is not here";
  EXPECT_TRUE(test("04 09 02 00 00").empty()) << "out-of-service request";
  EXPECT_TRUE(test("03 09 02 00").empty()) << "one octet too short";
  EXPECT_TRUE(test("03 09 02 00 00 00").empty()) << "one octet too long";
  EXPECT_EQ(node->counters().sst_answered.get(), 2u);
  EXPECT_EQ(node->counters().management_ignored.get(), 4u);
  node->stop_new_questions();
  EXPECT_TRUE(test("03 09 02 00 00").empty());
  EXPECT_FALSE(test("03 01 02 00 00").empty());
}

TEST_F(SccpNode, ManagementGoesToTheAskerNotToAConfiguredStp) {
  config.instances[0].answer_stp = mtp::PointCode{99};
  start();
  ask(udt(0, hex("42 01"), hex("42 01"), hex("03 09 02 00 00")));
  EXPECT_EQ(mtp::number(port.sent.at(0).label.dpc), 1u);
}

TEST_F(SccpNode, TakesNoteOfOthers) {
  const auto tell = [&](const char* m) { EXPECT_TRUE(ask(udt(0, hex("42 01"), hex("43 07 00 01"), hex(m))).empty()); };
  tell("02 08 07 00 00");
  tell("02 06 07 00 00");
  tell("01 08 07 00 00");
  const auto subsystems = node->remote().subsystems();
  ASSERT_EQ(subsystems.size(), 2u);
  EXPECT_EQ(number(subsystems[0].ssn), 8);
  EXPECT_TRUE(subsystems[0].allowed);
  EXPECT_FALSE(subsystems[1].allowed);
  EXPECT_EQ(mtp::number(subsystems[1].pc), 7u);
  node->on_destination(0, mtp::PointCode{7}, false);
  const auto since = node->remote().destinations()[0].since;
  clock.advance(5s);
  node->on_destination(0, mtp::PointCode{7}, false);
  ASSERT_EQ(node->remote().destinations().size(), 1u);
  EXPECT_FALSE(node->remote().destinations()[0].available);
  EXPECT_EQ(node->remote().destinations()[0].since, since);
  node->on_destination(0, mtp::PointCode{7}, true);
  EXPECT_TRUE(node->remote().destinations()[0].available);
  EXPECT_EQ(node->remote().destinations()[0].since, since + 5s);
}

TEST_F(SccpNode, TablesOfOthersAreBounded) {
  for (uint32_t pc = 0; pc < 1100; ++pc) {
    node->on_destination(0, mtp::PointCode{pc}, false);
    const Bytes ssp = Bytes{2, 8} + le16(pc) + Bytes{0};
    ask(udt(0, hex("42 01"), hex("43 07 00 01"), ssp));
  }
  EXPECT_EQ(node->remote().destinations().size(), kDestinationsMax);
  EXPECT_EQ(node->remote().subsystems().size(), kRemoteSubsystemsMax);
  EXPECT_EQ(node->counters().table_full.get(), 2u * (1100 - 1024));
}

TEST_F(SccpNode, PutsSegmentsTogetherAndAnswersInKind) {
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

TEST_F(SccpNode, ReportsReassemblyThatFails) {
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

TEST_F(SccpNode, ReassemblyIsBoundedInOctets) {
  config.reassembly_octets_max = 256;
  start();
  const Bytes part(200, 1);
  EXPECT_TRUE(ask(xudt(0x81, 9, kEirGt, kMscGt, part, segment(true, 1, 7))).empty());
  EXPECT_EQ(ask(xudt(0x01, 9, kEirGt, kMscGt, part, segment(false, 0, 7))).at(1), 10);
  EXPECT_EQ(node->counters().reassembly_too_long.get(), 1u);
  EXPECT_EQ(node->reassemblies_running(), 0u);
}

TEST_F(SccpNode, ReconfigurationKeepsRunningReassembliesUnlessTheirBoundsChange) {
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

TEST_F(SccpNode, ScreeningDiscardsOrHandsUp) {
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

TEST_F(SccpNode, LimitsRates) {
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

TEST_F(SccpNode, SendsBackWhatTheUserDoesNotTake) {
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

TEST_F(SccpNode, AnswersOfTheBoundFitAnyAddress) {
  Bytes longest = hex("12 08 00 12 04");
  longest.resize(kAddressOctetsMax, 0x11);
  longest[1] = 9;
  config.local_gts.clear();
  start();
  user.answer = Bytes(kUserDataMax, 0x77);
  for (const Bytes& question :
       {udt(0, longest, longest, data), xudt(0, 1, longest, longest, data), ludt(0, 1, longest, longest, data)}) {
    const Bytes answer = ask(question);
    EXPECT_FALSE(answer.empty());
    EXPECT_LE(answer.size(), kMtpUserDataMax);
  }
}

TEST(SccpCounters, VisitsEachOnce) {
  Counters counters;
  counters.udt_received.add(3);
  size_t count = 0;
  uint64_t sum = 0;
  counters.for_each([&](std::string_view name, std::string_view help, uint64_t value) {
    EXPECT_FALSE(name.empty());
    EXPECT_FALSE(help.empty());
    ++count;
    sum += value;
  });
  EXPECT_EQ(count, sizeof(Counters) / sizeof(base::Counter));
  EXPECT_EQ(sum, 3u);
}

}  // namespace
}  // namespace eir::sigtran::sccp
