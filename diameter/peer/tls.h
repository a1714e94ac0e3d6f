// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diameter/peer/server.h"

namespace eir::diameter::peer {

using TlsContext = std::shared_ptr<SSL_CTX>;
struct SslFree {
  void operator()(SSL* s) const { SSL_free(s); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;

/// A server's context for mutual TLS 1.2 and 1.3, RFC 6733 §13.1: a client without a certificate of our CA
/// does not get in. Null when something is wrong; then every cause is added to `problems`.
TlsContext make_tls_context(const TlsConfig& config, Problems& problems);

/// The certificates of a PEM file. What cannot be read is left out.
std::vector<CertificateStatus> read_certificates(const std::string& file);

/// Whether the peer's certificate speaks for this host: its DNS names, else its common name; a
/// certificate that names no host speaks for none. RFC 6733 §13.1.
bool certificate_covers(const SSL* ssl, std::string_view host);

/// "TLSv1.3 TLS_AES_256_GCM_SHA384".
std::string describe(const SSL* ssl);

}  // namespace eir::diameter::peer
