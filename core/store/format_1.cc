// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/format_1.h"

#include <fmt/format.h>

#include <algorithm>

#include "core/base/bytes.h"
#include "core/lists/joined.h"
#include "core/lists/snapshot.h"
#include "core/store/catalog.h"
#include "core/store/directory.h"

namespace eir::store::format_1 {
namespace {

using base::ByteReader;
using base::Problem;
using base::problem;
using identity::ImeiKey;
using identity::number;
using lists::Entries;
using lists::EntryKind;
using lists::ImeiEntry;
using lists::RangeEntry;
using lists::TermsId;
using lists::TermsPool;

constexpr uint8_t kSvnCodeMax = 100;
constexpr size_t kEntryOctetsMin = 12;

bool get(ByteReader& r, ImeiEntry& e) {
  constexpr uint64_t kUnused = 0x7F << 3;
  return r.u64(e.word) && r.u32(e.terms) && number(e.key()) != 0 && number(e.key()) < identity::kImeiKeyEnd &&
         e.svn_code() <= kSvnCodeMax && !(e.word & kUnused) && !e.lists().empty();
}
bool get(ByteReader& r, RangeEntry& e) {
  uint64_t from = 0, to = 0;
  if (!r.u64(from) || !r.u64(to) || !r.u32(e.terms)) return false;
  e.from = ImeiKey{from >> ImeiEntry::kKeyShift};
  e.to = ImeiKey{to};
  e.lists = lists::ListSet(static_cast<uint8_t>(from & 7));
  return e.from <= e.to && number(e.to) < identity::kImeiKeyEnd && !e.lists.empty();
}

template <class Entry>
bool decode(ByteReader& r, uint32_t count, uint32_t reasons, std::vector<Entry>& out, TermsPool& pool) {
  const size_t old = out.size();
  for (uint32_t i = 0; i < count; ++i) {
    Entry e;
    if (!get(r, e) || e.terms > reasons || (!out.empty() && !(out.back().place() < e.place()))) return false;
    out.push_back(e);
  }
  std::vector<TermsId> ids{0};
  for (uint32_t i = 0; i < reasons; ++i) {
    uint8_t len = 0;
    base::Octets text;
    if (!r.u8(len) || len > lists::kReasonOctetsMax || !r.take(len, text)) return false;
    ids.push_back(pool.intern(std::string_view(reinterpret_cast<const char*>(text.data()), text.size())));
  }
  for (size_t i = old; i < out.size(); ++i) out[i].terms = ids[out[i].terms];
  return r.empty();
}

bool read_digest(std::span<const uint8_t> blob, lists::StateDigest& out) {
  if (blob.size() != 16) return false;
  out = digest_from(blob.first<16>());
  return true;
}

base::Result<void, Problem> read_entries(Database& db, Source& source) {
  Statement s(db,
              "SELECT s.data, l.sha256 FROM segment_list l JOIN segments s ON s.id = l.segment WHERE l.source=?"
              " ORDER BY l.seq");
  s.bind(std::string_view(source.name));
  while (s.step()) {
    const auto data = s.blob(0), sha = s.blob(1);
    const base::Hash hash = base::Sha256::of(data);
    if (!std::equal(sha.begin(), sha.end(), hash.begin(), hash.end()) ||
        !decode_segment(data, source.entries, source.pool))
      return problem(db.problem().where, fmt::format("a segment of source {} is damaged", source.name));
  }
  if (!s.ok()) return tl::unexpected(db.problem());
  if (source.entries.counts() != source.counts || digests_of(source.entries, source.pool) != source.digests)
    return problem(db.problem().where, fmt::format("digest or counts of source {} cannot be proven", source.name));
  return {};
}

/// The rows of today's format for one source.
bool write_rows(Database& db, const Source& source, const SnapshotRow& snapshot, base::UnixSeconds now) {
  VersionRow row;
  VersionInfo& v = row.info;
  v.version = source.version;
  v.source = source.name;
  v.full = true;
  v.origin = source.origin;
  v.counts = source.counts;
  v.places = source.entries.size();
  v.published_at = source.published_at;
  v.stored_at = now;
  row.digests = source.digests;
  Manifest m;
  m.text = source.manifest_text;
  v.manifest_sha256 = base::hex(m.sha256());
  SourceRow s;
  s.name = source.name;
  s.newest = s.served = source.version;
  s.served_since = now;
  return write_source(db, s) && write_version(db, row, m) && write_snapshot_row(db, source.name, snapshot) &&
         write_served(db, {source.name, source.version, now, "conversion", "", 0});
}

base::Result<SnapshotRow, Problem> write_snapshot(const std::string& directory, const Source& source) {
  lists::SnapshotInfo info;
  info.version = source.version;
  info.counts = source.counts;
  info.digest = source.digests.total();
  info.created_at = source.published_at;
  SnapshotRow row{source.version, snapshot_file(source.name, source.version), 0};
  const auto octets = lists::write_snapshot(path_in(directory, row.file) + std::string(kTemporarySuffix),
                                            source.entries, source.pool, info);
  if (!octets) return tl::unexpected(octets.error());
  row.octets = *octets;
  if (auto placed = put_in_place(directory, row.file); !placed) return tl::unexpected(placed.error());
  return row;
}

}  // namespace

bool decode_segment(std::span<const uint8_t> data, Entries& out, TermsPool& pool) {
  ByteReader r(data);
  uint16_t format = 0, kind = 0;
  uint32_t count = 0, reasons = 0;
  if (!r.u16(format) || format != kFormat || !r.u16(kind) || !r.u32(count) || !r.u32(reasons) ||
      count > r.left() / kEntryOctetsMin || reasons > r.left())
    return false;
  if (kind == static_cast<uint16_t>(EntryKind::kImei)) return decode(r, count, reasons, out.imeis, pool);
  return kind == static_cast<uint16_t>(EntryKind::kRange) && decode(r, count, reasons, out.ranges, pool);
}

base::Result<std::vector<Source>, Problem> read(Database& db, const std::string& directory) {
  std::vector<Source> sources;
  {
    Statement s(
        db,
        "SELECT s.name, s.imeis, s.svn_rules, s.tacs, s.ranges, s.digest_imeis, s.digest_ranges, s.published_at,"
        " v.number, v.origin, m.text FROM sources s"
        " JOIN versions v ON v.number = (SELECT max(number) FROM versions WHERE source = s.name)"
        " JOIN manifests m ON m.source = s.name AND m.number = s.number ORDER BY s.name");
    while (s.step()) {
      Source& source = sources.emplace_back();
      source.name = s.text(0);
      source.counts.imeis = static_cast<uint64_t>(s.integer(1));
      source.counts.svn_rules = static_cast<uint64_t>(s.integer(2));
      source.counts.tacs = static_cast<uint64_t>(s.integer(3));
      source.counts.ranges = static_cast<uint64_t>(s.integer(4));
      if (!read_digest(s.blob(5), source.digests.of<ImeiEntry>()) ||
          !read_digest(s.blob(6), source.digests.of<RangeEntry>()))
        return problem(db.problem().where, fmt::format("the row of source '{}' is damaged", source.name));
      source.published_at = base::UnixSeconds(std::chrono::seconds(s.integer(7)));
      source.version = {0, static_cast<uint64_t>(s.integer(8))};
      source.origin = s.text(9);
      source.manifest_text = s.text(10);
    }
    if (!s.ok()) return tl::unexpected(db.problem());
  }
  if (sources.size() > lists::kSourcesMax - 2)
    return problem(directory, fmt::format("{} sources, more than can be served", sources.size()));
  for (Source& source : sources)
    if (auto got = read_entries(db, source); !got) return tl::unexpected(got.error());
  return sources;
}

base::Result<void, Problem> convert(Database& db, const std::string& directory, base::UnixSeconds now) {
  auto sources = read(db, directory);
  if (!sources) return tl::unexpected(sources.error());
  std::vector<SnapshotRow> snapshots;
  for (const Source& source : *sources) {
    auto row = write_snapshot(directory, source);
    if (!row) return tl::unexpected(row.error());
    snapshots.push_back(*row);
  }
  bool good = db.exec(
      "BEGIN IMMEDIATE; DROP TABLE meta; DROP TABLE segments; DROP TABLE segment_list; DROP TABLE sources;"
      "DROP TABLE manifests; DROP TABLE versions; DROP TABLE journal; DROP TABLE snapshots;");
  good = good && create_tables(db);
  for (size_t i = 0; good && i < sources->size(); ++i) good = write_rows(db, (*sources)[i], snapshots[i], now);
  if (good && db.exec("COMMIT")) return {};
  tl::unexpected<Problem> error(db.problem());
  db.exec("ROLLBACK");
  return error;
}

}  // namespace eir::store::format_1
