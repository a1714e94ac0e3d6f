// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/store/manifest.h"
#include "core/store/sqlite.h"
#include "core/store/version_info.h"

/// The tables of replica.db. Every function works within the caller's transaction, and says whether it succeeded; why
/// not, the database keeps.
namespace eir::store {

inline constexpr int64_t kDatabaseFormat = 2;

/// A source with what of it is served. Its row carries a checksum, and so do those of versions: a damaged page must
/// not be taken for news.
struct SourceRow {
  std::string name;
  lists::Version newest;
  lists::Version served;
  lists::Version held_from;
  bool pinned = false;
  bool repair = false;
  std::string note;
  base::UnixSeconds served_since{};
  std::optional<Refused> refusal;
};

struct VersionRow {
  VersionInfo info;  ///< without snapshot and journal
  KindDigests digests;
};

struct SnapshotRow {
  lists::Version version;
  std::string file;
  uint64_t octets = 0;
};

/// Settings of a connection that writes, and the tables in an empty database. Returns the format found.
base::Result<int64_t, base::Problem> prepare_database(Database& db);
/// The format of a database that is only read.
base::Result<int64_t, base::Problem> format_of(Database& db);
bool create_tables(Database& db);

/// Nothing when the database fails or a row is damaged.
std::optional<std::vector<SourceRow>> read_sources(Database& db);
bool write_source(Database& db, const SourceRow& row);

/// All of a source between two, `after` not included, in their order. When it says false, those before what is damaged.
bool read_versions(Database& db, std::string_view source, lists::Version after, lists::Version to,
                   std::vector<VersionRow>& out);
std::optional<std::optional<VersionRow>> read_version(Database& db, std::string_view source, lists::Version version);
/// The last stored first, with their snapshots; of every source when it is empty.
std::optional<std::vector<VersionInfo>> read_last_versions(Database& db, size_t max, std::string_view source = {});
bool write_version(Database& db, const VersionRow& row, const Manifest& manifest);
/// Text, signature and what a row holds of a manifest.
std::optional<std::vector<Manifest>> read_manifests(Database& db, std::string_view source, lists::Version after,
                                                    size_t max);

/// Newest first.
std::optional<std::vector<SnapshotRow>> read_snapshots(Database& db, std::string_view source);
bool write_snapshot_row(Database& db, std::string_view source, const SnapshotRow& row);

bool write_journal(Database& db, std::string_view source, lists::Version version, base::UnixSeconds at,
                   std::span<const uint8_t> data);

bool write_served(Database& db, const ServedInfo& row);
/// The last first, none later than `until`; of every source when it is empty.
std::optional<std::vector<ServedInfo>> read_served(Database& db, std::string_view source, size_t max,
                                                   base::UnixSeconds until = base::UnixSeconds::max());

/// The newest that is not held, and how many are.
bool read_policy(Database& db, std::optional<PolicyInfo>& policy, uint64_t& held);

/// The one of a number.
std::optional<std::optional<PolicyInfo>> read_policy(Database& db, uint64_t number);

/// What rows and manifests say of a source, as status shows it. Nothing when the database fails or is damaged.
std::optional<SourceInfo> read_source_info(Database& db, const SourceRow& row);

}  // namespace eir::store
