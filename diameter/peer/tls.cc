// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/tls.h"

#include <openssl/x509v3.h>

namespace eir::diameter::peer {

bool certificate_covers(const SSL* ssl, std::string_view host) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  return certificate &&
         X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

}  // namespace eir::diameter::peer
