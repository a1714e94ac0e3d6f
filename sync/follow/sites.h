// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/base/clock.h"
#include "core/base/counter.h"
#include "sync/epp/client.h"
#include "sync/follow/backoff.h"
#include "sync/follow/centre_feed.h"

namespace eir::sync::follow {

/// A site of the centre, as a node logs in to it.
struct SiteConfig {
  std::string name;          ///< for people
  epp::ClientConfig client;  ///< its `stop_fd` is ours
  std::string user, password;
};

struct SiteStatus {
  std::string name;
  bool connected = false;
  bool lower_epoch = false;  ///< what it last said was of an epoch that is over: it is not followed
  bool behind = false;       ///< it has yet to come to what is held here
  lists::Version newest;     ///< as it last said; (0, 0): it never did
  std::string problem;       ///< why it is not followed, or what it last refused; empty: nothing is wrong
  uint64_t logins = 0, failures = 0;
  std::optional<base::MonotonicTime> said_at;  ///< when it last said what its newest version is
};

struct SitesConfig {
  std::vector<SiteConfig> sites;  ///< the preferred one first
  std::chrono::milliseconds backoff_min{1'000}, backoff_max{60'000};
  std::chrono::milliseconds probe_timeout{1'500};  ///< to connect to a better site while another one is followed
};
inline constexpr size_t kSitesMax = 8;

/// The sites of a node, at most one of them with a session: the first that is well. A better one is tried again and
/// again, and taken when it answers, is not of a lower epoch and not behind.
/// Threads: one; calls wait for the network. Messages and clock outlive it.
class Sites {
 public:
  struct Parts {
    const epp::Messages& messages;
    const base::Clock& clock;
    int stop_fd;  ///< readable: every wait ends
  };
  /// More sites than kSitesMax are not looked at.
  Sites(SitesConfig config, Parts parts);

  /// Connects where that is due: to any site while there is no session, else to a better one. When it did, the word of
  /// the site, with what it offers in `feed`.
  std::optional<Word> connect(CentreFeed& feed, const Holding& holding);
  /// The session; null: none.
  epp::Client* client() { return current_ ? sites_[*current_].client.get() : nullptr; }
  const std::string& name() const { return sites_[*current_].status.name; }
  /// Takes down what the site said. False when it is one that must not be followed; then the session is over.
  bool heard(const Word& word);
  /// It said so without a version: nothing is newer. Of one that is behind that is no news.
  void heard_nothing_new() {
    if (!sites_[*current_].status.behind) sites_[*current_].status.said_at = parts_.clock.monotonic();
  }
  /// The session is over; it is tried again at once when it had worked.
  void failed(const std::string& why);
  /// Something went wrong that is no reason to leave the site.
  void complain(const std::string& why) { sites_[*current_].status.problem = why; }
  /// Leaves it for another one, where there is another one.
  void turn_away(const std::string& why);
  /// When connect() may do something again; nothing while the best one is followed.
  std::optional<base::MonotonicTime> next_try() const;
  /// Whatever was put off is tried at once.
  void try_now();
  uint64_t lower_epochs() const { return lower_epochs_; }  ///< how often a site spoke of an epoch that is over
  std::vector<SiteStatus> status() const;
  std::optional<size_t> current() const { return current_; }
  size_t size() const { return sites_.size(); }

 private:
  struct Site {
    SiteConfig config;
    Backoff backoff;
    base::MonotonicTime next_try{};
    bool worked = false;  ///< since the last failure
    std::unique_ptr<epp::Client> client;
    SiteStatus status;
  };
  struct Opened {
    std::unique_ptr<epp::Client> client;
    Word word;
  };
  base::Result<Opened, base::Problem> open(Site& site, CentreFeed& feed, const Holding& holding, bool probe);
  void put_off(Site& site, const std::string& why);
  void take_down(Site& site, const Word& word);

  const SitesConfig config_;
  const Parts parts_;
  std::vector<Site> sites_;
  std::optional<size_t> current_;
  uint64_t lower_epochs_ = 0;
};

}  // namespace eir::sync::follow
