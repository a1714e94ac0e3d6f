// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/tls.h"

#include <openssl/x509v3.h>

namespace eir::diameter::peer {

tls::Context make_tls_context(const tls::Config& config, Problems& problems) {
  const size_t before = problems.size();
  if (config.certificate.empty()) problems.push_back({"tls certificate", "a TLS listener needs one"});
  if (config.private_key.empty()) problems.push_back({"tls private-key", "a TLS listener needs one"});
  if (config.ca.empty()) problems.push_back({"tls ca", "a TLS listener needs one"});
  return problems.size() == before ? tls::make_context(tls::Side::kServer, config, problems) : nullptr;
}

bool certificate_covers(const SSL* ssl, std::string_view host) {
  X509* certificate = SSL_get0_peer_certificate(ssl);
  return certificate &&
         X509_check_host(certificate, host.data(), host.size(), X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
}

}  // namespace eir::diameter::peer
