// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/tls/context.h"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace eir::tls {
namespace {

void add_problem(Problems& problems, const char* where, const std::string& text) {
  problems.push_back({where, fmt::format("{}: {}", text, openssl_reason())});
}

void load_files(SSL_CTX* ctx, Side side, const Config& config, Problems& problems) {
  if (SSL_CTX_use_certificate_chain_file(ctx, config.certificate.c_str()) != 1)
    add_problem(problems, "tls certificate", fmt::format("cannot use {}", config.certificate));
  else if (SSL_CTX_use_PrivateKey_file(ctx, config.private_key.c_str(), SSL_FILETYPE_PEM) != 1)
    add_problem(problems, "tls private-key",
                fmt::format("cannot use {} with {}", config.private_key, config.certificate));
  if (SSL_CTX_load_verify_file(ctx, config.ca.c_str()) != 1)
    add_problem(problems, "tls ca", fmt::format("cannot use {}", config.ca));
  else if (side == Side::kServer)
    SSL_CTX_set_client_CA_list(ctx, SSL_load_client_CA_file(config.ca.c_str()));
  if (!config.cipher_list.empty() && SSL_CTX_set_cipher_list(ctx, config.cipher_list.c_str()) != 1)
    add_problem(problems, "tls cipher-list", "no cipher of it is known");
  if (!config.cipher_suites.empty() && SSL_CTX_set_ciphersuites(ctx, config.cipher_suites.c_str()) != 1)
    add_problem(problems, "tls cipher-suites", "a suite of it is not known");
}

}  // namespace

Context make_context(Side side, const Config& config, Problems& problems) {
  const size_t before = problems.size();
  if (config.certificate.empty()) problems.push_back({"tls certificate", "there is none"});
  if (config.private_key.empty()) problems.push_back({"tls private-key", "there is none"});
  if (config.ca.empty()) problems.push_back({"tls ca", "there is none"});
  if (problems.size() != before) return nullptr;
  ERR_clear_error();
  Context context(SSL_CTX_new(side == Side::kServer ? TLS_server_method() : TLS_client_method()), SSL_CTX_free);
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

std::string openssl_reason() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  const char* reason = code ? ERR_reason_error_string(code) : nullptr;
  return reason ? reason : "no reason given";
}

std::string describe(const SSL* ssl) { return fmt::format("{} {}", SSL_get_version(ssl), SSL_get_cipher_name(ssl)); }

}  // namespace eir::tls
