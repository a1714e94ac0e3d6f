// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/bytes.h"

#include <gtest/gtest.h>

#include <array>

namespace eir::base {
namespace {

constexpr std::array<uint8_t, 8> kEight = {0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08};

TEST(ByteReader, ReadsBigEndianAndStopsAtTheEnd) {
  ByteReader r(kEight);
  uint8_t u8 = 0;
  uint16_t u16 = 0;
  uint32_t u24 = 0, u32 = 0;
  uint64_t u64 = 0;
  EXPECT_TRUE(r.peek(u8));
  EXPECT_EQ(u8, 0x01);
  EXPECT_TRUE(r.u8(u8));
  EXPECT_TRUE(r.u24(u24));
  EXPECT_EQ(u24, 0x020304u);
  EXPECT_TRUE(r.u16(u16));
  EXPECT_EQ(u16, 0x0506);
  EXPECT_EQ(r.offset(), 6u);
  EXPECT_FALSE(r.u24(u24));
  EXPECT_FALSE(r.u32(u32));
  EXPECT_FALSE(r.u64(u64));
  EXPECT_EQ(r.left(), 2u) << "a failed read moves nothing";
  Octets two;
  EXPECT_FALSE(r.take(3, two));
  EXPECT_FALSE(r.skip(3));
  EXPECT_TRUE(r.take(2, two));
  EXPECT_EQ(two[1], 0x08);
  EXPECT_TRUE(r.empty());
  EXPECT_FALSE(r.peek(u8));
  EXPECT_FALSE(r.u8(u8));
  EXPECT_TRUE(r.take(0, two));
}

TEST(ByteReader, EveryWidthAtEveryLength) {
  for (size_t len = 0; len <= kEight.size(); ++len) {
    const auto with = [&](auto&& read) {
      ByteReader r(Octets(kEight).first(len));
      return read(r);
    };
    uint8_t a;
    uint16_t b;
    uint32_t c;
    uint64_t d;
    EXPECT_EQ(with([&](ByteReader& r) { return r.u8(a); }), len >= 1);
    EXPECT_EQ(with([&](ByteReader& r) { return r.u16(b); }), len >= 2);
    EXPECT_EQ(with([&](ByteReader& r) { return r.u24(c); }), len >= 3);
    EXPECT_EQ(with([&](ByteReader& r) { return r.u32(c); }), len >= 4);
    EXPECT_EQ(with([&](ByteReader& r) { return r.u64(d); }), len >= 8);
  }
}

TEST(ByteWriter, WritesBigEndianAndStaysFailed) {
  std::array<uint8_t, 10> out{};
  ByteWriter w(out);
  w.u8(1);
  w.u16(0x0203);
  w.u24(0x040506);
  w.zeros(1);
  w.bytes(Octets(kEight).first(1));
  ASSERT_TRUE(w.ok());
  EXPECT_EQ(w.size(), 8u);
  w.patch_u8(6, 0xAA);
  w.patch_u24(0, 0x090807);
  const std::array<uint8_t, 8> expected = {9, 8, 7, 4, 5, 6, 0xAA, 1};
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), w.written().begin(), w.written().end()));
  w.u32(1);
  EXPECT_FALSE(w.ok());
  w.u8(1);
  EXPECT_FALSE(w.ok()) << "what fits after something that did not is not written either";
  EXPECT_EQ(w.size(), 8u);
}

}  // namespace
}  // namespace eir::base
