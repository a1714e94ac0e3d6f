// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "diameter/peer/tls.h"
#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {

/// A blocking peer for tests against a real server on the loopback.
class Client {
 public:
  explicit Client(uint16_t port, SSL_CTX* tls = nullptr);
  ~Client();
  Client(Client&& o) noexcept;
  Client& operator=(Client&&) = delete;

  bool connected() const { return fd_ >= 0; }
  /// False when the server does not take it.
  bool send(const Bytes& octets);
  /// Sends what goes without waiting; returns how much went.
  size_t send_some(codec::Octets octets);
  /// The next message; empty when the server closed. Waits as long as it takes.
  Bytes receive();
  /// Waits for the server to close; true when it did.
  bool closed_by_server();
  /// CER and CEA; the Result-Code.
  uint32_t introduce(std::string_view origin_host, uint32_t state_id = 0);
  Bytes ask(const Bytes& request);
  /// Sends a TLS 1.3 KeyUpdate that asks for one back.
  bool update_keys();
  /// Ends with RST instead of FIN.
  void abort();

 private:
  bool read_exactly(uint8_t* to, size_t len);
  int fd_ = -1;
  peer::Ssl ssl_;
};

}  // namespace eir::diameter::test
