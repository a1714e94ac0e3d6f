// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "appliance/alarms/board.h"
#include "appliance/metrics/exposer.h"
#include "appliance/syncd/config.h"
#include "appliance/syncd/keeper.h"
#include "appliance/syncd/sighter.h"
#include "appliance/vty/loop.h"
#include "sync/epp/server.h"
#include "sync/follow/follow.h"
#include "sync/follow/push_desk.h"
#include "sync/transfer/client.h"

namespace eir::appliance::syncd {

/// eir-syncd. Its launch, in order:
///  1. keys, passwords, texts are read, the guard learns what was seen;
///  2. the follow starts: it logs in to the centre, polls, pulls, commits to the replica;
///  3. pushes are listened for;
///  4. sightings go up;
///  5. console and metrics listen; the loop turns until SIGTERM or SIGINT;
///  6. pushes end, the follow and the sightings stop; what was being committed is committed.
///
/// Threads: made and run in the loop's thread, which owns console, log and alarms. Besides it: the follow's (network
/// and replica), the uploader's (journals, segments, network), the guard's reader of journals, one of the push server,
/// the metrics'. They meet in the status() of each, nowhere else.
class Daemon {
 public:
  explicit Daemon(Config config);
  ~Daemon();
  base::Result<void, base::Problem> run();

  // What console and metrics work with. Threads: any, once run() has come to step 5.
  const Config& config() const { return config_; }
  const std::vector<SiteConfig>& sites() const { return sites_; }
  const sync::follow::Follow& follow() const { return *follow_; }
  sync::follow::FollowStatus status() const { return follow_->status(); }
  bool has_sightings() const { return sighter_ != nullptr; }
  sync::sightings::Uploader::Status sightings() const { return sighter_->status(); }
  const sync::transfer::ClientCounters& fetches() const { return fetcher_->counters(); }
  const epp::Server* push() const { return push_.get(); }
  bool stale() const;

  // Threads: the loop's.
  const AlarmBoard& alarms() const { return alarms_; }
  /// Asks and sends now, whatever was to be waited for.
  void sync_now();

 private:
  base::Result<void, base::Problem> make_follow();
  base::Result<void, base::Problem> listen_for_pushes();
  base::Result<void, base::Problem> start_sightings();
  base::Result<void, base::Problem> open_consoles();
  epp::ClientConfig client_of(const SiteConfig& site) const;
  void renew_certificates();
  void look();

  const Config config_;
  const std::vector<SiteConfig> sites_;
  base::SystemClock clock_;
  Loop loop_;
  AlarmBoard alarms_;
  std::unique_ptr<class Watch> watch_;
  std::unique_ptr<epp::Messages> messages_;
  std::unique_ptr<sync::transfer::Client> fetcher_;
  std::unique_ptr<Keeper> keeper_;
  std::unique_ptr<sync::follow::Follow> follow_;
  std::unique_ptr<sync::follow::PushDesk> desk_;
  std::unique_ptr<epp::TransactionIds> transactions_;
  std::unique_ptr<epp::Server> push_;
  std::unique_ptr<Sighter> sighter_;
  std::unique_ptr<Exposer> metrics_;
  unsigned looks_ = 0;
};

}  // namespace eir::appliance::syncd
