// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "core/base/counter.h"
#include "core/lists/index.h"
#include "core/store/manifest.h"
#include "core/store/version_info.h"

namespace eir::store {

/// How often a daemon's worker should call Reader::poll(), whether it was rung or not.
inline constexpr std::chrono::milliseconds kPollInterval{200};

struct ReaderCounters {
  base::Counter polls;
  base::Counter versions_taken;
  base::Counter versions_refused;  ///< damaged or unprovable
  base::Counter overlay_full;      ///< kOverlayKeysMax was hit
  base::Counter rings;
};

/// A source's state as it was at some time.
struct PastState {
  lists::Version version;
  ServedInfo served;  ///< the row that says so
  std::shared_ptr<const lists::Index> lists;
};

/// What a recomputation of the digests from the serving tables found.
struct Recomputed {
  bool running = false;
  uint64_t entries = 0;              ///< gone through so far
  base::UnixSeconds ended_at{};      ///< of the last that ended; 0: none did
  std::vector<base::Problem> wrong;  ///< of the last that ended: sources whose digest is another than it should be
};

/// Follows a replica directory for one process.
///
/// Per source it opens the newest snapshot at or before the served version whose checksums hold, and applies the
/// journal up to it; when that is damaged, the one before and its longer tail. Nothing unproven is served: a
/// snapshot must be the version that the database names, and every record the one whose hash stands beside it.
/// Once something is served, a damaged newer version never takes it away.
///
/// In the daemon: open() at start; the worker thread waits for bell() to become readable, or kPollInterval, calls
/// poll() and, when it says true, publishes a new decision::Basis with view().
///
/// Threads: one at a time, never an answering thread (it reads SQLite and files). The views it hands out may be used
/// from any thread and outlive it. Allocates: yes.
class Reader {
 public:
  /// Never fails for what stands in the directory, not even for its absence: view() is null until
  /// something is proven, and status().problems says why.
  static std::unique_ptr<Reader> open(const std::string& directory);
  ~Reader();
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  /// What to answer from, all sources together; null while nothing is proven.
  std::shared_ptr<const lists::View> view() const;
  /// What is served of one source; null for nothing.
  std::shared_ptr<const lists::Index> source(std::string_view source) const;
  /// Looks for news; a few microseconds when there is none. True when view() changed, or when what status() says
  /// did (compare view() to tell).
  bool poll();
  /// Becomes readable when a writer rang; poll() empties it. -1 where the system has no such thing left.
  int bell() const;
  /// For show commands; as of the last open() or poll() that found news. Returns a copy.
  ReplicaStatus status() const;
  const ReaderCounters& counters() const;

  // For explain, preview and verify; they read files and may take seconds.

  /// Any stored version's state. Errors: there is no way to it any more; the oldest one that there is is named.
  base::Result<std::shared_ptr<const lists::Index>, base::Problem> state(std::string_view source,
                                                                         lists::Version version) const;
  /// What was served of a source at a time. Errors: older than is kept; the oldest there is is named.
  base::Result<PastState, base::Problem> state_at(std::string_view source, base::UnixSeconds at) const;
  /// Whether it is certain that nothing of a source was served yet at a time for which state_at() knows nothing.
  bool not_served_yet(std::string_view source, base::UnixSeconds at) const;
  /// The policy document that held at a time; nothing when none did. Errors: it is no longer kept.
  base::Result<std::optional<PolicyInfo>, base::Problem> policy_at(base::UnixSeconds at) const;
  /// The entry at a place of a source at a time, its terms interned in `pool`; nothing when there was none. Needs
  /// only the journal, and so reaches further back than state_at().
  template <class Entry>
  base::Result<std::optional<Entry>, base::Problem> entry_at(std::string_view source, const Entry& place,
                                                             base::UnixSeconds at, lists::TermsPool& pool) const;
  /// What a version changed; nothing of a full version, or when it is no longer kept. Errors: it is damaged.
  base::Result<std::optional<lists::Change>, base::Problem> change(std::string_view source,
                                                                   lists::Version version) const;
  /// The manifests after a version, oldest first, at most `max`, with text and signature.
  base::Result<std::vector<Manifest>, base::Problem> manifests(std::string_view source, lists::Version after,
                                                               size_t max) const;
  /// The versions stored last, and what was served when; the last first, at most `max`. Of every source when it is
  /// empty.
  base::Result<std::vector<VersionInfo>, base::Problem> versions(std::string_view source, size_t max) const;
  base::Result<std::vector<ServedInfo>, base::Problem> served(std::string_view source, size_t max) const;
  /// What is damaged of the database, page by page, and of the snapshots, those that nothing needs today included.
  std::vector<base::Problem> damage() const;

  /// Begins to recompute the digests of all that is served from the tables themselves, on a thread of its own that
  /// takes at most `share` of a core; nothing when one is under way. What is wrong then stands in status().problems.
  void recompute(double share = 0.05);
  Recomputed recomputed() const;

 private:
  class Impl;
  explicit Reader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::store
