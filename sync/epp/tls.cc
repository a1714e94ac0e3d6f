// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/tls.h"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace eir::sync::epp {

TlsSocket::TlsSocket(base::Fd fd, SSL_CTX* context, TlsSide side, const std::string& host)
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

/// Nothing of an earlier call shall be told as the reason of this one's failure.
void TlsSocket::begin() {
  ERR_clear_error();
  errno = 0;
}

Io TlsSocket::outcome(int rc) {
  if (rc == 1) return Io::kDone;
  const int error = errno;
  switch (SSL_get_error(ssl_.get(), rc)) {
    case SSL_ERROR_WANT_READ: return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE: return Io::kWantWrite;
    case SSL_ERROR_ZERO_RETURN: reason_ = "the peer closed"; return Io::kClosed;
    case SSL_ERROR_SSL: reason_ = tls::openssl_reason(); return Io::kClosed;
    default: reason_ = error ? std::strerror(error) : "the connection broke"; return Io::kClosed;
  }
}

Io TlsSocket::handshake() {
  begin();
  return outcome(SSL_do_handshake(ssl_.get()));
}

Io TlsSocket::read(std::span<char> into, size_t& got) {
  got = 0;
  begin();
  return outcome(SSL_read_ex(ssl_.get(), into.data(), into.size(), &got));
}

Io TlsSocket::write(std::string_view data, size_t& sent) {
  sent = 0;
  begin();
  return outcome(SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent));
}

void TlsSocket::finish() {
  ERR_clear_error();
  SSL_shutdown(ssl_.get());
  ERR_clear_error();
  ::shutdown(fd_.get(), SHUT_WR);
}

Certificate TlsSocket::peer_certificate() const { return tls::peer_certificate(ssl_.get()); }

std::string TlsSocket::describe() const { return tls::describe(ssl_.get()); }

}  // namespace eir::sync::epp
