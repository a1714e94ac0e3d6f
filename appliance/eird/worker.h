// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <thread>
#include <vector>

#include "appliance/alarms/board.h"
#include "appliance/config/node_config.h"
#include "appliance/eird/answering.h"
#include "appliance/eird/policy.h"
#include "appliance/eird/watch.h"
#include "core/sightings/journal.h"
#include "core/store/reader.h"
#include "diameter/peer/server.h"

namespace eir::appliance {

/// What the console shows of the worker's things; replaced as a whole.
struct StatusBoard {
  store::ReplicaStatus replica;
  std::vector<uint64_t> overlay_keys;  ///< of each source of the replica
  store::Recomputed recomputed;
  decision::Settings settings;  ///< in force: the configuration's with the policy's over them
  std::shared_ptr<const policy::Document> policy;
  std::vector<base::Problem> policy_problems;
  std::vector<Alarm> alarms;
  std::vector<diameter::peer::PeerStatus> peers;  ///< at most 200 ms old
  std::vector<tls::CertificateStatus> certificates;
  uint64_t log_written = 0;
  uint64_t log_failed = 0;
  std::string log_problem;
  bool noting_sightings = false;
  uint64_t sightings_written = 0;
  uint64_t sightings_repeated = 0;
  uint64_t sightings_failed = 0;
  uint64_t sightings_files_removed = 0;
  std::string sightings_problem;
  uint64_t versions_taken = 0;
  uint64_t versions_refused = 0;
  uint64_t overlay_full = 0;
};
using PublishedBoard = base::Published<StatusBoard>;

/// The thread for everything that may wait: list loading, the transaction log, the journal of sightings,
/// certificates, alarms, and taking a new configuration. Nothing that answers ever waits for it.
class Worker {
 public:
  /// Called in the worker's thread with what was wrong; nothing when the configuration is taken.
  using Committed = std::function<void(const NodeConfig&, const std::vector<base::Problem>&)>;

  struct Parts {
    PublishedBasis& basis;
    PublishedBoard& board;
    HighWater& high_water;
    AlarmBoard& alarms;
    diameter::peer::Server& diameter;
    std::vector<std::unique_ptr<Answering>>& answering;
    const base::Clock& clock;
    std::function<void(bool bad, std::string line)> log;  ///< called in the worker's thread
  };

  explicit Worker(Parts parts);
  ~Worker();

  /// Opens lists and log and publishes the first basis; in the caller's thread, before any answer.
  /// Problems that do not stop the node (no lists yet) become alarms.
  base::Result<void, base::Problem> prepare(const NodeConfig& config);
  void start();
  /// Ends the thread after the transaction log is written out. Idempotent.
  void stop();

  /// Has a new configuration validated and taken, or refused whole. False when one still waits.
  /// Threads: the SIGTRAN thread. REQUIRES: sockets and files may be touched by then.
  bool commit(NodeConfig config, Committed done);

 private:
  struct Commit {
    NodeConfig config;
    Committed done;
  };
  void run();
  void turn();
  void take(Commit& commit);
  std::vector<base::Problem> apply(NodeConfig& config);
  void poll_lists();
  void see_replica();
  void recompute_daily(base::MonotonicTime now);
  void wait_for_bell() const;
  void publish_basis();
  void publish_board();
  void set_logging();
  size_t drain_logs();
  size_t drain_sightings();
  void note_served();
  void look();
  void look_once_a_minute();

  Parts parts_;
  NodeConfig config_;
  const std::shared_ptr<decision::LatestTime> latest_ = std::make_shared<decision::LatestTime>();
  std::unique_ptr<store::Reader> reader_;
  store::ReplicaStatus replica_;  ///< the reader's, as of its last news
  PolicyInForce policy_;
  TransactionLog log_;
  std::string log_problem_;
  std::unique_ptr<sightings::Journal> journal_;  ///< null: nothing is noted
  Watch watch_;
  base::MonotonicTime next_poll_{};
  base::MonotonicTime next_minute_{};
  base::MonotonicTime next_peers_{};
  base::MonotonicTime next_recompute_{};
  std::vector<diameter::peer::PeerStatus> peers_;
  std::chrono::system_clock::time_point configured_at_{};
  bool board_changed_ = true;

  std::thread thread_;
  std::atomic<bool> stopping_{false};
  std::atomic<Commit*> pending_{nullptr};
};

}  // namespace eir::appliance
