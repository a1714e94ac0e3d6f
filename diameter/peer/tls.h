// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <openssl/ssl.h>

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "diameter/peer/server.h"

namespace eir::diameter::peer {

struct SslFree {
  void operator()(SSL* s) const { SSL_free(s); }
};
using Ssl = std::unique_ptr<SSL, SslFree>;

/// Whether the peer's certificate speaks for this host: its DNS names, else its common name; a
/// certificate that names no host speaks for none. RFC 6733 §13.1.
bool certificate_covers(const SSL* ssl, std::string_view host);

}  // namespace eir::diameter::peer
