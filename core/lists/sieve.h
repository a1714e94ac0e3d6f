// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

#include "core/lists/entry.h"
#include "core/lists/hashed.h"
#include "core/lists/imei_table.h"

namespace eir::lists {

/// Says of a key that no entry of a layer names it, or that one may: a Bloom filter whose bits for one key stand
/// in one cache line. Most questions name a device and a subscriber that nothing is said of, and learn it here
/// instead of from every table. Ten bits a key; of keys never put in, about one in a hundred passes.
/// Threads: immutable while it can be seen. Allocates: no.
struct Sieve {
  static constexpr size_t kLineWords = 8;
  static constexpr uint64_t kBitsPerKey = 10;

  std::span<const uint64_t> words;  ///< whole lines; empty: not known, everything passes

  static constexpr uint64_t words_for(uint64_t keys) {
    constexpr uint64_t kLineBits = kLineWords * 64;
    return std::max<uint64_t>(1, (keys * kBitsPerKey + kLineBits - 1) / kLineBits) * kLineWords;
  }
  /// Two bits in each of two words, one of each half of the line: each costs a shift, and more gain little.
  struct Bits {
    explicit constexpr Bits(uint64_t order) : hash(order * 0x9E3779B97F4A7C15ULL) {
      constexpr std::array<unsigned, 4> kFrom = {54, 48, 36, 30};
      for (size_t i = 0; i < at.size(); ++i) at[i] = hash >> kFrom[i] & 63;
    }
    constexpr size_t first() const { return hash >> 62; }
    constexpr size_t second() const { return 4 + (hash >> 60 & 3); }
    uint64_t hash;
    std::array<uint64_t, 4> at;  ///< the bits: two in the first word, two in the second
  };

  /// Whether a key of that order (its scrambled form, as of a HashedTable) may have been put in.
  bool passes(uint64_t order) const noexcept {
    if (words.empty()) return true;
    const Bits bits(order);
    const uint64_t* line = &words[line_of(order, words.size())];
    const uint64_t first = line[bits.first()], second = line[bits.second()];
    // Without a branch: which bit is the first zero is anybody's guess, the processor's too.
    return first >> bits.at[0] & first >> bits.at[1] & second >> bits.at[2] & second >> bits.at[3] & 1;
  }
  /// One line.
  void prefetch(uint64_t order, Lines& lines) const noexcept {
    if (!words.empty()) lines.add(&words[line_of(order, words.size())]);
  }
  static void put(std::span<uint64_t> words, uint64_t order) {
    const Bits bits(order);
    uint64_t* line = &words[line_of(order, words.size())];
    line[bits.first()] |= uint64_t{1} << bits.at[0] | uint64_t{1} << bits.at[1];
    line[bits.second()] |= uint64_t{1} << bits.at[2] | uint64_t{1} << bits.at[3];
  }
  bool well_shaped() const { return words.size() % kLineWords == 0; }

  static constexpr uint64_t line_of(uint64_t order, size_t words) {
    return home_of(order, words / kLineWords) * kLineWords;
  }
};

/// Puts keys into a sieve's words, all zero before. Threads: one. Allocates: no.
class SieveFiller {
 public:
  explicit SieveFiller(std::span<uint64_t> words) : words_(words) {}
  ~SieveFiller() {
    for (size_t i = added_ > kAhead ? added_ - kAhead : 0; i < added_; ++i) Sieve::put(words_, ahead_[i % kAhead]);
  }
  SieveFiller(const SieveFiller&) = delete;
  SieveFiller& operator=(const SieveFiller&) = delete;
  void add(uint64_t order) {
    uint64_t& waiting = ahead_[added_ % kAhead];
    if (added_++ >= kAhead) Sieve::put(words_, waiting);
    waiting = order;
    prefetch_to_write(&words_[Sieve::line_of(order, words_.size())]);
  }

 private:
  static constexpr size_t kAhead = 16;
  std::span<uint64_t> words_;
  std::array<uint64_t, kAhead> ahead_{};
  size_t added_ = 0;
};

/// A layer's sieves: what locks, pairs, subscribers' entries and exceptions name, tombstones too.
struct Sieves {
  Sieve devices;      ///< of locks and pairs, by device_order()
  Sieve subscribers;  ///< whole numbers, by subscriber_order()
  Sieve prefixes;     ///< beginnings of numbers, by subscriber_order()

  static constexpr uint64_t device_order(identity::ImeiKey imei) { return scramble(identity::number(imei)) << 17; }
  static constexpr uint64_t subscriber_order(SubscriberKey who) { return scramble64(who.word()); }
  bool well_shaped() const { return devices.well_shaped() && subscribers.well_shaped() && prefixes.well_shaped(); }
};

}  // namespace eir::lists
