// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "registry/registry.h"
#include "registry/stream_messages.h"

namespace eir::registry {

struct FollowerCounters {
  std::atomic<uint64_t> asked{0}, lower_epochs{0}, divergences{0}, copies_fetched{0}, octets_fetched{0};
};

/// One step after another of following a site over a link. Threads: one, but for counters(). The registry outlives it.
class StreamFollower {
 public:
  /// `directory`: where lists of lost commands are written, and a copy that is being fetched lies.
  StreamFollower(Registry& registry, std::string name, std::string directory)
      : registry_(registry), name_(std::move(name)), directory_(std::move(directory)) {}

  enum class Step : uint8_t {
    kNothing,  ///< there was nothing new
    kApplied,
    kCutBack,  ///< everything was taken over, and own commands may be lost
  };
  /// Asks for what comes next, waits so long for it, and commits it. What was committed is acknowledged with the next
  /// question. Errors: the link; the other has a lower epoch; it has another chain and no right to ours; the store.
  base::Result<Step, base::Problem> step(StreamLink& link, std::chrono::milliseconds wait);
  /// What the other site is.
  base::Result<SiteState, base::Problem> state(StreamLink& link) const;
  const FollowerCounters& counters() const { return counters_; }

 private:
  base::Result<Answer, base::Problem> ask(StreamLink& link, Ask ask, std::chrono::milliseconds most) const;
  base::Result<Step, base::Problem> cut_back(StreamLink& link, const Answer& answer);
  /// The newest block that both have; 0: none.
  base::Result<uint64_t, base::Problem> ancestor(StreamLink& link);
  base::Result<void, base::Problem> fetch(StreamLink& link, const std::string& file);
  /// That the copy holds our chain up to there.
  base::Result<void, base::Problem> check(const std::string& directory, uint64_t ancestor);

  Registry& registry_;
  const std::string name_;
  const std::string directory_;
  mutable FollowerCounters counters_;
};

}  // namespace eir::registry
