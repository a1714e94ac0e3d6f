// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <span>

#include "core/identity/imei.h"
#include "core/lists/entry.h"
#include "core/lists/hashed.h"
#include "core/lists/terms_table.h"
#include "core/lists/view.h"

/// The hot table: one 8-octet word per IMEI, in the order of the scrambled keys (hashed.h).
///
///     63                                       17 16          5  4     3    2   0
///    +-------------------------------------------+-------------+-----+-----+-----+
///    | scrambled key, 47 bits                    | terms       |side |  0  |lists|
///    +-------------------------------------------+-------------+-----+-----+-----+
///
/// Word 0 is an empty slot (an IMEI of 14 zeros has no entry); a key with value 0 is a tombstone. What does
/// not fit stands in the side table: rules for one software version, and terms with higher numbers.
namespace eir::lists {

inline constexpr unsigned kValueBits = 17;
inline constexpr uint64_t kValueMask = (uint64_t{1} << kValueBits) - 1;
inline constexpr uint64_t kScrambleMask = (uint64_t{1} << 47) - 1;
inline constexpr uint64_t kSideFlag = 1 << 4;
inline constexpr unsigned kTermsShift = 5;
inline constexpr uint32_t kTermsInSide = 4095;  ///< the terms' number stands in the side table

/// A bijection of 47-bit numbers that maps 0 to 0 and spreads neighbouring serial numbers evenly.
constexpr uint64_t scramble(uint64_t key) {
  key ^= key >> 24;
  key = key * 0x5851F42D4C957F2DULL & kScrambleMask;
  key ^= key >> 21;
  key = key * 0x2545F4914F6CDD1DULL & kScrambleMask;
  return key ^ key >> 25;
}
constexpr uint64_t unscramble(uint64_t key) {
  key ^= key >> 25;
  key = key * odd_inverse(0x2545F4914F6CDD1DULL) & kScrambleMask;
  key ^= key >> 21 ^ key >> 42;
  key = key * odd_inverse(0x5851F42D4C957F2DULL) & kScrambleMask;
  return key ^ key >> 24;
}

/// Where a scrambled key's words begin.
constexpr uint64_t home_slot(uint64_t scrambled, uint64_t capacity) { return home_of(scrambled << 17, capacity); }

/// One record of the side table: an entry's terms, or its rule for one software version.
struct SideSlot {
  uint64_t word = 0;  ///< scrambled key 47 bits, software version code 7, unused 7, lists 3; 0 is empty
  TermsId terms = 0;
  uint32_t reserved = 0;

  static constexpr unsigned kSvnShift = 10;
  static constexpr uint64_t place(uint64_t scrambled, uint8_t svn_code) {
    return scrambled << kValueBits | uint64_t{svn_code} << kSvnShift;
  }
  constexpr bool used() const { return word != 0; }
  constexpr uint64_t order() const { return word & ~kValueMask; }
  constexpr uint8_t svn_code() const { return static_cast<uint8_t>(word >> kSvnShift & 0x7F); }
  constexpr ListSet lists() const { return ListSet(static_cast<uint8_t>(word & 7)); }
  friend constexpr bool operator<(const SideSlot& a, const SideSlot& b) { return a.word < b.word; }
};
static_assert(sizeof(SideSlot) == 16);

struct HotTraits {
  uint64_t capacity;
  bool used(uint64_t word) const { return word != 0; }
  uint64_t home(uint64_t word) const { return home_slot(word >> kValueBits, capacity); }
  bool less(uint64_t a, uint64_t b) const { return a < b; }
};

/// One layer's IMEIs. A layer that has a key has all of that key's entries, rules too, or its tombstone.
/// Threads: immutable. Allocates: no.
struct ImeiTable {
  using Entry = ImeiEntry;
  std::span<const uint64_t> hot;  ///< ends with an empty slot
  uint64_t hot_capacity = 0;
  HashedTable<SideSlot> side;

  /// What the hot table says of a key: kAbsent, or the value (0: tombstone).
  static constexpr uint64_t kAbsent = ~uint64_t{0};
  static constexpr size_t kAtOnce = 4;  ///< slots looked at together: few searches go on behind them
  uint64_t find(uint64_t scrambled) const noexcept {
    if (hot.empty() || scrambled == 0) return kAbsent;
    const uint64_t wanted = scrambled << kValueBits;  // a word of that key is this plus its value
    size_t at = home_slot(scrambled, hot_capacity);
    if (at + kAtOnce <= hot.size()) {
      // Nobody can guess at which one it ends: no branch.
      uint64_t value = kAbsent;
      bool ends = false;
      for (const uint64_t word : hot.subspan(at, kAtOnce)) {
        value = std::min(value, word - wanted);
        ends |= word - 1 >= wanted - 1;  // an empty slot, too
      }
      if (ends) return value <= kValueMask ? value : kAbsent;
      at += kAtOnce;
    }
    // The order ends the search early; an empty slot, the last always, ends it too.
    while (hot[at] != 0 && hot[at] < wanted) ++at;
    const uint64_t value = hot[at] - wanted;
    return value <= kValueMask ? value : kAbsent;
  }
  /// The hit a value stands for, none for kAbsent, into `out`, which was empty. REQUIRES: value from find() of this
  /// object.
  void hit(uint64_t scrambled, uint64_t value, const identity::Svn* svn, base::UnixSeconds at, const TermsTable& terms,
           Hit& out) const noexcept {
    if (value >= kPlainEnd && value <= kValueMask) {
      out = hit_with_terms(scrambled, value, svn, at, terms);
    } else {
      out.lists = ListSet(value < kPlainEnd ? static_cast<uint8_t>(value) : 0);
      out.present = !out.lists.empty();
    }
  }
  /// At most two lines.
  void prefetch(uint64_t scrambled, Lines& lines) const noexcept {
    if (hot.empty()) return;
    const uint64_t* home = &hot[home_slot(scrambled, hot_capacity)];
    lines.add(home, home + kAtOnce - 1);
  }

  /// Whether the layer decides about the place's key: older layers are not asked then.
  bool hides(const ImeiEntry& place) const noexcept { return find(scramble(identity::number(place.key()))) != kAbsent; }
  Standing find(const ImeiEntry& place, ImeiEntry& out) const noexcept;
  /// Calls f(entry, gone) for all entries of one key; terms are the layer's numbers.
  template <class F>
  void each_of(uint64_t scrambled, uint64_t value, F&& f) const;
  /// Calls f(entry, gone) for all, a key's entries one after the other.
  template <class F>
  void for_each(F&& f) const {
    for (const uint64_t word : hot)
      if (word != 0) each_of(word >> kValueBits, word & kValueMask, f);
  }
  /// Values below it are lists alone.
  static constexpr uint64_t kPlainEnd = 8;
  Hit hit_with_terms(uint64_t scrambled, uint64_t value, const identity::Svn* svn, base::UnixSeconds at,
                     const TermsTable& terms) const noexcept;
  bool well_shaped() const {
    return (hot.empty() || (hot.back() == 0 && hot_capacity != 0 && hot_capacity < hot.size())) && side.well_shaped();
  }
};

template <class F>
void ImeiTable::each_of(uint64_t scrambled, uint64_t value, F&& f) const {
  const identity::ImeiKey key{unscramble(scrambled)};
  if (value == 0) return f(ImeiEntry::make(key, std::nullopt, {}), true);
  auto own = static_cast<TermsId>(value >> kTermsShift);
  if (value & kSideFlag) {
    side.each(scrambled << kValueBits, [&](const SideSlot& s) {
      if (s.svn_code() == ImeiEntry::kAnySvn)
        own = s.terms;
      else
        f(ImeiEntry::from_code(key, s.svn_code(), s.lists(), s.terms), false);
      return true;
    });
  }
  const ListSet lists(static_cast<uint8_t>(value & 7));
  if (!lists.empty()) f(ImeiEntry::make(key, std::nullopt, lists, own), false);
}

}  // namespace eir::lists
