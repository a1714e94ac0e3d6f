// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "core/base/result.h"

struct ssl_ctx_st;
struct ssl_st;

namespace eir::tls {

using Problems = std::vector<base::Problem>;

/// Mutual TLS; files in PEM.
struct Config {
  std::string certificate;    ///< our chain, leaf first
  std::string private_key;    ///< of the leaf, without a passphrase
  std::string ca;             ///< who signs our peers
  std::string cipher_list;    ///< TLS 1.2, OpenSSL's notation; empty: OpenSSL's defaults
  std::string cipher_suites;  ///< TLS 1.3; empty: OpenSSL's defaults
  friend bool operator==(const Config&, const Config&) = default;
};

using Context = std::shared_ptr<ssl_ctx_st>;
enum class Side : uint8_t { kServer, kClient };

/// TLS 1.2 and 1.3 in which both sides must show a certificate of the CA: RFC 5734 §9, RFC 6733 §13.1. Null when
/// something is wrong; then every cause is added to `problems`.
Context make_context(Side side, const Config& config, Problems& problems);

/// Why OpenSSL's last call in this thread failed.
std::string openssl_reason();

/// "TLSv1.3 TLS_AES_256_GCM_SHA384". REQUIRES: the handshake is done.
std::string describe(const ssl_st* ssl);

}  // namespace eir::tls
