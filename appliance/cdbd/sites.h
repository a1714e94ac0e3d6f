// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <thread>

#include "appliance/alarms/standing.h"
#include "registry/stream_follower.h"
#include "registry/stream_source.h"
#include "sync/stream/link.h"
#include "sync/stream/server.h"

namespace eir::appliance::cdbd {

/// Another site of the centre.
struct PeerSite {
  std::string name;
  std::string host;
  uint16_t port = 0;
  std::string fingerprint;  ///< SHA-256 of its certificate, 64 hexadecimal digits
  friend bool operator==(const PeerSite&, const PeerSite&) = default;
};

struct SitesConfig {
  std::string name;  ///< of this site
  std::string address = "127.0.0.1";
  uint16_t port = 0;  ///< where the others ask; 0: any
  sync::epp::TlsConfig tls;
  std::vector<PeerSite> peers;
  std::optional<bool> standby_sync;  ///< what the registry is set to at the start; nothing: it stays as it was set
  std::string directory;             ///< the registry's
  /// How often every other site is looked at, and how long a question for records waits.
  std::chrono::milliseconds look_interval{1'000};
  std::chrono::milliseconds wait{2'000};
};
inline constexpr size_t kPeersMax = 8;

/// What is wrong with it, as far as that can be seen without a socket or a file.
std::vector<base::Problem> problems_of(const SitesConfig& config);

/// This site among the others: answers what they ask, looks at each of them, follows the active one while it is not
/// the active one itself, and steps down when one of them has a higher epoch.
/// Threads: any. The registry and the clock outlive it. The process ignores SIGPIPE.
class Sites {
 public:
  static constexpr std::string_view kLostPrefix = "lost-";  ///< of the lists of lost commands, in the directory

  /// Errors: the TLS files, the address. The registry must keep records (EngineOptions::record).
  static base::Result<std::unique_ptr<Sites>, base::Problem> open(registry::Registry& registry,
                                                                  const base::Clock& clock, SitesConfig config);
  ~Sites();
  Sites(const Sites&) = delete;
  Sites& operator=(const Sites&) = delete;

  struct Peer {
    std::string name;
    bool reachable = false;
    registry::SiteState state;  ///< when it was reached last
    std::string problem;        ///< why it is not reachable
  };
  struct Status {
    std::string name;
    registry::Registry::Status own;
    std::vector<Peer> peers;
    std::string following;          ///< the peer that was asked last, while this site follows
    std::string problem;            ///< why the last step of following failed
    uint64_t behind = 0;            ///< blocks between the newest the followed site told of and ours
    bool two_active = false;        ///< another site is active in the same epoch
    std::vector<std::string> lost;  ///< lists of lost commands that lie in the directory
  };
  Status status() const;
  /// Reads certificate, key and CA again, for connections to come. When they cannot be used, the old ones stay.
  base::Result<void, sync::epp::Problems> renew_certificates();
  uint16_t port() const { return server_->port(); }
  const registry::FollowerCounters& follower_counters() const { return follower_.counters(); }
  const sync::stream::ServerCounters& server_counters() const { return server_->counters(); }
  uint64_t copies_made() const { return source_.copies_made(); }

 private:
  /// A peer as its own thread sees it.
  struct Watched {
    PeerSite config;
    std::unique_ptr<sync::stream::Link> look, follow;
    Peer seen;  ///< under mutex_
    std::thread thread;
  };
  Sites(registry::Registry& registry, const base::Clock& clock, SitesConfig config);
  void watch(Watched& peer);
  void follow();
  Watched* best();
  /// False: stop.
  bool pause(std::chrono::milliseconds time);

  registry::Registry& registry_;
  const SitesConfig config_;
  registry::StreamSource source_;
  registry::StreamFollower follower_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  std::string following_, problem_;
  std::vector<std::unique_ptr<Watched>> peers_;
  std::thread thread_;
  std::unique_ptr<sync::stream::Server> server_;
};

/// Sets what is to be alarmed of, and clears the rest. `before`: the status that was told of last.
void tell_alarms(StandingAlarms& alarms, const Sites::Status& before, const Sites::Status& now);

/// The status as an operator reads it: "show sites" and "cdbctl sites".
std::string to_text(const Sites::Status& status);

}  // namespace eir::appliance::cdbd
