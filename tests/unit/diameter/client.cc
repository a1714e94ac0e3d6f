// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/diameter/client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

namespace eir::diameter::test {

Client::Client(uint16_t port, SSL_CTX* tls) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(port);
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const int on = 1;
  ::setsockopt(fd_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  bool ok = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  if (ok && tls) {
    ssl_.reset(SSL_new(tls));
    SSL_set_fd(ssl_.get(), fd_);
    ok = SSL_connect(ssl_.get()) == 1;
  }
  if (!ok) {
    ::close(fd_);
    fd_ = -1;
  }
}
Client::Client(Client&& o) noexcept : fd_(o.fd_), ssl_(std::move(o.ssl_)) { o.fd_ = -1; }
Client::~Client() {
  ssl_.reset();
  if (fd_ >= 0) ::close(fd_);
}

bool Client::send(const Bytes& octets) {
  if (ssl_) return SSL_write(ssl_.get(), octets.data(), static_cast<int>(octets.size())) > 0;
  size_t at = 0;
  while (at < octets.size()) {
    const ssize_t n = ::send(fd_, octets.data() + at, octets.size() - at, MSG_NOSIGNAL);
    if (n <= 0) return false;
    at += static_cast<size_t>(n);
  }
  return true;
}

size_t Client::send_some(codec::Octets octets) {
  const ssize_t n = ::send(fd_, octets.data(), octets.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return n < 0 ? 0 : static_cast<size_t>(n);
}

bool Client::read_exactly(uint8_t* to, size_t len) {
  while (len > 0) {
    const ssize_t n = ssl_ ? SSL_read(ssl_.get(), to, static_cast<int>(len)) : ::recv(fd_, to, len, 0);
    if (n <= 0) return false;
    to += n;
    len -= static_cast<size_t>(n);
  }
  return true;
}

Bytes Client::receive() {
  Bytes out(codec::kHeaderLen);
  if (!read_exactly(out.data(), out.size())) return {};
  out.resize(header_of(out).length);
  if (!read_exactly(out.data() + codec::kHeaderLen, out.size() - codec::kHeaderLen)) return {};
  return out;
}

bool Client::closed_by_server() {
  uint8_t octet;
  while (read_exactly(&octet, 1)) {
  }
  return true;
}

uint32_t Client::introduce(std::string_view origin_host, uint32_t state_id) {
  std::vector<Bytes> more = {offers_s13()};
  if (state_id) more.push_back(make_u32(avp::kOriginStateId, state_id));
  if (!send(cer(origin_host, more))) return 0;
  const Bytes cea = receive();
  return cea.empty() ? 0 : u32_of(cea, avp::kResultCode);
}

Bytes Client::ask(const Bytes& request) { return send(request) ? receive() : Bytes(); }

bool Client::update_keys() {
  return SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_REQUESTED) == 1 && SSL_do_handshake(ssl_.get()) == 1;
}

void Client::abort() {
  const linger hard{1, 0};
  ::setsockopt(fd_, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
  ::close(fd_);
  fd_ = -1;
}

}  // namespace eir::diameter::test
