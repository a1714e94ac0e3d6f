// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/digest.h"
#include "core/store/sqlite.h"
#include "core/store/version_info.h"

/// The tables of replica.db, apart from what stands in their BLOBs (codec.h).
namespace eir::store {

inline constexpr int64_t kDatabaseFormat = 1;

/// A source with what its next version is computed from.
struct SourceRow {
  std::string name;
  uint64_t number = 0;
  lists::KindCounts counts;
  KindDigests digests;
  std::string manifest_sha256;
  int64_t published_at = 0;
};

/// Where a source's entries stand. In the order of their keys.
struct SegmentRow {
  int64_t id = 0;
  lists::EntryKind kind{};
  uint64_t first = 0;  ///< lowest key, or start of a range
  uint64_t last = 0;   ///< highest
  uint32_t entries = 0;
  Hash sha256{};
};

/// Creates what is missing in an empty database. Errors: a database of another format.
base::Result<void, base::Problem> prepare_database(Database& db);
/// The format of a database that is only read. Errors: another than kDatabaseFormat.
base::Result<void, base::Problem> check_format(Database& db);

/// Each reads within the caller's transaction. Nothing when the database fails; it keeps why.
std::optional<std::vector<SourceRow>> read_sources(Database& db);
std::optional<std::vector<SegmentRow>> read_segments(Database& db, const std::string& source);
/// Newest first, at most `max`, with their snapshots' names.
std::optional<std::vector<VersionInfo>> read_versions(Database& db, size_t max);

bool write_source(Database& db, const SourceRow& row);
/// Replaces the list of a source's segments.
bool write_segments(Database& db, const std::string& source, const std::vector<SegmentRow>& rows);
bool write_version(Database& db, const VersionInfo& version);

SourceInfo info_of(const SourceRow& row);

/// What is known of a source's version, as text; its SHA-256 stands in the next one.
std::string manifest_text(const SourceRow& row, const std::vector<SegmentRow>& segments);

}  // namespace eir::store
