// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"

struct evp_pkey_st;

/// Who made a version: detached signatures with the centre's Ed25519 key (RFC 8032). Keys are PEM files as
/// `openssl genpkey -algorithm ed25519` makes them.
namespace eir::feed {

inline constexpr size_t kSignatureOctets = 64;  ///< RFC 8032 §5.1.6

/// What a node knows of the centre: its public key. Threads: immutable. Allocates: yes.
class VerifyingKey {
 public:
  /// A public key in SubjectPublicKeyInfo form (RFC 8410 §4). Errors: no such file, no key in it, another kind of key.
  static base::Result<VerifyingKey, base::Problem> load(const std::string& path);
  static base::Result<VerifyingKey, base::Problem> parse(std::string_view pem, const std::string& name);

  bool verify(std::string_view text, std::span<const uint8_t> signature) const;

 private:
  explicit VerifyingKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

/// The centre's private key. Threads: immutable. Allocates: yes.
class SigningKey {
 public:
  /// A private key without passphrase, PKCS #8 (RFC 8410 §7). Errors: as VerifyingKey's.
  static base::Result<SigningKey, base::Problem> load(const std::string& path);
  /// A new key.
  static SigningKey make();

  std::vector<uint8_t> sign(std::string_view text) const;
  std::string private_pem() const;
  std::string public_pem() const;

 private:
  explicit SigningKey(std::shared_ptr<evp_pkey_st> key) : key_(std::move(key)) {}
  std::shared_ptr<evp_pkey_st> key_;
};

}  // namespace eir::feed
