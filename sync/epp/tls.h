// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sync/epp/registry.h"

namespace eir::sync::epp {

using Problems = std::vector<base::Problem>;

/// Mutual TLS 1.2 and 1.3, RFC 5734 §9; files in PEM.
struct TlsConfig {
  std::string certificate;    ///< our chain, leaf first
  std::string private_key;    ///< of the leaf, without a passphrase
  std::string ca;             ///< who signs our peers
  std::string cipher_list;    ///< TLS 1.2, OpenSSL's notation; empty: OpenSSL's defaults
  std::string cipher_suites;  ///< TLS 1.3; empty: OpenSSL's defaults
  friend bool operator==(const TlsConfig&, const TlsConfig&) = default;
};

using TlsContext = std::shared_ptr<SSL_CTX>;
enum class TlsSide : uint8_t { kServer, kClient };

/// A context in which both sides must show a certificate of the CA. Null when something is wrong; then every
/// cause is added to `problems`.
TlsContext make_tls_context(TlsSide side, const TlsConfig& config, Problems& problems);

/// What the peer showed. REQUIRES: the handshake is done. Empty members without a certificate.
Certificate certificate_of(const SSL* ssl);

/// An owned file descriptor.
class Fd {
 public:
  Fd() = default;
  explicit Fd(int fd) : fd_(fd) {}
  Fd(Fd&& o) noexcept : fd_(o.release()) {}
  Fd& operator=(Fd&& o) noexcept {
    reset(o.release());
    return *this;
  }
  ~Fd() { reset(); }
  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  int release() {
    const int fd = fd_;
    fd_ = -1;
    return fd;
  }
  void reset(int fd = -1);

 private:
  int fd_ = -1;
};

/// How a read, write or handshake went. TLS may have to read to write, and the other way round.
enum class Io : uint8_t { kDone, kWantRead, kWantWrite, kClosed };

/// TLS over a connected, non-blocking TCP socket. Threads: one at a time.
class TlsSocket {
 public:
  /// An empty `host` leaves the name in the server's certificate unchecked; only a client has one.
  TlsSocket(Fd fd, SSL_CTX* context, TlsSide side, const std::string& host = {});

  int fd() const { return fd_.get(); }
  Io handshake();
  Io read(std::span<char> into, size_t& got);
  Io write(std::string_view data, size_t& sent);
  /// Tells the peer that nothing more comes; what it sends can still be read.
  void finish();
  /// REQUIRES: the handshake is done. Empty members without a certificate.
  Certificate peer_certificate() const;
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  std::string describe() const;
  /// Why the last call gave kClosed, where OpenSSL says.
  const std::string& reason() const { return reason_; }

 private:
  struct SslFree {
    void operator()(SSL* s) const { SSL_free(s); }
  };
  Io outcome(int rc);

  Fd fd_;
  std::unique_ptr<SSL, SslFree> ssl_;
  std::string reason_;
};

}  // namespace eir::sync::epp
