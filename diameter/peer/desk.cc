// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/desk.h"

#include <algorithm>

namespace eir::diameter::peer {

using codec::ResultCode;

Desk::Desk(unsigned thread, decision::Answerer& answerer, base::AlarmSink& alarms, const base::Clock& clock)
    : thread_(thread),
      answerer_(answerer),
      alarms_(alarms),
      clock_(clock),
      random_(static_cast<unsigned>(clock.wall().time_since_epoch().count() ^ (uint64_t{thread} << 24))) {}

void Desk::configure(RuntimePtr next) {
  const bool renamed = runtime_ && (runtime_->self.origin_host != next->self.origin_host ||
                                    runtime_->self.origin_realm != next->self.origin_realm);
  if (renamed)
    for (Session* s : std::vector<Session*>(sessions_.begin(), sessions_.end()))
      s->disconnect(codec::kCauseRebooting, now());
  const bool identity_new = !runtime_ || renamed;
  runtime_ = std::move(next);
  if (identity_new) responder_ = std::make_unique<s13::Responder>(runtime_->self, answerer_);
  reconcile_peers();
}

void Desk::reconcile_peers() {
  for (const auto& [key, config] : runtime_->peers) {
    if (runtime_->thread_of(key) != thread_) continue;
    Peer* peer = find_or_make(config.origin_host);
    const std::lock_guard lock(mutex_);
    peer->name = config.origin_host;
  }
  std::vector<Peer*> all;
  for (const auto& [key, peer] : peers_) all.push_back(peer.get());
  for (Peer* peer : all) {
    const PeerConfig* config = runtime_->find(peer->name);
    {
      const std::lock_guard lock(mutex_);
      peer->configured = config != nullptr;
      peer->blocked = config && config->blocked;
    }
    peer->bucket.configure(config ? config->rate : runtime_->config.unknown_rate, config ? config->burst : 0);
    if (!config || config->blocked) alarms_.clear(base::AlarmId::kPeerDown, peer->name);
    if (peer->held && admission(*peer->held)) peer->held->end();
    if (peer->active && admission(*peer->active)) peer->active->disconnect(codec::kCauseDoNotWantToTalkToYou, now());
    drop_if_unknown(*peer);
  }
}

void Desk::tick() {
  const Moment at = now();
  round_.assign(sessions_.begin(), sessions_.end());
  for (Session* s : round_)
    if (sessions_.contains(s)) s->tick(at);
  std::erase_if(spent_, [&](const auto& spent) { return spent.second.full_at <= at.mono; });
}

void Desk::drain() {
  draining_ = true;
  for (Session* s : std::vector<Session*>(sessions_.begin(), sessions_.end()))
    if (sessions_.contains(s)) s->disconnect(codec::kCauseRebooting, now());
}

std::optional<ResultCode> Desk::admission(const Session& session) const {
  const std::string& host = session.capabilities().origin_host;
  const LineInfo& info = session.info();
  const PeerConfig* config = runtime_->find(host);
  if (draining_) return ResultCode::kUnknownPeer;
  if (!is_diameter_identity(host) || codec::same_identity(host, runtime_->self.origin_host))
    return ResultCode::kUnknownPeer;
  if (!config && !runtime_->config.accept_unknown_peers) return ResultCode::kUnknownPeer;
  if (config && config->blocked) return ResultCode::kUnknownPeer;
  if (config && !config->addresses.empty()) {
    const auto is_its = [&](const std::string& text) {
      boost::system::error_code ec;
      return boost::asio::ip::make_address(text, ec) == info.remote_address && !ec;
    };
    if (std::none_of(config->addresses.begin(), config->addresses.end(), is_its)) return ResultCode::kUnknownPeer;
  }
  if (config && config->tls_required && info.transport != Transport::kTls) return ResultCode::kNoCommonSecurity;
  return std::nullopt;
}

Peer* Desk::find_or_make(const std::string& origin_host) {
  const std::string key = lower_case(origin_host);
  const auto at = peers_.find(key);
  if (at != peers_.end()) return at->second.get();
  auto peer = std::make_unique<Peer>();
  peer->name = origin_host;
  peer->shown.since = clock_.wall();
  if (const auto spent = spent_.find(key); spent != spent_.end()) {
    peer->bucket = spent->second.bucket;
    spent_.erase(spent);
  }
  const std::lock_guard lock(mutex_);
  return peers_.emplace(key, std::move(peer)).first->second.get();
}

void Desk::arrive(Session& session, Moment now) {
  const std::string& host = session.capabilities().origin_host;
  if (!session.line().may_speak_for(host)) return session.turn_away(ResultCode::kUnknownPeer);
  if (!runtime_->find(host) && !peers_.contains(lower_case(host)) &&
      peers_.size() >= runtime_->peers.size() + kUnknownPeersMax) {
    counters_.peers_unknown_refused.add();
    return session.turn_away(ResultCode::kUnknownPeer);
  }
  Peer& peer = *find_or_make(host);
  Session* old = peer.active;
  if (!old) return install(peer, session);
  if (peer.held) return session.turn_away(ResultCode::kUnableToComply);
  peer.held = &session;
  session.attach(&peer);
  session.hold(now);
  const bool restarted = session.capabilities().origin_state_id > old->capabilities().origin_state_id &&
                         old->capabilities().origin_state_id != 0;
  if (!old->open() || restarted) return old->end();  // gone() lets the held one in
  old->challenge(now);
}

void Desk::install(Peer& peer, Session& session) {
  peer.active = &session;
  session.attach(&peer);
  if (peer.connections.get() == 0 && !peer.configured) peer.bucket.configure(runtime_->config.unknown_rate, 0);
  peer.connections.add();
  counters_.connections_open.set(counters_.connections_open.get() + 1);
  session.let_in();
  if (!session.open()) return;
  note_state(session);
  alarms_.clear(base::AlarmId::kPeerDown, peer.name);
}

void Desk::proved_alive(Session& session) {
  Peer* peer = session.peer();
  if (!peer || peer->active != &session || !peer->held) return;
  Session* held = peer->held;
  peer->held = nullptr;
  held->attach(nullptr);
  held->turn_away(ResultCode::kUnableToComply);
}

void Desk::hold_ran_out(Session& session) {
  Peer* peer = session.peer();
  if (peer && peer->held == &session && peer->active) peer->active->end();
}

void Desk::gone(Session& session) {
  Peer* peer = session.peer();
  if (!peer) return;
  session.attach(nullptr);
  if (peer->held == &session) {
    peer->held = nullptr;
    return;
  }
  if (peer->active != &session) return;
  peer->active = nullptr;
  peer->queue_octets.set(0);
  counters_.connections_open.set(counters_.connections_open.get() - 1);
  {
    const std::lock_guard lock(mutex_);
    peer->shown.state = PeerState::kDown;
    peer->shown.since = clock_.wall();
  }
  if (Session* next = peer->held) {
    peer->held = nullptr;
    return install(*peer, *next);
  }
  if (peer->configured && !peer->blocked && !draining_)
    alarms_.set(base::AlarmId::kPeerDown, peer->name, session.info().remote);
  drop_if_unknown(*peer);
}

void Desk::drop_if_unknown(Peer& peer) {
  if (peer.configured || peer.active || peer.held) return;
  const std::string key = lower_case(peer.name);
  keep_bucket(key, peer.bucket);
  const std::lock_guard lock(mutex_);
  peers_.erase(key);
}

void Desk::keep_bucket(const std::string& key, const TokenBucket& bucket) {
  const base::MonotonicTime full_at = bucket.full_at();
  if (full_at <= now().mono) return;
  if (spent_.size() >= kSpentBucketsMax) {
    counters_.spent_buckets_dropped.add();
    spent_.erase(std::min_element(spent_.begin(), spent_.end(),
                                  [](const auto& a, const auto& b) { return a.second.full_at < b.second.full_at; }));
  }
  spent_[key] = {bucket, full_at};
}

void Desk::note_state(Session& session) {
  Peer* peer = session.peer();
  if (!peer || peer->active != &session) return;
  ++states_noted_;
  const std::lock_guard lock(mutex_);
  PeerStatus& shown = peer->shown;
  const PeerState state = session.state() == Session::State::kDisconnecting ? PeerState::kDisconnecting
                          : session.suspect()                               ? PeerState::kSuspect
                                                                            : PeerState::kOpen;
  if (shown.state != state) shown.since = clock_.wall();
  shown.state = state;
  shown.transport = session.info().transport;
  shown.remote = session.info().remote;
  shown.tls = session.info().tls;
  shown.origin_realm = session.capabilities().origin_realm;
  shown.product_name = session.capabilities().product_name;
  shown.origin_state_id = session.capabilities().origin_state_id;
}

base::MonotonicTime::duration Desk::jitter() {
  const int64_t most_ms = std::min<int64_t>(2000, int64_t{runtime_->config.watchdog_s} * 250);
  return std::chrono::milliseconds(static_cast<int64_t>(random_() % static_cast<uint64_t>(2 * most_ms + 1)) - most_ms);
}

void Desk::snapshot(std::vector<PeerStatus>& out) const {
  const std::lock_guard lock(mutex_);
  out.reserve(out.size() + peers_.size());
  for (const auto& [key, peer] : peers_) {
    PeerStatus status = peer->shown;
    status.origin_host = peer->name;
    status.configured = peer->configured;
    status.blocked = peer->blocked;
    status.thread = thread_;
    status.requests = peer->requests.get();
    status.answers = peer->outcomes.counts();
    status.connections = peer->connections.get();
    status.watchdogs_sent = peer->watchdogs_sent.get();
    status.watchdogs_answered = peer->watchdogs_answered.get();
    status.watchdogs_received = peer->watchdogs_received.get();
    status.queue_octets = peer->queue_octets.get();
    status.reading_stopped = peer->reading_stopped.get();
    out.push_back(std::move(status));
  }
}

}  // namespace eir::diameter::peer
