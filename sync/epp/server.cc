// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/server.h"

#include <fmt/format.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <future>
#include <mutex>

#include "sync/epp/counters.h"
#include "sync/epp/listen.h"
#include "sync/epp/worker.h"

namespace eir::sync::epp {
namespace {

using boost::asio::ip::tcp;

constexpr std::chrono::milliseconds kAcceptPause{100};  ///< after running out of descriptors

Problems validate(const ServerConfig& c) {
  Problems problems;
  if (c.threads < 1 || c.threads > kThreadsMax) problems.push_back({"threads", fmt::format("1 to {}", kThreadsMax)});
  check_listeners(c.listeners, problems);
  for (const std::string& a : c.allowed) {
    boost::system::error_code ec;
    boost::asio::ip::make_address(a, ec);
    if (ec) problems.push_back({"allow", fmt::format("'{}' is no IP address", a)});
  }
  if (c.session.limits.frame_max < kFrameBeforeLoginMax || c.session.limits.frame_max > kFrameLimit)
    problems.push_back({"frame-max", fmt::format("{} to {}", kFrameBeforeLoginMax, kFrameLimit)});
  if (c.session.server_id.size() < 3 || c.session.server_id.size() > 64)
    problems.push_back({"server-id", "3 to 64 characters"});
  if (c.session.objects.empty()) problems.push_back({"objects", "there is none"});
  return problems;
}

}  // namespace

class Server::Impl {
 public:
  Impl(Registry& registry, const Messages& messages, TransactionIds& transactions, const base::Clock& clock)
      : registry_(registry), messages_(messages), transactions_(transactions), clock_(clock) {}
  ~Impl() {
    const std::lock_guard control(control_);
    stop();
  }

  base::Result<void, Problems> start(const ServerConfig& config);
  void drain_and_stop(std::chrono::milliseconds timeout);
  base::Result<void, Problems> renew_certificates();
  bool running() const { return running_.load(); }
  std::vector<Endpoint> endpoints() const;
  unsigned sessions() const;
  std::vector<SessionInfo> session_list();
  void counters(const SampleVisitor& visit) const;

 private:
  struct Door {
    explicit Door(boost::asio::io_context& io) : acceptor(io), timer(io) {}
    tcp::acceptor acceptor;
    boost::asio::steady_timer timer;
  };

  void accept(Door& door);
  void admit(tcp::socket socket);
  bool allowed(const boost::asio::ip::address& address) const;
  void close_doors();
  void stop();  ///< REQUIRES: control_
  template <class F>
  void run_in(Worker& worker, F&& f) {
    std::promise<void> done;
    boost::asio::post(worker.io(), [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  Registry& registry_;
  const Messages& messages_;
  TransactionIds& transactions_;
  const base::Clock& clock_;

  std::mutex control_;
  std::atomic<bool> running_{false};
  ServerConfig config_;
  std::vector<boost::asio::ip::address> allowed_;
  std::unique_ptr<Users> users_;
  Population population_;
  TlsContext tls_;  ///< used by the first worker's thread while it runs
  size_t next_worker_ = 0;
  DoorCounters door_counters_;

  mutable std::mutex mutex_;  ///< guards the next three against observers
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Door>> doors_;  ///< in the first worker's thread
  std::vector<Endpoint> endpoints_;
};

base::Result<void, Problems> Server::Impl::start(const ServerConfig& config) {
  const std::lock_guard control(control_);
  if (running()) return base::Unexpected<Problems>(Problems{{"", "the server runs already"}});
  Problems problems = validate(config);
  if (!problems.empty()) return base::Unexpected<Problems>(std::move(problems));
  config_ = config;
  tls_ = tls::make_context(tls::Side::kServer, config.tls, problems);
  allowed_.clear();
  for (const std::string& a : config.allowed) allowed_.push_back(boost::asio::ip::make_address(a));
  const std::lock_guard lock(mutex_);
  users_ = std::make_unique<Users>(config.session.limits.sessions_max);
  for (unsigned i = 0; i < config.threads && problems.empty(); ++i) {
    auto codec = Codec::make(config.schema_directory, messages_, config.validate_output);
    if (!codec)
      problems.push_back(codec.error());
    else
      workers_.push_back(std::make_unique<Worker>(config_, messages_, std::move(*codec), registry_, transactions_,
                                                  *users_, clock_, population_));
  }
  if (problems.empty())
    for (const Endpoint& e : config_.listeners) {
      doors_.push_back(std::make_unique<Door>(workers_[0]->io()));
      if (auto at = listen_at(doors_.back()->acceptor, e))
        endpoints_.push_back(std::move(*at));
      else
        problems.push_back(at.error());
    }
  if (!problems.empty()) {
    doors_.clear();
    endpoints_.clear();
    workers_.clear();
    return base::Unexpected<Problems>(std::move(problems));
  }
  for (const auto& door : doors_) accept(*door);
  running_ = true;
  for (const auto& worker : workers_) worker->run();
  return {};
}

void Server::Impl::accept(Door& door) {
  door.acceptor.async_accept([this, &door](const boost::system::error_code& ec, tcp::socket socket) {
    if (!door.acceptor.is_open()) return;
    if (!ec) {
      admit(std::move(socket));
      return accept(door);
    }
    door_counters_.accept_failures.add();
    door.timer.expires_after(kAcceptPause);
    door.timer.async_wait([this, &door](const boost::system::error_code& cancelled) {
      if (!cancelled && door.acceptor.is_open()) accept(door);
    });
  });
}

bool Server::Impl::allowed(const boost::asio::ip::address& address) const {
  return allowed_.empty() || std::find(allowed_.begin(), allowed_.end(), address) != allowed_.end();
}

void Server::Impl::admit(tcp::socket socket) {
  boost::system::error_code ec;
  const auto remote = socket.remote_endpoint(ec);
  if (ec) return;
  const TransportLimits& limits = config_.transport;
  if (!allowed(remote.address())) return door_counters_.not_allowed.add();
  if (population_.connections.load() >= limits.connections_max) return door_counters_.connections_hit.add();
  if (population_.handshakes.load() >= limits.handshakes_max) return door_counters_.handshakes_hit.add();
  socket.non_blocking(true, ec);
  socket.set_option(tcp::no_delay(true), ec);
  socket.set_option(boost::asio::socket_base::keep_alive(true), ec);
  Worker& worker = *workers_[next_worker_++ % workers_.size()];
  auto fd = std::make_shared<base::Fd>(socket.release(ec));
  boost::asio::post(worker.io(), [&worker, fd, tls = tls_, address = remote.address().to_string()] {
    worker.adopt(std::move(*fd), tls, address);
  });
}

base::Result<void, Problems> Server::Impl::renew_certificates() {
  const std::lock_guard control(control_);
  if (!running()) return base::Unexpected<Problems>(Problems{{"", "the server does not run"}});
  Problems problems;
  TlsContext next = tls::make_context(tls::Side::kServer, config_.tls, problems);
  if (!next) return base::Unexpected<Problems>(std::move(problems));
  run_in(*workers_[0], [&] { tls_ = next; });
  return {};
}

void Server::Impl::close_doors() {
  run_in(*workers_[0], [&] {
    for (const auto& door : doors_) {
      boost::system::error_code ec;
      door->acceptor.close(ec);
      door->timer.cancel();
    }
  });
}

void Server::Impl::drain_and_stop(std::chrono::milliseconds timeout) {
  const std::lock_guard control(control_);
  if (!running()) return;
  const auto until = std::chrono::steady_clock::now() + timeout;
  close_doors();
  for (const auto& worker : workers_) run_in(*worker, [&] { worker->drain(); });
  while (population_.connections.load() != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  stop();
}

void Server::Impl::stop() {
  if (!running_.exchange(false)) return;
  close_doors();
  for (const auto& worker : workers_) worker->stop();
  const std::lock_guard lock(mutex_);
  doors_.clear();
  endpoints_.clear();
  workers_.clear();
}

std::vector<Endpoint> Server::Impl::endpoints() const {
  const std::lock_guard lock(mutex_);
  return endpoints_;
}

unsigned Server::Impl::sessions() const {
  const std::lock_guard lock(mutex_);
  return users_ ? users_->sessions() : 0;
}

std::vector<SessionInfo> Server::Impl::session_list() {
  std::vector<SessionInfo> all;
  const std::unique_lock control(control_, std::try_to_lock);
  if (!control || !running()) return all;
  for (const auto& worker : workers_) run_in(*worker, [&] { worker->list(all); });
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.session < b.session; });
  return all;
}

void Server::Impl::counters(const SampleVisitor& visit) const {
  const std::lock_guard lock(mutex_);
  std::vector<ThreadCounters> threads;
  for (const auto& w : workers_) threads.push_back({w->transport(), w->session_counters(), w->codec().counters()});
  visit_counters(threads, door_counters_, visit);
  visit({"eir_epp_sessions", {}, true, users_ ? users_->sessions() : 0u});
  visit({"eir_epp_connections", {}, true, population_.connections.load()});
}

Server::Server(Registry& registry, const Messages& messages, TransactionIds& transactions, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(registry, messages, transactions, clock)) {}
Server::~Server() = default;
base::Result<void, Problems> Server::start(const ServerConfig& config) { return impl_->start(config); }
void Server::drain_and_stop(std::chrono::milliseconds timeout) { impl_->drain_and_stop(timeout); }
base::Result<void, Problems> Server::renew_certificates() { return impl_->renew_certificates(); }
bool Server::running() const noexcept { return impl_->running(); }
std::vector<Endpoint> Server::endpoints() const { return impl_->endpoints(); }
unsigned Server::sessions() const { return impl_->sessions(); }
std::vector<SessionInfo> Server::session_list() const { return impl_->session_list(); }
void Server::counters(const SampleVisitor& visit) const { impl_->counters(visit); }

}  // namespace eir::sync::epp
