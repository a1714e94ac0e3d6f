// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/codec.h"

#include <gtest/gtest.h>

#include "core/store/digest.h"
#include "tests/unit/store/every_kind.h"

namespace eir::store {
namespace {

using lists::Entries;
using lists::TermsPool;

/// The blocks of every kind, one after the other.
std::vector<std::vector<uint8_t>> blocks_of(const Entries& entries, const TermsPool& pool) {
  std::vector<std::vector<uint8_t>> out;
  Entries::for_each(entries, [&]<class Entry>(const std::vector<Entry>& all) {
    out.push_back(encode_block(std::span<const Entry>(all), pool));
  });
  return out;
}

TEST(Codec, BlocksOfEveryKindRoundTripAndRefuseEveryTruncation) {
  TermsPool pool;
  const Entries entries = every_kind(pool);
  TermsPool other;
  other.intern("something else first");
  Entries out;
  for (const auto& block : blocks_of(entries, pool)) {
    ASSERT_EQ(block_octets(block), block.size());
    for (size_t len = 0; len < block.size(); ++len) {
      EXPECT_FALSE(decode_block(std::span(block).first(len), out, other)) << len;
    }
    const size_t had = out.size();
    auto longer = block;
    longer.push_back(0);
    EXPECT_FALSE(decode_block(longer, out, other));
    EXPECT_EQ(out.size(), had);
    EXPECT_TRUE(decode_block(block, out, other));
    EXPECT_FALSE(decode_block(block, out, other)) << "it does not go on after itself";
  }
  EXPECT_EQ(out.counts(), entries.counts());
  EXPECT_EQ(digests_of(out, other), digests_of(entries, pool));
  EXPECT_FALSE(block_octets({}));
}

TEST(Codec, ChangesOfEveryKindRoundTripAndRefuseEveryTruncation) {
  lists::Change change;
  change.before = every_kind(change.terms);
  change.after = every_kind(change.terms);
  change.before.imeis.pop_back();
  change.after.locks.clear();
  const auto data = encode_change(change);
  const auto out = decode_change(data);
  ASSERT_TRUE(out);
  EXPECT_EQ(out->places(), change.places());
  EXPECT_EQ(digests_of(out->before, out->terms), digests_of(change.before, change.terms));
  EXPECT_EQ(digests_of(out->after, out->terms), digests_of(change.after, change.terms));
  for (size_t len = 0; len < data.size(); ++len) EXPECT_FALSE(decode_change(std::span(data).first(len))) << len;
  auto longer = data;
  longer.push_back(0);
  EXPECT_FALSE(decode_change(longer));
}

/// A flipped bit is refused, or gives entries that are sound: they encode to the very same octets.
TEST(Codec, WhatIsAcceptedIsSound) {
  lists::Change change;
  change.before = every_kind(change.terms);
  change.after = every_kind(change.terms);
  const auto good = encode_change(change);
  size_t refused = 0;
  for (size_t i = 0; i < good.size() * 8; ++i) {
    auto bad = good;
    bad[i / 8] = static_cast<uint8_t>(bad[i / 8] ^ 1 << i % 8);
    const auto out = decode_change(bad);
    refused += !out;
    if (!out) continue;
    const auto again = decode_change(encode_change(*out));
    ASSERT_TRUE(again) << i;
    EXPECT_EQ(digests_of(again->after, again->terms), digests_of(out->after, out->terms)) << i;
  }
  EXPECT_GT(refused, good.size());
}

TEST(Codec, RulesOfEntriesAreKept) {
  TermsPool pool;
  const auto refused = [&](auto change_it) {
    Entries entries = every_kind(pool);
    change_it(entries);
    Entries out;
    TermsPool other;
    bool good = true;
    for (const auto& block : blocks_of(entries, pool)) good = good && decode_block(block, out, other);
    return !good;
  };
  EXPECT_FALSE(refused([](Entries&) {}));
  EXPECT_TRUE(refused([](Entries& e) { e.imeis[0].word &= ~uint64_t{7}; })) << "on no list";
  EXPECT_TRUE(refused([](Entries& e) { std::swap(e.imeis[0], e.imeis[1]); })) << "not sorted";
  EXPECT_TRUE(refused([](Entries& e) { e.ranges.push_back(e.ranges.back()); })) << "twice";
  EXPECT_TRUE(refused([](Entries& e) { std::swap(e.ranges[0].from, e.ranges[0].to); }));
  EXPECT_TRUE(refused([](Entries& e) { e.locks[0].imsi = {}, e.locks[0].msisdn = {}; })) << "locks nobody";
  EXPECT_TRUE(refused([](Entries& e) { e.locks[0].policy = static_cast<lists::LockPolicy>(4); }));
  EXPECT_TRUE(refused([](Entries& e) { e.mirror[0].msisdn = {}; }));
  EXPECT_TRUE(refused([](Entries& e) { e.exceptions[0].ruling = static_cast<lists::Ruling>(5); }));
  EXPECT_TRUE(refused([](Entries& e) { e.device_classes[0].tac = 100'000'000; }));
  EXPECT_TRUE(refused([](Entries& e) {
    e.pairs[0].who = lists::SubscriberKey::prefix(lists::SubscriberKey::Type::kImsi, identity::Digits::of(255, 3));
  })) << "a pair names one subscriber";
}

}  // namespace
}  // namespace eir::store
