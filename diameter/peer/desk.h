// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <random>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/base/alarm.h"
#include "diameter/peer/counters.h"
#include "diameter/peer/runtime.h"
#include "diameter/peer/session.h"
#include "diameter/s13/responder.h"

namespace eir::diameter::peer {

inline constexpr size_t kSpentBucketsMax = 1024;  ///< of unknown peers that left, of one thread
inline constexpr size_t kUnknownPeersMax = 1024;  ///< peers that no configuration names, of one thread

/// A peer as its thread knows it: configured, or connected, or both.
struct Peer {
  std::string name;  ///< Origin-Host as configured, or as it came
  bool configured = false;
  bool blocked = false;
  Session* active = nullptr;
  Session* held = nullptr;
  TokenBucket bucket;
  base::Counter requests, connections, watchdogs_sent, watchdogs_answered, watchdogs_received, queue_octets,
      reading_stopped;
  OutcomeCounters outcomes;
  PeerStatus shown;  ///< texts, state and time only; under the desk's lock
};

/// The peers of one thread: who may come in, who is connected, the rule of the second connection. No input
/// or output. Threads: its own; snapshot() and counters from any.
class Desk {
 public:
  Desk(unsigned thread, decision::Answerer& answerer, base::AlarmSink& alarms, const base::Clock& clock);

  /// Takes over a configuration: peers that may no longer be here get DPR; another identity sends
  /// everybody DPR.
  void configure(RuntimePtr next);
  void tick();
  /// DPR to every peer, and nobody is let in any more.
  void drain();

  // For sessions.
  const Runtime& runtime() const { return *runtime_; }
  s13::Responder& responder() { return *responder_; }
  ThreadCounters& counters() { return counters_; }
  const ThreadCounters& counters() const { return counters_; }
  void enlist(Session& session) {
    sessions_.insert(&session);
    round_.reserve(sessions_.size());
  }
  void strike(Session& session) { sessions_.erase(&session); }
  /// Nothing when the peer may connect; else why not. RFC 6733 §5.3, §5.5.
  std::optional<codec::ResultCode> admission(const Session& session) const;
  void arrive(Session& session, Moment now);
  void proved_alive(Session& session);
  void hold_ran_out(Session& session);
  void gone(Session& session);
  /// Takes the snapshot's lock: for changes only.
  void note_state(Session& session);
  /// Times it did; for its own thread.
  uint64_t states_noted() const { return states_noted_; }
  uint32_t first_id() { return static_cast<uint32_t>(random_()); }
  /// RFC 3539 §3.4.1: up to two seconds each way, less for a short Tw.
  base::MonotonicTime::duration jitter();
  Moment now() const { return moment_of(clock_); }

  size_t connected() const { return sessions_.size(); }
  void snapshot(std::vector<PeerStatus>& out) const;

 private:
  Peer* find_or_make(const std::string& origin_host);
  void install(Peer& peer, Session& session);
  void drop_if_unknown(Peer& peer);
  void reconcile_peers();
  /// Keeps the bucket of an unknown peer that leaves until it would be full again: coming back fills none.
  void keep_bucket(const std::string& key, const TokenBucket& bucket);

  const unsigned thread_;
  decision::Answerer& answerer_;
  base::AlarmSink& alarms_;
  const base::Clock& clock_;
  RuntimePtr runtime_;
  std::unique_ptr<s13::Responder> responder_;
  ThreadCounters counters_;
  struct SpentBucket {
    TokenBucket bucket;
    base::MonotonicTime full_at{};
  };
  std::unordered_map<std::string, SpentBucket> spent_;  ///< by lower-case Origin-Host
  std::set<Session*> sessions_;
  std::vector<Session*> round_;  ///< tick()'s copy: a session may end another
  bool draining_ = false;
  uint64_t states_noted_ = 0;
  std::minstd_rand random_;

  mutable std::mutex mutex_;  ///< guards the map's shape and Peer::shown against snapshot()
  std::unordered_map<std::string, std::unique_ptr<Peer>> peers_;  ///< by lower-case Origin-Host
};

}  // namespace eir::diameter::peer
