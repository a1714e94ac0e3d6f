// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/server.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <future>
#include <mutex>

#include "diameter/peer/front.h"
#include "diameter/peer/sctp.h"

namespace eir::diameter::peer {

std::string_view to_string(PeerState s) noexcept {
  switch (s) {
    case PeerState::kDown: return "down";
    case PeerState::kOpen: return "open";
    case PeerState::kSuspect: return "suspect";
    case PeerState::kDisconnecting: break;
  }
  return "disconnecting";
}

class Server::Impl {
 public:
  Impl(AnswererFactory answerers, base::AlarmSink& alarms, const base::Clock& clock)
      : answerers_(std::move(answerers)), alarms_(alarms), clock_(clock) {}
  ~Impl() {
    const std::lock_guard control(control_);
    stop();
  }

  base::Result<void, Problems> start(const ServerConfig& config);
  base::Result<void, Problems> apply(const ServerConfig& config);
  void drain_and_stop(std::chrono::milliseconds timeout);
  bool running() const { return running_.load(); }
  std::vector<PeerStatus> peers() const;
  std::vector<tls::CertificateStatus> certificates() const;
  std::vector<Endpoint> endpoints() const;
  void counters(const SampleVisitor& visit) const;
  Latency latency(unsigned thread) const;

 private:
  void stop();  ///< REQUIRES: control_
  /// What a configuration needs from the system, made aside.
  struct Prepared {
    RuntimePtr runtime;
    tls::Context tls;
    std::vector<ListeningPtr> listening;
    std::vector<tls::CertificateStatus> certificates;
  };
  base::Result<Prepared, Problems> prepare(const ServerConfig& config) const;
  ListeningPtr keep_or_listen(const Listener& wanted, const std::vector<std::string>& addresses, const SctpTuning& sctp,
                              const std::vector<ListeningPtr>& taken, Problems& problems) const;
  template <class F>
  static void run_in(Worker& worker, F&& f) {
    std::promise<void> done;
    boost::asio::post(worker.io(), [&] {
      f();
      done.set_value();
    });
    done.get_future().wait();
  }

  AnswererFactory answerers_;
  base::AlarmSink& alarms_;
  const base::Clock& clock_;
  uint32_t origin_state_id_ = 0;
  ConnectionCounts counts_;
  std::atomic<bool> running_{false};

  std::mutex control_;     ///< one of start, apply and stop at a time; taken before mutex_
  bool stopping_ = false;  ///< from drain_and_stop() to the next start(); under control_

  mutable std::mutex mutex_;  ///< guards what follows against the observers
  std::vector<std::unique_ptr<Worker>> workers_;
  std::unique_ptr<Front> front_;
  ServerConfig config_;
  std::vector<ListeningPtr> listening_;
  std::vector<tls::CertificateStatus> certificates_;
};

ListeningPtr Server::Impl::keep_or_listen(const Listener& wanted, const std::vector<std::string>& addresses,
                                          const SctpTuning& sctp, const std::vector<ListeningPtr>& taken,
                                          Problems& problems) const {
  const bool is_sctp = wanted.transport == Transport::kSctp;
  for (const ListeningPtr& have : listening_)
    if (have->addresses == addresses && have->port == wanted.port && (have->transport == Transport::kSctp) == is_sctp &&
        std::find(taken.begin(), taken.end(), have) == taken.end())
      return have;
  auto fd = listen_on(wanted.transport, addresses, wanted.port, sctp);
  if (!fd) {
    problems.push_back(fd.error());
    return nullptr;
  }
  return std::make_shared<Listening>(Listening{addresses, wanted.port, wanted.transport, std::move(*fd)});
}

base::Result<Server::Impl::Prepared, Problems> Server::Impl::prepare(const ServerConfig& config) const {
  Problems problems = validate(config);
  if (running() && config.threads != config_.threads)
    problems.push_back({"threads", "cannot change while the node runs"});
  if (!problems.empty()) return base::Unexpected<Problems>(std::move(problems));
  Prepared next;
  next.runtime = std::make_shared<const Runtime>(config, origin_state_id_);
  for (const Listener& l : config.listeners) {
    if (l.transport == Transport::kTls && !next.tls)
      next.tls = tls::make_context(tls::Side::kServer, config.tls, problems);
    if (l.transport == Transport::kSctp) {
      next.listening.push_back(keep_or_listen(l, l.addresses, config.sctp, next.listening, problems));
    } else {
      for (const std::string& a : l.addresses)
        next.listening.push_back(keep_or_listen(l, {a}, config.sctp, next.listening, problems));
    }
  }
  if (next.tls) next.certificates = tls::first_to_end(config.tls);
  if (!problems.empty()) return base::Unexpected<Problems>(std::move(problems));
  return next;
}

base::Result<void, Problems> Server::Impl::start(const ServerConfig& config) {
  const std::lock_guard control(control_);
  if (running()) return base::Unexpected<Problems>(Problems{{"", "the node runs already"}});
  if (!codec::Dictionary::instance())
    return base::Unexpected<Problems>(Problems{{"", "libfdproto cannot make its dictionary"}});
  origin_state_id_ = static_cast<uint32_t>(std::chrono::system_clock::to_time_t(clock_.wall()));
  auto next = prepare(config);
  if (!next) return base::Unexpected<Problems>(std::move(next.error()));
  {
    const std::lock_guard lock(mutex_);
    std::vector<Worker*> raw;
    for (unsigned i = 0; i < config.threads; ++i) {
      workers_.push_back(std::make_unique<Worker>(i, answerers_(i), alarms_, clock_));
      workers_.back()->desk().configure(next->runtime);
      raw.push_back(workers_.back().get());
    }
    front_ = std::make_unique<Front>(*workers_[0], raw, clock_, counts_);
    front_->configure(next->runtime, next->tls, next->listening);
    config_ = config;
    listening_ = std::move(next->listening);
    certificates_ = std::move(next->certificates);
  }
  running_ = true;
  stopping_ = false;
  for (auto& w : workers_) w->run();
  return {};
}

base::Result<void, Problems> Server::Impl::apply(const ServerConfig& config) {
  const std::lock_guard control(control_);
  if (stopping_) return base::Unexpected<Problems>(Problems{{"", "the node is stopping"}});
  if (!running()) return base::Unexpected<Problems>(Problems{{"", "the node does not run"}});
  auto next = prepare(config);
  if (!next) return base::Unexpected<Problems>(std::move(next.error()));
  std::vector<Transport> transports;
  for (const Listener& l : config.listeners)
    transports.insert(transports.end(), l.transport == Transport::kSctp ? 1 : l.addresses.size(), l.transport);
  if (config.sctp != config_.sctp)  // a kept socket has the old values still
    for (size_t i = 0; i < transports.size(); ++i)
      if (transports[i] == Transport::kSctp) sctp_tune(next->listening[i]->fd.get(), config.sctp);
  for (auto& w : workers_) run_in(*w, [&] { w->desk().configure(next->runtime); });
  run_in(*workers_[0], [&] {
    // A kept socket may speak another transport from now on; only this thread looks at it.
    for (size_t i = 0; i < transports.size(); ++i) next->listening[i]->transport = transports[i];
    front_->configure(next->runtime, next->tls, next->listening);
  });
  const std::lock_guard lock(mutex_);
  config_ = config;
  listening_ = std::move(next->listening);
  certificates_ = std::move(next->certificates);
  return {};
}

void Server::Impl::drain_and_stop(std::chrono::milliseconds timeout) {
  const auto until = std::chrono::steady_clock::now() + timeout;
  {
    const std::lock_guard control(control_);
    if (!running()) return;
    stopping_ = true;
    run_in(*workers_[0], [&] { front_->close(); });
    {
      const std::lock_guard lock(mutex_);
      listening_.clear();
    }
    for (auto& w : workers_) run_in(*w, [&] { w->desk().drain(); });
  }
  // Without control_: a change that comes meanwhile is refused at once.
  while (counts_.open.load() != 0 && std::chrono::steady_clock::now() < until)
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  const std::lock_guard control(control_);
  stop();
}

void Server::Impl::stop() {
  if (!running_.exchange(false)) return;
  run_in(*workers_[0], [&] { front_->close(); });
  for (auto& w : workers_) w->stop();
  const std::lock_guard lock(mutex_);
  front_.reset();
  workers_.clear();
  listening_.clear();
}

std::vector<PeerStatus> Server::Impl::peers() const {
  std::vector<PeerStatus> out;
  const std::lock_guard lock(mutex_);
  for (const auto& w : workers_) w->desk().snapshot(out);
  std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) { return a.origin_host < b.origin_host; });
  return out;
}

std::vector<tls::CertificateStatus> Server::Impl::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

std::vector<Endpoint> Server::Impl::endpoints() const {
  std::vector<Endpoint> out;
  const std::lock_guard lock(mutex_);
  size_t i = 0;
  for (const Listener& l : config_.listeners)
    for (size_t n = l.transport == Transport::kSctp ? 1 : l.addresses.size(); n > 0 && i < listening_.size(); --n, ++i)
      out.push_back(endpoint_of(listening_[i]->fd.get(), l.transport));
  return out;
}

void Server::Impl::counters(const SampleVisitor& visit) const {
  const std::lock_guard lock(mutex_);
  for (const auto& w : workers_) w->desk().counters().visit(w->index(), visit);
}

Latency Server::Impl::latency(unsigned thread) const {
  Latency out;
  const std::lock_guard lock(mutex_);
  if (thread >= workers_.size()) return out;
  const ThreadCounters& c = workers_[thread]->desk().counters();
  for (size_t i = 0; i < c.latency.size(); ++i) out.counts[i] = c.latency[i].get();
  out.sum_ns = c.latency_sum_ns.get();
  return out;
}

Server::Server(AnswererFactory answerers, base::AlarmSink& alarms, const base::Clock& clock)
    : impl_(std::make_unique<Impl>(std::move(answerers), alarms, clock)) {}
Server::~Server() = default;
base::Result<void, Problems> Server::start(const ServerConfig& config) { return impl_->start(config); }
base::Result<void, Problems> Server::apply(const ServerConfig& config) { return impl_->apply(config); }
void Server::drain_and_stop(std::chrono::milliseconds timeout) { impl_->drain_and_stop(timeout); }
bool Server::running() const noexcept { return impl_->running(); }
std::vector<PeerStatus> Server::peers() const { return impl_->peers(); }
std::vector<tls::CertificateStatus> Server::certificates() const { return impl_->certificates(); }
std::vector<Endpoint> Server::endpoints() const { return impl_->endpoints(); }
void Server::counters(const SampleVisitor& visit) const { impl_->counters(visit); }
Latency Server::latency(unsigned thread) const { return impl_->latency(thread); }

}  // namespace eir::diameter::peer
