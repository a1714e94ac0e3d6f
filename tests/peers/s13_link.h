// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tl/expected.hpp>

namespace eir::tests::s13 {

enum class Transport : uint8_t { kTcp, kTls, kSctp };

struct LinkOptions {
  std::string host, port;
  Transport transport = Transport::kTcp;
  std::string local_address;  ///< empty: any
  std::string tls_certificate, tls_private_key, tls_ca, tls_name, tls_ciphers;
  bool tls_verify = false;  ///< check the node's certificate against tls_ca, and tls_name where given
  uint16_t sctp_stream = 0;
  int receive_buffer = 0;  ///< octets; 0: the system's choice
  std::chrono::milliseconds timeout{5000};
};

/// One transport connection to the node. Not blocking once open; the caller polls fd().
class Link {
 public:
  static constexpr ssize_t kAgain = -1, kBroken = -2;

  virtual ~Link() = default;
  virtual int fd() const = 0;
  /// Octets read; 0 at the end; kAgain; kBroken.
  virtual ssize_t read_some(char* into, size_t room) = 0;
  /// Octets taken from the front of `data`, which begins with a whole message; kAgain; kBroken.
  virtual ssize_t write_some(std::string_view data) = 0;
  /// True while octets wait inside the link that poll() on fd() will not show (TLS records).
  virtual bool pending() const { return false; }
  /// SCTP only: stream and payload protocol identifier of what was read last.
  virtual std::optional<std::pair<uint16_t, uint32_t>> last_sctp() const { return std::nullopt; }

  /// Opens a connection, TLS handshake included. The error says what failed, in words.
  static tl::expected<std::unique_ptr<Link>, std::string> open(const LinkOptions& options);
};

/// A connection with its framing: what question mode needs.
class Conversation {
 public:
  explicit Conversation(std::unique_ptr<Link> link) : link_(std::move(link)) {}
  int fd() const { return link_->fd(); }
  Link& link() { return *link_; }

  /// Sends all of it, at most `timeout`.
  bool send(std::string_view octets, std::chrono::milliseconds timeout);
  /// The next whole message; nothing when none came in time or the connection ended (then closed()).
  std::optional<std::string> receive(std::chrono::milliseconds timeout);
  bool closed() const { return closed_; }
  /// Why the connection is closed.
  const std::string& why() const { return why_; }
  bool has_message() const;
  bool pending() const { return has_message() || link_->pending(); }

 private:
  void fill();
  std::unique_ptr<Link> link_;
  std::string in_;
  bool closed_ = false;
  std::string why_;
};

}  // namespace eir::tests::s13
