// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/base/sha256.h"
#include "core/lists/entries.h"

namespace eir::store {

/// The canonical encoding of an entry, big-endian, every field always present:
///
///     kind 1 | key | lists 1 (white 1, grey 2, black 4) | software version 1 (0xFF any)
///     valid from 8 | valid until 8 (seconds since 1970, 0 none) | next lists 1 | reason's length 1, reason
///     policy 1 | number of subscribers 2 | each: 8
///
/// The key: imei: IMEI 8; range: from 8, to 8; subscriber, exception: subscriber 8; pair: IMEI 8,
/// subscriber 8; lock: IMEI 8; mirror: the IMSI as a subscriber 8; device class: TAC 8. An IMEI is its 14
/// digits as a number. A subscriber is a SubscriberKey's word: bit 62 MSISDN, bit 61 prefix, from bit 56
/// the number of digits, below that the digits as a number.
/// The policy is a lock's, or an exception's ruling. A lock's subscribers are those it names, the IMSI
/// first; a mirror's is the MSISDN. What a kind does not have is 0, its software version 0xFF.
/// Returns the octets written. REQUIRES: out holds kCanonicalMax.
inline constexpr size_t kCanonicalMax = 1 + 16 + 1 + 1 + 8 + 8 + 1 + 1 + lists::kReasonOctetsMax + 1 + 2 + 16;
size_t encode_canonical(const lists::ImeiEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::RangeEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::SubscriberEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::PairEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::LockEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::MirrorEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::ExceptionEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);
size_t encode_canonical(const lists::DeviceClassEntry& entry, const lists::Terms& terms, std::span<uint8_t> out);

lists::StateDigest operator+(lists::StateDigest a, lists::StateDigest b);
lists::StateDigest operator-(lists::StateDigest a, lists::StateDigest b);

/// The digest of a state: the sum modulo 2^128 of the first 16 octets of SHA-256 over each entry's
/// canonical encoding. A sum, so that a change is proven from the entries it touches, and the order of
/// entries does not matter. Threads: pure. Allocates: no.
class Digester {
 public:
  template <class Entry>
  lists::StateDigest of(const Entry& entry, const lists::Terms& terms) {
    std::array<uint8_t, kCanonicalMax> octets;
    return of(std::span<const uint8_t>(octets.data(), encode_canonical(entry, terms, octets)));
  }
  template <class Entry>
  lists::StateDigest sum(std::span<const Entry> entries, const lists::TermsPool& pool) {
    lists::StateDigest total;
    for (const Entry& e : entries) total = total + of(e, pool.of(e.terms));
    return total;
  }

 private:
  static lists::StateDigest of(std::span<const uint8_t> canonical);
};

/// One digest per kind of entry; total() is the state's.
struct KindDigests {
  std::array<lists::StateDigest, lists::kEntryKinds> kinds;  ///< by the kind's number, from 1

  template <class Entry>
  lists::StateDigest& of() {
    return kinds[static_cast<size_t>(Entry::kKind) - 1];
  }
  template <class Entry>
  const lists::StateDigest& of() const {
    return kinds[static_cast<size_t>(Entry::kKind) - 1];
  }
  lists::StateDigest total() const;
  KindDigests& operator+=(const KindDigests& o);
  KindDigests& operator-=(const KindDigests& o);
  friend bool operator==(const KindDigests&, const KindDigests&) = default;
};

/// The digests of entries of every kind. With `threads` over 1 they share the work; `told`, called from the caller's
/// thread now and then, is told how many are done. Threads: pure.
KindDigests digests_of(const lists::Entries& entries, const lists::TermsPool& pool, unsigned threads = 1,
                       const std::function<void(uint64_t done)>& told = {});

/// The digest of 16 stored octets, and back. Big-endian.
std::array<uint8_t, 16> octets_of(const lists::StateDigest& digest);
lists::StateDigest digest_from(std::span<const uint8_t, 16> octets);

}  // namespace eir::store
