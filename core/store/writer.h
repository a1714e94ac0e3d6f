// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/files/list_file.h"
#include "core/lists/index.h"
#include "core/store/directory.h"
#include "core/store/judge.h"
#include "core/store/manifest.h"
#include "core/store/version_info.h"

namespace eir::store {

struct WriterOptions {
  /// Places changed since a source's newest snapshot from which on the writer makes the next one.
  size_t overlay_keys_snapshot = lists::kOverlayKeysMax / 2;
  /// Versions since then that do the same, however little they change: whoever starts goes through all of them.
  uint64_t versions_snapshot = 20'000;
  /// Changes before the older kept snapshot are kept so long, for as-of and preview, and so many octets of them.
  std::chrono::seconds journal_kept = std::chrono::hours(24 * 90);
  uint64_t journal_octets_max = uint64_t{16} << 30;
  /// Threads that share the digests of a full version; 0: as many as the machine has, at most 4.
  unsigned threads = 0;
  /// How long another writer is waited for.
  std::chrono::milliseconds lock_wait{};
  /// For tests.
  AtStep at_step;  ///< called after each step
  std::function<base::UnixSeconds()> now;
};

struct ImportRequest {
  std::string source = "local";
  bool merge = false;  ///< apply on top; else replace the lists of the source
  std::string origin;  ///< for the record: where the lists came from
};

struct ImportResult {
  bool published = false;  ///< false: nothing in it changed anything
  VersionInfo version;     ///< set when published
  bool held = false;       ///< published, and not served: the guard holds it
  Judgement judgement;
};

/// A version of the centre that was stored.
struct Taken {
  lists::Version newest;
  lists::Version served;  ///< the source's; an older one while it is pinned or held
  bool held = false;      ///< this version waits for the operator
  Judgement judgement;
};

/// What rollback(), unpin() and release() did.
struct Swapped {
  lists::Version before, after;
  bool held = false;  ///< the guard said no: nothing is served otherwise than before
  Judgement judgement;
};

/// The one writer of a replica directory.
///
/// How it is stored, replica.db (SQLite, WAL, synchronous=FULL): `sources` with what is served of each,
/// `versions` with their manifests, `journal` with the change record of every version that is one, `snapshots`
/// with the files that hold a version whole, `served` with what was served when, `policies`. The entries
/// themselves stand in the snapshot files; the two newest of each source are kept, every one that a served
/// version needs, and the journal from the older one on.
///
/// The order of a full version, and of a fold: the snapshot under a temporary name, fdatasync, rename, directory
/// fsync; one transaction that names it all; CURRENT; the readers are rung; what is no longer needed is deleted. A
/// change is a transaction and a ring. Killed between any two, the version before or after is served, and the
/// next writer clears away what was left.
///
/// Threads: one at a time. Allocates: 16 octets per IMEI of a full version; a change costs what it changes.
class Writer {
 public:
  /// Makes the directory when it is missing, takes the lock file, and brings a store of format 1 up to date. Errors:
  /// another writer, named by process and program; the directory or database cannot be used; a newer format.
  static base::Result<std::unique_ptr<Writer>, base::Problem> open(const std::string& directory,
                                                                   const std::string& program,
                                                                   WriterOptions options = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Asked from now on before anything else is served. Null: nobody. It outlives the writer or is taken back.
  void set_judge(Judge* judge);

  /// Publishes a local list. `list` loses its entries, and the ranges that conflict with those stored become bad
  /// lines of it. Errors: nothing was published, and why; the version before stands.
  base::Result<ImportResult, base::Problem> import(files::ListFile& list, const ImportRequest& request,
                                                   const files::Progress& progress = {});

  /// Takes a change of a signed source, whose signature and data's hash the caller has proven. Proves the rest
  /// against the newest stored state: epoch, number, base, parent, every before-image, counts and digests. A
  /// refusal is noted, but for a repeat.
  base::Result<Taken, Refused> take_change(std::string_view source, const Manifest& manifest, lists::Change&& change,
                                           const std::string& origin = {});
  /// Takes a full version. The parent is proven where it is the next number of the same epoch and no repair is
  /// wanted. Entries sorted, each place once. Ends a repair. The newest stored version may come again: for a
  /// repair, or under another manifest that gives it the same counts and digests, which it has from then on.
  base::Result<Taken, Refused> take_full(std::string_view source, const Manifest& manifest, lists::Entries&& entries,
                                         lists::TermsPool&& pool, const std::string& origin = {});
  /// Stores what others refused, so that every reader alarms; asks for repair where a full version mends it.
  base::Result<void, base::Problem> note_refusal(std::string_view source, const Refused& refused);
  base::Result<void, base::Problem> clear_refusal(std::string_view source);

  /// Serves an older stored version of a source and pins it: what comes is stored and not served until unpin(). The
  /// judge is asked unless `despite_guard`. Errors: no such version, or its state cannot be had any more (the
  /// oldest that can is named).
  base::Result<Swapped, base::Problem> rollback(std::string_view source, lists::Version version,
                                                const std::string& note, bool despite_guard = false);
  base::Result<Swapped, base::Problem> unpin(std::string_view source, const std::string& note = {});
  /// Serves what was held, whatever the guard says; its window begins anew. Of "policy" too.
  base::Result<Swapped, base::Problem> release(std::string_view source, const std::string& note = {});
  /// What is held is not served. It stays stored, since later changes build on it; the next version that comes
  /// is judged against what is served. A refused policy is deleted.
  base::Result<Swapped, base::Problem> refuse(std::string_view source, const std::string& note = {});

  /// Stores a policy document. True when it is held: as judged, or because an earlier one is. Errors: its number is not
  /// above the newest.
  base::Result<bool, base::Problem> take_policy(const std::string& text, uint64_t number, const std::string& note,
                                                const Judgement& judgement = {});

  /// What the guard counted for what was served of all sources since `since` or the last release, whichever is later.
  base::Result<uint64_t, base::Problem> turned_since(base::UnixSeconds since) const;
  /// A stored version's state, and what is served of all sources, of what is damaged an older state or none (null:
  /// nothing).
  base::Result<std::shared_ptr<const lists::Index>, base::Problem> state(std::string_view source,
                                                                         lists::Version version);
  base::Result<std::shared_ptr<const lists::View>, base::Problem> served();
  /// Of the newest stored version of a source; nothing when it has none.
  base::Result<std::optional<Manifest>, base::Problem> newest_manifest(std::string_view source) const;
  /// As Reader's.
  base::Result<std::vector<Manifest>, base::Problem> manifests(std::string_view source, lists::Version after,
                                                               size_t max) const;
  base::Result<ReplicaStatus, base::Problem> status() const;

 private:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::store
