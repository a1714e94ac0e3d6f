// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <mutex>
#include <thread>
#include <unordered_set>

#include "sync/epp/connection.h"

namespace eir::sync::epp {

/// Where other threads leave work for a worker; outlives it for those that come too late.
class Inbox {
 public:
  explicit Inbox(boost::asio::io_context& io) : io_(&io) {}
  void post(std::function<void()> work);
  void close();

 private:
  std::mutex mutex_;
  boost::asio::io_context* io_;
};

/// One thread with its event loop, its codec and its connections.
class Worker {
 public:
  Worker(const ServerConfig& config, const Messages& messages, std::unique_ptr<Codec> codec, Registry& registry,
         TransactionIds& transactions, Users& users, const base::Clock& clock, Population& population);
  ~Worker();

  void run();
  /// Ends the thread; connections still open are closed. REQUIRES: not from within it.
  void stop();
  boost::asio::io_context& io() { return io_; }

  // In its own thread.
  void adopt(base::Fd fd, TlsContext tls, std::string address);
  void forget(const std::shared_ptr<Connection>& connection) { connections_.erase(connection); }
  void drain();
  void list(std::vector<SessionInfo>& out) const;
  std::span<char> scratch() { return scratch_; }

  const ServerConfig& config() const { return config_; }
  Desk& desk() { return desk_; }
  Population& population() { return population_; }
  TransportCounters& transport() { return transport_; }
  const TransportCounters& transport() const { return transport_; }
  const SessionCounters& session_counters() const { return session_counters_; }
  const Codec& codec() const { return *codec_; }

 private:
  void tick();

  const ServerConfig& config_;
  std::unique_ptr<Codec> codec_;
  SessionCounters session_counters_;
  TransportCounters transport_;
  Population& population_;
  boost::asio::io_context io_{1};
  std::shared_ptr<Inbox> inbox_;
  Desk desk_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  std::unordered_set<std::shared_ptr<Connection>> connections_;
  std::vector<char> scratch_;
  std::thread thread_;
};

}  // namespace eir::sync::epp
