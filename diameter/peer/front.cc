// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/front.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/err.h>

#include <algorithm>
#include <array>
#include <boost/asio/post.hpp>

#include "diameter/codec/framing.h"

namespace eir::diameter::peer {

using boost::asio::posix::stream_descriptor;
using codec::Octets;

/// A connection that has not sent its CER.
class Guest : public std::enable_shared_from_this<Guest> {
 public:
  Guest(Front& front, boost::asio::io_context& io, uint64_t number, Socket s, base::MonotonicTime now)
      : id(number), since(now), socket(std::move(s)), front_(front), events_(io, socket.fd()) {}

  void turn() {
    if (!shaken_ && !shake()) return;
    for (;;) {
      std::array<uint8_t, 4096> piece;
      size_t got = 0;
      ReadInfo info;
      const Io io = socket.read(piece, got, info);
      if (io == Io::kClosed) return front_.dismiss(*this);
      if (io != Io::kDone) return wait_for(io);
      stream = info.stream;
      read.insert(read.end(), piece.begin(), piece.begin() + static_cast<std::ptrdiff_t>(got));
      if (judge()) return;
    }
  }
  void close() {
    if (closed_) return;
    closed_ = true;
    events_.release();
  }

  const uint64_t id;
  const base::MonotonicTime since;
  Socket socket;
  std::vector<uint8_t> read;
  uint16_t stream = 0;  ///< the CER's, for its answer

 private:
  bool shake() {
    const Io io = socket.handshake();
    if (io == Io::kDone) return shaken_ = true;
    if (io != Io::kClosed) {
      wait_for(io);
    } else {
      front_.counters().tls_failures.add();
      front_.dismiss(*this);
    }
    return false;
  }

  /// True when nothing more is to be read here.
  bool judge() {
    constexpr size_t kUpToCommand = 8;
    const codec::Frame frame = codec::next_frame(read, front_.runtime().config.limits.message_octets_max);
    if (frame.kind == codec::Frame::Kind::kBroken) {
      front_.counters().broken_framing.add();
      front_.dismiss(*this);
      return true;
    }
    if (read.size() < kUpToCommand) return false;
    const uint32_t command = uint32_t{read[5]} << 16 | uint32_t{read[6]} << 8 | read[7];
    if (command != codec::kCmdCapabilitiesExchange || !(read[4] & codec::kFlagRequest)) {
      front_.counters().first_not_cer.add();
      front_.dismiss(*this);
      return true;
    }
    if (frame.kind == codec::Frame::Kind::kNeedMore) return false;
    codec::AvpView host;
    const Octets body = codec::body_of(Octets(read).first(frame.length));
    front_.hand_over(
        *this, codec::find_avp(body, codec::avp::kOriginHost, host) ? codec::text_of(host.data) : std::string_view());
    return true;
  }

  void wait_for(Io io) {
    const auto what = io == Io::kWantWrite ? stream_descriptor::wait_write : stream_descriptor::wait_read;
    events_.async_wait(what, [self = shared_from_this()](const boost::system::error_code& ec) {
      if (!ec && !self->closed_) self->turn();
    });
  }

  Front& front_;
  stream_descriptor events_;
  bool shaken_ = false;
  bool closed_ = false;
};

struct Front::Door {
  Door(boost::asio::io_context& io, ListeningPtr l)
      : listening(std::move(l)), events(io, listening->fd.get()), timer(io) {}
  ListeningPtr listening;
  stream_descriptor events;
  boost::asio::steady_timer timer;
  bool closed = false;
  void close() {
    closed = true;
    timer.cancel();
    events.release();
  }
};

Front::Front(Worker& own, std::vector<Worker*> workers, const base::Clock& clock, ConnectionCounts& counts)
    : own_(own),
      workers_(std::move(workers)),
      clock_(clock),
      counts_(counts),
      timer_(own.io()),
      reserve_(::open("/dev/null", O_RDONLY | O_CLOEXEC)) {
  tick();
}

Front::~Front() { close(); }

void Front::configure(RuntimePtr runtime, tls::Context tls, const std::vector<ListeningPtr>& listening) {
  runtime_ = std::move(runtime);
  tls_ = std::move(tls);
  std::vector<std::shared_ptr<Door>> next;
  for (const ListeningPtr& l : listening) {
    const auto same = [&](const std::shared_ptr<Door>& d) { return d && d->listening == l; };
    const auto at = std::find_if(doors_.begin(), doors_.end(), same);
    if (at != doors_.end()) {
      next.push_back(std::move(*at));
    } else {
      next.push_back(std::make_shared<Door>(own_.io(), l));
      wait(next.back());
    }
  }
  for (const auto& left_over : doors_)
    if (left_over) left_over->close();
  doors_ = std::move(next);
}

void Front::close() {
  timer_.cancel();
  for (const auto& door : doors_) door->close();
  doors_.clear();
  for (const auto& [id, guest] : guests_) guest->close();
  guests_.clear();
  show_count();
}

void Front::wait(const std::shared_ptr<Door>& door) {
  door->events.async_wait(stream_descriptor::wait_read, [this, door](const boost::system::error_code& ec) {
    if (!ec && !door->closed) accept_some(door);
  });
}

void Front::accept_some(const std::shared_ptr<Door>& door) {
  for (unsigned i = 0; i < kAcceptsPerTurn; ++i) {
    const int fd = ::accept4(door->listening->fd.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      admit(fd, door->listening->transport);
      continue;
    }
    if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      survive_exhaustion(*door);
      door->timer.expires_after(kAcceptBackOff);
      door->timer.async_wait([this, door](const boost::system::error_code& ec) {
        if (!ec && !door->closed) wait(door);
      });
      return;
    }
    if (errno == EAGAIN || errno == EWOULDBLOCK) break;
  }
  wait(door);
}

/// Nobody is left hanging in the backlog: with the reserve given up one connection at a time is taken and
/// closed, so that its peer sees a refusal and tries elsewhere.
void Front::survive_exhaustion(Door& door) {
  counters().accept_exhausted.add();
  reserve_.reset();
  base::Fd refused(::accept4(door.listening->fd.get(), nullptr, nullptr, SOCK_CLOEXEC));
  refused.reset();
  reserve_.reset(::open("/dev/null", O_RDONLY | O_CLOEXEC));
}

void Front::admit(int raw, Transport transport) {
  base::Fd fd(raw);
  counters().accepted.add();
  const Limits& limits = runtime_->config.limits;
  // Who has heard our last word holds up nobody: refused peers could keep the others out.
  if (counts_.open.load() >= limits.connections_max + counts_.leaving.load())
    return counters().connections_refused.add();
  prepare_connection(raw, transport);
  Ssl ssl;
  if (transport == Transport::kTls) {
    ERR_clear_error();
    if (tls_) ssl.reset(SSL_new(tls_.get()));
    if (!ssl || SSL_set_fd(ssl.get(), raw) != 1) return counters().tls_failures.add();
    SSL_set_accept_state(ssl.get());
  }
  while (guests_.size() >= limits.without_cer_max) {
    counters().without_cer_evicted.add();
    dismiss(*guests_.begin()->second);
  }
  auto guest = std::make_shared<Guest>(*this, own_.io(), next_guest_++,
                                       Socket(std::move(fd), transport, std::move(ssl), &counts_), clock_.monotonic());
  guests_.emplace(guest->id, guest);
  show_count();
  guest->turn();
}

void Front::dismiss(Guest& guest) {
  guest.close();
  const auto at = guests_.find(guest.id);
  if (at == guests_.end()) return;
  // The guest may be the one that is calling; its socket goes when its turn is over.
  boost::asio::post(own_.io(), [last = std::move(at->second)] {});
  guests_.erase(at);
  show_count();
}

void Front::hand_over(Guest& guest, std::string_view origin_host) {
  Worker* to = workers_[runtime_->thread_of(origin_host)];
  LineInfo info = guest.socket.describe();
  guest.close();  // before the descriptor is another loop's
  boost::asio::post(to->io(), [to, socket = std::move(guest.socket), line = std::move(info),
                               early = std::move(guest.read), stream = guest.stream]() mutable {
    to->adopt(std::move(socket), std::move(line), std::move(early), stream);
  });
  dismiss(guest);
}

void Front::tick() {
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& ec) {
    if (ec) return;
    const auto patience = std::chrono::seconds(runtime_->config.cer_timeout_s);
    const auto now = clock_.monotonic();
    while (!guests_.empty() && now - guests_.begin()->second->since >= patience) {
      counters().cer_timeouts.add();
      dismiss(*guests_.begin()->second);
    }
    tick();
  });
}

}  // namespace eir::diameter::peer
