// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/signature.h"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "core/base/file.h"

namespace eir::feed {
namespace {

using base::Problem;
using base::problem;
using Key = std::shared_ptr<evp_pkey_st>;

constexpr size_t kPemOctetsMax = 16'384;

const uint8_t* octets_of(std::string_view text) { return reinterpret_cast<const uint8_t*>(text.data()); }

struct Bio {
  explicit Bio(BIO* made) : bio(made) {}
  ~Bio() { BIO_free(bio); }
  Bio(const Bio&) = delete;
  Bio& operator=(const Bio&) = delete;
  std::string text() const {
    char* data = nullptr;
    const long len = BIO_get_mem_data(bio, &data);
    return len > 0 ? std::string(data, static_cast<size_t>(len)) : std::string();
  }
  BIO* bio;
};

/// Never asks at the terminal for what a key file is locked with.
int no_passphrase(char*, int, int, void*) { return -1; }

base::Result<Key, Problem> key_from(EVP_PKEY* read, const std::string& name, const char* what) {
  Key key(read, EVP_PKEY_free);
  if (!key) return problem(name, fmt::format("holds no {} key in PEM form", what));
  if (EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_ED25519) return problem(name, "the key is not of type Ed25519");
  return key;
}

struct Digest {
  EVP_MD_CTX* ctx = EVP_MD_CTX_new();
  Digest() = default;
  ~Digest() { EVP_MD_CTX_free(ctx); }
  Digest(const Digest&) = delete;
  Digest& operator=(const Digest&) = delete;
};

}  // namespace

base::Result<VerifyingKey, Problem> VerifyingKey::load(const std::string& path) {
  const auto pem = base::read_file(path, kPemOctetsMax);
  if (!pem) return tl::unexpected(pem.error());
  return parse(*pem, path);
}

base::Result<VerifyingKey, Problem> VerifyingKey::parse(std::string_view pem, const std::string& name) {
  const Bio in(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  auto key = key_from(PEM_read_bio_PUBKEY(in.bio, nullptr, no_passphrase, nullptr), name, "public");
  if (!key) return tl::unexpected(key.error());
  return VerifyingKey(std::move(*key));
}

bool VerifyingKey::verify(std::string_view text, std::span<const uint8_t> signature) const {
  const Digest d;
  return signature.size() == kSignatureOctets &&
         EVP_DigestVerifyInit(d.ctx, nullptr, nullptr, nullptr, key_.get()) == 1 &&
         EVP_DigestVerify(d.ctx, signature.data(), signature.size(), octets_of(text), text.size()) == 1;
}

base::Result<SigningKey, Problem> SigningKey::load(const std::string& path) {
  const auto pem = base::read_file(path, kPemOctetsMax);
  if (!pem) return tl::unexpected(pem.error());
  const Bio in(BIO_new_mem_buf(pem->data(), static_cast<int>(pem->size())));
  auto key = key_from(PEM_read_bio_PrivateKey(in.bio, nullptr, no_passphrase, nullptr), path, "private");
  if (!key) return tl::unexpected(key.error());
  return SigningKey(std::move(*key));
}

SigningKey SigningKey::make() { return SigningKey(Key(EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519"), EVP_PKEY_free)); }

std::vector<uint8_t> SigningKey::sign(std::string_view text) const {
  const Digest d;
  std::vector<uint8_t> out(kSignatureOctets);
  size_t len = out.size();
  if (EVP_DigestSignInit(d.ctx, nullptr, nullptr, nullptr, key_.get()) != 1 ||
      EVP_DigestSign(d.ctx, out.data(), &len, octets_of(text), text.size()) != 1)
    out.clear();
  return out;
}

std::string SigningKey::private_pem() const {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PrivateKey(out.bio, key_.get(), nullptr, nullptr, 0, nullptr, nullptr);
  return out.text();
}

std::string SigningKey::public_pem() const {
  const Bio out(BIO_new(BIO_s_mem()));
  PEM_write_bio_PUBKEY(out.bio, key_.get());
  return out.text();
}

}  // namespace eir::feed
