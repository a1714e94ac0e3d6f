// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/epp/authority.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>

#include "core/base/sha256.h"

namespace eir::sync::epp::test {
namespace {

struct PkeyFree {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
struct CertificateFree {
  void operator()(X509* x) const { X509_free(x); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;
using X509Ptr = std::unique_ptr<X509, CertificateFree>;

void add_extension(X509* x, int nid, const char* value) {
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, nid, value);
  X509_add_ext(x, extension, -1);
  X509_EXTENSION_free(extension);
}

X509Ptr make(EVP_PKEY* key, const std::string& name, int days) {
  static long serial = 1;
  X509Ptr x(X509_new());
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -3600 * 48L);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 86400L * days);
  X509_set_pubkey(x.get(), key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_UTF8,
                             reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1, 0);
  return x;
}

void write_files(const std::string& stem, X509* certificate, EVP_PKEY* key) {
  std::FILE* out = std::fopen((stem + ".pem").c_str(), "we");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen((stem + ".key").c_str(), "we");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
}

}  // namespace

struct Authority::Keys {
  Pkey key{EVP_EC_gen("P-256")};
  X509Ptr certificate;
};

Authority::Authority() : keys_(std::make_unique<Keys>()) {
  keys_->certificate = make(keys_->key.get(), "Test CA", 365);
  X509* ca = keys_->certificate.get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  add_extension(ca, NID_basic_constraints, "critical,CA:TRUE");
  X509_sign(ca, keys_->key.get(), EVP_sha256());
  write_files(file("ca"), ca, keys_->key.get());
}
Authority::~Authority() = default;

void Authority::issue(const std::string& name, int days) {
  const Pkey key(EVP_EC_gen("P-256"));
  const X509Ptr x = make(key.get(), name, days);
  X509_set_issuer_name(x.get(), X509_get_subject_name(keys_->certificate.get()));
  add_extension(x.get(), NID_subject_alt_name, "IP:127.0.0.1");
  X509_sign(x.get(), keys_->key.get(), EVP_sha256());
  write_files(file(name), x.get(), key.get());
}

std::string Authority::fingerprint(const std::string& name) const {
  std::FILE* in = std::fopen(file(name + ".pem").c_str(), "re");
  if (!in) return {};
  const X509Ptr x(PEM_read_X509(in, nullptr, nullptr, nullptr));
  std::fclose(in);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  X509_digest(x.get(), EVP_sha256(), digest, &len);
  return base::hex({digest, len});
}

}  // namespace eir::sync::epp::test
