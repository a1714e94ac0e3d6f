// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/catalog.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/bytes.h"
#include "core/lists/snapshot.h"

namespace eir::store {
namespace {

using base::UnixSeconds;
using lists::KindCounts;
using lists::Version;

constexpr const char* kSchema = R"sql(
CREATE TABLE meta(format INTEGER NOT NULL);
CREATE TABLE sources(name TEXT PRIMARY KEY, newest_epoch INTEGER NOT NULL, newest_number INTEGER NOT NULL,
  served_epoch INTEGER NOT NULL, served_number INTEGER NOT NULL, held_epoch INTEGER NOT NULL, held_number INTEGER NOT NULL,
  pinned INTEGER NOT NULL, repair INTEGER NOT NULL, note TEXT NOT NULL, served_since INTEGER NOT NULL,
  refusal INTEGER NOT NULL, refused_epoch INTEGER NOT NULL, refused_number INTEGER NOT NULL, refused_detail TEXT NOT NULL,
  refused_at INTEGER NOT NULL, proof INTEGER NOT NULL) WITHOUT ROWID;
-- Counts and digests are of the source's state after the version, by kind, big-endian. Base (0, 0): a full version.
CREATE TABLE versions(seq INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, epoch INTEGER NOT NULL,
  number INTEGER NOT NULL, base_epoch INTEGER NOT NULL, base_number INTEGER NOT NULL, origin TEXT NOT NULL,
  counts BLOB NOT NULL, digests BLOB NOT NULL, places INTEGER NOT NULL, published_at INTEGER NOT NULL,
  stored_at INTEGER NOT NULL, manifest_sha256 TEXT NOT NULL, proof INTEGER NOT NULL, data_sha256 BLOB NOT NULL,
  previous_sha256 BLOB NOT NULL, audit_head BLOB NOT NULL, manifest TEXT NOT NULL, signature BLOB NOT NULL,
  UNIQUE(source, epoch, number));
-- Per version that is a change: the whole entry before and after, per place (codec.h).
CREATE TABLE journal(id INTEGER PRIMARY KEY, source TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL,
  stored_at INTEGER NOT NULL, octets INTEGER NOT NULL, sha256 BLOB NOT NULL, data BLOB NOT NULL,
  UNIQUE(source, epoch, number));
CREATE TABLE snapshots(source TEXT NOT NULL, epoch INTEGER NOT NULL, number INTEGER NOT NULL, file TEXT NOT NULL,
  octets INTEGER NOT NULL, PRIMARY KEY(source, epoch, number)) WITHOUT ROWID;
-- What was served when: a row for each time that changed.
CREATE TABLE served(id INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL, epoch INTEGER NOT NULL,
  number INTEGER NOT NULL, at INTEGER NOT NULL, cause TEXT NOT NULL, note TEXT NOT NULL, turned INTEGER NOT NULL);
CREATE INDEX served_by_source ON served(source, id);
CREATE TABLE policies(number INTEGER PRIMARY KEY, text TEXT NOT NULL, note TEXT NOT NULL, stored_at INTEGER NOT NULL,
  held INTEGER NOT NULL);
INSERT INTO meta VALUES(2);
)sql";

constexpr const char* kVersionColumns =
    "source, epoch, number, base_epoch, base_number, origin, counts, digests, places, published_at, stored_at,"
    " manifest_sha256, proof";

int64_t seconds(UnixSeconds t) { return t.time_since_epoch().count(); }
UnixSeconds time_at(const Statement& s, int column) { return UnixSeconds(std::chrono::seconds(s.integer(column))); }
Version version_at(const Statement& s, int column) {
  return {static_cast<uint32_t>(s.integer(column)), static_cast<uint64_t>(s.integer(column + 1))};
}
Statement& bind(Statement& s, Version v) { return s.bind(int64_t{v.epoch}).bind(static_cast<int64_t>(v.number)); }

/// Proves a row's fields, given as one text.
int64_t proof_of(const std::string& fields) {
  return static_cast<int64_t>(lists::checksum({reinterpret_cast<const uint8_t*>(fields.data()), fields.size()}));
}

std::string fields_of(const SourceRow& r) {
  std::string out = fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", r.name, r.newest.str(), r.served.str(), r.held_from.str(),
                                r.pinned, r.repair, r.note, seconds(r.served_since));
  if (r.refusal)
    out += fmt::format("|{}|{}|{}|{}", static_cast<int>(r.refusal->what), r.refusal->version.str(), r.refusal->detail,
                       seconds(r.refusal->at));
  return out;
}

std::string fields_of(const VersionRow& r) {
  const VersionInfo& v = r.info;
  std::string out = fmt::format("{}|{}|{}|{}|{}|{}|{}|{}", v.source, v.version.str(), v.base.str(), v.origin, v.places,
                                seconds(v.published_at), seconds(v.stored_at), v.manifest_sha256);
  for (const uint64_t n : v.counts.array()) out += fmt::format("|{}", n);
  for (const auto& d : r.digests.kinds) out += fmt::format("|{}", d.hex());
  return out;
}

using CountOctets = std::array<uint8_t, KindCounts::kFields * 8>;
CountOctets encode(const KindCounts& counts) {
  CountOctets out{};
  base::ByteWriter w(out);
  for (const uint64_t n : counts.array()) w.u64(n);
  return out;
}
using DigestOctets = std::array<uint8_t, lists::kEntryKinds * 16>;
DigestOctets encode(const KindDigests& digests) {
  DigestOctets out{};
  base::ByteWriter w(out);
  for (const auto& d : digests.kinds) w.bytes(octets_of(d));
  return out;
}
bool read_counts(std::span<const uint8_t> blob, KindCounts& counts) {
  base::ByteReader r(blob);
  std::array<uint64_t, KindCounts::kFields> all{};
  for (uint64_t& n : all)
    if (!r.u64(n)) return false;
  counts = KindCounts::from_array(all);
  return r.empty();
}
bool read_digests(std::span<const uint8_t> blob, KindDigests& digests) {
  if (blob.size() != sizeof(DigestOctets)) return false;
  for (size_t i = 0; i < digests.kinds.size(); ++i) digests.kinds[i] = digest_from(blob.subspan(i * 16).first<16>());
  return true;
}
bool read_hash(std::span<const uint8_t> blob, base::Hash& hash) {
  if (blob.size() != hash.size()) return false;
  std::copy(blob.begin(), blob.end(), hash.begin());
  return true;
}

/// The row of kVersionColumns; false when it is damaged.
bool read_row(const Statement& s, VersionRow& row) {
  VersionInfo& v = row.info;
  v.source = s.text(0);
  v.version = version_at(s, 1);
  v.base = version_at(s, 3);
  v.full = v.base == Version{};
  v.origin = s.text(5);
  if (!read_counts(s.blob(6), v.counts) || !read_digests(s.blob(7), row.digests)) return false;
  v.digest = row.digests.total();
  v.places = static_cast<uint64_t>(s.integer(8));
  v.published_at = time_at(s, 9);
  v.stored_at = time_at(s, 10);
  v.manifest_sha256 = s.text(11);
  return proof_of(fields_of(row)) == s.integer(12);
}

}  // namespace

base::Result<int64_t, base::Problem> format_of(Database& db) {
  int64_t format = 0;
  if (!db.number("SELECT format FROM meta", format)) return tl::unexpected(db.problem());
  return format;
}

bool create_tables(Database& db) { return db.exec(kSchema); }

base::Result<int64_t, base::Problem> prepare_database(Database& db) {
  int64_t tables = 0;
  if (!db.exec("PRAGMA page_size=16384; PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"
               "PRAGMA cache_size=-65536; PRAGMA wal_autocheckpoint=2000") ||
      !db.number("SELECT count(*) FROM sqlite_schema", tables))
    return tl::unexpected(db.problem());
  if (tables == 0 && !(db.exec("BEGIN IMMEDIATE") && create_tables(db) && db.exec("COMMIT")))
    return tl::unexpected(db.problem());
  return format_of(db);
}

std::optional<std::vector<SourceRow>> read_sources(Database& db) {
  std::vector<SourceRow> rows;
  Statement s(db,
              "SELECT name, newest_epoch, newest_number, served_epoch, served_number, held_epoch, held_number, pinned,"
              " repair, note, served_since, refusal, refused_epoch, refused_number, refused_detail, refused_at, proof"
              " FROM sources ORDER BY name");
  while (s.step()) {
    SourceRow row;
    row.name = s.text(0);
    row.newest = version_at(s, 1);
    row.served = version_at(s, 3);
    row.held_from = version_at(s, 5);
    row.pinned = s.integer(7) != 0;
    row.repair = s.integer(8) != 0;
    row.note = s.text(9);
    row.served_since = time_at(s, 10);
    const int64_t refusal = s.integer(11);
    if (refusal < 0 || refusal > kRefusals) return db.damaged("the row of a source"), std::nullopt;
    if (refusal != 0)
      row.refusal = Refused{static_cast<Refusal>(refusal), version_at(s, 12), s.text(14), time_at(s, 15)};
    if (proof_of(fields_of(row)) != s.integer(16))
      return db.damaged("the row of source '" + row.name + "'"), std::nullopt;
    rows.push_back(std::move(row));
  }
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

bool write_source(Database& db, const SourceRow& row) {
  Statement s(db, "INSERT OR REPLACE INTO sources VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  const Refused refused = row.refusal.value_or(Refused{});
  s.bind(std::string_view(row.name));
  bind(bind(bind(s, row.newest), row.served), row.held_from).bind(int64_t{row.pinned}).bind(int64_t{row.repair});
  s.bind(std::string_view(row.note)).bind(seconds(row.served_since)).bind(static_cast<int64_t>(refused.what));
  bind(s, refused.version).bind(std::string_view(refused.detail)).bind(seconds(refused.at));
  return s.bind(proof_of(fields_of(row))).run();
}

bool read_versions(Database& db, std::string_view source, Version after, Version to, std::vector<VersionRow>& out) {
  Statement s(db, fmt::format("SELECT {} FROM versions WHERE source=? AND (epoch, number) > (?, ?) AND"
                              " (epoch, number) <= (?, ?) ORDER BY epoch, number",
                              kVersionColumns));
  bind(bind(s.bind(source), after), to);
  while (s.step()) {
    VersionRow row;
    if (!read_row(s, row)) {
      db.damaged(fmt::format("the row of version {} of {}", row.info.version.str(), source));
      return false;
    }
    out.push_back(std::move(row));
  }
  return s.ok();
}

std::optional<std::optional<VersionRow>> read_version(Database& db, std::string_view source, Version version) {
  Statement s(db, fmt::format("SELECT {} FROM versions WHERE source=? AND epoch=? AND number=?", kVersionColumns));
  bind(s.bind(source), version);
  std::optional<VersionRow> row;
  if (s.step() && !read_row(s, row.emplace()))
    return db.damaged(fmt::format("the row of version {} of {}", version.str(), source)), std::nullopt;
  return s.ok() ? std::optional(std::move(row)) : std::nullopt;
}

std::optional<std::vector<VersionInfo>> read_last_versions(Database& db, size_t max, std::string_view source) {
  std::vector<VersionInfo> out;
  Statement s(
      db, fmt::format("SELECT {} FROM versions WHERE ?1='' OR source=?1 ORDER BY seq DESC LIMIT ?2", kVersionColumns));
  Statement snapshot(db, "SELECT file, octets FROM snapshots WHERE source=? AND epoch=? AND number=?");
  Statement journal(db, "SELECT 1 FROM journal WHERE source=? AND epoch=? AND number=?");
  s.bind(source).bind(static_cast<int64_t>(max));
  while (s.step()) {
    VersionRow row;
    if (!read_row(s, row)) {
      db.damaged(fmt::format("the row of version {} of {}", row.info.version.str(), row.info.source));
      continue;  // what is served is read apart; here the others are still worth showing
    }
    bind(snapshot.bind(std::string_view(row.info.source)), row.info.version);
    if (snapshot.step()) {
      row.info.snapshot = snapshot.text(0);
      row.info.snapshot_octets = static_cast<uint64_t>(snapshot.integer(1));
    }
    snapshot.reset();
    bind(journal.bind(std::string_view(row.info.source)), row.info.version);
    row.info.in_journal = journal.step();
    journal.reset();
    out.push_back(std::move(row.info));
  }
  return s.ok() && snapshot.ok() && journal.ok() ? std::optional(std::move(out)) : std::nullopt;
}

bool write_version(Database& db, const VersionRow& row, const Manifest& m) {
  const VersionInfo& v = row.info;
  const auto counts = encode(v.counts);
  const auto digests = encode(row.digests);
  Statement s(db,
              "INSERT INTO versions(source, epoch, number, base_epoch, base_number, origin, counts, digests, places,"
              " published_at, stored_at, manifest_sha256, proof, data_sha256, previous_sha256, audit_head, manifest,"
              " signature) VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  bind(bind(s.bind(std::string_view(v.source)), v.version), v.base).bind(std::string_view(v.origin));
  s.bind_blob(counts).bind_blob(digests).bind(static_cast<int64_t>(v.places)).bind(seconds(v.published_at));
  s.bind(seconds(v.stored_at)).bind(std::string_view(v.manifest_sha256)).bind(proof_of(fields_of(row)));
  s.bind_blob(m.data_sha256).bind_blob(m.previous_sha256).bind_blob(m.audit_head).bind(std::string_view(m.text));
  return s.bind_blob(m.signature).run();
}

std::optional<std::vector<Manifest>> read_manifests(Database& db, std::string_view source, Version after, size_t max) {
  std::vector<Manifest> out;
  Statement s(db, fmt::format("SELECT {}, data_sha256, previous_sha256, audit_head, manifest, signature FROM versions"
                              " WHERE source=? AND (epoch, number) > (?, ?) ORDER BY epoch, number LIMIT ?",
                              kVersionColumns));
  bind(s.bind(source), after).bind(static_cast<int64_t>(max));
  while (s.step()) {
    VersionRow row;
    Manifest m;
    if (!read_row(s, row) || !read_hash(s.blob(13), m.data_sha256) || !read_hash(s.blob(14), m.previous_sha256) ||
        !read_hash(s.blob(15), m.audit_head))
      return db.damaged(fmt::format("the row of version {} of {}", row.info.version.str(), source)), std::nullopt;
    m.version = row.info.version;
    m.base = row.info.base;
    m.counts = row.info.counts;
    m.digests = row.digests;
    m.created_at = row.info.published_at;
    m.places = row.info.places;
    m.text = s.text(16);
    const auto signature = s.blob(17);
    m.signature.assign(signature.begin(), signature.end());
    if (base::hex(m.sha256()) != row.info.manifest_sha256)
      return db.damaged(fmt::format("the manifest of version {} of {}", m.version.str(), source)), std::nullopt;
    out.push_back(std::move(m));
  }
  return s.ok() ? std::optional(std::move(out)) : std::nullopt;
}

std::optional<std::vector<SnapshotRow>> read_snapshots(Database& db, std::string_view source) {
  std::vector<SnapshotRow> rows;
  Statement s(db, "SELECT epoch, number, file, octets FROM snapshots WHERE source=? ORDER BY epoch DESC, number DESC");
  s.bind(source);
  while (s.step()) rows.push_back({version_at(s, 0), s.text(2), static_cast<uint64_t>(s.integer(3))});
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

bool write_snapshot_row(Database& db, std::string_view source, const SnapshotRow& row) {
  Statement s(db, "INSERT OR REPLACE INTO snapshots VALUES(?,?,?,?,?)");
  bind(s.bind(source), row.version).bind(std::string_view(row.file)).bind(static_cast<int64_t>(row.octets));
  return s.run();
}

bool write_journal(Database& db, std::string_view source, Version version, UnixSeconds at,
                   std::span<const uint8_t> data) {
  const base::Hash hash = base::Sha256::of(data);
  Statement s(db, "INSERT INTO journal(source, epoch, number, stored_at, octets, sha256, data) VALUES(?,?,?,?,?,?,?)");
  bind(s.bind(source), version).bind(seconds(at)).bind(static_cast<int64_t>(data.size()));
  return s.bind_blob(hash).bind_blob(data).run();
}

bool write_served(Database& db, const ServedInfo& row) {
  Statement s(db, "INSERT INTO served(source, epoch, number, at, cause, note, turned) VALUES(?,?,?,?,?,?,?)");
  bind(s.bind(std::string_view(row.source)), row.version).bind(seconds(row.at)).bind(std::string_view(row.cause));
  return s.bind(std::string_view(row.note)).bind(static_cast<int64_t>(row.turned)).run();
}

std::optional<std::vector<ServedInfo>> read_served(Database& db, std::string_view source, size_t max,
                                                   UnixSeconds until) {
  std::vector<ServedInfo> rows;
  Statement s(db, fmt::format("SELECT source, epoch, number, at, cause, note, turned FROM served WHERE {} AND at <= ?3"
                              " ORDER BY id DESC LIMIT ?2",
                              source.empty() ? "?1=''" : "source=?1"));
  s.bind(source).bind(static_cast<int64_t>(max)).bind(seconds(until));
  while (s.step())
    rows.push_back(
        {s.text(0), version_at(s, 1), time_at(s, 3), s.text(4), s.text(5), static_cast<uint64_t>(s.integer(6))});
  return s.ok() ? std::optional(std::move(rows)) : std::nullopt;
}

bool read_policy(Database& db, std::optional<PolicyInfo>& policy, uint64_t& held) {
  int64_t waiting = 0;
  if (!db.number("SELECT count(*) FROM policies WHERE held", waiting)) return false;
  held = static_cast<uint64_t>(waiting);
  Statement s(db, "SELECT number, text, note, stored_at FROM policies WHERE NOT held ORDER BY number DESC LIMIT 1");
  policy.reset();
  if (s.step()) policy = {static_cast<uint64_t>(s.integer(0)), s.text(1), s.text(2), time_at(s, 3), false};
  return s.ok();
}

std::optional<std::optional<PolicyInfo>> read_policy(Database& db, uint64_t number) {
  Statement s(db, "SELECT number, text, note, stored_at, held FROM policies WHERE number=?");
  std::optional<PolicyInfo> policy;
  if (s.bind(static_cast<int64_t>(number)).step())
    policy = {static_cast<uint64_t>(s.integer(0)), s.text(1), s.text(2), time_at(s, 3), s.integer(4) != 0};
  return s.ok() ? std::optional(std::move(policy)) : std::nullopt;
}

std::optional<SourceInfo> read_source_info(Database& db, const SourceRow& row) {
  SourceInfo info;
  info.name = row.name;
  info.newest = row.newest;
  info.served = row.served;
  info.pinned = row.pinned;
  info.held_from = row.held_from;
  info.note = row.note;
  info.repair = row.repair;
  info.refusal = row.refusal;
  info.served_since = row.served_since;
  Statement s(db, "SELECT count(*) FROM versions WHERE source=? AND (epoch, number) > (?, ?)");
  bind(s.bind(std::string_view(row.name)), row.served);
  if (!s.step()) return std::nullopt;
  info.waiting = static_cast<uint64_t>(s.integer(0));
  if (row.served == Version{}) return info;
  const auto served = read_version(db, row.name, row.served);
  if (!served) return std::nullopt;
  if (!*served) return info;
  info.counts = (*served)->info.counts;
  info.digest = (*served)->info.digest;
  info.manifest_sha256 = (*served)->info.manifest_sha256;
  info.published_at = (*served)->info.published_at;
  return info;
}

}  // namespace eir::store
