// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/tls.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <ctime>

namespace eir::diameter::peer {
namespace {

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "no reason given";
}

void add_problem(Problems& problems, const char* where, const std::string& text) {
  problems.push_back({where, fmt::format("{}: {}", text, openssl_reason())});
}

struct FileClose {
  void operator()(std::FILE* f) const { std::fclose(f); }
};
struct X509Free {
  void operator()(X509* x) const { X509_free(x); }
};

std::string subject_of(X509* certificate) {
  char text[512];
  X509_NAME_oneline(X509_get_subject_name(certificate), text, sizeof text);
  return text;
}

std::chrono::system_clock::time_point not_after(X509* certificate) {
  std::tm tm{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &tm) != 1) return {};
  return std::chrono::system_clock::from_time_t(timegm(&tm));
}

}  // namespace

TlsContext make_tls_context(const TlsConfig& config, Problems& problems) {
  const size_t before = problems.size();
  if (config.certificate.empty()) problems.push_back({"tls certificate", "a TLS listener needs one"});
  if (config.private_key.empty()) problems.push_back({"tls private-key", "a TLS listener needs one"});
  if (config.ca.empty()) problems.push_back({"tls ca", "a TLS listener needs one"});
  if (problems.size() != before) return nullptr;

  ERR_clear_error();
  TlsContext context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  SSL_CTX* ctx = context.get();
  if (!ctx) {
    add_problem(problems, "tls", "OpenSSL gives no context");
    return nullptr;
  }
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A key with a passphrase must fail, not ask a terminal.
  SSL_CTX_set_default_passwd_cb(ctx, [](char*, int, int, void*) { return 0; });

  if (SSL_CTX_use_certificate_chain_file(ctx, config.certificate.c_str()) != 1)
    add_problem(problems, "tls certificate", fmt::format("cannot use {}", config.certificate));
  else if (SSL_CTX_use_PrivateKey_file(ctx, config.private_key.c_str(), SSL_FILETYPE_PEM) != 1)
    add_problem(problems, "tls private-key",
                fmt::format("cannot use {} with {}", config.private_key, config.certificate));
  else if (SSL_CTX_check_private_key(ctx) != 1)
    add_problem(problems, "tls private-key", fmt::format("{} is not the key of the certificate", config.private_key));
  if (SSL_CTX_load_verify_file(ctx, config.ca.c_str()) != 1)
    add_problem(problems, "tls ca", fmt::format("cannot use {}", config.ca));
  else
    SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(config.ca.c_str()));
  if (!config.cipher_list.empty() && SSL_CTX_set_cipher_list(ctx, config.cipher_list.c_str()) != 1)
    add_problem(problems, "tls cipher-list", "no cipher of it is known");
  if (!config.cipher_suites.empty() && SSL_CTX_set_ciphersuites(ctx, config.cipher_suites.c_str()) != 1)
    add_problem(problems, "tls cipher-suites", "a suite of it is not known");
  if (problems.size() != before) return nullptr;
  return context;
}

std::vector<CertificateStatus> read_certificates(const std::string& file) {
  std::vector<CertificateStatus> found;
  const std::unique_ptr<std::FILE, FileClose> in(std::fopen(file.c_str(), "re"));
  while (in) {
    const std::unique_ptr<X509, X509Free> certificate(PEM_read_X509(in.get(), nullptr, nullptr, nullptr));
    if (!certificate) break;
    found.push_back({file, subject_of(certificate.get()), not_after(certificate.get())});
  }
  ERR_clear_error();
  return found;
}

bool certificate_covers(const SSL* ssl, std::string_view host) {
  const std::unique_ptr<X509, X509Free> certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return false;
  return X509_check_host(certificate.get(), host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) ==
         1;
}

std::string describe(const SSL* ssl) { return fmt::format("{} {}", SSL_get_version(ssl), SSL_get_cipher_name(ssl)); }

}  // namespace eir::diameter::peer
