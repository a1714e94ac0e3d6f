// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/bytes.h"
#include "core/sightings/sighting.h"

/// The journal file: a header, then records, one after the other. Numbers are big-endian.
///
///     header   magic "EIRSEEN1" (8) | started, Unix seconds (8) | process (4) | check (4)
///     record   length of the payload (2) | type (1) | payload | check (4)
///
/// A check is the CRC-32 (IEEE 802.3) of what stands before it in the header or the record. A file ends where its last
/// whole record does; what follows is a write that was cut off.
namespace eir::sightings {

inline constexpr size_t kHeaderOctets = 24;
inline constexpr size_t kRecordOctetsMax = 2048;
inline constexpr size_t kSourcesMax = 16;
inline constexpr size_t kSourceNameMax = 64;

uint32_t crc32(base::Octets data) noexcept;

void put_header(std::vector<uint8_t>& out, base::UnixSeconds started, uint32_t process);
/// False when it is none.
bool get_header(base::Octets data);

void put_record(std::vector<uint8_t>& out, const Sighting& s);
/// At most kSourcesMax sources are kept.
void put_record(std::vector<uint8_t>& out, const Served& s);

/// One record read.
struct Record {
  enum class Type : uint8_t { kSighting = 1, kServed = 2 };
  Type type{};
  Sighting sighting;
  Served served;
};
enum class Got : uint8_t {
  kRecord,
  kUnknown,  ///< whole, of a type a later program writes; passed over
  kEnd,      ///< nothing is left
  kTorn,     ///< what is left is no record
};
/// Reads the next record; moves only past what is whole.
Got get_record(base::ByteReader& in, Record& out);

}  // namespace eir::sightings
