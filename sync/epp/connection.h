// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <deque>
#include <memory>
#include <string>

#include "sync/epp/framing.h"
#include "sync/epp/server.h"
#include "sync/epp/tls.h"

namespace eir::sync::epp {

class Worker;

/// One writer: the thread of the connections.
struct TransportCounters {
  base::Counter accepted, octets_read, octets_written;
  base::Counter tls_failures;  ///< handshakes, for whatever reason
  base::Counter broken_frames;
  base::Counter handshake_timeouts, frame_timeouts, write_timeouts;
  base::Counter reading_stopped;  ///< output_octets_max hit
};

/// How many there are, over all threads.
struct Population {
  std::atomic<unsigned> connections{0};
  std::atomic<unsigned> handshakes{0};
};

/// A connection from accept to close: TLS handshake, frames in, frames out, and the session between. Belongs
/// to one worker's thread.
class Connection final : public Line, public std::enable_shared_from_this<Connection> {
 public:
  Connection(Worker& worker, boost::asio::io_context& io, base::Fd fd, TlsContext tls, std::string address);
  ~Connection() override;

  void start();
  void tick();
  void drain();
  void close();

  /// Null before the TLS handshake is done.
  const Session* session() const { return session_.get(); }

  void send(std::string xml) override;
  void finish() override;

 private:
  enum class State : uint8_t { kShaking, kOpen, kFinishing, kLingering, kClosed };
  enum class Wait : uint8_t { kRead, kWrite };

  void turn();
  void shake();
  void open();
  bool read_some();
  bool consume();
  bool write_some();
  bool may_read() const;
  void arm(Wait what);
  void turn_soon();
  void linger();

  Worker& worker_;
  boost::asio::io_context& io_;
  TlsContext tls_;  ///< outlives socket_
  TlsSocket socket_;
  boost::asio::posix::stream_descriptor events_;
  std::string address_;
  State state_ = State::kShaking;
  std::shared_ptr<Session> session_;
  FrameReader frames_;
  std::deque<std::string> output_;
  size_t output_octets_ = 0;
  size_t sent_of_first_ = 0;
  bool turning_ = false;
  bool turn_posted_ = false;
  bool armed_read_ = false, armed_write_ = false;
  bool want_read_ = false, want_write_ = false;
  bool stopped_ = false;             ///< for output_octets_max
  base::MonotonicTime since_;        ///< of the state
  base::MonotonicTime frame_since_;  ///< of the first octet of a frame not yet whole
  base::MonotonicTime write_since_;  ///< of the last octet that went out, or of the first that waits
};

}  // namespace eir::sync::epp
