// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/message.h"

#include <gtest/gtest.h>

#include "sigtran/tcap/counters.h"
#include "support.h"

namespace eir::sigtran::tcap {
namespace {

using namespace test;

TEST(TcapMessage, DecodesBeginAndContinue) {
  Message m;
  const Bytes b = tlv(0x62, kOtid + hex("6B 02 AA BB 6C 02 CC DD"));
  ASSERT_FALSE(decode_message(b, m));
  EXPECT_EQ(m.type, MessageType::kBegin);
  EXPECT_EQ(text(m.otid), "11 22 33 44");
  ASSERT_TRUE(m.dialogue);
  EXPECT_EQ(text(*m.dialogue), "AA BB");
  ASSERT_TRUE(m.components);
  EXPECT_EQ(text(*m.components), "CC DD");
  const Bytes c = tlv(0x65, hex("48 01 05 49 02 06 07"));
  ASSERT_FALSE(decode_message(c, m));
  EXPECT_EQ(m.type, MessageType::kContinue);
  EXPECT_EQ(text(m.otid), "05");
  EXPECT_EQ(text(m.dtid), "06 07");
  EXPECT_FALSE(m.dialogue);
  EXPECT_FALSE(m.components);
}

TEST(TcapMessage, LooksNotIntoWhatIsNotForUs) {
  Message m;
  for (const char* octets : {"61 00", "64 7F", "67 02 49"}) EXPECT_FALSE(decode_message(hex(octets), m)) << octets;
}

TEST(TcapMessage, TakesTolerantForms) {
  const Bytes parts = kOtid + hex("6C 80 A1 00 00 00");
  Message m;
  for (const Bytes& octets :
       {indefinite(0x62, parts), Bytes{0x62, 0x82, 0x00, static_cast<uint8_t>(parts.size())} + parts,
        tlv(0x62, parts) + hex("00 00"), tlv(0x62, parts + hex("00 00"))}) {
    SCOPED_TRACE(text(octets));
    ASSERT_FALSE(decode_message(octets, m));
    EXPECT_EQ(text(m.otid), "11 22 33 44");
    EXPECT_EQ(text(*m.components), "A1 00");
  }
  const Bytes empty = tlv(0x62, kOtid + hex("6C 00"));
  ASSERT_FALSE(decode_message(empty, m));
  EXPECT_FALSE(m.components) << "an empty component portion is none";
}

struct Fault {
  const char* why;
  const char* octets;
  PAbortCause cause;
  bool otid;
};
constexpr auto kUnknownType = PAbortCause::kUnrecognizedMessageType;
constexpr auto kBad = PAbortCause::kBadlyFormattedTransactionPortion;
constexpr auto kIncorrect = PAbortCause::kIncorrectTransactionPortion;
const Fault kFaults[] = {
    {"nothing", "", kBad, false},
    {"unknown type with an OTID", "63 03 48 01 05", kUnknownType, true},
    {"unknown type without", "63 03 49 01 05", kUnknownType, false},
    {"unknown type, nothing behind", "63", kUnknownType, false},
    {"no OTID", "62 00", kIncorrect, false},
    {"DTID where the OTID belongs", "62 03 49 01 05", kIncorrect, false},
    {"OTID of no octet", "62 02 48 00", kBad, false},
    {"OTID of five octets", "62 07 48 05 01 02 03 04 05", kBad, false},
    {"DTID in a Begin", "62 06 48 01 05 49 01 06", kIncorrect, true},
    {"Continue without DTID", "65 03 48 01 05", kIncorrect, true},
    {"Continue, DTID of no octet", "65 05 48 01 05 49 00", kBad, true},
    {"Continue, DTID of five octets", "65 0A 48 01 05 49 05 01 02 03 04 05", kBad, true},
    {"Continue, components where the DTID belongs", "65 05 48 01 05 6C 00", kIncorrect, true},
    {"unknown element", "62 05 48 01 05 6D 00", kIncorrect, true},
    {"primitive component portion", "62 05 48 01 05 4C 00", kIncorrect, true},
    {"components before dialogue", "62 07 48 01 05 6C 00 6B 00", kIncorrect, true},
    {"two dialogue portions", "62 07 48 01 05 6B 00 6B 00", kIncorrect, true},
    {"two component portions", "62 07 48 01 05 6C 00 6C 00", kIncorrect, true},
    {"one octet too long", "62 04 48 01 05", kBad, true},
    {"one octet too short", "62 04 48 01 05 6C 00", kBad, true},
    {"octets behind the message", "62 03 48 01 05 11", kBad, true},
    {"component portion beyond the message", "62 05 48 01 05 6C 01", kBad, true},
    {"indefinite, not closed", "62 80 48 01 05 6C 00", kBad, true},
    {"long form length beyond the end", "62 81 FF 48 01 05", kBad, true},
    {"P-Abort cause in a Begin", "62 06 48 01 05 4A 01 00", kIncorrect, true},
};

TEST(TcapMessage, NamesTheFaultAndSavesTheOtid) {
  for (const Fault& row : kFaults) {
    SCOPED_TRACE(row.why);
    const Bytes octets = hex(row.octets);
    Message m;
    const auto fault = decode_message(octets, m);
    ASSERT_TRUE(fault);
    EXPECT_EQ(*fault, row.cause);
    EXPECT_EQ(text(m.otid), row.otid ? "05" : "");
  }
}

TEST(TcapMessage, EveryTruncationIsBadlyFormattedOnceTheOtidIsThere) {
  const Bytes whole = begin_v3();
  for (size_t len = 0; len < whole.size(); ++len) {
    Message m;
    const auto fault = decode_message(base::Octets(whole).first(len), m);
    ASSERT_TRUE(fault) << len;
    EXPECT_EQ(*fault, kBad) << len;
    EXPECT_EQ(!m.otid.empty(), len >= 2 + 6) << len;
  }
}

TEST(TcapMessage, Writes) {
  uint8_t buffer[64];
  const auto written = [&](auto&& write) {
    BackWriter w(buffer);
    write(w);
    EXPECT_TRUE(w.ok());
    return text(w.written());
  };
  const Bytes peer = hex("11 22 33 44");
  const Bytes own = hex("01 02 03 04");
  EXPECT_EQ(written([&](BackWriter& w) { write_end(w, peer); }), text(end({})));
  EXPECT_EQ(written([&](BackWriter& w) { write_u_abort(w, peer); }), text(u_abort()));
  EXPECT_EQ(written([&](BackWriter& w) { write_p_abort(w, peer, PAbortCause::kUnrecognizedTransactionId); }),
            text(p_abort(1)));
  EXPECT_EQ(written([&](BackWriter& w) { write_continue(w, own, peer); }),
            text(tlv(0x65, hex("48 04 01 02 03 04") + kDtid)));
  EXPECT_EQ(written([&](BackWriter& w) { write_end(w, hex("05")); }), "64 03 49 01 05");
}

TEST(TcapCounters, VisitsEachOnce) {
  Counters counters;
  size_t count = 0;
  counters.for_each([&](std::string_view, std::string_view help, uint64_t) { count += !help.empty(); });
  EXPECT_EQ(count, sizeof(Counters) / sizeof(base::Counter));
}

}  // namespace
}  // namespace eir::sigtran::tcap
