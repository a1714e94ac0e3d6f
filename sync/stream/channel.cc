// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/stream/channel.h"

#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace eir::sync::stream {
namespace {

constexpr char kLast = 0, kMore = 1;

int left_ms(Deadline until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

base::Result<base::Fd, std::string> connect_one(const addrinfo& at, Deadline until, int stop_fd) {
  const auto system = [](int error) { return tl::unexpected(std::string(std::strerror(error))); };
  base::Fd fd(::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return system(errno);
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd.get(), at.ai_addr, at.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return system(errno);
  pollfd waits[] = {{fd.get(), POLLOUT, 0}, {stop_fd, POLLIN, 0}};
  const int ready = ::poll(waits, 2, left_ms(until));
  if (waits[1].revents) return tl::unexpected(std::string("interrupted"));
  if (ready <= 0) return tl::unexpected(std::string("no answer in time"));
  int error = 0;
  socklen_t len = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &len);
  if (error) return system(error);
  return fd;
}

}  // namespace

base::Result<base::Fd, std::string> connect_to(const std::string& host, uint16_t port, Deadline until, int stop_fd) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (rc != 0) return tl::unexpected(std::string(::gai_strerror(rc)));
  base::Result<base::Fd, std::string> out = tl::unexpected(std::string("no address"));
  for (const addrinfo* at = found; at && !out; at = at->ai_next) out = connect_one(*at, until, stop_fd);
  ::freeaddrinfo(found);
  return out;
}

Channel::Channel(base::Fd socket, epp::TlsContext context, epp::TlsSide side, std::string peer)
    : context_(std::move(context)),
      socket_(std::move(socket), context_.get(), side),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      frames_(epp::kFrameHeader + 1 + kPieceMax),
      peer_(std::move(peer)) {}

Channel::~Channel() { socket_.finish(); }

base::Unexpected<base::Problem> Channel::failed(std::string text) const {
  return base::problem(peer_, std::move(text));
}

void Channel::interrupt() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
}

Channel::Outcome<void> Channel::wait(epp::Io io, Deadline until) {
  pollfd waits[] = {{socket_.fd(), static_cast<short>(io == epp::Io::kWantRead ? POLLIN : POLLOUT), 0},
                    {wake_.get(), POLLIN, 0}};
  for (;;) {
    const int rc = ::poll(waits, 2, left_ms(until));
    if (rc < 0 && errno == EINTR) continue;
    if (rc < 0) return failed(std::strerror(errno));
    if (waits[1].revents) return failed("interrupted");
    if (rc == 0) return failed("no answer in time");
    return {};
  }
}

Channel::Outcome<void> Channel::handshake(Deadline until) {
  for (;;) {
    const epp::Io io = socket_.handshake();
    if (io == epp::Io::kDone) return {};
    if (io == epp::Io::kClosed) return failed(fmt::format("TLS: {}", socket_.reason()));
    if (auto waited = wait(io, until); !waited) return waited;
  }
}

Channel::Outcome<void> Channel::send_octets(std::string_view octets, Deadline until) {
  while (!octets.empty()) {
    size_t sent = 0;
    const epp::Io io = socket_.write(octets, sent);
    if (io == epp::Io::kClosed) return failed(socket_.reason());
    if (io != epp::Io::kDone) {
      if (auto waited = wait(io, until); !waited) return waited;
    }
    octets.remove_prefix(sent);
  }
  return {};
}

Channel::Outcome<void> Channel::send(std::string_view message, Deadline until) {
  do {
    const std::string_view piece = message.substr(0, kPieceMax);
    message.remove_prefix(piece.size());
    std::string body(1, message.empty() ? kLast : kMore);
    body.append(piece);
    if (auto sent = send_octets(epp::framed(body), until); !sent) return sent;
  } while (!message.empty());
  return {};
}

Channel::Outcome<std::string> Channel::receive(uint64_t octets_max, Deadline until) {
  std::string message;
  for (;;) {
    const epp::FrameReader::Next next = frames_.next();
    if (next.kind == epp::FrameReader::Kind::kBroken) return failed("a frame of an impossible length came");
    if (next.kind == epp::FrameReader::Kind::kFrame) {
      const char mark = next.xml.front();
      if (mark != kLast && mark != kMore) return failed("what came is no frame of a message");
      if (message.size() + next.xml.size() - 1 > octets_max) return failed("a message that is too long came");
      message.append(next.xml.substr(1));
      if (mark == kLast) return message;
      continue;
    }
    char piece[16 * 1024];
    size_t got = 0;
    const epp::Io io = socket_.read(piece, got);
    if (io == epp::Io::kClosed) return failed(socket_.reason());
    if (io == epp::Io::kDone) {
      frames_.feed({reinterpret_cast<const uint8_t*>(piece), got});
    } else if (auto waited = wait(io, until); !waited) {
      return tl::unexpected(waited.error());
    }
  }
}

}  // namespace eir::sync::stream
