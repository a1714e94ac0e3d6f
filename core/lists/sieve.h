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

/// Where a key may be named. A key of several tables is put in once for each.
enum class NamedIn : uint8_t {
  kLocks,
  kPairs,
  kEntries,  ///< of subscribers, and exceptions
};

/// Says of a key that no entry of a layer names it, or which may: a Bloom filter whose bits for one key stand in one
/// cache line, others for each table. Most questions name a device and a subscriber that nothing is said of, and learn
/// it here instead of from every table. Ten bits a key; of keys never put in, about one in a hundred passes.
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
    /// `where`: any, as long as there is one table.
    explicit constexpr Bits(uint64_t order, NamedIn where = {}) : hash(order * kFactors[static_cast<size_t>(where)]) {
      constexpr std::array<unsigned, 4> kFrom = {54, 48, 36, 30};
      for (size_t i = 0; i < at.size(); ++i) at[i] = hash >> kFrom[i] & 63;
    }
    constexpr size_t first() const { return hash >> 62; }
    constexpr size_t second() const { return 4 + (hash >> 60 & 3); }
    constexpr uint64_t first_mask() const { return uint64_t{1} << at[0] | uint64_t{1} << at[1]; }
    constexpr uint64_t second_mask() const { return uint64_t{1} << at[2] | uint64_t{1} << at[3]; }
    /// Whether all are set in the two words. Without a branch: which bit is the first zero is anybody's guess, the
    /// processor's too.
    constexpr bool in(uint64_t first, uint64_t second) const {
      return first >> at[0] & first >> at[1] & second >> at[2] & second >> at[3] & 1;
    }
    static constexpr std::array<uint64_t, 3> kFactors = {0x9E3779B97F4A7C15ULL, 0xC2B2AE3D27D4EB4FULL,
                                                         0xD1342543DE82EF95ULL};
    uint64_t hash;
    std::array<uint64_t, 4> at;  ///< the bits: two in the first word, two in the second
  };

  /// Whether a key of that order (its scrambled form, as of a HashedTable) may have been put in.
  bool passes(uint64_t order, NamedIn where) const noexcept {
    if (words.empty()) return true;
    const Bits bits(order, where);
    const uint64_t* line = &words[line_of(order, words.size())];
    return bits.in(line[bits.first()], line[bits.second()]);
  }
  /// One line.
  void prefetch(uint64_t order, Lines& lines) const noexcept {
    if (!words.empty()) lines.add(&words[line_of(order, words.size())]);
  }
  static void put(std::span<uint64_t> words, uint64_t order, NamedIn where) {
    const Bits bits(order, where);
    uint64_t* line = &words[line_of(order, words.size())];
    line[bits.first()] |= bits.first_mask();
    line[bits.second()] |= bits.second_mask();
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
    for (size_t i = added_ > kAhead ? added_ - kAhead : 0; i < added_; ++i) put(ahead_[i % kAhead]);
  }
  SieveFiller(const SieveFiller&) = delete;
  SieveFiller& operator=(const SieveFiller&) = delete;
  void add(uint64_t order, NamedIn where) {
    Waiting& waiting = ahead_[added_ % kAhead];
    if (added_++ >= kAhead) put(waiting);
    waiting = {order, where};
    prefetch_to_write(&words_[Sieve::line_of(order, words_.size())]);
  }

 private:
  struct Waiting {
    uint64_t order = 0;
    NamedIn where{};
  };
  void put(const Waiting& w) { Sieve::put(words_, w.order, w.where); }
  static constexpr size_t kAhead = 16;
  std::span<uint64_t> words_;
  std::array<Waiting, kAhead> ahead_{};
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
