// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/sigtran/mtp/gateway.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/sctp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <string>

#include "sigtran/mtp/m3ua.h"

namespace eir::tests {

namespace {

constexpr std::chrono::seconds kPatience{3};

sockaddr_in loopback(uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

int sctp_socket() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, IPPROTO_SCTP);
  const int on = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  return fd;
}

uint16_t port_of(int fd) {
  sockaddr_in address{};
  socklen_t len = sizeof address;
  getsockname(fd, reinterpret_cast<sockaddr*>(&address), &len);
  return ntohs(address.sin_port);
}

}  // namespace

Bytes hex(std::string_view text) {
  Bytes out;
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() < 2) continue;
    out.push_back(static_cast<uint8_t>(std::stoul(digits, nullptr, 16)));
    digits.clear();
  }
  return out;
}

uint16_t free_port() {
  const int fd = sctp_socket();
  const sockaddr_in address = loopback(0);
  bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  const uint16_t port = port_of(fd);
  ::close(fd);
  return port;
}

Gateway::~Gateway() {
  close();
  if (listener_ >= 0) ::close(listener_);
}

void Gateway::close() {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

bool Gateway::turn_until(const std::function<bool()>& done) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!done()) {
    if (std::chrono::steady_clock::now() > until) return false;
    host_.turn(true);
    usleep(200);
  }
  return true;
}

uint16_t Gateway::listen() {
  listener_ = sctp_socket();
  const sockaddr_in address = loopback(0);
  bind(listener_, reinterpret_cast<const sockaddr*>(&address), sizeof address);
  ::listen(listener_, 8);
  fcntl(listener_, F_SETFL, O_NONBLOCK);
  return port_of(listener_);
}

bool Gateway::accept() {
  close();
  return turn_until([this] {
    fd_ = ::accept(listener_, nullptr, nullptr);
    if (fd_ >= 0) fcntl(fd_, F_SETFL, O_NONBLOCK);
    return fd_ >= 0;
  });
}

bool Gateway::connect(uint16_t port, uint16_t from_port) {
  close();
  fd_ = sctp_socket();
  const sockaddr_in from = loopback(from_port);
  const sockaddr_in to = loopback(port);
  if (from_port && bind(fd_, reinterpret_cast<const sockaddr*>(&from), sizeof from) < 0) return false;
  if (::connect(fd_, reinterpret_cast<const sockaddr*>(&to), sizeof to) < 0) return false;
  fcntl(fd_, F_SETFL, O_NONBLOCK);
  return true;
}

bool Gateway::send(const Bytes& message, uint16_t stream) {
  sctp_sndrcvinfo info{};
  info.sinfo_ppid = htonl(sigtran::mtp::m3ua::kSctpPayloadProtocol);
  info.sinfo_stream = stream;
  return sctp_send(fd_, message.data(), message.size(), &info, MSG_NOSIGNAL) == static_cast<int>(message.size());
}

int Gateway::receive_now(Bytes& out) {
  out.resize(65536);
  sctp_sndrcvinfo info{};
  int flags = 0;
  const int n = sctp_recvmsg(fd_, out.data(), out.size(), nullptr, nullptr, &info, &flags);
  out.resize(n > 0 ? static_cast<size_t>(n) : 0);
  return n;
}

Bytes Gateway::receive() {
  Bytes out;
  turn_until([&] {
    const int n = receive_now(out);
    return n > 0 || (n == 0) || (errno != EAGAIN && errno != EINTR);
  });
  return out;
}

bool Gateway::ended() {
  Bytes out;
  return turn_until([&] {
    const int n = receive_now(out);
    return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
  });
}

Bytes Gateway::receive(uint8_t message_class, uint8_t type) {
  for (Bytes message = receive(); !message.empty(); message = receive()) {
    if (message.size() >= 8 && message[2] == message_class && message[3] == type) return message;
  }
  return {};
}

bool Gateway::serve_activation() {
  if (receive(3, 1).empty() || !send(hex("01000304 00000008"))) return false;
  return !receive(4, 1).empty() && send(hex("01000403 00000008"));
}

}  // namespace eir::tests
