// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "appliance/alarms/board.h"
#include "appliance/cdbd/config.h"
#include "appliance/cdbd/control.h"
#include "appliance/cdbd/desk.h"
#include "appliance/cdbd/gate.h"
#include "appliance/cdbd/watch.h"
#include "appliance/metrics/exposer.h"
#include "appliance/vty/loop.h"
#include "registry/sqlite_store.h"

namespace eir::appliance::cdbd {

/// The central database's daemon. Its launch, in order:
///  1. read the configuration (check_config_file(), then read_config_file());
///  2. the registry opens its directory, which nobody else may write from then on;
///  3. the other sites are listened for, and followed; cdbctl's socket, the console and the metrics listen;
///  4. files and EPP are listened for, nodes are told of versions; the loop turns until SIGTERM or SIGINT. SIGHUP reads
///     the certificates again;
///  5. no node is told any more; no new connections; commands taken are answered, sessions end; cdbctl's connections
///     end; the registry carries out what it took and closes.
/// Threads: made and run in the first thread. What is const may be asked from any while run() is at it.
class Daemon {
 public:
  explicit Daemon(const Config& config);
  ~Daemon();

  /// Steps 2 to 5. Returns when it has stopped; a Problem when it could not start.
  base::Result<void, base::Problem> run();

  const Config& configuration() const { return config_; }
  registry::Registry& registry() const { return *registry_; }
  epp::Server& server() const { return *server_; }
  const Desk& desk() const { return *desk_; }
  const LockOut& lock_out() const { return lock_out_; }
  const Followers& followers() const { return followers_; }
  const Watch& watch() const { return *watch_; }
  /// Null without a listener for files.
  const Files* files() const { return files_.get(); }
  /// Null in a centre of one site.
  const Sites* sites() const { return sites_.get(); }
  const Pusher& pusher() const { return *pusher_; }
  const Control& control() const { return *control_; }
  const base::Clock& clock() const { return clock_; }
  std::chrono::system_clock::time_point started_at() const { return started_at_; }
  std::vector<Alarm> alarms() const;
  uint64_t alarms_lost() const { return board_.dropped(); }

 private:
  base::Result<void, base::Problem> open_registry();
  base::Result<void, base::Problem> open_services();
  base::Result<void, base::Problem> open_sites();
  base::Result<void, base::Problem> open_consoles();
  base::Result<void, base::Problem> open_server();
  std::optional<std::string> words(const std::vector<std::string>& words);
  void tick();
  void renew_certificates();
  void stop();

  const Config config_;
  base::SystemClock clock_;
  Loop loop_;
  AlarmBoard board_;
  mutable std::mutex alarms_mutex_;
  std::vector<Alarm> alarms_;
  epp::TransactionIds transactions_;
  LockOut lock_out_;
  Followers followers_;
  std::unique_ptr<epp::Messages> messages_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<Sites> sites_;
  Sites::Status sites_told_;  ///< what alarms were last made of
  StandingAlarms sites_alarms_{board_};
  std::unique_ptr<Files> files_;
  std::unique_ptr<Versions> versions_;
  std::unique_ptr<Pusher> pusher_;
  std::unique_ptr<Desk> desk_;
  std::unique_ptr<Gate> gate_;
  std::unique_ptr<Watch> watch_;
  std::unique_ptr<epp::Server> server_;
  std::unique_ptr<Control> control_;
  std::unique_ptr<Exposer> metrics_;
  std::chrono::system_clock::time_point started_at_{};
};

}  // namespace eir::appliance::cdbd
