// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/digest.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "core/base/bytes.h"

namespace eir::store {
namespace {

constexpr uint8_t kSvnAny = 0xFF;
using lists::EntryKind;
using lists::StateDigest;

void encode_rest(base::ByteWriter& w, lists::ListSet set, uint8_t svn, std::string_view reason) {
  w.u8(set.bits());
  w.u8(svn);
  w.u64(0);  // valid from
  w.u64(0);  // valid until
  w.u8(0);   // next lists
  w.u8(static_cast<uint8_t>(reason.size()));
  w.bytes({reinterpret_cast<const uint8_t*>(reason.data()), reason.size()});
  w.u8(0);   // lock policy
  w.u16(0);  // subscribers
}

}  // namespace

Sha256::Sha256() : ctx_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(ctx_, EVP_sha256(), nullptr); }
Sha256::~Sha256() { EVP_MD_CTX_free(ctx_); }
void Sha256::update(std::span<const uint8_t> data) { EVP_DigestUpdate(ctx_, data.data(), data.size()); }
Hash Sha256::finish() {
  Hash hash;
  EVP_DigestFinal_ex(ctx_, hash.data(), nullptr);
  EVP_DigestInit_ex(ctx_, nullptr, nullptr);
  return hash;
}
Hash Sha256::of(std::span<const uint8_t> data) {
  Sha256 sha;
  sha.update(data);
  return sha.finish();
}

std::string hex(std::span<const uint8_t> octets) {
  std::string out;
  for (const uint8_t o : octets) out += fmt::format("{:02x}", o);
  return out;
}

size_t encode_canonical(const lists::ImeiEntry& entry, std::string_view reason, std::span<uint8_t> out) {
  base::ByteWriter w(out);
  w.u8(static_cast<uint8_t>(EntryKind::kImei));
  w.u64(identity::number(entry.key()));
  encode_rest(w, entry.lists(), entry.svn().value_or(kSvnAny), reason);
  return w.size();
}

size_t encode_canonical(const lists::RangeEntry& entry, std::string_view reason, std::span<uint8_t> out) {
  base::ByteWriter w(out);
  w.u8(static_cast<uint8_t>(EntryKind::kRange));
  w.u64(identity::number(entry.from));
  w.u64(identity::number(entry.to));
  encode_rest(w, entry.lists, kSvnAny, reason);
  return w.size();
}

StateDigest operator+(StateDigest a, StateDigest b) {
  const uint64_t low = a.low + b.low;
  return {a.high + b.high + (low < a.low), low};
}

StateDigest operator-(StateDigest a, StateDigest b) { return {a.high - b.high - (a.low < b.low), a.low - b.low}; }

StateDigest Digester::of(std::span<const uint8_t> canonical) {
  sha_.update(canonical);
  const Hash hash = sha_.finish();
  return digest_from(std::span<const uint8_t, 16>(hash.data(), 16));
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
