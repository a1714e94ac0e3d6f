// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/tls.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/sha256.h"

namespace eir::sync::epp {
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

struct X509Free {
  void operator()(X509* x) const { X509_free(x); }
};

std::string subject_of(X509* certificate) {
  BIO* out = BIO_new(BIO_s_mem());
  X509_NAME_print_ex(out, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* data = nullptr;
  const long len = BIO_get_mem_data(out, &data);
  std::string text(data, static_cast<size_t>(len));
  BIO_free(out);
  return text;
}

void load_files(SSL_CTX* ctx, TlsSide side, const TlsConfig& config, Problems& problems) {
  if (SSL_CTX_use_certificate_chain_file(ctx, config.certificate.c_str()) != 1)
    add_problem(problems, "tls certificate", fmt::format("cannot use {}", config.certificate));
  else if (SSL_CTX_use_PrivateKey_file(ctx, config.private_key.c_str(), SSL_FILETYPE_PEM) != 1)
    add_problem(problems, "tls private-key",
                fmt::format("cannot use {} with {}", config.private_key, config.certificate));
  if (SSL_CTX_load_verify_file(ctx, config.ca.c_str()) != 1)
    add_problem(problems, "tls ca", fmt::format("cannot use {}", config.ca));
  else if (side == TlsSide::kServer)
    SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(config.ca.c_str()));
  if (!config.cipher_list.empty() && SSL_CTX_set_cipher_list(ctx, config.cipher_list.c_str()) != 1)
    add_problem(problems, "tls cipher-list", "no cipher of it is known");
  if (!config.cipher_suites.empty() && SSL_CTX_set_ciphersuites(ctx, config.cipher_suites.c_str()) != 1)
    add_problem(problems, "tls cipher-suites", "a suite of it is not known");
}

}  // namespace

TlsContext make_tls_context(TlsSide side, const TlsConfig& config, Problems& problems) {
  const size_t before = problems.size();
  if (config.certificate.empty()) problems.push_back({"tls certificate", "there is none"});
  if (config.private_key.empty()) problems.push_back({"tls private-key", "there is none"});
  if (config.ca.empty()) problems.push_back({"tls ca", "there is none"});
  if (problems.size() != before) return nullptr;
  ERR_clear_error();
  TlsContext context(SSL_CTX_new(side == TlsSide::kServer ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
  SSL_CTX* ctx = context.get();
  if (!ctx) {
    add_problem(problems, "tls", "OpenSSL gives no context");
    return nullptr;
  }
  SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
  SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_mode(ctx, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  // A key with a passphrase must fail, not ask a terminal.
  SSL_CTX_set_default_passwd_cb(ctx, [](char*, int, int, void*) { return 0; });
  load_files(ctx, side, config, problems);
  return problems.size() == before ? context : nullptr;
}

Certificate certificate_of(const SSL* ssl) {
  const std::unique_ptr<X509, X509Free> certificate(SSL_get1_peer_certificate(ssl));
  if (!certificate) return {};
  Certificate out;
  out.subject = subject_of(certificate.get());
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned len = 0;
  if (X509_digest(certificate.get(), EVP_sha256(), digest, &len) == 1) out.fingerprint = base::hex({digest, len});
  return out;
}

void Fd::reset(int fd) {
  if (fd_ >= 0) ::close(fd_);
  fd_ = fd;
}

TlsSocket::TlsSocket(Fd fd, SSL_CTX* context, TlsSide side, const std::string& host)
    : fd_(std::move(fd)), ssl_(SSL_new(context)) {
  SSL_set_fd(ssl_.get(), fd_.get());
  if (side == TlsSide::kServer) {
    SSL_set_accept_state(ssl_.get());
    return;
  }
  SSL_set_connect_state(ssl_.get());
  if (host.empty()) return;
  X509_VERIFY_PARAM* verify = SSL_get0_param(ssl_.get());
  unsigned char literal[16];
  if (::inet_pton(AF_INET, host.c_str(), literal) == 1 || ::inet_pton(AF_INET6, host.c_str(), literal) == 1) {
    X509_VERIFY_PARAM_set1_ip_asc(verify, host.c_str());
  } else {
    X509_VERIFY_PARAM_set_hostflags(verify, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    X509_VERIFY_PARAM_set1_host(verify, host.c_str(), host.size());
    SSL_set_tlsext_host_name(ssl_.get(), host.c_str());
  }
}

Io TlsSocket::outcome(int rc) {
  if (rc == 1) return Io::kDone;
  switch (SSL_get_error(ssl_.get(), rc)) {
    case SSL_ERROR_WANT_READ: return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE: return Io::kWantWrite;
    case SSL_ERROR_ZERO_RETURN: reason_ = "the peer closed"; return Io::kClosed;
    case SSL_ERROR_SSL: reason_ = openssl_reason(); return Io::kClosed;
    default: reason_ = "the connection broke"; return Io::kClosed;
  }
}

Io TlsSocket::handshake() {
  ERR_clear_error();
  return outcome(SSL_do_handshake(ssl_.get()));
}

Io TlsSocket::read(std::span<char> into, size_t& got) {
  got = 0;
  ERR_clear_error();
  return outcome(SSL_read_ex(ssl_.get(), into.data(), into.size(), &got));
}

Io TlsSocket::write(std::string_view data, size_t& sent) {
  sent = 0;
  ERR_clear_error();
  return outcome(SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent));
}

void TlsSocket::finish() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  ::shutdown(fd_.get(), SHUT_WR);
}

Certificate TlsSocket::peer_certificate() const { return certificate_of(ssl_.get()); }

std::string TlsSocket::describe() const {
  return fmt::format("{} {}", SSL_get_version(ssl_.get()), SSL_get_cipher_name(ssl_.get()));
}

}  // namespace eir::sync::epp
