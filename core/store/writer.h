// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "core/base/result.h"
#include "core/store/list_file.h"
#include "core/store/version_info.h"

namespace eir::store {

struct WriterOptions {
  /// Changed keys since the newest snapshot from which on the writer makes the next one.
  size_t overlay_keys_snapshot = 2'000'000;
};

struct ImportRequest {
  std::string source = "local";
  bool merge = false;  ///< apply on top; else replace the lists of the source
  std::string origin;  ///< for the record: where the lists came from
};

struct ImportResult {
  bool published = false;  ///< false: nothing in it changed anything
  VersionInfo version;     ///< set when published
};

/// The one writer of a replica directory.
///
/// How it is stored, replica.db (SQLite, WAL, synchronous=FULL):
/// - `segments`: a source's entries, sorted, in BLOBs of up to kSegmentEntries entries with the SHA-256 of
///   each; not one row per entry, since random upserts fall to some 50,000 a second. A merge rewrites the
///   segments it touches and no others.
/// - `sources`, `manifests`: per source the chain of versions: counts, digest, SHA-256 over its segments'
///   hashes, SHA-256 of the manifest before.
/// - `versions`: what was published, in order; `journal`: for an applied change the whole entry before and
///   after, per key, in one BLOB; `snapshots`: the files that hold a version whole.
///
/// The order of an import: segments (in transactions nobody's version names yet); the snapshot under a
/// temporary name, fdatasync, rename, directory fsync; one transaction that names it all; CURRENT; then
/// what is no longer needed is deleted. Killed between any two, the version before is served, and the next
/// writer clears away what was left.
///
/// An applied change of IMEIs only is a journal record, which readers take as an overlay; a full version,
/// a change of ranges, or an overlay at its bound makes a snapshot.
///
/// Threads: one at a time. Allocates: 16 octets per entry, and the tables of the snapshot.
class Writer {
 public:
  /// Makes the directory when it is missing, and takes the lock file. Errors: another writer, named by
  /// process and program; the directory or database cannot be used; a newer format.
  static base::Result<std::unique_ptr<Writer>, base::Problem> open(const std::string& directory,
                                                                   const std::string& program,
                                                                   WriterOptions options = {});
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  /// Publishes a list. `list` loses what conflicts with entries already stored: such lines become bad
  /// lines of it. Errors: nothing was published, and why; the version before stands.
  base::Result<ImportResult, base::Problem> import(ListFile& list, const ImportRequest& request,
                                                   const Progress& progress = {});
  /// The published versions and sources, as stored; nothing is loaded.
  base::Result<ReplicaStatus, base::Problem> status() const;

 private:
  class Impl;
  explicit Writer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::store
