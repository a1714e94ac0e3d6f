// SPDX-License-Identifier: GPL-3.0-or-later
// What the network may send in error or in malice: every cut, every wrong length, random octets.
#include <random>

#include "node_fixture.h"

namespace eir::sigtran {
namespace {

using namespace test;
using NodeMalformed = NodeFixture;

std::vector<Bytes> good_messages() {
  return {begin_v1(), begin_v2(), begin_v3(), begin(aarq(context(3), open_info(hex("80 02 91 83")))),
          begin(aarq(context(3), open_info()) + components(invoke(kArgV3) + invoke(kArgV3, 2)))};
}

TEST_F(NodeMalformed, EveryTruncationIsAbortedOrDiscarded) {
  for (const Bytes& whole : good_messages()) {
    for (size_t len = 0; len < whole.size(); ++len) {
      const Bytes answer = ask(Bytes(whole.begin(), whole.begin() + static_cast<ptrdiff_t>(len)));
      const bool otid = len >= (whole[1] == 0x81 ? 9 : 8);
      EXPECT_EQ(text(answer), otid ? text(p_abort(2)) : "") << len;
    }
  }
  EXPECT_TRUE(answers.asked.empty());
}

TEST_F(NodeMalformed, EveryTruncationOfTheMtpUserDataIsDiscarded) {
  for (const Bytes& tcap : good_messages()) {
    for (const Bytes& whole :
         {udt(0x80, kEirGt, kMscGt, tcap), xudt(0x80, 5, kEirGt, kMscGt, tcap, segment(true, 0, 1)),
          ludt(0x80, 5, kEirGt, kMscGt, tcap)}) {
      for (size_t len = 0; len < whole.size(); ++len) {
        // An optional part is whole without its end mark.
        if (whole[0] == 0x11 && len + 1 == whole.size()) continue;
        const bool segmentation_cut = whole[0] == 0x11 && len + 7 == whole.size();
        port.sent.clear();
        node->on_transfer(0, kLabel, base::Octets(whole).first(len));
        if (!segmentation_cut) {
          EXPECT_TRUE(port.sent.empty()) << len;
        }
      }
    }
  }
}

/// One octet of the message after another one up and one down: an answer, if any, is a whole UDT.
TEST_F(NodeMalformed, EveryOctetOffByOne) {
  for (const Bytes& tcap : good_messages()) {
    const Bytes whole = udt(0x80, kEirGt, kMscGt, tcap);
    for (size_t i = 0; i < whole.size(); ++i) {
      for (const int by : {-1, 1, 0x80}) {
        Bytes spoilt = whole;
        spoilt[i] = static_cast<uint8_t>(spoilt[i] + by);
        port.sent.clear();
        node->on_transfer(0, kLabel, spoilt);
        ASSERT_LE(port.sent.size(), 1u);
        for (const auto& sent : port.sent) EXPECT_LE(sent.data.size(), 272u);
      }
    }
  }
}

TEST_F(NodeMalformed, RandomOctets) {
  std::mt19937 random(20020917);
  for (int i = 0; i < 100'000; ++i) {
    Bytes octets(random() % 64);
    for (uint8_t& o : octets) o = static_cast<uint8_t>(random());
    // Half of them as user data of a well-formed UDT, half of those with a TCAP tag in front.
    if (i % 4 == 0 && !octets.empty()) octets[0] = 0x62;
    if (i % 2 == 0) octets = udt(0x80, kEirGt, kMscGt, octets);
    port.sent.clear();
    node->on_transfer(0, kLabel, octets);
    ASSERT_LE(port.sent.size(), 1u);
    node->tick();
  }
}

TEST_F(NodeMalformed, RandomChangesOfGoodMessages) {
  std::mt19937 random(29002);
  const auto messages = good_messages();
  for (int i = 0; i < 100'000; ++i) {
    const Bytes& tcap = messages[random() % messages.size()];
    Bytes octets = i % 3 == 0 ? udt(0x80, kEirGt, kMscGt, tcap)
                   : i % 3 == 1
                       ? xudt(0x81, 7, kEirGt, kMscGt, tcap, segment(i % 2, static_cast<uint8_t>(i % 3), i % 5))
                       : ludt(0x81, 7, kEirGt, kMscGt, tcap);
    for (unsigned n = random() % 4; n > 0; --n) octets[random() % octets.size()] = static_cast<uint8_t>(random());
    if (random() % 8 == 0) octets.resize(random() % octets.size());
    port.sent.clear();
    node->on_transfer(0, kLabel, octets);
    ASSERT_LE(port.sent.size(), 1u);
  }
  EXPECT_LE(node->reassemblies_running(), config.sccp.reassemblies_max);
}

TEST_F(NodeMalformed, TransactionPortions) {
  const struct {
    const char* name;
    Bytes message;
    Bytes answer;
  } rows[] = {
      {"unknown message type", tlv(0x63, kOtid + components(invoke(kImei))), p_abort(0)},
      {"unknown message type without OTID", tlv(0x63, components(invoke(kImei))), {}},
      {"Begin without OTID", tlv(0x62, components(invoke(kImei))), {}},
      {"Begin with a DTID", tlv(0x62, kOtid + kDtid + components(invoke(kImei))), p_abort(3)},
      {"Continue without DTID", tlv(0x65, kOtid + components(invoke(kImei))), p_abort(3)},
      {"octets behind the message", begin_v1() + hex("05 00"), p_abort(2)},
      {"zeros behind the message", begin_v1() + hex("00 00"), end(components(result(hex("0A 01 00"))))},
      {"OTID of five octets", tlv(0x62, hex("48 05 01 02 03 04 05") + components(invoke(kImei))), {}},
      {"nothing", {}, {}},
  };
  for (const auto& row : rows) EXPECT_EQ(text(ask(row.message)), text(row.answer)) << row.name;
}

TEST_F(NodeMalformed, DeepNestingIsRefused) {
  Bytes deep;
  for (int i = 0; i < 60; ++i) deep = deep + hex("30 80");
  for (int i = 0; i < 60; ++i) deep = deep + hex("00 00");
  EXPECT_FALSE(deep.size() > 250);
  EXPECT_EQ(text(ask(tlv(0x62, hex("48 04 11 22 33 44") + deep))), text(p_abort(2)));
}

}  // namespace
}  // namespace eir::sigtran
