// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/link.h"

#include <boost/asio/post.hpp>
#include <chrono>

#include "diameter/codec/framing.h"
#include "diameter/peer/worker.h"

namespace eir::diameter::peer {
namespace {

using codec::Octets;

uint64_t steady_ns() {
  return static_cast<uint64_t>(std::chrono::steady_clock::now().time_since_epoch() / std::chrono::nanoseconds(1));
}

}  // namespace

Link::Link(Worker& worker, Socket socket, LineInfo info, std::vector<uint8_t> early, uint16_t stream)
    : worker_(worker),
      socket_(std::move(socket)),
      events_(worker.io(), socket_.fd()),
      session_(worker.desk(), *this, std::move(info)),
      early_(std::move(early)),
      stream_(stream) {}

void Link::start() { turn(); }

bool Link::may_speak_for(std::string_view origin_host) const {
  return !socket_.ssl() || certificate_covers(socket_.ssl(), origin_host);
}

void Link::close() {
  if (closed_) return;
  closed_ = true;
  const auto self = shared_from_this();  // the worker may hold the last one
  events_.release();                     // the socket closes the descriptor
  session_.end();
  worker_.forget(self);
}

void Link::wake() noexcept {
  if (woken_ || closed_) return;
  woken_ = true;
  boost::asio::post(worker_.io(), [self = shared_from_this()] {
    self->woken_ = false;
    if (!self->closed_) self->turn();
  });
}

bool Link::may_read() const { return !stopped_ && (session_.listening() || finished_); }

/// Sends, digests, reads, and waits for what cannot go on.
void Link::turn() {
  read_wants_write_ = false;
  if (!flush()) return;
  for (unsigned i = 0; i < kReadsPerTurn && may_read(); ++i) {
    if (!digest_early() && !read_once()) return;
    if (!flush()) return;
  }
  if (may_read()) return wake();  // others first, then on
  wait();
}

/// What an earlier turn left, if there is a whole message in it. Nothing is read before it is gone.
bool Link::digest_early() {
  if (finished_ || early_.empty()) return false;
  const Octets early(early_);
  if (codec::next_frame(early, worker_.desk().runtime().config.limits.message_octets_max).kind ==
      codec::Frame::Kind::kNeedMore)
    return false;
  const size_t len = early_.size();
  const auto room = worker_.scratch(len);
  std::copy(early_.begin(), early_.end(), room.begin());
  early_.clear();
  digest(Octets(room.data(), len), stream_);
  return true;
}

/// False when there was nothing to read, or the connection is closed.
bool Link::read_once() {
  const size_t kept = early_.size();
  const auto room = worker_.scratch(kept);
  size_t got = 0;
  ReadInfo info;
  const Io io = socket_.read(room.subspan(kept), got, info);
  read_wants_write_ = io == Io::kWantWrite;
  if (io == Io::kClosed) close();
  if (io == Io::kWantRead || io == Io::kWantWrite) {
    if (write_wants_read_ && !flush()) return false;  // what the write waited for may have been in this read
    wait();
  }
  if (io != Io::kDone) return false;
  if (finished_) return true;  // only waiting for the peer to close
  worker_.desk().counters().octets_read.add(got);
  std::copy(early_.begin(), early_.end(), room.begin());
  early_.clear();
  const Octets data(room.data(), kept + got);
  if (!info.end_of_record && data.size() <= worker_.desk().runtime().config.limits.message_octets_max)
    early_.assign(data.begin(), data.end());
  else
    digest(data, info.stream);
  return true;
}

void Link::digest(Octets data, uint16_t stream) {
  const Limits& limits = worker_.desk().runtime().config.limits;
  const uint64_t read_at = steady_ns();
  const Moment now = worker_.desk().now();
  stream_ = stream;
  while (!data.empty() && session_.listening()) {
    const codec::Frame frame = codec::next_frame(data, limits.message_octets_max);
    if (frame.kind == codec::Frame::Kind::kBroken || (socket_.message_oriented() && frame.length != data.size())) {
      worker_.desk().counters().broken_framing.add();
      return session_.end();
    }
    if (frame.kind == codec::Frame::Kind::kNeedMore) break;
    if (session_.output().size() >= limits.output_octets_max) {
      stopped_ = true;
      break;
    }
    if (session_.receive(data.first(frame.length), now)) worker_.desk().counters().add_latency(steady_ns() - read_at);
    data = data.subspan(frame.length);
  }
  early_.assign(data.begin(), data.end());
}

/// False when the connection is closed.
bool Link::flush() {
  codec::Output& out = session_.output();
  write_wants_read_ = false;
  while (socket_.message_oriented() && in_pieces_ < out.size()) {
    codec::Header header;
    codec::read_header(out.unsent().subspan(in_pieces_), header);
    pieces_.push_back({stream_, header.length});
    in_pieces_ += header.length;
  }
  while (!out.empty() && session_.state() != Session::State::kOver) {
    size_t sent = 0;
    const bool pieced = socket_.message_oriented();
    const Octets next = pieced ? out.unsent().first(pieces_.front().length) : out.unsent();
    const Io io = socket_.write(next, pieced ? pieces_.front().stream : uint16_t{0}, sent);
    if (io == Io::kClosed) {
      close();
      return false;
    }
    write_wants_read_ = io == Io::kWantRead;
    if (io != Io::kDone) break;
    out.consume(sent);
    worker_.desk().counters().octets_written.add(sent);
    if (pieced) {
      in_pieces_ -= pieces_.front().length;
      pieces_.pop_front();
    }
  }
  if (out.empty() && out.capacity() > kKeepOutputOctets) out.release();
  if (session_.peer()) session_.peer()->queue_octets.set(out.size());
  if (session_.state() == Session::State::kOver) {
    close();
    return false;
  }
  if (session_.state() == Session::State::kLeaving && out.empty() && !finished_) {
    socket_.finish();
    finished_ = true;
    worker_.leaving(*this);
  }
  if (stopped_ && out.size() < worker_.desk().runtime().config.limits.output_octets_max / 2) {
    stopped_ = stop_counted_ = false;
  }
  return true;
}

void Link::wait() {
  if (stopped_ && !stop_counted_) {
    stop_counted_ = true;
    worker_.desk().counters().reading_stopped.add();
    if (session_.peer()) session_.peer()->reading_stopped.add();
  }
  // Never for a direction that is ready already and helps nothing: it would be no wait.
  if ((may_read() && !read_wants_write_) || write_wants_read_) wait_read();
  if ((!session_.output().empty() && !write_wants_read_) || read_wants_write_) wait_write();
}

void Link::wait_read() {
  if (waiting_read_) return;
  waiting_read_ = true;
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_read,
                     [self = shared_from_this()](const boost::system::error_code& ec) {
                       self->waiting_read_ = false;
                       if (!ec && !self->closed_) self->turn();
                     });
}

void Link::wait_write() {
  if (waiting_write_) return;
  waiting_write_ = true;
  events_.async_wait(boost::asio::posix::stream_descriptor::wait_write,
                     [self = shared_from_this()](const boost::system::error_code& ec) {
                       self->waiting_write_ = false;
                       if (!ec && !self->closed_) self->turn();
                     });
}

}  // namespace eir::diameter::peer
