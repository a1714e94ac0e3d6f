// SPDX-License-Identifier: GPL-3.0-or-later
// The whole node over the three message types, stopping, and live changes.
#include "node_fixture.h"

namespace eir::sigtran {
namespace {

using namespace std::chrono_literals;
using namespace test;
using NodeSccp = NodeFixture;

const Bytes kAnswerV3 = end(aare(context(3)) + components(result(hex("30 03 0A 01 00"))));

TEST_F(NodeSccp, XudtAndLudtAndSegments) {
  node->on_transfer(0, kLabel, xudt(1, 4, kEirGt, kMscGt, begin_v3()));
  node->on_transfer(0, kLabel, ludt(1, 4, kEirPc, kMscPc, begin_v3()));
  const Bytes whole = begin_v3();
  const Bytes head(whole.begin(), whole.begin() + 40);
  const Bytes tail(whole.begin() + 40, whole.end());
  node->on_transfer(0, kLabel, xudt(0x81, 4, kEirGt, kMscGt, head, segment(true, 1, 99)));
  ASSERT_EQ(port.sent.size(), 2u);
  node->on_transfer(0, kLabel, xudt(0x01, 4, kEirGt, kMscGt, tail, segment(false, 0, 99)));
  ASSERT_EQ(port.sent.size(), 3u);
  EXPECT_EQ(text(port.sent[0].data), text(xudt(1, 15, kMscGt, kEirGt, kAnswerV3)));
  EXPECT_EQ(text(port.sent[1].data), text(ludt(1, 15, kMscPc, kEirPc, kAnswerV3)));
  EXPECT_EQ(text(port.sent[2].data), text(xudt(0x81, 15, kMscGt, kEirGt, kAnswerV3)));
  EXPECT_EQ(answers.asked.size(), 3u);
}

TEST_F(NodeSccp, ALongQuestionIsPutTogetherAndAnswered) {
  // An extension container of 600 octets, in four segments.
  const Bytes argument = tlv(0x30, kImei + hex("03 02 06 80") + tlv(0x30, tlv(0xA1, Bytes(600, 0x55))));
  const Bytes whole = begin(aarq(context(3)) + components(invoke(argument)));
  ASSERT_GT(whole.size(), 600u);
  for (uint8_t i = 0; i < 4; ++i) {
    const auto from = whole.begin() + i * 200;
    const Bytes part(from, i == 3 ? whole.end() : from + 200);
    node->on_transfer(0, kLabel, xudt(0x81, 4, kEirGt, kMscGt, part, segment(i == 0, static_cast<uint8_t>(3 - i), 5)));
  }
  ASSERT_EQ(port.sent.size(), 1u);
  EXPECT_EQ(text(port.sent[0].data), text(xudt(0x81, 15, kMscGt, kEirGt, kAnswerV3)));
}

TEST_F(NodeSccp, Stopping) {
  const Bytes opened = ask(begin(aarq(context(3))));
  node->stop_new_questions();
  port.sent.clear();
  node->on_transfer(0, kLabel, udt(0x80, kEirGt, kMscGt, begin_v3()));
  ASSERT_EQ(port.sent.size(), 1u);
  Bytes udts = udt(3, kMscGt, kEirGt, begin_v3());
  udts[0] = 0x0A;
  EXPECT_EQ(text(port.sent[0].data), text(udts)) << "subsystem failure: the network goes elsewhere";
  EXPECT_EQ(text(ask(begin_v3())), text(kAnswerV3)) << "who asks for no return is answered";
  const Bytes ours(opened.begin() + 4, opened.begin() + 8);
  port.sent.clear();
  node->on_transfer(0, kLabel,
                    udt(0x80, kEirGt, kMscGt, tlv(0x65, kOtid + tlv(0x49, ours) + components(invoke(kArgV3)))));
  ASSERT_EQ(port.sent.size(), 1u);
  EXPECT_EQ(port.sent[0].data[0], 0x09) << "an opened dialogue goes on";
}

TEST_F(NodeSccp, ReconfigurationIsTakenWholeOrNotAtAll) {
  EirNode::Config bad = config;
  bad.sccp.screening.allowed_opcs = {mtp::PointCode{5}};
  bad.sccp.hop_counter = 0;
  EXPECT_FALSE(node->reconfigure(bad));
  EXPECT_EQ(node->config(), config);
  EXPECT_FALSE(ask(begin_v3()).empty());
  bad.sccp.hop_counter = 9;
  EXPECT_TRUE(node->reconfigure(bad));
  EXPECT_EQ(node->config(), bad);
  EXPECT_TRUE(ask(begin_v3()).empty());
  bad.sccp.hop_counter = 99;
  EXPECT_FALSE(EirNode::make(port, answers, clock, bad));
}

TEST_F(NodeSccp, ShowsOthers) {
  node->on_destination(3, mtp::PointCode{7}, false);
  node->on_transfer(0, kLabel, udt(0, hex("42 01"), hex("43 07 00 01"), hex("02 08 07 00 00")));
  ASSERT_EQ(node->destinations().size(), 1u);
  EXPECT_EQ(node->destinations()[0].instance, 3u);
  ASSERT_EQ(node->remote_subsystems().size(), 1u);
  EXPECT_FALSE(node->remote_subsystems()[0].allowed);
}

TEST_F(NodeSccp, ReassemblyTimesOut) {
  node->on_transfer(0, kLabel, xudt(0x01, 4, kEirGt, kMscGt, hex("01"), segment(true, 1, 99)));
  EXPECT_EQ(node->reassemblies_running(), 1u);
  clock.advance(10s);
  node->tick();
  EXPECT_EQ(node->reassemblies_running(), 0u);
  EXPECT_EQ(node->sccp_counters().reassembly_timeout.get(), 1u);
}

}  // namespace
}  // namespace eir::sigtran
