// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/ber.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::tcap {
namespace {

using base::Cause;
using namespace test;

struct Accepted {
  const char* name;
  const char* octets;
  uint32_t tag;
  const char* value;
  const char* rest;
};
const Accepted kAccepted[] = {
    {"short length", "04 02 AB CD 05 00", 0x04, "AB CD", "05 00"},
    {"no contents", "05 00", 0x05, "", ""},
    {"long form, one octet", "04 81 02 AB CD", 0x04, "AB CD", ""},
    {"long form, four octets", "04 84 00 00 00 02 AB CD", 0x04, "AB CD", ""},
    {"long form, eight octets", "04 88 00 00 00 00 00 00 00 02 AB CD", 0x04, "AB CD", ""},
    {"long form, no length octet follows its count of 0x00", "30 81 00", 0x30, "", ""},
    {"two-octet tag", "9F 1F 01 AA", 0x9F1F, "AA", ""},
    {"four-octet tag", "9F 81 81 01 01 AA", 0x9F818101, "AA", ""},
    {"indefinite, empty", "30 80 00 00 FF", 0x30, "", "FF"},
    {"indefinite", "30 80 04 01 AA 00 00", 0x30, "04 01 AA", ""},
    {"indefinite in indefinite", "30 80 30 80 04 01 AA 00 00 05 00 00 00 11", 0x30, "30 80 04 01 AA 00 00 05 00", "11"},
    {"zeros inside a definite element close nothing", "30 80 04 04 00 00 00 00 00 00", 0x30, "04 04 00 00 00 00", ""},
    {"tag 00 with a length is an element", "30 80 00 02 AA BB 00 00", 0x30, "00 02 AA BB", ""},
};

TEST(TcapBer, Accepts) {
  for (const Accepted& row : kAccepted) {
    SCOPED_TRACE(row.name);
    const Bytes octets = hex(row.octets);
    BerReader in(octets);
    const auto tlv = in.next();
    ASSERT_TRUE(tlv);
    EXPECT_EQ(tlv->tag, row.tag);
    EXPECT_EQ(text(tlv->value), row.value);
    EXPECT_EQ(text(in.rest()), row.rest);
  }
}

struct Refused {
  const char* why;
  const char* octets;
  Cause cause;
};
const Refused kRefused[] = {
    {"nothing", "", Cause::kTruncated},
    {"tag alone", "04", Cause::kTruncated},
    {"one octet short", "04 03 AB CD", Cause::kTruncated},
    {"long form cut", "04 82 01", Cause::kTruncated},
    {"long form, one octet short", "04 81 03 AB CD", Cause::kTruncated},
    {"length beyond everything", "04 88 FF FF FF FF FF FF FF FF AA", Cause::kTruncated},
    {"nine length octets", "04 89 00 00 00 00 00 00 00 00 01 AA", Cause::kBadLength},
    {"reserved length", "04 FF AA", Cause::kBadLength},
    {"indefinite primitive", "04 80 AA 00 00", Cause::kBadLength},
    {"indefinite primitive inside", "30 80 04 80 00 00 00 00", Cause::kBadLength},
    {"not closed", "30 80 04 01 AA", Cause::kTruncated},
    {"half closed", "30 80 04 01 AA 00", Cause::kTruncated},
    {"inner not closed", "30 80 30 80 00 00", Cause::kTruncated},
    {"five-octet tag", "9F 81 81 81 01 01 AA", Cause::kBadTag},
    {"tag cut", "9F 81", Cause::kTruncated},
};

TEST(TcapBer, Refuses) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.why);
    const Bytes octets = hex(row.octets);
    BerReader in(octets);
    const auto tlv = in.next();
    ASSERT_FALSE(tlv);
    EXPECT_EQ(tlv.error().cause, row.cause);
    EXPECT_EQ(in.rest().size(), octets.size()) << "nothing moves";
  }
}

TEST(TcapBer, NestingIsBounded) {
  for (const unsigned depth : {kNestingMax, kNestingMax + 1}) {
    Bytes octets;
    for (unsigned i = 0; i < depth; ++i) octets = octets + hex("30 80");
    for (unsigned i = 0; i < depth; ++i) octets = octets + hex("00 00");
    const auto tlv = BerReader(octets).next();
    EXPECT_EQ(tlv.has_value(), depth <= kNestingMax) << depth;
    if (!tlv) {
      EXPECT_EQ(tlv.error().cause, Cause::kTooDeep);
    }
  }
}

TEST(TcapBer, AnExpectedTagOrNothingMoves) {
  const Bytes octets = hex("04 01 AA 05 00");
  BerReader in(octets);
  const auto wrong = in.next(0x05);
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().cause, Cause::kBadTag);
  ASSERT_TRUE(in.next(0x04));
  ASSERT_TRUE(in.next(0x05));
  EXPECT_TRUE(in.empty());
  EXPECT_TRUE(in.only_zeros_left());
  EXPECT_TRUE(BerReader(hex("")).only_zeros_left());
  const Bytes filled = hex("00 00 01");
  EXPECT_FALSE(BerReader(filled).only_zeros_left());
  EXPECT_TRUE(BerReader(base::Octets(filled).first(2)).only_zeros_left());
}

TEST(TcapBer, Integers) {
  const struct {
    const char* octets;
    bool ok;
    int32_t value;
  } rows[] = {{"2B", true, 43},
              {"00 2B", true, 43},
              {"01 2B", true, 299},
              {"FF", true, -1},
              {"80", true, -128},
              {"7F FF FF FF", true, INT32_MAX},
              {"80 00 00 00", true, INT32_MIN},
              {"", false, 0},
              {"00 00 00 00 2B", false, 0}};
  for (const auto& row : rows) {
    int32_t value = 0;
    EXPECT_EQ(read_integer(hex(row.octets), value), row.ok) << row.octets;
    if (row.ok) {
      EXPECT_EQ(value, row.value) << row.octets;
    }
  }
}

TEST(TcapBer, WritesTheShortestLength) {
  for (const size_t len : {0u, 1u, 127u, 128u, 255u, 256u, 4000u}) {
    std::vector<uint8_t> buffer(5000);
    BackWriter w(buffer);
    const Bytes value(len, 0x5A);
    put(w, 0x04, value);
    ASSERT_TRUE(w.ok());
    EXPECT_EQ(text(w.written()), text(test::tlv(0x04, value)));
    const auto tlv = BerReader(w.written()).next();
    ASSERT_TRUE(tlv);
    EXPECT_EQ(tlv->value.size(), len);
  }
}

}  // namespace
}  // namespace eir::sigtran::tcap
