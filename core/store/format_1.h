// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/lists/entries.h"
#include "core/store/manifest.h"
#include "core/store/sqlite.h"

/// Replicas in the first database format: IMEIs and ranges only, the entries in BLOBs of the database, the snapshots
/// of all sources joined and in a format of their own. They are read for ever, and never written.
namespace eir::store::format_1 {

inline constexpr int64_t kFormat = 1;

/// A segment: sorted entries of one kind, and the reason texts they use. Big-endian.
///
///     format 2 (= 1) | kind 2 | entries 4 | reasons 4
///     per entry: IMEI: word 8 (key 47, software version code 7, unused 7, lists 3), reason 4
///                range: from 8 (key 47, unused 14, lists 3), to 8, reason 4
///     per reason: length 1, text; the first is number 1, 0 is none
///
/// Appends a segment's entries to those of its kind. False when the octets are no segment, or do not go on after the
/// entries there are.
bool decode_segment(std::span<const uint8_t> data, lists::Entries& out, lists::TermsPool& pool);

/// A source as it stands.
struct Source {
  std::string name;
  lists::Version version;  ///< the last of the directory's that was this source's
  lists::KindCounts counts;
  KindDigests digests;
  std::string origin;
  std::string manifest_text;
  base::UnixSeconds published_at{};
  lists::Entries entries;
  lists::TermsPool pool;
};

/// Everything there is, its hashes, counts and digests proven. Within the caller's transaction. Errors: what is
/// damaged; nothing is returned then.
base::Result<std::vector<Source>, base::Problem> read(Database& db, const std::string& directory);

/// Makes a store of format 1 one of today's: a snapshot for each source, then all rows in one transaction. Killed
/// before that, the store is what it was. Errors: what is damaged, or cannot be written.
base::Result<void, base::Problem> convert(Database& db, const std::string& directory, base::UnixSeconds now);

}  // namespace eir::store::format_1
