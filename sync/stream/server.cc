// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/stream/server.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

namespace eir::sync::stream {

using base::Problem;

base::Result<std::unique_ptr<Server>, Problem> Server::open(const ServerConfig& config, epp::TlsContext context,
                                                            Known known, Handler handler) {
  const std::string at = fmt::format("{} port {}", config.address, config.port);
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST | AI_PASSIVE;
  addrinfo* found = nullptr;
  const int rc = ::getaddrinfo(config.address.c_str(), std::to_string(config.port).c_str(), &hints, &found);
  if (rc != 0) return base::problem(at, ::gai_strerror(rc));
  base::Fd fd(::socket(found->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  bool good = static_cast<bool>(fd) && ::setsockopt(fd.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) == 0;
  good = good && ::bind(fd.get(), found->ai_addr, found->ai_addrlen) == 0;
  good = good && ::listen(fd.get(), static_cast<int>(kConnectionsMax)) == 0;
  const int error = errno;
  ::freeaddrinfo(found);
  if (!good) return base::problem(at, std::strerror(error));
  return std::unique_ptr<Server>(new Server(std::move(fd), std::move(context), std::move(known), std::move(handler)));
}

Server::Server(base::Fd listener, epp::TlsContext context, Known known, Handler handler)
    : listener_(std::move(listener)),
      context_(std::move(context)),
      known_(std::move(known)),
      handler_(std::move(handler)) {
  sockaddr_storage own{};
  socklen_t len = sizeof own;
  ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&own), &len);
  port_ = ntohs(own.ss_family == AF_INET6 ? reinterpret_cast<const sockaddr_in6&>(own).sin6_port
                                          : reinterpret_cast<const sockaddr_in&>(own).sin_port);
  thread_ = std::thread([this] { accept_all(); });
}

Server::~Server() {
  wake_.set();
  thread_.join();
}

void Server::renew(epp::TlsContext context) {
  const std::lock_guard lock(mutex_);
  context_ = std::move(context);
}

void Server::reap(bool all) {
  for (auto it = connections_.begin(); it != connections_.end();) {
    if (!all && !(*it)->done.load(std::memory_order_acquire)) {
      ++it;
      continue;
    }
    (*it)->channel->interrupt();
    (*it)->thread.join();
    it = connections_.erase(it);
  }
}

void Server::accept_all() {
  for (;;) {
    pollfd waits[] = {{listener_.get(), POLLIN, 0}, {wake_.fd(), POLLIN, 0}};
    constexpr int kReapEveryMs = 1000;
    const int rc = ::poll(waits, 2, kReapEveryMs);
    if (waits[1].revents) break;
    reap(false);
    if (rc <= 0) continue;
    base::Fd fd(::accept4(listener_.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!fd) continue;
    if (connections_.size() >= kConnectionsMax) {
      counters_.refused_full.fetch_add(1, std::memory_order_relaxed);
      continue;
    }
    const int on = 1;
    ::setsockopt(fd.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    counters_.connections.fetch_add(1, std::memory_order_relaxed);
    auto connection = std::make_unique<Connection>();
    {
      const std::lock_guard lock(mutex_);
      connection->channel = std::make_shared<Channel>(std::move(fd), context_, epp::TlsSide::kServer, "a site");
    }
    Connection* raw = connection.get();
    connections_.push_back(std::move(connection));
    raw->thread = std::thread([this, raw] {
      serve(*raw);
      raw->done.store(true, std::memory_order_release);
    });
  }
  for (auto& connection : connections_) connection->channel->interrupt();
  reap(true);
}

void Server::serve(Connection& connection) {
  Channel& channel = *connection.channel;
  if (!channel.handshake(after(kHandshakeTime))) {
    counters_.refused_certificate.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  const std::string site = known_(channel.peer_certificate().fingerprint);
  if (site.empty()) {
    counters_.refused_certificate.fetch_add(1, std::memory_order_relaxed);
    return;
  }
  for (;;) {
    const auto question = channel.receive(kQuestionMax, after(kIdleTime));
    if (!question) break;
    counters_.questions.fetch_add(1, std::memory_order_relaxed);
    if (!channel.send(handler_(site, *question), after(kIdleTime))) break;
  }
  counters_.broken.fetch_add(1, std::memory_order_relaxed);
}

}  // namespace eir::sync::stream
