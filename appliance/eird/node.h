// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "appliance/config/node_config.h"
#include "appliance/eird/metrics.h"
#include "appliance/eird/worker.h"
#include "appliance/vty/loop.h"
#include "sigtran/eir_node.h"
#include "sigtran/mtp/binding.h"

namespace eir::appliance {

/// The daemon. Its launch, in order:
///  1. read the configuration (check_config(), then read_config()): the cs7 nodes begin to dial;
///  2. lists, log and settings are opened and published (Worker::prepare());
///  3. our SCCP, TCAP and MAP stand on MTP; Diameter listens;
///  4. console, CTRL and metrics listen;
///  5. the worker starts; the loop turns until SIGTERM or SIGINT;
///  6. no new questions; DPR to every peer, ASP inactive and down; the log is written out.
/// Threads: made and run in the SIGTRAN thread.
class Node final : public sigtran::mtp::StatusListener {
 public:
  Node();
  ~Node() override;

  /// Steps 2 to 6. Returns when the node has stopped; a Problem when it could not start.
  base::Result<void, base::Problem> run(const NodeConfig& config);

  // What the console and CTRL work with. Threads: the SIGTRAN thread.
  PublishedBasis::Pin basis() const { return basis_.pin(console_slot_); }
  PublishedBoard::Pin board() const { return board_.pin(board_slot_); }
  PublishedBoard& published_board() { return board_; }
  const std::vector<std::unique_ptr<Answering>>& answering() const { return answering_; }
  const sigtran::EirNode* eir() const { return eir_.get(); }
  /// From MTP's indication to the answer in MTP's hands.
  const base::LatencyHistogram& map_latency() const { return map_latency_; }
  const sigtran::mtp::Binding& mtp() const { return binding_; }
  const Loop& loop() const { return loop_; }
  const AlarmBoard& alarms() const { return alarms_; }
  const diameter::peer::Server& diameter() const { return diameter_; }
  const base::Clock& clock() const { return clock_; }
  std::chrono::system_clock::time_point started_at() const { return started_at_; }

  /// What the last commit came to.
  static constexpr const char* kPending = "pending";
  struct CommitState {
    std::string state = "none";  ///< "none", "pending", "taken" or "refused"
    uint64_t number = 0;
    std::vector<std::string> problems;
  };
  const CommitState& commit_state() const { return commit_; }
  /// Hands the draft to the worker. False while one is pending, or the node is stopping. `told` is called
  /// when it is decided.
  bool commit(std::function<void(const CommitState&)> told);

  void on_as_state(sigtran::mtp::Instance instance, std::string_view as, sigtran::mtp::AsState state) noexcept override;
  void on_as_removed(sigtran::mtp::Instance instance, std::string_view as) noexcept override;
  void on_asp_state(sigtran::mtp::Instance instance, std::string_view asp,
                    sigtran::mtp::AspState state) noexcept override;
  void on_destination_state(sigtran::mtp::Instance instance, sigtran::mtp::PointCode pc, std::string_view pc_text,
                            bool available) noexcept override;

 private:
  base::Result<void, base::Problem> start_signalling(const NodeConfig& config);
  base::Result<void, base::Problem> open_consoles(const NodeConfig& config);
  /// Makes what was committed run, or gives it back to the draft.
  void decide_commit(const NodeConfig& config, std::vector<base::Problem> problems);
  void stop();
  /// Runs f in the loop's thread.
  void post(std::function<void()> f);
  sigtran::EirNode::Config signalling_config(const NodeConfig& config) const;

  base::SystemClock clock_;
  PublishedBasis basis_;
  PublishedBoard board_;
  int console_slot_;
  int board_slot_;
  HighWater high_water_;
  AlarmBoard alarms_;
  std::vector<std::unique_ptr<Answering>> answering_;  ///< the SIGTRAN thread's, then one for each Diameter thread
  Loop loop_;
  sigtran::mtp::Binding binding_;
  std::unique_ptr<sigtran::EirNode> eir_;
  base::LatencyHistogram map_latency_;
  std::unique_ptr<sigtran::mtp::TransferUser> timed_;  ///< stands between MTP and eir_
  diameter::peer::Server diameter_;
  Worker worker_;
  std::unique_ptr<Metrics> metrics_;
  std::chrono::system_clock::time_point started_at_{};
  CommitState commit_;
};

}  // namespace eir::appliance
