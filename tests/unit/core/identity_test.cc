// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <vector>

#include "core/identity/digits.h"
#include "core/identity/imei.h"

namespace eir::identity {
namespace {

using Octets = std::vector<uint8_t>;

TEST(Digits, ParseAndPrint) {
  for (const char* text : {"0", "00", "007", "255011234567890", "9999999999999999"}) {
    const auto d = Digits::parse(text);
    ASSERT_TRUE(d) << text;
    EXPECT_EQ(d->str(), text);
    EXPECT_EQ(d->length(), std::string_view(text).size());
    EXPECT_EQ(Digits::from_word(d->word()), *d);
  }
  for (const char* text : {"", "12345678901234567", "1a", "-1", "+1", " 1", "1 "})
    EXPECT_FALSE(Digits::parse(text)) << text;
  EXPECT_NE(*Digits::parse("07"), *Digits::parse("7")) << "leading zeros count";
  EXPECT_TRUE(Digits().empty());
}

TEST(Digits, Tbcd) {
  struct Row {
    Octets octets;
    const char* digits;  // null: refused
  };
  const Row rows[] = {
      {{0x21, 0x43}, "1234"},
      {{0x21, 0xF3}, "123"},
      {{0xF1}, "1"},
      {{0x00}, "00"},
      {{}, nullptr},
      {{0xFF}, nullptr},
      {{0x2F}, nullptr},
      {{0xF1, 0x32}, nullptr},
      {{0x21, 0xA3}, nullptr},
      {{0x2B, 0x43}, nullptr},
      {{0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65}, "1234567890123456"},
      {{0x21, 0x43, 0x65, 0x87, 0x09, 0x21, 0x43, 0x65, 0x87}, nullptr},
  };
  for (const Row& row : rows) {
    const auto d = Digits::from_tbcd(row.octets);
    EXPECT_EQ(d.has_value(), row.digits != nullptr);
    if (d && row.digits) {
      EXPECT_EQ(d->str(), row.digits);
    }
  }
}

TEST(Digits, Prefixes) {
  const Digits d = *Digits::parse("0255011");
  EXPECT_EQ(d.prefix(3).str(), "025");
  EXPECT_EQ(d.prefix(0), Digits());
  EXPECT_EQ(d.prefix(99), d);
  EXPECT_TRUE(d.starts_with(*Digits::parse("0255")));
  EXPECT_TRUE(d.starts_with(d));
  EXPECT_FALSE(d.starts_with(*Digits::parse("255")));
  EXPECT_FALSE(d.starts_with(*Digits::parse("02550110")));
  EXPECT_EQ(masked(*Digits::parse("255011234567890")), "25501*******890");
  EXPECT_EQ(masked(*Digits::parse("12345")), "12***");
}

TEST(Imei, FromText) {
  struct Row {
    const char* text;
    ImeiClass cls;
    uint64_t key = 0;
    int svn = -1;
  };
  const Row rows[] = {
      {"", ImeiClass::kNull},
      {"1", ImeiClass::kShort},
      {"3580910168535", ImeiClass::kShort},
      {"35809101685355", ImeiClass::kValid, 35809101685355},
      {"358091016853555", ImeiClass::kValid, 35809101685355},
      {"358091016853550", ImeiClass::kValid, 35809101685355},  // a wrong check digit is not looked at
      {"3580910168535507", ImeiClass::kValid, 35809101685355, 7},
      {"35809101685355071", ImeiClass::kLong},
      {"00000000000000", ImeiClass::kZero},
      {"0000000000000001", ImeiClass::kZero, 0, 1},
      {"0000000000000", ImeiClass::kShort},
      {"00000000000000000", ImeiClass::kLong},
      {"3580910168535a", ImeiClass::kNonDecimal},
      {"x", ImeiClass::kNonDecimal},
      {"3580910168535 ", ImeiClass::kNonDecimal},
      {"358091016853550712345678901234567890", ImeiClass::kLong},
  };
  for (const Row& row : rows) {
    const Imei imei = Imei::from_text(row.text);
    EXPECT_EQ(imei.cls(), row.cls) << row.text;
    EXPECT_EQ(imei.valid(), row.cls == ImeiClass::kValid);
    if (row.key) {
      EXPECT_EQ(number(imei.key()), row.key);
    }
    EXPECT_EQ(imei.svn() ? *imei.svn() : -1, row.svn) << row.text;
  }
}

TEST(Imei, FromTbcd) {
  struct Row {
    const char* what;
    Octets octets;
    ImeiClass cls;
    uint64_t key = 0;
    int svn = -1;
  };
  const Row rows[] = {
      {"none", {}, ImeiClass::kNull},
      {"fillers alone", {0xFF, 0xFF}, ImeiClass::kNull},
      {"7 octets", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0x55}, ImeiClass::kValid, 35809101685355},
      {"8 with filler", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0x55, 0xF5}, ImeiClass::kValid, 35809101685355},
      {"8 without", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0x55, 0x70}, ImeiClass::kValid, 35809101685355, 7},
      {"9 octets", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0x55, 0x70, 0x11}, ImeiClass::kLong},
      {"6 octets", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35}, ImeiClass::kShort},
      {"zeros", {0, 0, 0, 0, 0, 0, 0, 0xF0}, ImeiClass::kZero},
      {"a nibble A", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0xA5}, ImeiClass::kNonDecimal},
      {"filler before the last digit", {0x53, 0x08, 0xF9, 0x10, 0x86, 0x35, 0x55}, ImeiClass::kNonDecimal},
      {"filler low, digit high", {0x53, 0x08, 0x19, 0x10, 0x86, 0x35, 0x5F}, ImeiClass::kNonDecimal},
  };
  for (const Row& row : rows) {
    const Imei imei = Imei::from_tbcd(row.octets);
    EXPECT_EQ(imei.cls(), row.cls) << row.what;
    if (row.key) {
      EXPECT_EQ(number(imei.key()), row.key) << row.what;
    }
    EXPECT_EQ(imei.svn() ? *imei.svn() : -1, row.svn) << row.what;
  }
}

TEST(Imei, TheRest) {
  EXPECT_EQ(check_digit(ImeiKey{35809101685355}), 5u);
  EXPECT_EQ(check_digit(ImeiKey{49015420323751}), 8u);
  EXPECT_EQ(check_digit(ImeiKey{0}), 0u);
  EXPECT_EQ(to_string(ImeiKey{1}), "00000000000001");
  EXPECT_EQ(tac_of(ImeiKey{35809101685355}), 35809101u);
  EXPECT_EQ(masked(Imei::from_text("35809101685355")), "35809101******");
  Imei imei = Imei::from_text("3580910168535507");
  imei.set_svn(9);
  EXPECT_EQ(*imei.svn(), 9) << "a Software-Version beside it wins";
  EXPECT_EQ(parse_svn("07"), Svn{7});
  for (const char* text : {"", "7", "007", "a7", "7 ", "-1"}) EXPECT_FALSE(parse_svn(text)) << text;
  for (unsigned i = 0; i < kImeiClasses; ++i)
    EXPECT_EQ(imei_class_from(to_string(static_cast<ImeiClass>(i))), static_cast<ImeiClass>(i));
  EXPECT_FALSE(imei_class_from("other"));
}

}  // namespace
}  // namespace eir::identity
