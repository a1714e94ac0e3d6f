// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <deque>
#include <map>
#include <set>

#include "core/base/clock.h"
#include "core/base/counter.h"
#include "core/feed/feed.h"
#include "core/feed/signature.h"
#include "core/store/reader.h"
#include "core/store/writer.h"

namespace eir::feed {

/// Bounds of the urgent chain: what passes a hold must stay small.
inline constexpr uint64_t kUrgentPlacesMax = 1'000;  ///< within kUrgentWindow
inline constexpr std::chrono::seconds kUrgentWindow{24 * 3600};

/// Versions of one chain in one step, so that the other chain and a stop are never far.
inline constexpr unsigned kVersionsPerStep = 100;
/// How many manifests are read to find a full version, and how many behind the newest are looked at.
inline constexpr size_t kManifestsLookedAt = 1'000;
/// A version that was refused is fetched again so much later, in case it was brought anew.
inline constexpr std::chrono::seconds kRetryAfter{30};

struct FollowerCounters {
  base::Counter steps;
  base::Counter taken;
  base::Counter held;     ///< of those taken, not served
  base::Counter repeats;  ///< offered again, and stored already
  base::Counter refused;
  base::Counter repairs_asked;
};

/// What one step did.
struct StepReport {
  struct Took {
    std::string source;
    store::Taken taken;
  };
  struct Refusal {
    std::string source;
    store::Refused refused;
  };
  std::vector<Took> taken;
  std::vector<Refusal> refused;
  bool more = false;  ///< there is more to take at once
};

/// Brings what a feed offers into the replica: looks, proves signature and chain, hands over to the writer, which
/// proves the rest. What does not fit is not taken, is noted where every reader finds it, and a full version is asked
/// for; until that comes, whatever fits is taken all the same. The urgent chain comes first.
///
/// Threads: one. Allocates: a version's entries.
class Follower {
 public:
  struct Parts {
    Feed& feed;
    VerifyingKey key;
    const base::Clock& clock;
  };
  explicit Follower(Parts parts) : parts_(std::move(parts)) {}

  /// One look at the feed. The writer need not be the same each time. Errors: the feed or the replica cannot be used
  /// now; a later step may go on.
  base::Result<StepReport, base::Problem> step(store::Writer& writer);
  const FollowerCounters& counters() const { return counters_; }

 private:
  using Done = base::Result<void, base::Problem>;
  struct Chain {
    std::string source;
    std::set<lists::Version> seen;      ///< behind the newest, looked at; only such as are still offered
    std::set<lists::Version> not_full;  ///< ahead of it, known to be changes
    lists::Version refused;             ///< not tried again before `retry_at`
    base::MonotonicTime retry_at{};
  };
  /// A source as it stands, and the step's report.
  struct Turn {
    store::Writer& writer;
    Chain& chain;
    std::optional<store::Manifest> newest;
    bool repair = false;   ///< a full version is asked for
    bool refusal = false;  ///< one is noted
    StepReport& report;
  };
  struct Urgent {
    base::UnixSeconds at;
    uint64_t places;
  };

  Done recall(store::Writer& writer);
  Done follow(store::Writer& writer, Chain& chain, StepReport& report);
  base::Result<Turn, base::Problem> begin(store::Writer& writer, Chain& chain, StepReport& report);
  Done look_back(Turn& turn, const std::vector<lists::Version>& offered);
  base::Result<std::optional<lists::Version>, base::Problem> next(Turn& turn, std::span<const lists::Version> ahead);
  /// True when it was taken.
  base::Result<bool, base::Problem> take(Turn& turn, lists::Version version);
  base::Result<bool, base::Problem> hand_over(Turn& turn, const store::Manifest& manifest);
  base::Result<bool, base::Problem> refuse(Turn& turn, const store::Refused& refused, bool noted = false);
  std::optional<store::Refused> against_chain(const Turn& turn, const store::Manifest& manifest) const;
  std::optional<store::Refused> against_urgency(const Turn& turn, const store::Manifest& manifest) const;
  Done healed(Turn& turn);
  base::UnixSeconds now() const { return std::chrono::floor<std::chrono::seconds>(parts_.clock.wall()); }

  Parts parts_;
  FollowerCounters counters_;
  std::array<Chain, 2> chains_{Chain{std::string(kUrgent), {}, {}, {}, {}},
                               Chain{std::string(kCentre), {}, {}, {}, {}}};
  std::deque<Urgent> urgent_;  ///< taken within the window
  bool recalled_ = false;      ///< what was taken before the start is among them
};

}  // namespace eir::feed
