// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

/// The snapshot file: this header, then the sections, each at a multiple of 64 octets. Numbers are in the
/// order of the machine that wrote it (little-endian; a file of another order fails at the magic number).
///
///     0      magic "EIRSNAP1"      8   format   12  header's length
///     16     length of the file    24  epoch    32  number of the version
///     40     created, Unix seconds 48  digest (16)
///     64     counts of 8 kinds     128 number of sections
///     136    sections: kind, reserved, offset, length, checksum, parameter
///     ...    checksum of all before it
namespace eir::lists::snapshot_format {

inline constexpr uint64_t kMagic = 0x3150414E53524945;  // "EIRSNAP1"
inline constexpr uint32_t kFormat = 1;
inline constexpr size_t kAlign = 64;
/// Sections are filled up with zeros; checksums cover those too.
constexpr size_t aligned(size_t octets) { return (octets + kAlign - 1) / kAlign * kAlign; }
inline constexpr size_t kSectionsMax = 22;

/// Numbers are fixed. A reader of this format refuses sections it does not know: they would change answers.
enum class Section : uint32_t {
  kHot = 1,
  kSide = 2,
  kClasses = 3,
  kCuts = 4,
  kCutSteps = 5,
  kRangeNotes = 6,
  kReasonEnds = 7,
  kReasonText = 8,
  // 9 to 15 are kept for subscribers, pairs, locks in both directions, and the IMSI-MSISDN mirror.
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
  int64_t created_at = 0;
  uint64_t digest_high = 0;
  uint64_t digest_low = 0;
  std::array<uint64_t, 8> counts{};  ///< IMEIs, rules, TACs, ranges; four kept for the kinds to come
  uint64_t section_count = 0;
  std::array<SectionRow, kSectionsMax> sections{};
  uint64_t checksum = 0;
};
static_assert(sizeof(Header) == 1024);

}  // namespace eir::lists::snapshot_format
