// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "appliance/guarded/guarded.h"
#include "sync/follow/follow.h"

namespace eir::appliance::syncd {

/// Opens the replica's writer for each use, with the guard before it, and keeps what the guard knows of devices seen
/// fresh: journals are read at the start, then every kAge in a thread of its own. A policy that came since is heeded at
/// once. Threads: writer() any, one at a time.
class Keeper {
 public:
  static constexpr std::chrono::minutes kAge{10};
  static constexpr const char* kProgram = "eir-syncd";

  Keeper(std::string replica, std::string sightings, bool guard);
  ~Keeper();
  /// Reads the journals. Errors: that cannot be done; the guard goes on with what it knew.
  base::Result<void, base::Problem> start();
  base::Result<void, base::Problem> with_writer(const sync::follow::Use& use);

 private:
  base::Result<void, base::Problem> learn(const std::optional<store::PolicyInfo>& policy);
  void run();

  const std::string replica_;
  const GuardBasis basis_;
  const bool guard_;
  std::mutex mutex_;  ///< guards the next two, and stop_
  std::shared_ptr<GuardKnowledge> knowledge_;
  uint64_t policy_ = 0;  ///< the number of the document that is in it
  std::condition_variable wake_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace eir::appliance::syncd
