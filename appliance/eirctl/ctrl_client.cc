// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/ctrl_client.h"

#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace eir::appliance::eirctl {
namespace {

using base::Problem;
using base::problem;
using Deadline = std::chrono::steady_clock::time_point;

constexpr uint8_t kIpaOsmocom = 0xEE;
constexpr uint8_t kIpaCtrl = 0x00;
constexpr int kIgnoredMax = 1000;  ///< frames that answer nobody's question (traps) before giving up

class Socket {
 public:
  explicit Socket(int fd) : fd_(fd) {}
  ~Socket() {
    if (fd_ >= 0) ::close(fd_);
  }
  Socket(Socket&& o) noexcept : fd_(o.fd_) { o.fd_ = -1; }
  Socket& operator=(Socket&&) = delete;
  int fd() const { return fd_; }

  bool wait(short events, Deadline deadline) const {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    pollfd p{fd_, events, 0};
    return left.count() > 0 && ::poll(&p, 1, static_cast<int>(left.count())) == 1;
  }
  bool send_all(std::string_view data, Deadline deadline) const {
    while (!data.empty()) {
      if (!wait(POLLOUT, deadline)) return false;
      const ssize_t n = ::send(fd_, data.data(), data.size(), MSG_NOSIGNAL);
      if (n <= 0) return false;
      data.remove_prefix(static_cast<size_t>(n));
    }
    return true;
  }
  bool read_exactly(char* out, size_t len, Deadline deadline) const {
    while (len > 0) {
      if (!wait(POLLIN, deadline)) return false;
      const ssize_t n = ::recv(fd_, out, len, 0);
      if (n <= 0) return false;
      out += n;
      len -= static_cast<size_t>(n);
    }
    return true;
  }

 private:
  int fd_;
};

base::Result<Socket, Problem> dial(const std::string& address, Deadline deadline) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return problem(address, "an address is host:port");
  std::string host = address.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') host = host.substr(1, host.size() - 2);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  addrinfo* found = nullptr;
  if (getaddrinfo(host.c_str(), address.substr(colon + 1).c_str(), &hints, &found) != 0)
    return problem(address, "no numeric address and port");
  Socket socket(::socket(found->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  const int rc = ::connect(socket.fd(), found->ai_addr, found->ai_addrlen);
  int error = rc == 0 ? 0 : errno;
  freeaddrinfo(found);
  if (error == EINPROGRESS) {
    socklen_t len = sizeof error;
    if (!socket.wait(POLLOUT, deadline)) return problem(address, "the node does not answer");
    getsockopt(socket.fd(), SOL_SOCKET, SO_ERROR, &error, &len);
  }
  if (error != 0) return problem(address, fmt::format("no node there ({}); is eird running?", std::strerror(error)));
  return socket;
}

/// The text of the next control frame; other IPA frames are passed over.
bool next_text(const Socket& socket, Deadline deadline, std::string& text) {
  for (int i = 0; i < kIgnoredMax; ++i) {
    uint8_t head[3];
    if (!socket.read_exactly(reinterpret_cast<char*>(head), sizeof head, deadline)) return false;
    std::string payload(size_t{head[0]} << 8 | head[1], '\0');
    if (!socket.read_exactly(payload.data(), payload.size(), deadline)) return false;
    if (head[2] != kIpaOsmocom || payload.empty() || static_cast<uint8_t>(payload[0]) != kIpaCtrl) continue;
    text = payload.substr(1);
    while (!text.empty() && (text.back() == '\0' || text.back() == '\n')) text.pop_back();
    return true;
  }
  return false;
}

}  // namespace

base::Result<std::string, Problem> CtrlClient::get(std::string_view variable) const {
  const Deadline deadline = std::chrono::steady_clock::now() + kCtrlTimeout;
  for (const char c : variable)
    if (c <= ' ' || c >= 0x7F) return problem("", "a space or control character cannot be asked for");
  auto socket = dial(address_, deadline);
  if (!socket) return tl::unexpected(socket.error());
  const std::string question = fmt::format("GET 1 {}", variable);
  if (question.size() + 1 > kCtrlFrameMax) return problem("", "the question is too long");
  const size_t len = question.size() + 1;
  std::string frame = {static_cast<char>(len >> 8), static_cast<char>(len), static_cast<char>(kIpaOsmocom),
                       static_cast<char>(kIpaCtrl)};
  frame += question;
  if (!socket->send_all(frame, deadline)) return problem(address_, "the node closed the connection");
  const std::string good = fmt::format("GET_REPLY 1 {} ", variable);
  for (std::string text; next_text(*socket, deadline, text);) {
    if (text.starts_with(good)) return text.substr(good.size());
    if (text.starts_with("ERROR ")) return problem("", text.substr(std::min(text.size(), text.find(' ', 6) + 1)));
  }
  return problem(address_, "the node gave no answer");
}

}  // namespace eir::appliance::eirctl
