// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <memory>
#include <vector>

#include "diameter/peer/session.h"
#include "diameter/peer/socket.h"

namespace eir::diameter::peer {

class Worker;

/// A connection past its first message: moves octets between a socket and a session. A read takes many
/// messages, their answers leave in one send. While more than Limits::output_octets_max wait unsent, the
/// peer is not read. Threads: its worker's.
class Link final : public Line, public std::enable_shared_from_this<Link> {
 public:
  /// `early`: octets already read, the CER first, on that stream. The worker must outlive it.
  Link(Worker& worker, Socket socket, LineInfo info, std::vector<uint8_t> early, uint16_t stream);

  void start();
  void close();
  void wake() noexcept override;
  bool may_speak_for(std::string_view origin_host) const override;
  Session& session() { return session_; }

 private:
  /// How long a message on the wire is; for transports that keep messages apart.
  struct Piece {
    uint16_t stream;
    uint32_t length;
  };

  void turn();
  bool digest_early();
  bool read_once();
  /// Hands complete messages to the session; what is left stays in early_.
  void digest(codec::Octets data, uint16_t stream);
  bool flush();
  bool may_read() const;
  void wait_read();
  void wait_write();
  void wait();

  Worker& worker_;
  Socket socket_;
  boost::asio::posix::stream_descriptor events_;
  Session session_;
  std::vector<uint8_t> early_;  ///< read and not yet digested: a message's beginning, or more while stopped
  std::deque<Piece> pieces_;    ///< of the output, for message transports
  size_t in_pieces_ = 0;        ///< octets of the output that pieces_ covers
  uint16_t stream_ = 0;
  bool waiting_read_ = false;
  bool waiting_write_ = false;
  bool read_wants_write_ = false;  ///< TLS must write before it reads on
  bool write_wants_read_ = false;  ///< TLS must read before it writes on
  bool woken_ = false;
  bool stopped_ = false;  ///< the output bound was hit
  bool stop_counted_ = false;
  bool finished_ = false;  ///< our side is shut
  bool closed_ = false;
};

}  // namespace eir::diameter::peer
