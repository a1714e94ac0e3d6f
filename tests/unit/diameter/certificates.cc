// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/diameter/certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <atomic>
#include <cstdio>

namespace eir::diameter::test {
namespace {

struct PkeyFree {
  void operator()(EVP_PKEY* k) const { EVP_PKEY_free(k); }
};
struct CertificateFree {
  void operator()(X509* x) const { X509_free(x); }
};
using Pkey = std::unique_ptr<EVP_PKEY, PkeyFree>;
using Certificate = std::unique_ptr<X509, CertificateFree>;

void write_files(const std::string& stem, X509* certificate, EVP_PKEY* key) {
  std::FILE* out = std::fopen((stem + ".pem").c_str(), "we");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen((stem + ".key").c_str(), "we");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
}

Certificate make_certificate(EVP_PKEY* key, std::string_view common_name, int days) {
  static std::atomic<long> serial{1};
  Certificate x(X509_new());
  X509_set_version(x.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x.get()), serial++);
  X509_gmtime_adj(X509_getm_notBefore(x.get()), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x.get()), 86400L * days);
  X509_set_pubkey(x.get(), key);
  if (!common_name.empty())
    X509_NAME_add_entry_by_txt(X509_get_subject_name(x.get()), "CN", MBSTRING_ASC,
                               reinterpret_cast<const unsigned char*>(common_name.data()),
                               static_cast<int>(common_name.size()), -1, 0);
  return x;
}

}  // namespace

struct Authority::Keys {
  Pkey key{EVP_EC_gen("P-256")};
  Certificate certificate;
};

Authority::Authority() : keys_(std::make_unique<Keys>()) {
  keys_->certificate = make_certificate(keys_->key.get(), "Test CA", 365);
  X509* ca = keys_->certificate.get();
  X509_set_issuer_name(ca, X509_get_subject_name(ca));
  X509_EXTENSION* basic = X509V3_EXT_conf_nid(nullptr, nullptr, NID_basic_constraints, "critical,CA:TRUE");
  X509_add_ext(ca, basic, -1);
  X509_EXTENSION_free(basic);
  X509_sign(ca, keys_->key.get(), EVP_sha256());
  write_files(file("ca"), ca, keys_->key.get());
}
Authority::~Authority() = default;

void Authority::issue(const std::string& name, std::string_view common_name, std::string_view dns, int days) {
  const Pkey key(EVP_EC_gen("P-256"));
  const Certificate x = make_certificate(key.get(), common_name, days);
  X509_set_issuer_name(x.get(), X509_get_subject_name(keys_->certificate.get()));
  if (!dns.empty()) {
    const std::string value = "DNS:" + std::string(dns);
    X509_EXTENSION* san = X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, value.c_str());
    X509_add_ext(x.get(), san, -1);
    X509_EXTENSION_free(san);
  }
  X509_sign(x.get(), keys_->key.get(), EVP_sha256());
  write_files(file(name), x.get(), key.get());
}

tls::Context Authority::client(const std::string& name) const {
  tls::Context context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_PEER, nullptr);
  SSL_CTX_load_verify_file(context.get(), file("ca.pem").c_str());
  if (!name.empty()) {
    SSL_CTX_use_certificate_file(context.get(), file(name + ".pem").c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context.get(), file(name + ".key").c_str(), SSL_FILETYPE_PEM);
  }
  return context;
}

}  // namespace eir::diameter::test
