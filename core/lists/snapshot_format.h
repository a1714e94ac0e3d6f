// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "core/lists/entry.h"
#include "core/lists/ranges_of_format_3.h"
#include "core/lists/tables.h"

/// The snapshot file: this header, then the sections, each at a multiple of 64 octets. Numbers are in the
/// order of the machine that wrote it (little-endian; a file of another order fails at the magic number).
/// Overlays have the same form in memory, without header and checksums.
///
///     0      magic "EIRSNAP1"      8   format   12  header's length
///     16     length of the file    24  epoch    28  reserved
///     32     number of the version 40  number of local publications
///     48     created, Unix seconds 56  digest (16)
///     72     counts of 10 kinds    152 number of sections
///     160    sections: kind, reserved, offset, length, checksum, parameter
///     ...    checksum of all before it
namespace eir::lists::snapshot_format {

inline constexpr uint64_t kMagic = 0x3150414E53524945;  // "EIRSNAP1"
/// 2 and 3 had ranges as rows (ranges_of_format_3.h), and sieves that said less: they are not looked at.
inline constexpr uint32_t kFormat = 4, kOldestFormat = 2;
inline constexpr size_t kAlign = 64;
/// Sections are filled up with zeros; checksums cover those too.
constexpr size_t aligned(size_t octets) { return (octets + kAlign - 1) / kAlign * kAlign; }

/// Numbers are fixed. A reader of this format refuses sections it does not know: they would change answers.
enum class Section : uint32_t {
  kHot = 1,
  kSide = 2,
  kTerms = 3,
  kReasonEnds = 4,
  kReasonText = 5,
  kRangeStarts = 6,  ///< this and the next two, until format 3
  kRangeEnds = 7,
  kRangeOuter = 8,
  kRangeSteps = 9,      ///< until format 3, not looked at
  kRangesTouched = 10,  ///< of overlays only
  kSubscribers = 11,
  kExceptions = 12,
  kDeviceClasses = 13,
  kPairs = 14,
  kLocks = 15,
  kLocksByImsi = 16,
  kLocksByMsisdn = 17,
  kMirror = 18,
  kMirrorByMsisdn = 19,
  kPrefixes = 20,        ///< two words: lengths of subscribers' prefixes, and of exceptions'
  kRangeStartTree = 21,  ///< this and the next three: until format 3, not looked at
  kSieveDevices3 = 22,
  kSieveSubscribers3 = 23,
  kSievePrefixes3 = 24,
  kRangeEdges = 25,
  kRangeTree = 26,  ///< parameter: how many blocks
  kRangeTerms = 27,
  kSieveDevices = 28,  ///< without the sieves every table is asked
  kSieveSubscribers = 29,
  kSievePrefixes = 30,
  kTouchedEdges = 31,  ///< this and the next: of overlays only
  kTouchedTree = 32,   ///< parameter: how many blocks
};

struct SectionRow {
  uint32_t kind = 0;
  uint32_t reserved = 0;
  uint64_t offset = 0;
  uint64_t octets = 0;
  uint64_t checksum = 0;
  uint64_t parameter = 0;  ///< of a hashed table: its capacity
};
static_assert(sizeof(SectionRow) == 40);

struct Header {
  uint64_t magic = kMagic;
  uint32_t format = kFormat;
  uint32_t header_octets = 0;
  uint64_t file_octets = 0;
  uint32_t epoch = 0;
  uint32_t reserved = 0;
  uint64_t number = 0;
  uint64_t local = 0;
  int64_t created_at = 0;
  uint64_t digest_high = 0;
  uint64_t digest_low = 0;
  std::array<uint64_t, KindCounts::kFields> counts{};
  uint64_t section_count = 0;
  std::array<SectionRow, 24> sections{};
  std::array<uint64_t, 3> spare{};
  uint64_t checksum = 0;
};
static_assert(sizeof(Header) == 1152 && sizeof(Header) % kAlign == 0);

/// Points the table of a section at its octets within `image`. False for a section that is of none of these formats.
/// REQUIRES: offset and length lie within the image.
bool place(const SectionRow& row, std::span<const uint8_t> image, Tables& out, RangesOfFormat3& older);
/// What look-ups rely on so that they need not check it: ends of searches, places inside their tables.
bool well_shaped(const Tables& tables);

}  // namespace eir::lists::snapshot_format
