// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/segment.h"

#include <gtest/gtest.h>
#include <zlib.h>

namespace eir::sync::sightings {
namespace {

struct Sample {
  Head head;
  std::vector<uint8_t> records;
  std::vector<seen::Sighting> rows;
};

Sample sample(uint32_t rows) {
  Sample s;
  s.head.node = "node-1";
  s.head.sequence = 1'790'000'000'000'001;
  s.head.rows = rows;
  s.head.covers = {{"seen-0000000001-77-000001.journal", 24, 5'000}, {"seen-0000000001-78-000001.journal", 0, 24}};
  for (uint32_t i = 0; i < rows; ++i) {
    seen::Sighting one;
    one.imei = identity::ImeiKey{uint64_t{35'809'101'000'000} + i};
    one.imsi = identity::Imsi(*identity::Digits::parse("255010000000001"));
    one.svn = 7;
    one.interface = decision::Interface::kS13;
    one.first = base::UnixSeconds(std::chrono::seconds(1'700'000'000));
    one.last = base::UnixSeconds(std::chrono::seconds(1'700'000'000 + i));
    seen::put_record(s.records, one);
    s.rows.push_back(one);
  }
  return s;
}

TEST(Segment, RoundTrip) {
  for (const uint32_t rows : {0u, 1u, 1'000u, kRowsMax}) {
    Sample s = sample(rows);
    const auto file = encode(s.head, s.records);
    EXPECT_LE(file.size(), kSegmentOctetsMax);
    const auto read = decode(file);
    ASSERT_TRUE(read) << read.error().text;
    s.head.body_octets = static_cast<uint32_t>(s.records.size());
    EXPECT_EQ(read->head, s.head);
    ASSERT_EQ(read->rows.size(), rows);
    for (size_t i = 0; i < rows; i += 97) {
      EXPECT_TRUE(read->rows[i].same_use(s.rows[i]));
      EXPECT_EQ(read->rows[i].last, s.rows[i].last);
    }
    EXPECT_EQ(*decode_head(file), s.head);
  }
}

TEST(Segment, EveryTruncationAndEveryTrailingOctetIsNoticed) {
  const Sample s = sample(5);
  auto file = encode(s.head, s.records);
  for (size_t len = 0; len < file.size(); ++len) EXPECT_FALSE(decode(base::Octets(file).first(len))) << len;
  file.push_back(0);
  EXPECT_FALSE(decode(file));
}

TEST(Segment, EveryOctetChangedIsNoticed) {
  const Sample s = sample(5);
  const auto file = encode(s.head, s.records);
  for (size_t at = 0; at < file.size(); ++at)
    for (const uint8_t by : {uint8_t{1}, uint8_t{0x80}}) {
      auto damaged = file;
      damaged[at] ^= by;
      const auto read = decode(damaged);
      // What zlib's own header says of the packing may change without a change of what is packed.
      if (!read) continue;
      EXPECT_EQ(read->rows.size(), 5u) << at;
      EXPECT_TRUE(read->rows[4].same_use(s.rows[4])) << at;
    }
}

TEST(Segment, RowsMustBeAsManyAsItSaysAndSightings) {
  Sample s = sample(5);
  s.head.rows = 4;
  EXPECT_FALSE(decode(encode(s.head, s.records)));
  s.head.rows = 6;
  EXPECT_FALSE(decode(encode(s.head, s.records)));
  s.head.rows = 6;
  seen::put_record(s.records, seen::Served{base::UnixSeconds(), 1, {}});
  EXPECT_FALSE(decode(encode(s.head, s.records)));
}

TEST(Segment, WhatPacksWellCannotFillTheMemory) {
  // A head that is right and says 160 octets, and a body of 100 MB of nothing.
  Sample s = sample(1);
  s.records.assign(100, 0);
  auto file = encode(s.head, s.records);
  const auto head = decode_head(file);
  ASSERT_TRUE(head);
  std::vector<uint8_t> zeros(100'000'000);
  uLongf packed = compressBound(zeros.size());
  std::vector<uint8_t> body(packed);
  ASSERT_EQ(compress2(body.data(), &packed, zeros.data(), zeros.size(), 9), Z_OK);
  Head empty = s.head;
  const auto bare = encode(empty, {});
  uLongf nothing = compressBound(0);
  std::vector<uint8_t> of_nothing(nothing);
  compress2(of_nothing.data(), &nothing, nullptr, 0, 1);
  file.assign(bare.begin(), bare.end() - static_cast<ptrdiff_t>(nothing));
  ASSERT_TRUE(decode_head(file));
  file.insert(file.end(), body.begin(), body.begin() + static_cast<ptrdiff_t>(packed));
  EXPECT_FALSE(decode(file));
}

TEST(Segment, ANodesNameIsAWord) {
  for (const char* good : {"a", "node-1", "n0"}) EXPECT_TRUE(is_node(good)) << good;
  for (const char* bad : {"", "1", "-a", "Node", "a.b", "a/b", "a b", "abcdefghijklmnopqrstuvwxyzabcdefg"})
    EXPECT_FALSE(is_node(bad)) << bad;
  EXPECT_EQ(segment_name("node-1", 5), "node-1.5.seen");
}

}  // namespace
}  // namespace eir::sync::sightings
