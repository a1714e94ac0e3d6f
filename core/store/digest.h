// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/lists/entry.h"

struct evp_md_ctx_st;

namespace eir::store {

using Hash = std::array<uint8_t, 32>;

/// SHA-256 (FIPS 180-4). finish() gives the hash and begins anew. Threads: one. Allocates: when made.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(std::span<const uint8_t> data);
  void update(std::string_view text) { update({reinterpret_cast<const uint8_t*>(text.data()), text.size()}); }
  Hash finish();
  static Hash of(std::span<const uint8_t> data);

 private:
  evp_md_ctx_st* ctx_;
};
std::string hex(std::span<const uint8_t> octets);

/// The canonical encoding of an entry, big-endian, every field always present:
///
///     kind 1 | key: IMEI 8, or from 8 and to 8 | lists 1 (white 1, grey 2, black 4)
///     software version 1 (0xFF any) | valid from 8 | valid until 8 | next lists 1
///     reason's length 1, reason | lock policy 1 | number of subscribers 2
///
/// Dates, next lists, lock policy and subscribers are 0 until those kinds of entry are carried. An IMEI is
/// its 14 digits as a number. Returns the octets written. REQUIRES: out holds kCanonicalMax.
inline constexpr size_t kCanonicalMax = 1 + 16 + 1 + 1 + 8 + 8 + 1 + 1 + lists::kReasonOctetsMax + 1 + 2;
size_t encode_canonical(const lists::ImeiEntry& entry, std::string_view reason, std::span<uint8_t> out);
size_t encode_canonical(const lists::RangeEntry& entry, std::string_view reason, std::span<uint8_t> out);

lists::StateDigest operator+(lists::StateDigest a, lists::StateDigest b);
lists::StateDigest operator-(lists::StateDigest a, lists::StateDigest b);

/// The digest of a state: the sum modulo 2^128 of the first 16 octets of SHA-256 over each entry's
/// canonical encoding. A sum, so that a change is proven from the entries it touches, and the order of
/// entries does not matter. Threads: one. Allocates: when made.
class Digester {
 public:
  template <class Entry>
  lists::StateDigest of(const Entry& entry, std::string_view reason) {
    std::array<uint8_t, kCanonicalMax> octets;
    return of(std::span<const uint8_t>(octets.data(), encode_canonical(entry, reason, octets)));
  }
  template <class Entry>
  lists::StateDigest sum(std::span<const Entry> entries, const lists::TermsPool& reasons) {
    lists::StateDigest total;
    for (const Entry& e : entries) total = total + of(e, reasons.reason(e.terms));
    return total;
  }

 private:
  lists::StateDigest of(std::span<const uint8_t> canonical);
  Sha256 sha_;
};

/// One digest per kind; total() is the state's.
struct KindDigests {
  lists::StateDigest imeis;
  lists::StateDigest ranges;
  lists::StateDigest total() const { return imeis + ranges; }
};

/// The digest of 16 stored octets, and back. Big-endian.
std::array<uint8_t, 16> octets_of(const lists::StateDigest& digest);
lists::StateDigest digest_from(std::span<const uint8_t, 16> octets);

}  // namespace eir::store
