// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "core/identity/imei.h"
#include "core/lists/entry.h"
#include "core/lists/view.h"

/// The tables answers are read from; snapshot and overlay are both made of them.
///
/// Hot table: one 8-octet word per IMEI, open addressing, linear probing. The key is scrambled by a
/// bijection of 47 bits; words stand in the order of their scrambled keys, so that a look-up for an absent
/// key ends as early as one for a present key, and the layout does not depend on the order of building.
///
///     63                                       17 16          5  4     3    2   0
///    +-------------------------------------------+-------------+-----+-----+-----+
///    | scrambled key, 47 bits                    | class       |side |lock |lists|
///    +-------------------------------------------+-------------+-----+-----+-----+
///
/// Word 0 is an empty slot (an IMEI of 14 zeros has no entry); a key with value 0 is a tombstone: in an
/// overlay, what the snapshot holds there no longer stands. The class is a row of a table of combinations
/// of reason, validity and next state. What does not fit stands in the side table: rules for one software
/// version, and a reason when all classes are taken.
namespace eir::lists {

inline constexpr unsigned kValueBits = 17;
inline constexpr uint64_t kValueMask = (uint64_t{1} << kValueBits) - 1;
inline constexpr uint64_t kScrambleMask = (uint64_t{1} << 47) - 1;
inline constexpr uint64_t kLockFlag = 1 << 3;
inline constexpr uint64_t kSideFlag = 1 << 4;
inline constexpr unsigned kClassShift = 5;
inline constexpr uint32_t kClassesMax = 4095;    ///< class numbers 0 to 4094; 0 is "no reason, no dates"
inline constexpr uint32_t kClassInSide = 4095;   ///< the row stands in the side table
inline constexpr uint64_t kTacFlag = kLockFlag;  ///< in a range's word: the range is one whole TAC

/// A bijection of 47-bit numbers that maps 0 to 0 and spreads neighbouring serial numbers evenly.
constexpr uint64_t scramble(uint64_t key) {
  key ^= key >> 24;
  key = key * 0x5851F42D4C957F2DULL & kScrambleMask;
  key ^= key >> 21;
  key = key * 0x2545F4914F6CDD1DULL & kScrambleMask;
  return key ^ key >> 25;
}

/// Where a scrambled key's words begin: in the order of the scrambled keys, for a table of any size.
constexpr uint64_t home_slot(uint64_t scrambled, uint64_t capacity) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(scrambled) * capacity >> 47);
}

/// A combination that many entries share. Dates and next state are for timed entries, 0 until then.
struct ClassRow {
  TermsId reason = 0;
  uint32_t next_lists = 0;
  uint64_t valid_from = 0;
  uint64_t valid_until = 0;
};
static_assert(sizeof(ClassRow) == 24);

/// One record of the side table: an entry's reason, or its rule for one software version.
struct SideSlot {
  uint64_t word = 0;  ///< scrambled key 47 bits, software version code 7, unused 7, lists 3; 0 is empty
  TermsId reason = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(SideSlot) == 16);

/// The reason of a range whose class is kClassInSide. Sorted by start.
struct RangeNote {
  uint64_t start = 0;
  TermsId reason = 0;
  uint32_t reserved = 0;
};
static_assert(sizeof(RangeNote) == 16);

/// Views of one set of tables. Whoever holds them keeps the memory. Every span may be empty.
struct Tables {
  std::span<const uint64_t> hot;  ///< ends with an empty slot
  uint64_t hot_capacity = 0;
  std::span<const SideSlot> side;  ///< ends with an empty slot
  uint64_t side_capacity = 0;
  std::span<const ClassRow> classes;
  /// The line of IMEIs cut where the innermost range changes: start 47 bits, value 17 as in a hot word;
  /// value 0 is "no range". Sorted.
  std::span<const uint64_t> cuts;
  std::span<const uint64_t> cut_steps;  ///< every kCutStep-th cut, to find the place in few cache lines
  std::span<const RangeNote> range_notes;
  std::span<const uint32_t> reason_ends;  ///< by TermsId: where the text ends; the next begins there
  std::span<const char> reason_text;

  /// What the hot table says of a key: kAbsent, or the value (0: tombstone).
  static constexpr uint64_t kAbsent = ~uint64_t{0};
  uint64_t find(uint64_t scrambled) const noexcept;
  /// The hit a hot value stands for. REQUIRES: value from find() of this object, not kAbsent.
  Hit hit(uint64_t scrambled, uint64_t value, const identity::Svn* svn) const noexcept;
  Hit range(identity::ImeiKey key) const noexcept;
  void prefetch(uint64_t scrambled) const noexcept {
    if (!hot.empty()) __builtin_prefetch(&hot[home_slot(scrambled, hot_capacity)]);
  }
  std::string_view reason(TermsId id) const noexcept;

 private:
  const SideSlot* find_side(uint64_t scrambled, uint8_t svn_code) const noexcept;
};
inline constexpr size_t kCutStep = 64;

/// Owns tables in memory: what an overlay is, and what a snapshot file is written from.
struct TableStore {
  std::vector<uint64_t> hot;
  uint64_t hot_capacity = 0;
  std::vector<SideSlot> side;
  uint64_t side_capacity = 0;
  std::vector<ClassRow> classes;
  std::vector<uint64_t> cuts;
  std::vector<uint64_t> cut_steps;
  std::vector<RangeNote> range_notes;
  std::vector<uint32_t> reason_ends;
  std::vector<char> reason_text;

  Tables tables() const;
};

/// Builds tables. `imeis` sorted by word, each place once; an entry for any software version with no
/// lists is a tombstone, and then stands alone for its key. `ranges` sorted, nested or apart (see
/// find_overlap), each place once. At most 12 octets per IMEI without rules once there are more than a
/// few hundred. Threads: pure. Allocates: the tables.
TableStore build_tables(std::span<const ImeiEntry> imeis, std::span<const RangeEntry> ranges, const TermsPool& reasons);

}  // namespace eir::lists
