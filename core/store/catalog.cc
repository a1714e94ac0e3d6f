// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/catalog.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::store {
namespace {

using base::problem;
using lists::KindCounts;
using lists::StateDigest;

constexpr const char* kSchema = R"sql(
BEGIN;
CREATE TABLE meta(format INTEGER NOT NULL);
-- A source's sorted entries in BLOBs. What no row of segment_list names is left over from an import that
-- did not end, or from an older version.
CREATE TABLE segments(id INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE segment_list(source TEXT NOT NULL, seq INTEGER NOT NULL, segment INTEGER NOT NULL, kind INTEGER NOT NULL,
  first INTEGER NOT NULL, last INTEGER NOT NULL, entries INTEGER NOT NULL, sha256 BLOB NOT NULL,
  PRIMARY KEY(source, seq)) WITHOUT ROWID;
-- The state of each source, and the chain of its manifests.
CREATE TABLE sources(name TEXT PRIMARY KEY, number INTEGER NOT NULL, imeis INTEGER NOT NULL, svn_rules INTEGER NOT NULL,
  tacs INTEGER NOT NULL, ranges INTEGER NOT NULL, digest_imeis BLOB NOT NULL, digest_ranges BLOB NOT NULL,
  manifest_sha256 TEXT NOT NULL, published_at INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE manifests(source TEXT NOT NULL, number INTEGER NOT NULL, text TEXT NOT NULL, PRIMARY KEY(source, number))
  WITHOUT ROWID;
-- What was published here, in order. Counts and digest are of all sources joined: what is served.
CREATE TABLE versions(number INTEGER PRIMARY KEY, epoch INTEGER NOT NULL, source TEXT NOT NULL,
  source_number INTEGER NOT NULL, is_full INTEGER NOT NULL, origin TEXT NOT NULL, imeis INTEGER NOT NULL,
  svn_rules INTEGER NOT NULL, tacs INTEGER NOT NULL, ranges INTEGER NOT NULL, digest BLOB NOT NULL,
  changed_keys INTEGER NOT NULL, published_at INTEGER NOT NULL);
-- For versions that are a change of IMEIs on top of the one before.
CREATE TABLE journal(number INTEGER PRIMARY KEY, sha256 BLOB NOT NULL, data BLOB NOT NULL);
CREATE TABLE snapshots(number INTEGER PRIMARY KEY, file TEXT NOT NULL, octets INTEGER NOT NULL);
INSERT INTO meta VALUES(1);
COMMIT;
)sql";

std::optional<StateDigest> digest_of(std::span<const uint8_t> blob) {
  if (blob.size() != 16) return std::nullopt;
  return digest_from(blob.first<16>());
}

KindCounts counts_at(const Statement& s, int column) {
  const auto n = [&](int i) { return static_cast<uint64_t>(s.integer(column + i)); };
  return {n(0), n(1), n(2), n(3)};
}

void bind_counts(Statement& s, const KindCounts& c) {
  for (const uint64_t n : {c.imeis, c.svn_rules, c.tacs, c.ranges}) s.bind(static_cast<int64_t>(n));
}

}  // namespace

base::Result<void, base::Problem> check_format(Database& db) {
  int64_t format = 0;
  if (!db.number("SELECT format FROM meta", format)) return tl::unexpected(db.problem());
  if (format != kDatabaseFormat)
    return problem(db.problem().where,
                   fmt::format("database format {}, this program reads {}", format, kDatabaseFormat));
  return {};
}

base::Result<void, base::Problem> prepare_database(Database& db) {
  int64_t tables = 0;
  if (!db.exec("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
               "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=2000") ||
      !db.number("SELECT count(*) FROM sqlite_schema", tables))
    return tl::unexpected(db.problem());
  if (tables == 0 && !db.exec(kSchema)) return tl::unexpected(db.problem());
  return check_format(db);
}

std::optional<std::vector<SourceRow>> read_sources(Database& db) {
  std::vector<SourceRow> rows;
  Statement s(db,
              "SELECT name, number, imeis, svn_rules, tacs, ranges, digest_imeis, digest_ranges, manifest_sha256,"
              " published_at FROM sources ORDER BY name");
  while (s.step()) {
    SourceRow row;
    row.name = s.text(0);
    row.number = static_cast<uint64_t>(s.integer(1));
    row.counts = counts_at(s, 2);
    const auto imeis = digest_of(s.blob(6)), ranges = digest_of(s.blob(7));
    if (!imeis || !ranges) return std::nullopt;
    row.digests = {*imeis, *ranges};
    row.manifest_sha256 = s.text(8);
    row.published_at = s.integer(9);
    rows.push_back(std::move(row));
  }
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

std::optional<std::vector<SegmentRow>> read_segments(Database& db, const std::string& source) {
  std::vector<SegmentRow> rows;
  Statement s(db, "SELECT segment, kind, first, last, entries, sha256 FROM segment_list WHERE source=? ORDER BY seq");
  s.bind(std::string_view(source));
  while (s.step()) {
    SegmentRow row;
    row.id = s.integer(0);
    row.kind = static_cast<lists::EntryKind>(s.integer(1));
    row.first = static_cast<uint64_t>(s.integer(2));
    row.last = static_cast<uint64_t>(s.integer(3));
    row.entries = static_cast<uint32_t>(s.integer(4));
    const auto sha = s.blob(5);
    if (sha.size() != row.sha256.size()) return std::nullopt;
    std::copy(sha.begin(), sha.end(), row.sha256.begin());
    rows.push_back(row);
  }
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

std::optional<std::vector<VersionInfo>> read_versions(Database& db, size_t max) {
  std::vector<VersionInfo> rows;
  Statement s(db,
              "SELECT v.number, v.epoch, v.source, v.source_number, v.is_full, v.origin, v.imeis, v.svn_rules,"
              " v.tacs, v.ranges, v.digest, v.changed_keys, v.published_at, s.file, s.octets FROM versions v"
              " LEFT JOIN snapshots s ON s.number = v.number ORDER BY v.number DESC LIMIT ?");
  s.bind(static_cast<int64_t>(max));
  while (s.step()) {
    VersionInfo v;
    v.version = {static_cast<uint32_t>(s.integer(1)), static_cast<uint64_t>(s.integer(0))};
    v.source = s.text(2);
    v.source_number = static_cast<uint64_t>(s.integer(3));
    v.full = s.integer(4) != 0;
    v.origin = s.text(5);
    v.counts = counts_at(s, 6);
    const auto digest = digest_of(s.blob(10));
    if (!digest) return std::nullopt;
    v.digest = *digest;
    v.changed_keys = static_cast<uint64_t>(s.integer(11));
    v.published_at = base::UnixSeconds(std::chrono::seconds(s.integer(12)));
    v.snapshot = s.text(13);
    v.snapshot_octets = static_cast<uint64_t>(s.integer(14));
    rows.push_back(std::move(v));
  }
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

bool write_source(Database& db, const SourceRow& row) {
  const auto imeis = octets_of(row.digests.imeis), ranges = octets_of(row.digests.ranges);
  Statement s(db, "INSERT OR REPLACE INTO sources VALUES(?,?,?,?,?,?,?,?,?,?)");
  s.bind(std::string_view(row.name)).bind(static_cast<int64_t>(row.number));
  bind_counts(s, row.counts);
  s.bind_blob(imeis).bind_blob(ranges).bind(std::string_view(row.manifest_sha256)).bind(row.published_at);
  return s.run();
}

bool write_segments(Database& db, const std::string& source, const std::vector<SegmentRow>& rows) {
  Statement gone(db, "DELETE FROM segment_list WHERE source=?");
  if (!gone.bind(std::string_view(source)).run()) return false;
  Statement s(db, "INSERT INTO segment_list VALUES(?,?,?,?,?,?,?,?)");
  int64_t seq = 0;
  for (const SegmentRow& row : rows) {
    s.bind(std::string_view(source)).bind(++seq).bind(row.id).bind(static_cast<int64_t>(row.kind));
    s.bind(static_cast<int64_t>(row.first)).bind(static_cast<int64_t>(row.last)).bind(int64_t{row.entries});
    if (!s.bind_blob(row.sha256).run()) return false;
  }
  return true;
}

bool write_version(Database& db, const VersionInfo& v) {
  const auto digest = octets_of(v.digest);
  Statement s(db, "INSERT INTO versions VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?)");
  s.bind(static_cast<int64_t>(v.version.number)).bind(int64_t{v.version.epoch}).bind(std::string_view(v.source));
  s.bind(static_cast<int64_t>(v.source_number)).bind(int64_t{v.full}).bind(std::string_view(v.origin));
  bind_counts(s, v.counts);
  s.bind_blob(digest).bind(static_cast<int64_t>(v.changed_keys)).bind(v.published_at.time_since_epoch().count());
  if (!s.run()) return false;
  if (v.snapshot.empty()) return true;
  Statement snapshot(db, "INSERT INTO snapshots VALUES(?,?,?)");
  snapshot.bind(static_cast<int64_t>(v.version.number)).bind(std::string_view(v.snapshot));
  return snapshot.bind(static_cast<int64_t>(v.snapshot_octets)).run();
}

SourceInfo info_of(const SourceRow& row) {
  return {row.name,
          row.number,
          row.counts,
          row.digests.total(),
          row.manifest_sha256,
          base::UnixSeconds(std::chrono::seconds(row.published_at))};
}

std::string manifest_text(const SourceRow& row, const std::vector<SegmentRow>& segments) {
  Sha256 data;
  for (const SegmentRow& s : segments) data.update(s.sha256);
  const auto& c = row.counts;
  return fmt::format(
      "turnstile manifest 1\nsource {}\nnumber {}\npublished {}\nimeis {}\nsvn-rules {}\ntacs {}\nranges {}\n"
      "digest-imeis {}\ndigest-ranges {}\ndigest {}\ndata-sha256 {}\nprevious-sha256 {}\n",
      row.name, row.number, row.published_at, c.imeis, c.svn_rules, c.tacs, c.ranges, row.digests.imeis.hex(),
      row.digests.ranges.hex(), row.digests.total().hex(), hex(data.finish()), row.manifest_sha256);
}

}  // namespace eir::store
