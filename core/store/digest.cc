// SPDX-License-Identifier: GPL-3.0-or-later
// The one-shot way to SHA-256 that OpenSSL 3 calls deprecated takes a third of the time of EVP's for what is hashed
// here: millions of entries of one block each.
#define OPENSSL_SUPPRESS_DEPRECATED
#include "core/store/digest.h"

#include <openssl/sha.h>

#include <algorithm>
#include <atomic>
#include <thread>
#include <vector>

#include "core/base/bytes.h"

namespace eir::store {
namespace {

constexpr uint8_t kSvnAny = 0xFF;
constexpr size_t kShareEntries = 65'536;  ///< what a thread takes at a time
using lists::StateDigest;
using lists::SubscriberKey;

/// What stands in an encoding after its key.
struct Rest {
  lists::ListSet set{};
  uint8_t svn = kSvnAny;
  uint8_t policy = 0;
  std::array<uint64_t, 2> subscribers{};
  uint16_t subscriber_count = 0;

  void name(SubscriberKey who) { subscribers[subscriber_count++] = who.word(); }
};

size_t encode(lists::EntryKind kind, std::initializer_list<uint64_t> key, const Rest& rest, const lists::Terms& terms,
              std::span<uint8_t> out) {
  base::ByteWriter w(out);
  w.u8(static_cast<uint8_t>(kind));
  for (const uint64_t k : key) w.u64(k);
  w.u8(rest.set.bits());
  w.u8(rest.svn);
  w.u64(static_cast<uint64_t>(terms.from.time_since_epoch().count()));
  w.u64(static_cast<uint64_t>(terms.until.time_since_epoch().count()));
  w.u8(terms.next.bits());
  w.u8(static_cast<uint8_t>(terms.reason.size()));
  w.bytes({reinterpret_cast<const uint8_t*>(terms.reason.data()), terms.reason.size()});
  w.u8(rest.policy);
  w.u16(rest.subscriber_count);
  for (size_t i = 0; i < rest.subscriber_count; ++i) w.u64(rest.subscribers[i]);
  return w.size();
}

}  // namespace

size_t encode_canonical(const lists::ImeiEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  Rest rest{.set = e.lists(), .svn = e.svn().value_or(kSvnAny)};
  return encode(e.kKind, {identity::number(e.key())}, rest, terms, out);
}
size_t encode_canonical(const lists::RangeEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  return encode(e.kKind, {identity::number(e.from), identity::number(e.to)}, {.set = e.lists}, terms, out);
}
size_t encode_canonical(const lists::SubscriberEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  return encode(e.kKind, {e.who.word()}, {.set = e.lists}, terms, out);
}
size_t encode_canonical(const lists::PairEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  return encode(e.kKind, {identity::number(e.imei), e.who.word()}, {.set = e.lists}, terms, out);
}
size_t encode_canonical(const lists::LockEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  Rest rest{.policy = static_cast<uint8_t>(e.policy)};
  if (!e.imsi.empty()) rest.name(SubscriberKey::exact(e.imsi));
  if (!e.msisdn.empty()) rest.name(SubscriberKey::exact(e.msisdn));
  return encode(e.kKind, {identity::number(e.imei)}, rest, terms, out);
}
size_t encode_canonical(const lists::MirrorEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  Rest rest;
  rest.name(SubscriberKey::exact(e.msisdn));
  return encode(e.kKind, {SubscriberKey::exact(e.imsi).word()}, rest, terms, out);
}
size_t encode_canonical(const lists::ExceptionEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  return encode(e.kKind, {e.who.word()}, {.policy = static_cast<uint8_t>(e.ruling)}, terms, out);
}
size_t encode_canonical(const lists::DeviceClassEntry& e, const lists::Terms& terms, std::span<uint8_t> out) {
  return encode(e.kKind, {uint64_t{e.tac}}, {}, terms, out);
}

StateDigest operator+(StateDigest a, StateDigest b) {
  const uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low), low};
}

StateDigest operator-(StateDigest a, StateDigest b) { return {a.high - b.high - (a.low < b.low), a.low - b.low}; }

StateDigest Digester::of(std::span<const uint8_t> canonical) {
  base::Hash hash;
  SHA256_CTX ctx;
  SHA256_Init(&ctx);
  SHA256_Update(&ctx, canonical.data(), canonical.size());
  SHA256_Final(hash.data(), &ctx);
  return digest_from(std::span<const uint8_t, 16>(hash.data(), 16));
}

StateDigest KindDigests::total() const {
  StateDigest sum;
  for (const StateDigest& d : kinds) sum = sum + d;
  return sum;
}

KindDigests& KindDigests::operator+=(const KindDigests& o) {
  for (size_t i = 0; i < kinds.size(); ++i) kinds[i] = kinds[i] + o.kinds[i];
  return *this;
}

KindDigests& KindDigests::operator-=(const KindDigests& o) {
  for (size_t i = 0; i < kinds.size(); ++i) kinds[i] = kinds[i] - o.kinds[i];
  return *this;
}

KindDigests digests_of(const lists::Entries& entries, const lists::TermsPool& pool, unsigned threads,
                       const std::function<void(uint64_t done)>& told) {
  std::atomic<size_t> next{0};
  std::atomic<uint64_t> done{0};
  // Every thread goes over the same shares of all kinds, one after the other, and takes those nobody has.
  const auto work = [&](KindDigests& sums, bool tell) {
    Digester digester;
    size_t mine = next++, share = 0;
    lists::Entries::for_each(entries, [&]<class Entry>(const std::vector<Entry>& all) {
      for (size_t at = 0; at < all.size(); at += kShareEntries, ++share) {
        if (share != mine) continue;
        const auto part = std::span(all).subspan(at, std::min(kShareEntries, all.size() - at));
        sums.of<Entry>() = sums.of<Entry>() + digester.sum(part, pool);
        mine = next++;
        done += part.size();
        if (tell) told(done);
      }
    });
  };
  std::vector<KindDigests> sums(std::max(threads, 1U));
  std::vector<std::thread> helpers;
  const size_t useful = entries.size() / kShareEntries + 1;
  for (size_t i = 1; i < std::min(sums.size(), useful); ++i) helpers.emplace_back(work, std::ref(sums[i]), false);
  work(sums[0], static_cast<bool>(told));
  for (auto& t : helpers) t.join();
  for (size_t i = 1; i < sums.size(); ++i) sums[0] += sums[i];
  return sums[0];
}

std::array<uint8_t, 16> octets_of(const StateDigest& digest) {
  std::array<uint8_t, 16> out{};
  base::ByteWriter w(out);
  w.u64(digest.high);
  w.u64(digest.low);
  return out;
}

StateDigest digest_from(std::span<const uint8_t, 16> octets) {
  base::ByteReader r(octets);
  StateDigest d;
  r.u64(d.high);
  r.u64(d.low);
  return d;
}

}  // namespace eir::store
