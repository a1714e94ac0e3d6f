// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/s13_link.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include <fmt/format.h>

#include "tests/peers/s13_codec.h"

namespace eir::tests::s13 {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr uint32_t kDiameterPpid = 46;  // RFC 6733 §2.1.1: clear-text Diameter over SCTP

bool wait_for(int fd, short events, Clock::time_point until) {
  for (;;) {
    const auto left = std::chrono::ceil<milliseconds>(until - Clock::now()).count();
    pollfd p{fd, events, 0};
    const int n = poll(&p, 1, left > 0 ? static_cast<int>(left) : 0);
    if (n > 0) return true;
    if (n == 0 || errno != EINTR) return false;
  }
}

ssize_t as_result(ssize_t n) {
  if (n >= 0) return n;
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? Link::kAgain : Link::kBroken;
}

class TcpLink : public Link {
 public:
  explicit TcpLink(int fd) : fd_(fd) {}
  ~TcpLink() override { close(fd_); }
  TcpLink(const TcpLink&) = delete;
  TcpLink& operator=(const TcpLink&) = delete;
  int fd() const override { return fd_; }
  ssize_t read_some(char* into, size_t room) override { return as_result(recv(fd_, into, room, 0)); }
  ssize_t write_some(std::string_view data) override {
    return as_result(::send(fd_, data.data(), data.size(), MSG_NOSIGNAL));
  }

 private:
  int fd_;
};

/// RFC 6733 §2.1: every Diameter message is one SCTP user message.
class SctpLink final : public TcpLink {
 public:
  SctpLink(int fd, uint16_t stream) : TcpLink(fd), stream_(stream) {
    sctp_event_subscribe events{};
    events.sctp_data_io_event = 1;
    setsockopt(fd, IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof events);
  }
  ssize_t read_some(char* into, size_t room) override {
    sctp_sndrcvinfo info{};
    int flags = 0;
    const ssize_t n = as_result(sctp_recvmsg(fd(), into, room, nullptr, nullptr, &info, &flags));
    if (n > 0) last_ = {info.sinfo_stream, ntohl(info.sinfo_ppid)};
    return n;
  }
  ssize_t write_some(std::string_view data) override {
    const size_t len = data.size() < kHeaderLen ? data.size() : std::min<size_t>(data.size(), header_of(data).length);
    return as_result(
        sctp_sendmsg(fd(), data.data(), len ? len : data.size(), nullptr, 0, htonl(kDiameterPpid), 0, stream_, 0, 0));
  }
  std::optional<std::pair<uint16_t, uint32_t>> last_sctp() const override { return last_; }

 private:
  uint16_t stream_;
  std::pair<uint16_t, uint32_t> last_{};
};

std::string tls_error() {
  char text[256] = "no detail";
  if (const auto code = ERR_get_error()) ERR_error_string_n(code, text, sizeof text);
  ERR_clear_error();
  return text;
}

using SslCtx = std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)>;
using Ssl = std::unique_ptr<SSL, decltype(&SSL_free)>;

class TlsLink final : public TcpLink {
 public:
  TlsLink(int fd, SslCtx ctx, Ssl ssl) : TcpLink(fd), ctx_(std::move(ctx)), ssl_(std::move(ssl)) {}
  ~TlsLink() override { SSL_shutdown(ssl_.get()); }
  ssize_t read_some(char* into, size_t room) override {
    ERR_clear_error();
    const int n = SSL_read(ssl_.get(), into, static_cast<int>(std::min<size_t>(room, 1 << 20)));
    return n > 0 ? n : outcome(n);
  }
  ssize_t write_some(std::string_view data) override {
    ERR_clear_error();
    const int n = SSL_write(ssl_.get(), data.data(), static_cast<int>(std::min<size_t>(data.size(), 1 << 20)));
    return n > 0 ? n : outcome(n);
  }
  bool pending() const override { return SSL_pending(ssl_.get()) > 0; }

 private:
  ssize_t outcome(int n) {
    switch (SSL_get_error(ssl_.get(), n)) {
      case SSL_ERROR_WANT_READ:
      case SSL_ERROR_WANT_WRITE: return kAgain;
      case SSL_ERROR_ZERO_RETURN: return 0;
      default: return kBroken;
    }
  }
  SslCtx ctx_;
  Ssl ssl_;
};

tl::expected<std::unique_ptr<Link>, std::string> start_tls(int fd, const LinkOptions& o, Clock::time_point until) {
  const auto fail = [&](std::string what) {
    what += ": " + tls_error();
    close(fd);
    return tl::unexpected(std::move(what));
  };
  SslCtx ctx(SSL_CTX_new(TLS_client_method()), &SSL_CTX_free);
  SSL_CTX_set_mode(ctx.get(), SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  if (!o.tls_ciphers.empty() && SSL_CTX_set_cipher_list(ctx.get(), o.tls_ciphers.c_str()) != 1)
    return fail("TLS ciphers");
  if (!o.tls_certificate.empty() && SSL_CTX_use_certificate_chain_file(ctx.get(), o.tls_certificate.c_str()) != 1)
    return fail("TLS certificate");
  if (!o.tls_private_key.empty() &&
      SSL_CTX_use_PrivateKey_file(ctx.get(), o.tls_private_key.c_str(), SSL_FILETYPE_PEM) != 1)
    return fail("TLS private key");
  if (!o.tls_ca.empty() && SSL_CTX_load_verify_locations(ctx.get(), o.tls_ca.c_str(), nullptr) != 1)
    return fail("TLS CA");
  SSL_CTX_set_verify(ctx.get(), o.tls_verify ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, nullptr);
  Ssl ssl(SSL_new(ctx.get()), &SSL_free);
  if (!o.tls_name.empty()) {
    SSL_set_tlsext_host_name(ssl.get(), o.tls_name.c_str());
    SSL_set1_host(ssl.get(), o.tls_name.c_str());
  }
  SSL_set_fd(ssl.get(), fd);
  for (;;) {
    ERR_clear_error();
    const int n = SSL_connect(ssl.get());
    if (n == 1) break;
    const int why = SSL_get_error(ssl.get(), n);
    const short events = why == SSL_ERROR_WANT_READ ? POLLIN : why == SSL_ERROR_WANT_WRITE ? POLLOUT : short{0};
    if (events == 0) return fail("TLS handshake");
    if (!wait_for(fd, events, until)) return fail("TLS handshake timed out");
  }
  return std::make_unique<TlsLink>(fd, std::move(ctx), std::move(ssl));
}

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

Addresses resolve(const std::string& host, const char* port) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), port, &hints, &found) != 0) found = nullptr;
  return {found, &freeaddrinfo};
}

/// A connected socket that does not block, or the reason.
tl::expected<int, std::string> connect_one(const addrinfo& to, const LinkOptions& o, Clock::time_point until) {
  const int fd = socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC,
                        o.transport == Transport::kSctp ? IPPROTO_SCTP : IPPROTO_TCP);
  if (fd < 0) return tl::unexpected(fmt::format("socket: {}", std::strerror(errno)));
  const auto fail = [&](const char* what, int error) {
    close(fd);
    return tl::unexpected(fmt::format("{}: {}", what, std::strerror(error)));
  };
  if (o.receive_buffer > 0) setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &o.receive_buffer, sizeof o.receive_buffer);
  const int on = 1;
  if (o.transport == Transport::kSctp)
    setsockopt(fd, IPPROTO_SCTP, SCTP_NODELAY, &on, sizeof on);
  else
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (!o.local_address.empty()) {
    const auto local = resolve(o.local_address, nullptr);
    if (!local || bind(fd, local->ai_addr, local->ai_addrlen) != 0) return fail("bind", errno);
  }
  if (connect(fd, to.ai_addr, to.ai_addrlen) != 0 && errno != EINPROGRESS) return fail("connect", errno);
  if (!wait_for(fd, POLLOUT, until)) return fail("connect", ETIMEDOUT);
  int error = 0;
  socklen_t len = sizeof error;
  getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
  if (error) return fail("connect", error);
  return fd;
}

}  // namespace

tl::expected<std::unique_ptr<Link>, std::string> Link::open(const LinkOptions& o) {
  const auto until = Clock::now() + o.timeout;
  const auto to = resolve(o.host, o.port.c_str());
  if (!to) return tl::unexpected(fmt::format("{}:{} does not resolve", o.host, o.port));
  const auto fd = connect_one(*to, o, until);
  if (!fd) return tl::unexpected(fd.error());
  switch (o.transport) {
    case Transport::kTls: return start_tls(*fd, o, until);
    case Transport::kSctp: return std::make_unique<SctpLink>(*fd, o.sctp_stream);
    case Transport::kTcp: break;
  }
  return std::make_unique<TcpLink>(*fd);
}

bool Conversation::send(std::string_view octets, milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (!octets.empty() && !closed_) {
    const ssize_t n = link_->write_some(octets);
    if (n > 0) {
      octets.remove_prefix(static_cast<size_t>(n));
    } else if (n == Link::kAgain) {
      if (!wait_for(fd(), POLLOUT, until)) return false;
    } else {
      closed_ = true;
      why_ = fmt::format("write: {}", std::strerror(errno));
    }
  }
  return octets.empty();
}

bool Conversation::has_message() const {
  if (in_.size() < kHeaderLen) return false;
  return in_.size() >= header_of(in_).length;
}

void Conversation::fill() {
  char buffer[16384];
  const ssize_t n = link_->read_some(buffer, sizeof buffer);
  if (n > 0) {
    in_.append(buffer, static_cast<size_t>(n));
    if (in_.size() >= kHeaderLen) {
      const auto len = header_of(in_).length;
      if (len < kHeaderLen || len > kMessageMax) {
        closed_ = true;
        why_ = fmt::format("the node sent a message of length {}", len);
      }
    }
  } else if (n != Link::kAgain) {
    closed_ = true;
    why_ = n == 0 ? "closed by the node" : fmt::format("read: {}", std::strerror(errno));
  }
}

std::optional<std::string> Conversation::receive(milliseconds timeout) {
  const auto until = Clock::now() + timeout;
  while (!has_message()) {
    if (closed_) return std::nullopt;
    if (!link_->pending() && !wait_for(fd(), POLLIN, until)) return std::nullopt;
    fill();
  }
  const size_t len = header_of(in_).length;
  if (len < kHeaderLen) return std::nullopt;
  std::string message = in_.substr(0, len);
  in_.erase(0, len);
  return message;
}

}  // namespace eir::tests::s13
