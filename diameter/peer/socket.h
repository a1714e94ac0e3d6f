// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/socket.h>

#include <atomic>
#include <memory>
#include <string>
#include <vector>

#include "core/base/fd.h"
#include "diameter/peer/session.h"
#include "diameter/peer/tls.h"

namespace eir::diameter::peer {

/// How a read or write went.
enum class Io : uint8_t {
  kDone,
  kWantRead,   ///< would block until there is something to read; TLS may need that to write
  kWantWrite,  ///< would block until there is room to write; TLS may need that to read
  kClosed,
};

/// Where a read of a message transport landed.
struct ReadInfo {
  uint16_t stream = 0;
  bool end_of_record = true;
};

/// The live sockets of a server, and how many of them have said their last word.
struct ConnectionCounts {
  std::atomic<unsigned> open{0};
  std::atomic<unsigned> leaving{0};
};

/// A connected, non-blocking transport: TCP, TLS over TCP, or a one-to-one SCTP association. Movable
/// between threads while no operation is under way. Threads: one at a time. Allocates: not when reading
/// or writing (OpenSSL may).
class Socket {
 public:
  /// It counts itself in and out of `counts`, which may be null.
  Socket(base::Fd fd, Transport transport, Ssl ssl, ConnectionCounts* counts);
  Socket(Socket&& o) noexcept;
  Socket& operator=(Socket&&) = delete;
  ~Socket();

  int fd() const { return fd_.get(); }
  Transport transport() const { return transport_; }
  bool message_oriented() const { return transport_ == Transport::kSctp; }
  const SSL* ssl() const { return ssl_.get(); }

  /// One step of the TLS handshake; kDone at once without TLS.
  Io handshake();
  Io read(std::span<uint8_t> into, size_t& got, ReadInfo& info);
  /// A message transport sends all or nothing, as one message on `stream`.
  Io write(codec::Octets data, uint16_t stream, size_t& sent);
  /// No more will be written; the peer sees the end. Counted as leaving from now on. REQUIRES: once.
  void finish();
  /// Remote and local addresses, and what TLS agreed on.
  LineInfo describe() const;

 private:
  base::Fd fd_;
  Transport transport_;
  Ssl ssl_;
  ConnectionCounts* counts_;
  bool leaving_ = false;
};

/// A listening socket, or why not. `port` 0 takes a free one.
base::Result<base::Fd, base::Problem> listen_on(Transport transport, const std::vector<std::string>& addresses,
                                                uint16_t port, const SctpTuning& sctp);
/// What a fresh connection needs set.
void prepare_connection(int fd, Transport transport);
Endpoint endpoint_of(int fd, Transport transport);

/// RFC 6733 §2.1: the payload protocol identifier of Diameter over SCTP.
inline constexpr uint32_t kSctpPpid = 46;
inline constexpr uint16_t kSctpStreamsMax = 64;

}  // namespace eir::diameter::peer
