// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

struct evp_md_ctx_st;

namespace eir::base {

using Hash = std::array<uint8_t, 32>;

/// SHA-256 (FIPS 180-4). finish() gives the hash and begins anew. Threads: one. Allocates: when made.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void update(Octets data);
  void update(std::string_view text) { update(as_octets(text)); }
  Hash finish();
  static Hash of(Octets data);
  static Hash of(std::string_view text) { return of(as_octets(text)); }

 private:
  evp_md_ctx_st* ctx_;
};

/// Two lower-case characters an octet.
std::string hex(Octets octets);
/// 64 lower-case hexadecimal characters; nothing for anything else.
std::optional<Hash> hash_from_hex(std::string_view text);

}  // namespace eir::base
