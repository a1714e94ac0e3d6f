// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/base/counter.h"
#include "core/lists/view.h"
#include "core/store/version_info.h"

namespace eir::store {

/// How often a daemon's worker should call Reader::poll().
inline constexpr std::chrono::milliseconds kPollInterval{200};

struct ReaderCounters {
  base::Counter polls;
  base::Counter versions_taken;
  base::Counter versions_refused;  ///< damaged or unprovable
  base::Counter overlay_full;      ///< kOverlayKeysMax was hit
};

/// Follows a replica directory for one process.
///
/// Opens the newest snapshot whose checksums hold and replays the journal after it; falls back to the one
/// before when it is damaged. Serves nothing unproven: counts and digest of every version are recomputed
/// from what was read. Once something is served, a damaged newer version never takes it away.
///
/// In the daemon: open() at start; the worker thread calls poll() every kPollInterval and, when it says
/// true, publishes a new decision::Basis with view().
///
/// Threads: one at a time, never an answering thread (it reads SQLite and files). The views it hands out
/// may be used from any thread and outlive it. Allocates: yes.
class Reader {
 public:
  /// Never fails for what stands in the directory, not even for its absence: view() is null until
  /// something is proven, and status().problems says why.
  static std::unique_ptr<Reader> open(const std::string& directory);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What to answer from; null while nothing is proven.
  std::shared_ptr<const lists::View> view() const;
  /// Looks for news; a few microseconds when there is none. True when view() changed, or when problems
  /// did (compare view() to tell).
  bool poll();
  /// For show commands; as of the last open() or poll() that found news. Returns a copy.
  ReplicaStatus status() const;
  const ReaderCounters& counters() const;

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::store
