// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/server.h"

#include <fmt/format.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <mutex>
#include <thread>

#include "core/base/signals.h"
#include "sync/epp/listen.h"
#include "sync/transfer/exchange.h"
#include "sync/transfer/name.h"

namespace eir::sync::transfer {
namespace {

using boost::asio::ip::tcp;
using epp::Problems;

constexpr std::chrono::milliseconds kAcceptPause{100};  ///< after running out of descriptors

Problems validate(const ServerConfig& c) {
  Problems problems;
  if (c.threads < 1 || c.threads > kThreadsMax) problems.push_back({"threads", fmt::format("1 to {}", kThreadsMax)});
  epp::check_listeners(c.listeners, problems);
  for (const Area& a : c.areas)
    if (!is_name(a.path)) problems.push_back({"area", fmt::format("'{}' is no name", a.path)});
  return problems;
}

}  // namespace

class Server::Impl {
 public:
  ~Impl() { stop(); }

  base::Result<void, Problems> start(const ServerConfig& config);
  void stop();
  base::Result<void, Problems> renew_certificates();
  bool running() const {
    const std::lock_guard lock(mutex_);
    return !threads_.empty();
  }
  std::vector<epp::Endpoint> endpoints() const {
    const std::lock_guard lock(mutex_);
    return endpoints_;
  }
  void counters(const epp::SampleVisitor& visit) const;

 private:
  struct Door {
    explicit Door(boost::asio::io_context& io)
        : acceptor(boost::asio::make_strand(io)), timer(acceptor.get_executor()) {}
    tcp::acceptor acceptor;
    boost::asio::steady_timer timer;
  };
  using TlsContext = Exchange::TlsContext;

  base::Result<TlsContext, Problems> make_context(const epp::TlsConfig& config) const;
  void accept(Door& door);
  void admit(tcp::socket socket);
  void clear();  ///< REQUIRES: no thread runs

  mutable Counters counters_;
  mutable std::mutex mutex_;  ///< guards what is below against start(), stop() and observers
  std::unique_ptr<Core> core_;
  std::vector<epp::Endpoint> endpoints_;
  std::mutex tls_mutex_;
  TlsContext tls_;
  std::unique_ptr<boost::asio::io_context> io_;
  std::vector<std::unique_ptr<Door>> doors_;
  std::vector<std::thread> threads_;
};

base::Result<Server::Impl::TlsContext, Problems> Server::Impl::make_context(const epp::TlsConfig& config) const {
  Problems problems;
  const epp::TlsContext made = tls::make_context(tls::Side::kServer, config, problems);
  if (!made) return base::Unexpected<Problems>(std::move(problems));
  SSL_CTX_up_ref(made.get());  // one reference for Asio's own
  return std::make_shared<boost::asio::ssl::context>(made.get());
}

base::Result<void, Problems> Server::Impl::start(const ServerConfig& config) {
  const std::lock_guard lock(mutex_);
  if (!threads_.empty()) return base::Unexpected<Problems>(Problems{{"", "the server runs already"}});
  Problems problems = validate(config);
  if (!problems.empty()) return base::Unexpected<Problems>(std::move(problems));
  auto context = make_context(config.tls);
  if (!context) return base::Unexpected<Problems>(context.error());
  tls_ = std::move(*context);
  core_.reset(new Core{config, counters_});
  io_ = std::make_unique<boost::asio::io_context>(static_cast<int>(config.threads));
  for (const epp::Endpoint& e : config.listeners) {
    doors_.push_back(std::make_unique<Door>(*io_));
    if (auto at = epp::listen_at(doors_.back()->acceptor, e))
      endpoints_.push_back(std::move(*at));
    else
      problems.push_back(at.error());
  }
  if (!problems.empty()) {
    clear();
    return base::Unexpected<Problems>(std::move(problems));
  }
  for (const auto& door : doors_) accept(*door);
  for (unsigned i = 0; i < config.threads; ++i)
    threads_.emplace_back([io = io_.get()] {
      base::leave_signals_to_main_thread();
      io->run();
    });
  return {};
}

void Server::Impl::clear() {
  endpoints_.clear();
  doors_.clear();
  io_.reset();  // with every connection that still waits in it
  core_.reset();
}

void Server::Impl::stop() {
  const std::lock_guard lock(mutex_);
  if (threads_.empty()) return;
  io_->stop();
  for (std::thread& t : threads_) t.join();
  threads_.clear();
  clear();
}

base::Result<void, Problems> Server::Impl::renew_certificates() {
  const std::lock_guard lock(mutex_);
  if (!core_) return base::Unexpected<Problems>(Problems{{"", "the server does not run"}});
  auto context = make_context(core_->config.tls);
  if (!context) return base::Unexpected<Problems>(context.error());
  const std::lock_guard tls_lock(tls_mutex_);
  tls_ = std::move(*context);
  return {};
}

void Server::Impl::accept(Door& door) {
  door.acceptor.async_accept(boost::asio::make_strand(*io_),
                             [this, &door](const boost::system::error_code& ec, tcp::socket socket) {
                               if (!ec) {
                                 admit(std::move(socket));
                                 return accept(door);
                               }
                               ++counters_.accept_failures;
                               door.timer.expires_after(kAcceptPause);
                               door.timer.async_wait([this, &door](const boost::system::error_code& cancelled) {
                                 if (!cancelled) accept(door);
                               });
                             });
}

void Server::Impl::admit(tcp::socket socket) {
  if (core_->connections.fetch_add(1) >= core_->config.limits.connections_max) {
    core_->connections.fetch_sub(1);
    ++counters_.connections_hit;
    return;  // the socket closes
  }
  ++counters_.accepted;
  TlsContext tls;
  {
    const std::lock_guard lock(tls_mutex_);
    tls = tls_;
  }
  const auto strand = socket.get_executor();
  const auto exchange = std::make_shared<Exchange>(*core_, std::move(socket), std::move(tls));
  boost::asio::dispatch(strand, [exchange] { exchange->start(); });
}

void Server::Impl::counters(const epp::SampleVisitor& visit) const {
  constexpr std::string_view kBound = "eir_transfer_bound_hit_total";
  const Counters& c = counters_;
  visit({"eir_transfer_accepted_total", {}, false, c.accepted});
  visit({"eir_transfer_tls_failures_total", {}, false, c.tls_failures});
  visit({"eir_transfer_requests_total", {}, false, c.requests});
  visit({"eir_transfer_refused_total", {}, false, c.refused});
  visit({"eir_transfer_broken_requests_total", {}, false, c.broken});
  visit({"eir_transfer_sent_files_total", {}, false, c.sent_files});
  visit({"eir_transfer_sent_octets_total", {}, false, c.sent_octets});
  visit({"eir_transfer_received_files_total", {}, false, c.received_files});
  visit({"eir_transfer_received_octets_total", {}, false, c.received_octets});
  visit({kBound, "connections", false, c.connections_hit});
  visit({kBound, "descriptors", false, c.accept_failures});
  visit({kBound, "requests", false, c.requests_hit});
  visit({kBound, "header", false, c.header_hit});
  visit({kBound, "body", false, c.body_hit});
  visit({kBound, "handshake-timeout", false, c.handshake_timeouts});
  visit({kBound, "header-timeout", false, c.header_timeouts});
  visit({kBound, "body-timeout", false, c.body_timeouts});
  const std::lock_guard lock(mutex_);
  visit({"eir_transfer_connections", {}, true, core_ ? core_->connections.load() : 0});
}

Server::Server() : impl_(std::make_unique<Impl>()) {}
Server::~Server() = default;
base::Result<void, Problems> Server::start(const ServerConfig& config) { return impl_->start(config); }
void Server::stop() { impl_->stop(); }
base::Result<void, Problems> Server::renew_certificates() { return impl_->renew_certificates(); }
bool Server::running() const { return impl_->running(); }
std::vector<epp::Endpoint> Server::endpoints() const { return impl_->endpoints(); }
void Server::counters(const epp::SampleVisitor& visit) const { impl_->counters(visit); }

}  // namespace eir::sync::transfer
