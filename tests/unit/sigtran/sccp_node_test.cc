// SPDX-License-Identifier: GPL-3.0-or-later
// Return addressing, service messages, SCCP management.
#include "sccp_node_fixture.h"

namespace eir::sigtran::sccp {
namespace {

using namespace test_support;
using SccpNode = SccpNodeFixture;

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
