// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/password.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <charconv>
#include <optional>
#include <vector>

#include "core/base/sha256.h"

namespace eir::registry {
namespace {

constexpr uint64_t kMemoryMax = uint64_t{256} << 20;
constexpr size_t kSaltOctets = 16;
using Salt = std::array<uint8_t, kSaltOctets>;

std::optional<base::Hash> derive(std::string_view password, const Salt& salt, ScryptCost c) {
  base::Hash key{};
  if (c.log2_n < 1 || c.log2_n > 20 ||
      EVP_PBE_scrypt(password.data(), password.size(), salt.data(), salt.size(), uint64_t{1} << c.log2_n, c.r, c.p,
                     kMemoryMax, key.data(), key.size()) != 1)
    return std::nullopt;
  return key;
}

std::optional<unsigned> number(std::string_view text) {
  unsigned v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(v) : std::nullopt;
}

template <size_t N>
bool unhex(std::string_view text, std::array<uint8_t, N>& out) {
  if (text.size() != 2 * N) return false;
  for (size_t i = 0; i < N; ++i) {
    const auto [end, error] = std::from_chars(text.data() + 2 * i, text.data() + 2 * i + 2, out[i], 16);
    if (error != std::errc() || end != text.data() + 2 * i + 2) return false;
  }
  return true;
}

}  // namespace

std::string hash_password(std::string_view password, ScryptCost cost) {
  Salt salt;
  if (RAND_bytes(salt.data(), static_cast<int>(salt.size())) != 1) return {};
  const auto key = derive(password, salt, cost);
  return key ? fmt::format("scrypt${}${}${}${}${}", cost.log2_n, cost.r, cost.p, base::hex(salt), base::hex(*key))
             : std::string();
}

bool verify_password(std::string_view password, std::string_view hashed) {
  std::vector<std::string_view> parts;
  for (size_t at = 0; at <= hashed.size();) {
    const size_t end = std::min(hashed.find('$', at), hashed.size());
    parts.push_back(hashed.substr(at, end - at));
    at = end + 1;
  }
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  const auto log2_n = number(parts[1]), r = number(parts[2]), p = number(parts[3]);
  Salt salt;
  base::Hash kept;
  if (!log2_n || !r || !p || !unhex(parts[4], salt) || !unhex(parts[5], kept)) return false;
  const auto key = derive(password, salt, {*log2_n, *r, *p});
  return key && CRYPTO_memcmp(key->data(), kept.data(), kept.size()) == 0;
}

}  // namespace eir::registry
