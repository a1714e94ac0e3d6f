// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <thread>

#include "core/feed/follower.h"
#include "core/store/judge.h"
#include "sync/follow/sites.h"

namespace eir::sync::follow {

/// Opens the replica's writer, lets it be used, and gives its lock back. Errors: another writer is at work, the
/// directory cannot be used, or what `use` said.
using Use = std::function<base::Result<void, base::Problem>(store::Writer& writer)>;
using WithWriter = std::function<base::Result<void, base::Problem>(const Use& use)>;
/// A writer with a judge before it, or with none. The judge outlives what is returned.
WithWriter writer_of(std::string directory, std::string program, store::Judge* judge = nullptr);

struct FollowConfig {
  SitesConfig sites;
  std::string spool;  ///< a directory for the file that is being fetched
  std::chrono::milliseconds poll_interval{1'000};
  std::chrono::milliseconds info_interval{30'000};  ///< asked so often whatever the messages say
  std::chrono::milliseconds keep_alive{60'000};     ///< without a word to the site, a hello
  std::chrono::milliseconds writer_wait{10'000};    ///< for another writer of the replica, an operator's command
};

struct FollowCounters {
  base::Counter polls, messages, acknowledged, asked;
  base::Counter taken, refused, held;  ///< versions; held: of those taken, not served
  base::Counter urgent_taken;          ///< of those taken, of the urgent chain
  base::Counter pulls_failed;          ///< fetches that failed, versions that were not taken
  base::Counter logins, sessions_lost, lower_epochs, writer_busy;
  base::Counter pushes_taken, pushes_unfit;  ///< committed; not what fits here, so it was pulled instead
  /// By whoever pushes, at once.
  std::atomic<uint64_t> pushes{0}, pushes_held{0}, pushes_hinted{0}, pushes_over{0}, pushes_refused{0};
};

struct FollowStatus {
  Holding holding;                 ///< the newest stored
  Holding urgent;                  ///< of the urgent chain
  bool known = false;              ///< the replica could be read
  bool idle = false;               ///< nothing is under way
  lists::Version newest;           ///< the highest that any site said since the start
  std::optional<size_t> followed;  ///< which of the sites
  std::vector<SiteStatus> sites;
  std::string problem;  ///< of the replica, or of what was taken last; empty: all is well
  /// The last one of each chain, until a version of that is taken.
  std::map<std::string, store::Refused, std::less<>> refused;
  /// Since a site last said what the newest version is; before the first word, since the start.
  std::chrono::milliseconds silent_for{0};
  /// Since when a newer version is known and not stored; nothing when there is none.
  std::optional<std::chrono::milliseconds> behind_for;
};

/// What became of a push.
struct PushAnswer {
  enum class Kind : uint8_t {
    kHeld,        ///< durable here, this one or a later one
    kPulling,     ///< heard; it is being pulled
    kUnknown,     ///< of a list that nobody follows here
    kLowerEpoch,  ///< of an epoch that is over
  };
  Kind kind{};
  Holding holding;  ///< where the node stands
};

/// A node that follows the centre: logs in to the best site that is well, polls, pulls, proves and commits, and
/// acknowledges only what is durable. All it must know after a crash stands in the replica: whatever was left undone is
/// asked for again, and what is stored already is acknowledged without a second commit. Pulled and pushed versions go
/// the same way, one after the other, in the order of (epoch, number).
///
/// Threads: one of its own, from start() to stop(). push(), look(), status() and counters() from any.
class Follow {
 public:
  /// Where a test looks on, in the loop's thread.
  enum class Step : uint8_t { kOffered, kCommitted, kAcknowledged };
  struct Parts {
    const epp::Messages& messages;
    const base::Clock& clock;
    feed::VerifyingKey key;
    WithWriter with_writer;
    Fetch fetch;
    std::function<void()> interrupt_fetch;                 ///< a fetch that waits fails at once; any thread
    std::function<void(const epp::Reply&)> other_message;  ///< messages about other things; acknowledged after it
    std::function<void(Step)> at_step;                     ///< for tests
  };
  using Pushed = std::function<void(const PushAnswer&)>;
  static constexpr size_t kPushesMax = 4;            ///< that wait with their data; those after only hint
  static constexpr unsigned kMessagesPerTurn = 100;  ///< acknowledged in one go
  static constexpr unsigned kPullsInARow = 20;
  static constexpr unsigned kPullFailuresMax = 5;  ///< in a row; then another site is tried

  Follow(FollowConfig config, Parts parts);
  /// Stops.
  ~Follow();
  Follow(const Follow&) = delete;
  Follow& operator=(const Follow&) = delete;

  void start();
  /// Whatever waits for the network fails at once; a version that is being committed is committed. For good.
  void stop();
  /// A site says so by itself. `done` is called once, by the caller or by the loop.
  void push(const epp::version::Manifest& manifest, Pushed done);
  /// Asks now, whatever was to be waited for.
  void look();

  FollowStatus status() const;
  const FollowCounters& counters() const { return counters_; }

 private:
  struct Push {
    Offer offer;
    Pushed done;
  };
  using Millis = std::chrono::milliseconds;
  void run();
  void turn();
  bool know();
  void connect();
  void poll();
  bool acknowledge(const std::string& id);
  bool take_message(const epp::Reply& message);
  bool ask();
  bool ask_urgent();
  bool take_urgent();
  bool heard(const Word& word);
  void pull(Word word);
  void pull_failed(const std::string& why);
  base::Result<void, base::Problem> commit(feed::StepReport& report, Millis wait);
  base::Result<void, base::Problem> read_holding(store::Writer& writer);
  void note(const feed::StepReport& report);
  void take_pushes();
  bool fits(const Offer& offer) const;
  void session_failed(const std::string& why);
  void step(Step s) const {
    if (parts_.at_step) parts_.at_step(s);
  }
  base::MonotonicTime now() const { return parts_.clock.monotonic(); }
  base::MonotonicTime next_turn() const;
  /// Lets time pass. False when told to stop.
  bool pause(Millis time);
  void publish();

  const FollowConfig config_;
  const Parts parts_;
  base::Wake interrupt_;
  FollowCounters counters_;

  // The loop's thread:
  Sites sites_;
  CentreFeed feed_;
  feed::Follower follower_;
  Holding holding_, urgent_;
  bool known_ = false;
  lists::Version newest_;
  std::string problem_;
  std::map<std::string, store::Refused, std::less<>> refused_;  ///< by chain
  base::MonotonicTime poll_at_{}, ask_at_{}, urgent_at_{}, pull_at_{}, spoke_at_{};
  Backoff pull_backoff_, replica_backoff_;
  unsigned pull_failures_ = 0;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool look_ = false;  ///< an operator wants it now
  bool hint_ = false;  ///< a push says that there is something
  bool idle_ = false;  ///< the loop waits
  std::deque<Push> pushes_;
  FollowStatus shown_;
  base::MonotonicTime said_at_;
  std::optional<base::MonotonicTime> behind_since_;
  std::thread thread_;
};

}  // namespace eir::sync::follow
