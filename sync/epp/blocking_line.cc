// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/blocking_line.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace eir::sync::epp {
namespace {

constexpr const char* kInterrupted = "interrupted";
constexpr const char* kLate = "no answer in time";
constexpr size_t kReadOctets = 16 * 1024;

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
  if (waits[1].revents) return tl::unexpected(std::string(kInterrupted));
  if (ready <= 0) return tl::unexpected(std::string(kLate));
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

BlockingLine::BlockingLine(base::Fd socket, TlsContext context, TlsSide side, Settings settings)
    : settings_(std::move(settings)),
      context_(std::move(context)),
      socket_(std::move(socket), context_.get(), side, settings_.server_name),
      frames_(settings_.frame_max) {}

BlockingLine::~BlockingLine() { socket_.finish(); }

base::Unexpected<base::Problem> BlockingLine::failed(std::string text) const {
  return base::problem(settings_.peer, std::move(text));
}

BlockingLine::Outcome<void> BlockingLine::wait(Io io, Deadline until) {
  pollfd waits[] = {{socket_.fd(), static_cast<short>(io == Io::kWantRead ? POLLIN : POLLOUT), 0},
                    {wake_.fd(), POLLIN, 0},
                    {settings_.stop_fd, POLLIN, 0}};
  for (;;) {
    const int rc = ::poll(waits, 3, left_ms(until));
    if (rc < 0 && errno == EINTR) continue;
    if (rc < 0) return failed(std::strerror(errno));
    if (waits[1].revents || waits[2].revents) return failed(kInterrupted);
    if (rc == 0) return failed(kLate);
    return {};
  }
}

BlockingLine::Outcome<void> BlockingLine::handshake(Deadline until) {
  for (;;) {
    const Io io = socket_.handshake();
    if (io == Io::kDone) return {};
    if (io == Io::kClosed) return failed("TLS: " + socket_.reason());
    if (auto waited = wait(io, until); !waited) return waited;
  }
}

BlockingLine::Outcome<void> BlockingLine::send(std::string_view octets, Deadline until) {
  while (!octets.empty()) {
    size_t sent = 0;
    const Io io = socket_.write(octets, sent);
    if (io == Io::kClosed) return failed(socket_.reason());
    if (io != Io::kDone) {
      if (auto waited = wait(io, until); !waited) return waited;
    }
    octets.remove_prefix(sent);
  }
  return {};
}

BlockingLine::Outcome<std::string_view> BlockingLine::receive(Deadline until) {
  for (;;) {
    const FrameReader::Next next = frames_.next();
    if (next.kind == FrameReader::Kind::kFrame) return next.xml;
    if (next.kind == FrameReader::Kind::kBroken) return failed("a frame of an impossible length came");
    char piece[kReadOctets];
    size_t got = 0;
    const Io io = socket_.read(piece, got);
    if (io == Io::kClosed) return failed(socket_.reason());
    if (io == Io::kDone) {
      frames_.feed({reinterpret_cast<const uint8_t*>(piece), got});
    } else if (auto waited = wait(io, until); !waited) {
      return tl::unexpected(waited.error());
    }
  }
}

}  // namespace eir::sync::epp
