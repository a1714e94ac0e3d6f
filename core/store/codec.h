// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/lists/entries.h"

/// Entries and changes as octets: what stands in the journal, in full versions and in changes as they are
/// sent. Big-endian. Decoding trusts nothing: whatever it accepts is sound and sorted.
///
///     terms     reason's length 1, reason | valid from 8 | valid until 8 | next lists 1
///     imei      key 47 bits, software version code 7, unused 7, lists 3: 8 | terms 4
///     range     from 47 bits, unused 14, lists 3: 8 | to 8 | terms 4
///     subscriber  subscriber 8 | lists 1 | terms 4          (a subscriber: see digest.h)
///     pair      IMEI 47 bits, unused 14, lists 3: 8 | subscriber 8 | terms 4
///     lock      IMEI 47 bits, unused 15, policy 2: 8 | IMSI 8 | MSISDN 8 | terms 4
///     mirror    IMSI 8 | MSISDN 8
///     exception subscriber 8 | ruling 1 | terms 4
///     class     TAC 4 | terms 4
///
/// An IMSI or MSISDN: from bit 56 the number of digits, below that the digits; 0 when not named. Terms are
/// numbered in the order they stand, from 1; 0 is "no reason, no dates".
namespace eir::store {

/// A block: entries of one kind, whole in itself. A full version is a row of them, each kind's in order.
///
///     format 2 (= 2) | kind 1 | reserved 1 | octets 4 (of the whole block) | terms 4 | entries 4
///     the terms | the entries, sorted
inline constexpr size_t kBlockEntries = 65'536;
inline constexpr size_t kBlockHeadOctets = 16;
inline constexpr size_t kBlockOctetsMax = kBlockHeadOctets + kBlockEntries * (28 + 18 + lists::kReasonOctetsMax);

/// REQUIRES: at most kBlockEntries entries.
template <class Entry>
std::vector<uint8_t> encode_block(std::span<const Entry> entries, const lists::TermsPool& pool);
/// How long the block is that begins so; nothing when these are no kBlockHeadOctets of a block.
std::optional<size_t> block_octets(std::span<const uint8_t> head);
/// Appends a whole block's entries to those of its kind; their terms are interned in `pool`. False, with no entry
/// appended, when the octets are no block, or do not go on after the entries of that kind there are.
bool decode_block(std::span<const uint8_t> block, lists::Entries& out, lists::TermsPool& pool);

/// A change, whole entries before and after per place.
///
///     format 2 (= 2) | reserved 2 | terms 4 | the terms
///     per kind, in the order of their numbers: before 4, after 4, the entries before, the entries after, sorted
inline constexpr size_t kChangePlacesMax = 8'000'000;  ///< entries of one kind on one side
std::vector<uint8_t> encode_change(const lists::Change& change);
/// Nothing when the octets are no change. Allocates no more than a small multiple of their number.
std::optional<lists::Change> decode_change(std::span<const uint8_t> data);

}  // namespace eir::store
