// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/lists/entry.h"

/// What stands in the BLOBs of replica.db. Big-endian.
namespace eir::store {

inline constexpr size_t kSegmentEntries = 65'536;

/// A segment: sorted entries of one kind, and the reason texts they use.
///
///     format 2 (= 1) | kind 2 | entries 4 | reasons 4
///     per entry: IMEI: word 8 (key 47, software version code 7, unused 7, lists 3), reason 4
///                range: from 8 (key 47, unused 14, lists 3), to 8, reason 4
///     per reason: length 1, text; the first is number 1, 0 is none
std::vector<uint8_t> encode_segment(std::span<const lists::ImeiEntry> entries, const lists::TermsPool& reasons);
std::vector<uint8_t> encode_segment(std::span<const lists::RangeEntry> entries, const lists::TermsPool& reasons);
/// Appends a segment's entries; reasons are interned in the pool. False, with nothing appended, when the
/// octets are no segment of that kind or not sorted.
bool decode_segment(std::span<const uint8_t> data, std::vector<lists::ImeiEntry>& out, lists::TermsPool& reasons);
bool decode_segment(std::span<const uint8_t> data, std::vector<lists::RangeEntry>& out, lists::TermsPool& reasons);

/// What a change did to IMEIs: per key, all its entries before and after. Both sorted; keys that are only
/// in one of them came or went.
struct Change {
  std::vector<lists::ImeiEntry> before;
  std::vector<lists::ImeiEntry> after;
  lists::TermsPool reasons;
};

/// A journal record: the whole entry before and after, per key.
///
///     format 2 (= 1) | reserved 2 | keys 4
///     per key: IMEI 8 | entries before 1, after 1 | per entry: software version code 1, lists 1,
///              reason's length 1, reason
std::vector<uint8_t> encode_change(const Change& change);
bool decode_change(std::span<const uint8_t> data, Change& out);

}  // namespace eir::store
