// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/socket.h"

#include <errno.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <cstring>

#include "diameter/peer/sctp.h"

namespace eir::diameter::peer {
namespace {

using boost::asio::ip::tcp;

constexpr int kListenBacklog = 512;

Io from_errno(Io would_block) {
  return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR ? would_block : Io::kClosed;
}

/// What OpenSSL waits for need not be what was asked of it: a handshake or a key update goes both ways.
Io from_ssl(const SSL* ssl, int rc) {
  switch (SSL_get_error(ssl, rc)) {
    case SSL_ERROR_WANT_READ: return Io::kWantRead;
    case SSL_ERROR_WANT_WRITE: return Io::kWantWrite;
    default: return Io::kClosed;
  }
}

IpAddress address_from(const sockaddr_storage& storage, uint16_t& port) {
  if (storage.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &storage, sizeof v4);
    port = ntohs(v4.sin_port);
    return boost::asio::ip::address_v4(ntohl(v4.sin_addr.s_addr));
  }
  sockaddr_in6 v6{};
  std::memcpy(&v6, &storage, sizeof v6);
  port = ntohs(v6.sin6_port);
  boost::asio::ip::address_v6::bytes_type bytes;
  std::memcpy(bytes.data(), &v6.sin6_addr, bytes.size());
  const boost::asio::ip::address_v6 address(bytes);
  if (address.is_v4_mapped()) return boost::asio::ip::make_address_v4(boost::asio::ip::v4_mapped, address);
  return address;
}

using NameCall = int (*)(int, sockaddr*, socklen_t*);
IpAddress name_of(int fd, NameCall call, uint16_t& port) {
  sockaddr_storage storage{};
  socklen_t len = sizeof storage;
  port = 0;
  if (call(fd, reinterpret_cast<sockaddr*>(&storage), &len) != 0) return {};
  return address_from(storage, port);
}

base::Result<base::Fd, base::Problem> listen_tcp(const std::string& address, uint16_t port, const std::string& where) {
  boost::system::error_code ec;
  const IpAddress ip = boost::asio::ip::make_address(address, ec);
  if (ec) return base::problem(where, fmt::format("'{}' is no IP address", address));
  const tcp::endpoint endpoint(ip, port);
  base::Fd fd(::socket(endpoint.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (!fd) return base::problem(where, fmt::format("no socket: {}", std::strerror(errno)));
  ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (ip.is_v6()) ::setsockopt(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  if (::bind(fd.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0 ||
      ::listen(fd.get(), kListenBacklog) != 0)
    return base::problem(where, fmt::format("cannot listen on {} port {}: {}", address, port, std::strerror(errno)));
  return fd;
}

}  // namespace

Socket::Socket(base::Fd fd, Transport transport, Ssl ssl, ConnectionCounts* counts)
    : fd_(std::move(fd)), transport_(transport), ssl_(std::move(ssl)), counts_(counts) {
  if (counts_) counts_->open.fetch_add(1);
}
Socket::Socket(Socket&& o) noexcept
    : fd_(std::move(o.fd_)),
      transport_(o.transport_),
      ssl_(std::move(o.ssl_)),
      counts_(o.counts_),
      leaving_(o.leaving_) {
  o.counts_ = nullptr;
}
Socket::~Socket() {
  ssl_.reset();
  fd_.reset();
  if (counts_ && leaving_) counts_->leaving.fetch_sub(1);
  if (counts_) counts_->open.fetch_sub(1);
}

Io Socket::handshake() {
  if (!ssl_) return Io::kDone;
  ERR_clear_error();
  const int rc = SSL_do_handshake(ssl_.get());
  return rc == 1 ? Io::kDone : from_ssl(ssl_.get(), rc);
}

Io Socket::read(std::span<uint8_t> into, size_t& got, ReadInfo& info) {
  got = 0;
  if (transport_ == Transport::kSctp) return sctp_read(fd_.get(), into, got, info);
  if (ssl_) {
    ERR_clear_error();
    const int rc = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
    return rc == 1 ? Io::kDone : from_ssl(ssl_.get(), rc);
  }
  const ssize_t n = ::recv(fd_.get(), into.data(), into.size(), 0);
  if (n < 0) return from_errno(Io::kWantRead);
  got = static_cast<size_t>(n);
  return n == 0 ? Io::kClosed : Io::kDone;
}

Io Socket::write(codec::Octets data, uint16_t stream, size_t& sent) {
  sent = 0;
  if (transport_ == Transport::kSctp) {
    const Io io = sctp_write(fd_.get(), data, stream);
    if (io == Io::kDone) sent = data.size();
    return io;
  }
  if (ssl_) {
    ERR_clear_error();
    const int rc = SSL_write_ex(ssl_.get(), data.data(), data.size(), &sent);
    return rc == 1 ? Io::kDone : from_ssl(ssl_.get(), rc);
  }
  const ssize_t n = ::send(fd_.get(), data.data(), data.size(), MSG_NOSIGNAL);
  if (n < 0) return from_errno(Io::kWantWrite);
  sent = static_cast<size_t>(n);
  return Io::kDone;
}

void Socket::finish() {
  leaving_ = true;
  if (counts_) counts_->leaving.fetch_add(1);
  if (ssl_) SSL_shutdown(ssl_.get());
  ::shutdown(fd_.get(), SHUT_WR);
}

LineInfo Socket::describe() const {
  LineInfo info;
  info.transport = transport_;
  uint16_t port = 0;
  info.remote_address = name_of(fd_.get(), ::getpeername, port);
  const bool v6 = info.remote_address.is_v6();
  info.remote = fmt::format("{}{}{}:{}", v6 ? "[" : "", info.remote_address.to_string(), v6 ? "]" : "", port);
  if (transport_ == Transport::kSctp) info.local = sctp_local_addresses(fd_.get());
  if (info.local.empty()) info.local.push_back(name_of(fd_.get(), ::getsockname, port));
  if (ssl_) info.tls = tls::describe(ssl_.get());
  return info;
}

base::Result<base::Fd, base::Problem> listen_on(Transport transport, const std::vector<std::string>& addresses,
                                                uint16_t port, const SctpTuning& sctp) {
  const std::string where = fmt::format("listen {}", to_string(transport));
  if (addresses.empty()) return base::problem(where, "there is no address");
  if (transport == Transport::kSctp) return sctp_listen(addresses, port, sctp, where, kListenBacklog);
  return listen_tcp(addresses.front(), port, where);
}

void prepare_connection(int fd, Transport transport) {
  const int on = 1;
  if (transport == Transport::kSctp) return sctp_prepare(fd);
  ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  ::setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof on);
}

Endpoint endpoint_of(int fd, Transport transport) {
  Endpoint e;
  e.transport = transport;
  e.address = name_of(fd, ::getsockname, e.port).to_string();
  return e;
}

}  // namespace eir::diameter::peer
