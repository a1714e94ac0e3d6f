// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/client.h"

#include <errno.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstring>
#include <random>

namespace eir::sync::epp {
namespace {

using Clock = std::chrono::steady_clock;

constexpr const char* kInterrupted = "interrupted";

int left_ms(Clock::time_point until) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(left, 0, INT32_MAX));
}

/// A connected, non-blocking socket.
base::Result<base::Fd, std::string> connect_to(const addrinfo& at, Clock::time_point until, int stop_fd) {
  base::Fd fd(::socket(at.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd) return tl::unexpected(std::string(std::strerror(errno)));
  const int on = 1;
  ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd.get(), SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
  if (::connect(fd.get(), at.ai_addr, at.ai_addrlen) == 0) return fd;
  if (errno != EINPROGRESS) return tl::unexpected(std::string(std::strerror(errno)));
  pollfd waits[] = {{fd.get(), POLLOUT, 0}, {stop_fd, POLLIN, 0}};
  const int ready = ::poll(waits, 2, left_ms(until));
  if (waits[1].revents) return tl::unexpected(std::string(kInterrupted));
  if (ready <= 0) return tl::unexpected(std::string("no answer in time"));
  int error = 0;
  socklen_t len = sizeof error;
  ::getsockopt(fd.get(), SOL_SOCKET, SO_ERROR, &error, &len);
  if (error) return tl::unexpected(std::string(std::strerror(error)));
  return fd;
}

base::Result<base::Fd, std::string> connect_to(const std::string& host, uint16_t port, Clock::time_point until,
                                               int stop_fd) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (rc != 0) return tl::unexpected(std::string(::gai_strerror(rc)));
  base::Result<base::Fd, std::string> out = tl::unexpected(std::string("no address"));
  for (const addrinfo* at = found; at && !out; at = at->ai_next) out = connect_to(*at, until, stop_fd);
  ::freeaddrinfo(found);
  return out;
}

}  // namespace

Client::Client(const ClientConfig& config, base::Fd socket, TlsContext context, std::unique_ptr<Codec> codec)
    : config_(config),
      context_(std::move(context)),
      socket_(std::move(socket), context_.get(), TlsSide::kClient,
              config.server_name.empty() ? config.host : config.server_name),
      wake_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)),
      codec_(std::move(codec)),
      frames_(config.frame_max),
      run_(fmt::format("EIR-{:08X}", std::random_device{}())) {}

Client::~Client() { socket_.finish(); }

base::Unexpected<base::Problem> Client::failed(std::string text) const {
  return base::problem(fmt::format("{} port {}", config_.host, config_.port), std::move(text));
}

Client::Outcome<std::unique_ptr<Client>> Client::connect(const ClientConfig& config, const Messages& messages) {
  const Deadline until = Clock::now() + config.connect_timeout;
  Problems problems;
  TlsContext context = tls::make_context(tls::Side::kClient, config.tls, problems);
  if (!context) return base::Unexpected<base::Problem>(problems.front());
  auto codec = Codec::make(config.schema_directory, messages);
  if (!codec) return base::Unexpected<base::Problem>(codec.error());
  auto socket = connect_to(config.host, config.port, until, config.stop_fd);
  if (!socket) return base::problem(fmt::format("{} port {}", config.host, config.port), socket.error());
  std::unique_ptr<Client> out(new Client(config, std::move(*socket), std::move(context), std::move(*codec)));
  if (auto shaken = out->handshake(until); !shaken) return tl::unexpected(shaken.error());
  auto greeting = out->receive_greeting(until);
  if (!greeting) return tl::unexpected(greeting.error());
  out->greeting_ = std::move(*greeting);
  return out;
}

Client::Outcome<void> Client::handshake(Deadline until) {
  for (;;) {
    const Io io = socket_.handshake();
    if (io == Io::kDone) return {};
    if (io == Io::kClosed) return failed("TLS: " + socket_.reason());
    if (auto waited = wait(io, until); !waited) return waited;
  }
}

Client::Outcome<void> Client::wait(Io io, Deadline until) {
  pollfd waits[] = {{socket_.fd(), static_cast<short>(io == Io::kWantRead ? POLLIN : POLLOUT), 0},
                    {wake_.get(), POLLIN, 0},
                    {config_.stop_fd, POLLIN, 0}};
  for (;;) {
    const int rc = ::poll(waits, 3, left_ms(until));
    if (rc < 0 && errno == EINTR) continue;
    if (rc < 0) return failed(std::strerror(errno));
    if (waits[1].revents || waits[2].revents) return failed(kInterrupted);
    if (rc == 0) return failed("no answer in time");
    return {};
  }
}

Client::Outcome<void> Client::send_octets(std::string_view octets) {
  const Deadline until = answer_deadline();
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

Client::Outcome<void> Client::send_frame(std::string_view xml) { return send_octets(framed(xml)); }

Client::Outcome<std::string> Client::receive_frame() { return receive_frame(answer_deadline()); }

Client::Outcome<std::string> Client::receive_frame(Deadline until) {
  for (;;) {
    const FrameReader::Next next = frames_.next();
    if (next.kind == FrameReader::Kind::kFrame) return std::string(next.xml);
    if (next.kind == FrameReader::Kind::kBroken) return failed("a frame of an impossible length came");
    char piece[16 * 1024];
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

Client::Outcome<Greeting> Client::receive_greeting(Deadline until) {
  auto xml = receive_frame(until);
  if (!xml) return tl::unexpected(xml.error());
  auto frame = codec_->read(*xml);
  auto* greeting = frame ? std::get_if<Greeting>(&*frame) : nullptr;
  if (!greeting) return failed("what came is no greeting");
  return std::move(*greeting);
}

Client::Outcome<void> Client::send(const Command& command) { return send_frame(codec_->write(command)); }

Client::Outcome<Reply> Client::receive() {
  auto xml = receive_frame();
  if (!xml) return tl::unexpected(xml.error());
  auto frame = codec_->read(*xml);
  if (!frame) return failed("an answer is not valid: " + frame.error().detail);
  auto* reply = std::get_if<Reply>(&*frame);
  if (!reply) return failed("what came is no answer");
  return std::move(*reply);
}

Client::Outcome<Reply> Client::ask(Body body) {
  const Command command{fmt::format("{}-{}", run_, ++sequence_), std::move(body)};
  if (auto sent = send(command); !sent) return tl::unexpected(sent.error());
  auto reply = receive();
  if (reply && reply->cl_trid != command.cl_trid) return failed("an answer to another command came");
  return reply;
}

Client::Outcome<Greeting> Client::hello() {
  if (auto sent = send_frame(codec_->write(Hello())); !sent) return tl::unexpected(sent.error());
  return receive_greeting(answer_deadline());
}

std::string Client::tls() const { return socket_.describe(); }

void Client::interrupt() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t n = ::write(wake_.get(), &one, sizeof one);
}

}  // namespace eir::sync::epp
