// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "core/base/fd.h"
#include "core/tls/context.h"
#include "sync/epp/registry.h"

namespace eir::sync::epp {

using Problems = tls::Problems;
using TlsConfig = tls::Config;
using TlsContext = tls::Context;
using TlsSide = tls::Side;

/// How a read, write or handshake went. TLS may have to read to write, and the other way round.
enum class Io : uint8_t { kDone, kWantRead, kWantWrite, kClosed };

/// TLS over a connected, non-blocking TCP socket. Threads: one at a time.
class TlsSocket {
 public:
  /// An empty `host` leaves the name in the server's certificate unchecked; only a client has one.
  TlsSocket(base::Fd fd, SSL_CTX* context, TlsSide side, const std::string& host = {});

  int fd() const { return fd_.get(); }
  Io handshake();
  /// Takes from the kernel what there is, not record by record. REQUIRES of whoever reads: it waits for the descriptor
  /// only after kWantRead.
  void read_ahead() { SSL_set_read_ahead(ssl_.get(), 1); }
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
  static void begin();
  Io outcome(int rc);

  base::Fd fd_;
  std::unique_ptr<SSL, SslFree> ssl_;
  std::string reason_;
};

}  // namespace eir::sync::epp
