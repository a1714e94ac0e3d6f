// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "core/tls/context.h"

namespace eir::tls {

/// What a peer showed.
struct Certificate {
  std::string subject;      ///< RFC 2253 form
  std::string fingerprint;  ///< SHA-256 of the DER form, 64 lower-case hexadecimal digits
};
/// REQUIRES: the handshake is done. Empty members without a certificate.
Certificate peer_certificate(const ssl_st* ssl);

/// A certificate of a PEM file.
struct CertificateStatus {
  std::string file;
  std::string subject;  ///< RFC 2253 form
  std::chrono::system_clock::time_point not_after{};
};
/// Of a PEM file's certificates the one that ends first. Errors: the file cannot be read, none is in it.
base::Result<CertificateStatus, base::Problem> first_to_end(const std::string& file);
/// Of our own file and of the CA's the certificate that ends first. Files that cannot be read are left out.
std::vector<CertificateStatus> first_to_end(const Config& config);

}  // namespace eir::tls
