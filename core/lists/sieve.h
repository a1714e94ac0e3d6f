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
  /// Whether a key of that order (its scrambled form, as of a HashedTable) may have been put in.
  bool passes(uint64_t order) const noexcept {
    if (words.empty()) return true;
    const Bits bits(order);
    const uint64_t* line = &words[line_of(order, words.size())];
    // One comparison: which word has the first zero is anybody's guess, the processor's too.
    return ((~line[bits.first] & bits.first_mask) | (~line[bits.second] & bits.second_mask)) == 0;
  }
  void prefetch(uint64_t order) const noexcept {
    if (!words.empty()) prefetch_line(&words[line_of(order, words.size())]);
  }
  static void put(std::span<uint64_t> words, uint64_t order) {
    const Bits bits(order);
    uint64_t* line = &words[line_of(order, words.size())];
    line[bits.first] |= bits.first_mask;
    line[bits.second] |= bits.second_mask;
  }
  bool well_shaped() const { return words.size() % kLineWords == 0; }

  static constexpr uint64_t line_of(uint64_t order, size_t words) {
    return home_of(order, words / kLineWords) * kLineWords;
  }

 private:
  /// Two bits in each of two words, one of each half of the line: each costs a shift, and more gain little.
  struct Bits {
    explicit constexpr Bits(uint64_t order) {
      const uint64_t h = order * 0x9E3779B97F4A7C15ULL;
      const auto bit = [h](unsigned from) { return uint64_t{1} << (h >> from & 63); };
      first = static_cast<unsigned>(h >> 62);
      second = 4 + static_cast<unsigned>(h >> 60 & 3);
      first_mask = bit(54) | bit(48);
      second_mask = bit(36) | bit(30);
    }
    unsigned first, second;
    uint64_t first_mask, second_mask;
  };
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
