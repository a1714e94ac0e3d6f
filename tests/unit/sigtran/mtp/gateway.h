// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

#include "tests/peers/mtp_host.h"

namespace eir::tests {

using Bytes = std::vector<uint8_t>;
Bytes hex(std::string_view text);

/// The other end of an association, played by the test: listens as a gateway or connects as an MSC. All in
/// the test's one thread; waiting turns the host's loop, with a bound.
class Gateway {
 public:
  explicit Gateway(MtpHost& host) : host_(host) {}
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;
  ~Gateway();

  /// A port of the system's choosing, on the loopback address.
  uint16_t listen();
  bool accept();
  bool connect(uint16_t port, uint16_t from_port = 0);
  void close();

  bool send(const Bytes& message, uint16_t stream = 0);
  /// The next message; empty when none came in time or the association ended.
  Bytes receive();
  /// True when the other end closed the association in time.
  bool ended();
  /// receive() until this message class and type; whatever else comes is passed over.
  Bytes receive(uint8_t message_class, uint8_t type);

  /// ASP Up and ASP Active of a client, acknowledged.
  bool serve_activation();
  /// Turns the host's loop until `done`, or for two seconds.
  bool turn_until(const std::function<bool()>& done);

 private:
  int receive_now(Bytes& out);

  MtpHost& host_;
  int listener_ = -1;
  int fd_ = -1;
};

/// A port nobody listens on now.
uint16_t free_port();

}  // namespace eir::tests
