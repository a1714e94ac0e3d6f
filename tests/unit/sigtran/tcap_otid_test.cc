// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/otid.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::tcap {
namespace {

using namespace std::chrono_literals;
using test::Bytes;
using test::hex;

constexpr OtidKey kKey = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
const base::UnixSeconds kNow{1'800'000'000s};
const Bytes kPeer = hex("11 22 33 44");

TEST(TcapOtid, SipHashHasItsPublishedValue) {
  // The worked example of the SipHash paper (Aumasson and Bernstein, 2012), appendix A.
  Bytes data;
  for (uint8_t i = 0; i < 15; ++i) data.push_back(i);
  EXPECT_EQ(siphash(kKey, data), 0xa129ca6149be45e5u);
}

TEST(TcapOtid, ProvesItself) {
  for (const uint8_t version : {1, 2, 3})
    for (const char* peer : {"05", "01 02", "01 02 03", "11 22 33 44"}) {
      const TransactionId id = make_otid(kKey, version, hex(peer), kNow);
      EXPECT_EQ(check_otid(kKey, id, hex(peer), kNow), version);
    }
}

TEST(TcapOtid, LivesForAMinute) {
  const TransactionId id = make_otid(kKey, 3, kPeer, kNow);
  EXPECT_TRUE(check_otid(kKey, id, kPeer, kNow + 60s));
  EXPECT_FALSE(check_otid(kKey, id, kPeer, kNow + 64s));
  EXPECT_FALSE(check_otid(kKey, id, kPeer, kNow + 200s));
  EXPECT_TRUE(check_otid(kKey, id, kPeer, kNow - 4s)) << "made by a machine whose clock is a little ahead";
  EXPECT_FALSE(check_otid(kKey, id, kPeer, kNow - 8s));
}

TEST(TcapOtid, RefusesEveryOther) {
  const TransactionId id = make_otid(kKey, 3, kPeer, kNow);
  for (size_t bit = 0; bit < 32; ++bit) {
    TransactionId other = id;
    other[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    EXPECT_FALSE(check_otid(kKey, other, kPeer, kNow)) << bit;
  }
  EXPECT_FALSE(check_otid(kKey, id, hex("11 22 33 45"), kNow)) << "another dialogue";
  EXPECT_FALSE(check_otid(kKey, id, hex("11 22 33"), kNow));
  OtidKey other_key = kKey;
  other_key[15] ^= 1;
  EXPECT_FALSE(check_otid(other_key, id, kPeer, kNow));
  for (const char* wrong : {"", "05", "01 02 03"}) EXPECT_FALSE(check_otid(kKey, hex(wrong), kPeer, kNow));
  TransactionId version_0 = make_otid(kKey, 0, kPeer, kNow);
  EXPECT_FALSE(check_otid(kKey, version_0, kPeer, kNow));
}

}  // namespace
}  // namespace eir::sigtran::tcap
