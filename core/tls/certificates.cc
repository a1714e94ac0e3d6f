// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tls/certificates.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <ctime>
#include <memory>
#include <optional>

#include "core/base/sha256.h"

namespace eir::tls {
namespace {

struct Free {
  void operator()(X509* x) const { X509_free(x); }
  void operator()(BIO* b) const { BIO_free(b); }
};
using X509Ptr = std::unique_ptr<X509, Free>;
using BioPtr = std::unique_ptr<BIO, Free>;

std::string subject_of(const X509* certificate) {
  const BioPtr out(BIO_new(BIO_s_mem()));
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long len = BIO_get_mem_data(out.get(), &data);
  return {data, static_cast<size_t>(len)};
}

}  // namespace

Certificate peer_certificate(const SSL* ssl) {
  Certificate out;
  const X509* certificate = SSL_get0_peer_certificate(ssl);
  if (!certificate) return out;
  out.subject = subject_of(certificate);
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (X509_digest(certificate, EVP_sha256(), digest, &len) == 1) out.fingerprint = base::hex({digest, len});
  return out;
}

base::Result<CertificateStatus, base::Problem> first_to_end(const std::string& file) {
  const BioPtr in(BIO_new_file(file.c_str(), "r"));
  std::optional<CertificateStatus> first;
  while (in) {
    const X509Ptr one(PEM_read_bio_X509(in.get(), nullptr, nullptr, nullptr));
    if (!one) break;
    std::tm tm{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(one.get()), &tm) != 1) continue;
    const auto end = std::chrono::system_clock::from_time_t(::timegm(&tm));
    if (!first || end < first->not_after) first = CertificateStatus{file, subject_of(one.get()), end};
  }
  ERR_clear_error();
  if (!first) return base::problem(file, in ? "holds no certificate" : "cannot be read");
  return std::move(*first);
}

std::vector<CertificateStatus> first_to_end(const Config& config) {
  std::vector<CertificateStatus> all;
  for (const std::string& file : {config.certificate, config.ca})
    if (auto first = first_to_end(file)) all.push_back(std::move(*first));
  return all;
}

}  // namespace eir::tls
