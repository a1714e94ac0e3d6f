// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <openssl/evp.h>

namespace eir::base {

Sha256::Sha256() : ctx_(EVP_MD_CTX_new()) { EVP_DigestInit_ex(ctx_, EVP_sha256(), nullptr); }
Sha256::~Sha256() { EVP_MD_CTX_free(ctx_); }
void Sha256::update(Octets data) { EVP_DigestUpdate(ctx_, data.data(), data.size()); }
Hash Sha256::finish() {
  Hash hash;
  EVP_DigestFinal_ex(ctx_, hash.data(), nullptr);
  EVP_DigestInit_ex(ctx_, nullptr, nullptr);
  return hash;
}
Hash Sha256::of(Octets data) {
  Sha256 sha;
  sha.update(data);
  return sha.finish();
}

std::string hex(Octets octets) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  out.reserve(octets.size() * 2);
  for (const uint8_t o : octets) {
    out += kDigits[o >> 4];
    out += kDigits[o & 15];
  }
  return out;
}

std::optional<Hash> hash_from_hex(std::string_view text) {
  const auto digit = [](char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1; };
  Hash hash{};
  if (text.size() != hash.size() * 2) return std::nullopt;
  for (size_t i = 0; i < hash.size(); ++i) {
    const int high = digit(text[2 * i]), low = digit(text[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    hash[i] = static_cast<uint8_t>(high << 4 | low);
  }
  return hash;
}

}  // namespace eir::base
