// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <thread>

#include "sync/stream/channel.h"

namespace eir::sync::stream {

struct ServerConfig {
  std::string address = "127.0.0.1";  ///< a literal
  uint16_t port = 0;                  ///< 0: any; Server::port() tells
};

struct ServerCounters {
  std::atomic<uint64_t> connections{0}, refused_full{0}, refused_certificate{0}, broken{0}, questions{0};
};

/// The answering end: a thread for each connection, of which there are few. Only who shows a certificate that `known`
/// gives a name for is served. Threads: any.
class Server {
 public:
  static constexpr size_t kConnectionsMax = 32;
  static constexpr uint64_t kQuestionMax = 1 << 20;  ///< octets
  static constexpr std::chrono::seconds kHandshakeTime{10};
  static constexpr std::chrono::minutes kIdleTime{5};  ///< until the next question, and for an answer to go out
  /// The name of the site with that certificate; empty: none. Called in the connection's thread.
  using Known = std::function<std::string(const std::string& fingerprint)>;
  /// Answers a question of the site of that name. Called in the connection's thread, which may wait.
  using Handler = std::function<std::string(const std::string& site, std::string_view question)>;

  /// Errors: the address.
  static base::Result<std::unique_ptr<Server>, base::Problem> open(const ServerConfig& config, epp::TlsContext context,
                                                                   Known known, Handler handler);
  /// Interrupts all connections, and waits for the handlers.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  /// For connections to come.
  void renew(epp::TlsContext context);
  uint16_t port() const { return port_; }
  const ServerCounters& counters() const { return counters_; }

 private:
  struct Connection {
    std::shared_ptr<Channel> channel;
    std::thread thread;
    std::atomic<bool> done{false};
  };
  Server(base::Fd listener, epp::TlsContext context, Known known, Handler handler);
  void accept_all();
  void serve(Connection& connection);
  void reap(bool all);

  base::Fd listener_;
  base::Wake wake_;
  std::mutex mutex_;  ///< guards context_
  epp::TlsContext context_;
  const Known known_;
  const Handler handler_;
  uint16_t port_ = 0;
  ServerCounters counters_;
  std::list<std::unique_ptr<Connection>> connections_;  ///< the accepting thread's
  std::thread thread_;
};

}  // namespace eir::sync::stream
