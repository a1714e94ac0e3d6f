// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/address.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::sccp {
namespace {

using test::Bytes;
using test::hex;
using test::text;

struct Row {
  const char* name;
  const char* octets;
  bool on_ssn;
  int pc;  // -1: none
  int ssn;
  int gti;
  const char* digits;
  bool gt_usable;
  bool usable;
};

const Row kRows[] = {
    {"PC and SSN", "43 02 00 09", true, 2, 9, 0, "", false, true},
    {"PC of 14 bits, spare bits set", "43 FF FF 09", true, 0x3FFF, 9, 0, "", false, true},
    {"SSN alone", "42 08", true, -1, 8, 0, "", false, true},
    {"SSN 0", "42 00", true, -1, 0, 0, "", false, false},
    {"PC alone", "41 02 00", true, 2, 0, 0, "", false, false},
    {"routed on a GT that is not there", "03 02 00 09", false, 2, 9, 0, "", false, false},
    {"indicator alone", "40", true, -1, 0, 0, "", false, false},
    {"nothing", "", false, -1, 0, 0, "", false, false},
    {"GT 1, even", "06 09 04 88 12 00", false, -1, 9, 1, "882100", true, true},
    {"GT 1, odd", "06 09 84 88 12 00", false, -1, 9, 1, "88210", true, true},
    {"GT 2", "0A 09 00 88 12 00", false, -1, 9, 2, "882100", true, true},
    {"GT 2, end of signals", "0A 09 00 88 12 F0", false, -1, 9, 2, "88210", true, true},
    {"GT 3, even", "0E 09 00 12 88 12 00", false, -1, 9, 3, "882100", true, true},
    {"GT 3, odd", "0E 09 00 11 88 12 00", false, -1, 9, 3, "88210", true, true},
    {"GT 4, even", "12 09 00 12 04 88 12 00 00 90 10", false, -1, 9, 4, "882100000901", true, true},
    {"GT 4, odd", "12 09 00 11 04 88 12 00 00 90 00", false, -1, 9, 4, "88210000090", true, true},
    {"GT 4 without SSN", "10 00 12 04 88 12", false, -1, 0, 4, "8821", true, true},
    {"GT 4 with PC", "13 01 00 09 00 12 04 88 12", false, 1, 9, 4, "8821", true, true},
    {"GT 4, routed on SSN", "53 01 00 09 00 12 04 88 12", true, 1, 9, 4, "8821", true, true},
    {"national bit", "92 09 00 12 04 88 12", false, -1, 9, 4, "8821", true, true},
    {"GT 4, no signals", "12 09 00 12 04", false, -1, 9, 4, "", false, false},
    {"GT 4, one signal dropped as odd", "12 09 00 11 04 08", false, -1, 9, 4, "8", true, true},
    {"GT 4, code 11 is no digit", "12 09 00 12 04 8B", false, -1, 9, 4, "", true, true},
    {"GT 4, 16 digits", "12 09 00 12 04 21 43 65 87 09 21 43 65", false, -1, 9, 4, "1234567890123456", true, true},
    {"GT 4, 18 digits", "12 09 00 12 04 21 43 65 87 09 21 43 65 87", false, -1, 9, 4, "", true, true},
    {"GT 5 is spare", "16 09 00 12", false, -1, 9, 5, "", false, false},
    {"GT 15 is reserved", "3E 09", false, -1, 9, 15, "", false, false},
};

TEST(SccpAddress, Decodes) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Bytes octets = hex(row.octets);
    const auto a = decode_address(octets);
    ASSERT_TRUE(a);
    EXPECT_EQ(a->route_on_ssn, row.on_ssn);
    EXPECT_EQ(a->pc ? static_cast<int>(mtp::number(*a->pc)) : -1, row.pc);
    EXPECT_EQ(number(a->ssn), row.ssn);
    EXPECT_EQ(a->gt_indicator, row.gti);
    EXPECT_EQ(a->digits.str(), row.digits);
    EXPECT_EQ(a->gt_usable(), row.gt_usable);
    EXPECT_EQ(a->usable(), row.usable);
    EXPECT_EQ(text(a->raw), text(octets));
  }
}

TEST(SccpAddress, KeepsTheFieldsOfATitle) {
  const auto octets = hex("12 09 11 71 05 88 02");
  const auto a = decode_address(octets);
  ASSERT_TRUE(a);
  EXPECT_EQ(a->translation_type, 0x11);
  EXPECT_EQ(a->numbering_plan, 7);
  EXPECT_EQ(a->nature, 5);
  EXPECT_EQ(a->digits.str(), "882");
}

TEST(SccpAddress, RefusesEveryTruncationOfItsFixedPart) {
  const Bytes whole = hex("13 01 00 09 00 12 04");
  for (size_t len = 1; len < whole.size(); ++len) {
    const auto a = decode_address(base::Octets(whole).first(len));
    ASSERT_FALSE(a) << len;
    EXPECT_EQ(a.error().cause, base::Cause::kTruncated);
  }
}

TEST(SccpAddress, LongestAndOneMore) {
  Bytes octets = hex("12 09 00 12 04");
  octets.resize(kAddressOctetsMax, 0x11);
  EXPECT_TRUE(decode_address(octets));
  octets.push_back(0x11);
  const auto a = decode_address(octets);
  ASSERT_FALSE(a);
  EXPECT_EQ(a.error().cause, base::Cause::kBadLength);
}

TEST(SccpAddress, RoundTripsTitlesOfOurOwn) {
  for (uint8_t indicator = 1; indicator <= 4; ++indicator) {
    for (const char* digits : {"7", "88", "882100000901", "88210000090", "1234567890123456"}) {
      SCOPED_TRACE(std::to_string(indicator) + " " + digits);
      const GlobalTitle title{indicator, 17, 7, 5, *identity::Digits::parse(digits)};
      const OwnAddress own = make_address(kSsnEir, title);
      const auto a = decode_address(own.view());
      ASSERT_TRUE(a);
      EXPECT_FALSE(a->route_on_ssn);
      EXPECT_FALSE(a->pc);
      EXPECT_EQ(a->ssn, kSsnEir);
      EXPECT_EQ(a->gt_indicator, indicator);
      EXPECT_EQ(a->translation_type, indicator >= 2 ? 17 : 0);
      EXPECT_EQ(a->numbering_plan, indicator >= 3 ? 7 : 0);
      EXPECT_EQ(a->nature, indicator == 1 || indicator == 4 ? 5 : 0);
      // Indicator 2 has no place for odd and even: an odd number comes back with its filler.
      const std::string filled = indicator == 2 && title.digits.length() % 2 ? "0" : "";
      EXPECT_EQ(a->digits.str().substr(0, 16), (digits + filled).substr(0, 16));
    }
  }
}

TEST(SccpAddress, MakesPointCodeAndSsn) {
  EXPECT_EQ(text(make_address(mtp::PointCode{0x3FFE}, kSsnEir).view()), "43 FE 3F 09");
}

TEST(SccpAddress, KeepsATitleUnderAnotherPointCode) {
  const Bytes octets = hex("12 09 00 12 04 88 12");
  const auto a = decode_address(octets);
  ASSERT_TRUE(a);
  EXPECT_EQ(text(make_address(true, mtp::PointCode{2}, kSsnEir, a->gt_indicator, a->gt).view()),
            "53 02 00 09 00 12 04 88 12");
  EXPECT_EQ(text(make_address(false, std::nullopt, kSsnEir, a->gt_indicator, a->gt).view()), text(octets));
  const Bytes too_long(kAddressOctetsMax, 0x11);
  EXPECT_EQ(make_address(false, std::nullopt, kSsnEir, 4, too_long).len, 0);
}

}  // namespace
}  // namespace eir::sigtran::sccp
