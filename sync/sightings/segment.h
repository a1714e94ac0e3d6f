// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/sightings/record.h"

/// A segment: the file in which a node's sightings go up to the centre. Numbers are big-endian.
///
///     head   magic "EIRSEGM1" (8) | length of the head after this field, without the check (4)
///            sequence (8) | rows (4) | octets of the body unpacked (4)
///            length (1), node's name | count (2), covers: length (1), journal file's name, from (8), to (8)
///            check (4)
///     body   to the end of the file, a zlib stream (RFC 1950): the records of `rows` sightings, one after the other,
///            each octet for octet as the journal has it (core/sightings/record.h)
///
/// The check is the CRC-32 (IEEE 802.3) of the head before it. Covers say which octets of which journal files the
/// segment stands for, so that the file alone is what the node must remember of it; to the centre they mean nothing.
namespace eir::sync::sightings {

namespace seen = ::eir::sightings;

inline constexpr uint32_t kRowsMax = 100'000;  ///< of one segment; the centre takes no more
inline constexpr size_t kRowOctetsMax = 160;   ///< of one sighting's record
inline constexpr size_t kCoversMax = 1'000;
inline constexpr size_t kNodeMax = 32;
inline constexpr size_t kFileNameMax = 255;
inline constexpr size_t kHeadOctetsMax = 300'000;
/// Of a whole segment: deflate adds next to nothing to what it cannot pack.
inline constexpr uint64_t kSegmentOctetsMax = kHeadOctetsMax + uint64_t{kRowsMax} * kRowOctetsMax * 11 / 10;

struct Cover {
  std::string file;
  uint64_t from = 0, to = 0;
  friend bool operator==(const Cover&, const Cover&) = default;
};

struct Head {
  std::string node;
  uint64_t sequence = 0;
  uint32_t rows = 0;
  uint32_t body_octets = 0;  ///< unpacked
  std::vector<Cover> covers;
  friend bool operator==(const Head&, const Head&) = default;
};

/// "[a-z][a-z0-9-]{0,31}", as the schema of jobs has a node's name.
bool is_node(std::string_view name) noexcept;
/// What a segment is called, in the spool and at the centre: "NODE.SEQUENCE.seen".
std::string segment_name(std::string_view node, uint64_t sequence);

/// The file. `records` are those of head.rows sightings. REQUIRES: the bounds above. Threads: pure. Allocates: yes.
std::vector<uint8_t> encode(Head head, base::Octets records);
/// The head from the front of a file. Errors: it is no segment, or its head is damaged. Threads: pure.
base::Result<Head, base::Problem> decode_head(base::Octets file);
struct Segment {
  Head head;
  std::vector<seen::Sighting> rows;
};
/// All of it, with no more memory than the head's bounds allow, whatever the octets are.
/// Errors: what is wrong with it. Threads: pure. Allocates: the rows.
base::Result<Segment, base::Problem> decode(base::Octets file);

}  // namespace eir::sync::sightings
