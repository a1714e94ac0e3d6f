// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/connection.h"

#include <boost/asio/post.hpp>

#include "sync/epp/worker.h"

namespace eir::sync::epp {
namespace {

using boost::asio::posix::stream_descriptor;

constexpr std::chrono::milliseconds kLinger{2'000};  ///< for the peer to close after our last word
constexpr unsigned kReadsPerTurn = 2;                ///< then the others have theirs
constexpr size_t kGathered = 16 * 1024;              ///< octets that go out together: a TLS record's worth

}  // namespace

Connection::Connection(Worker& worker, boost::asio::io_context& io, base::Fd fd, TlsContext tls, std::string address)
    : worker_(worker),
      io_(io),
      tls_(std::move(tls)),
      socket_(std::move(fd), tls_.get(), TlsSide::kServer),
      events_(io, socket_.fd()),
      address_(std::move(address)),
      frames_(kFrameBeforeLoginMax),
      since_(worker.desk().clock.monotonic()),
      frame_since_(since_),
      write_since_(since_) {
  worker_.population().connections.fetch_add(1);
  worker_.population().handshakes.fetch_add(1);
}

Connection::~Connection() {
  if (state_ != State::kClosed) events_.release();
  if (state_ == State::kShaking) worker_.population().handshakes.fetch_sub(1);
  worker_.population().connections.fetch_sub(1);
}

void Connection::start() { turn(); }

/// Everything that can be done now, then the waits for what cannot.
void Connection::turn() {
  if (state_ == State::kClosed || turning_) return;
  const auto self = shared_from_this();
  turning_ = true;
  want_read_ = want_write_ = false;
  if (state_ == State::kShaking) shake();
  bool more = false;
  if (state_ != State::kShaking && state_ != State::kClosed) {
    more = read_some();
    if (state_ != State::kClosed && !write_some()) close();
  }
  turning_ = false;
  if (state_ == State::kClosed) return;
  if (want_read_) arm(Wait::kRead);
  if (want_write_) arm(Wait::kWrite);
  if (more) boost::asio::post(io_, [self] { self->turn(); });
}

void Connection::shake() {
  switch (socket_.handshake()) {
    case Io::kDone: return open();
    case Io::kWantRead: want_read_ = true; return;
    case Io::kWantWrite: want_write_ = true; return;
    case Io::kClosed: break;
  }
  worker_.transport().tls_failures.add();
  close();
}

void Connection::open() {
  worker_.population().handshakes.fetch_sub(1);
  state_ = State::kOpen;
  since_ = worker_.desk().clock.monotonic();
  socket_.read_ahead();
  session_ = std::make_shared<Session>(worker_.desk(), shared_from_this(),
                                       Session::Peer{socket_.peer_certificate(), address_});
  session_->start();
}

bool Connection::may_read() const {
  if (state_ == State::kFinishing || state_ == State::kLingering) return true;  // to be thrown away
  return state_ == State::kOpen && session_->wants_more() &&
         output_octets_ <= worker_.config().transport.output_octets_max;
}

/// True when there may be more to read at once.
bool Connection::read_some() {
  if (state_ == State::kOpen && !consume()) return false;
  for (unsigned i = 0; i < kReadsPerTurn; ++i) {
    if (!may_read()) {
      const bool full = state_ == State::kOpen && output_octets_ > worker_.config().transport.output_octets_max;
      if (full && !stopped_) worker_.transport().reading_stopped.add();
      stopped_ = full;
      return false;
    }
    size_t got = 0;
    switch (socket_.read(worker_.scratch(), got)) {
      case Io::kWantRead: want_read_ = true; return false;
      case Io::kWantWrite: want_write_ = true; return false;
      case Io::kClosed: close(); return false;
      case Io::kDone: break;
    }
    worker_.transport().octets_read.add(got);
    if (state_ != State::kOpen) continue;
    const bool within = frames_.within_frame();
    frames_.feed({reinterpret_cast<const uint8_t*>(worker_.scratch().data()), got});
    if (!within) frame_since_ = worker_.desk().clock.monotonic();
    if (!consume()) return false;
  }
  return true;
}

/// Hands over what frames there are. False when there is no going on.
bool Connection::consume() {
  while (may_read() && state_ == State::kOpen) {
    frames_.set_max(session_->frame_max());
    const FrameReader::Next next = frames_.next();
    if (next.kind == FrameReader::Kind::kNeedMore) return true;
    if (next.kind == FrameReader::Kind::kBroken) {
      worker_.transport().broken_frames.add();
      close();
      return false;
    }
    frame_since_ = worker_.desk().clock.monotonic();
    session_->receive(next.xml);
  }
  return true;
}

/// False when the connection broke.
bool Connection::write_some() {
  while (!output_.empty()) {
    size_t sent = 0;
    const Io io = socket_.write(std::string_view(output_.front()).substr(sent_of_first_), sent);
    if (io == Io::kWantRead) want_read_ = true;
    if (io == Io::kWantWrite) want_write_ = true;
    if (io != Io::kDone) return io != Io::kClosed;
    worker_.transport().octets_written.add(sent);
    write_since_ = worker_.desk().clock.monotonic();
    sent_of_first_ += sent;
    output_octets_ -= sent;
    if (sent_of_first_ < output_.front().size()) continue;
    output_.pop_front();
    sent_of_first_ = 0;
  }
  if (state_ == State::kFinishing) linger();
  // What was held back for the output's sake may go on.
  if (stopped_ && may_read()) {
    stopped_ = false;
    boost::asio::post(io_, [self = shared_from_this()] { self->turn(); });
  }
  return true;
}

void Connection::linger() {
  state_ = State::kLingering;
  since_ = worker_.desk().clock.monotonic();
  socket_.finish();
  want_read_ = true;
}

void Connection::arm(Wait what) {
  bool& armed = what == Wait::kRead ? armed_read_ : armed_write_;
  if (armed) return;
  armed = true;
  const auto kind = what == Wait::kRead ? stream_descriptor::wait_read : stream_descriptor::wait_write;
  events_.async_wait(kind, [self = shared_from_this(), what](const boost::system::error_code& ec) {
    (what == Wait::kRead ? self->armed_read_ : self->armed_write_) = false;
    if (!ec) self->turn();
  });
}

void Connection::send(std::string xml) {
  if (state_ == State::kClosed) return;
  if (output_.empty()) write_since_ = worker_.desk().clock.monotonic();
  if (output_.empty() || output_.back().size() >= kGathered) output_.emplace_back();
  std::string& last = output_.back();
  const size_t before = last.size();
  append_framed(last, xml);
  output_octets_ += last.size() - before;
  turn_soon();
}

void Connection::finish() {
  if (state_ == State::kOpen) state_ = State::kFinishing;
  turn_soon();
}

void Connection::turn_soon() {
  if (turning_ || turn_posted_ || state_ == State::kClosed) return;
  turn_posted_ = true;
  boost::asio::post(io_, [self = shared_from_this()] {
    self->turn_posted_ = false;
    self->turn();
  });
}

void Connection::tick() {
  const base::MonotonicTime now = worker_.desk().clock.monotonic();
  const TransportLimits& limits = worker_.config().transport;
  TransportCounters& counters = worker_.transport();
  if (state_ == State::kShaking && now - since_ >= limits.handshake_timeout) {
    counters.handshake_timeouts.add();
    return close();
  }
  if (state_ == State::kLingering && now - since_ >= kLinger) return close();
  if (!output_.empty() && now - write_since_ >= limits.write_timeout) {
    counters.write_timeouts.add();
    return close();
  }
  if (state_ != State::kOpen) return;
  if (!may_read()) frame_since_ = now;  // it waits for us
  if (frames_.within_frame() && now - frame_since_ >= limits.frame_timeout) {
    counters.frame_timeouts.add();
    return close();
  }
  session_->tick();
}

void Connection::drain() {
  if (state_ == State::kShaking) return close();
  if (state_ != State::kOpen) return;
  session_->drain();
}

void Connection::close() {
  if (state_ == State::kClosed) return;
  if (state_ == State::kShaking) worker_.population().handshakes.fetch_sub(1);
  state_ = State::kClosed;
  events_.release();
  // The session holds this line, and may be the caller: it goes later.
  if (session_) {
    session_->lost();
    boost::asio::post(io_, [session = std::move(session_)] {});
  }
  socket_.finish();
  worker_.forget(shared_from_this());
}

}  // namespace eir::sync::epp
