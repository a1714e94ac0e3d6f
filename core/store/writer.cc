// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/writer.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <future>

#include "core/lists/snapshot.h"
#include "core/store/directory.h"
#include "core/store/join.h"
#include "core/store/segment_store.h"

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
using identity::number;
using lists::ImeiEntry;
using lists::RangeEntry;

constexpr size_t kSnapshotsKept = 2;
constexpr int64_t kVersionsKept = 10'000;
constexpr size_t kSourceNameMax = 64;

base::UnixSeconds now() { return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()); }

bool plain_name(const std::string& name) {
  return !name.empty() && name.size() <= kSourceNameMax && std::all_of(name.begin(), name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' ||
           c == '.';
  });
}

template <class Entry>
void count(lists::KindCounts& counts, std::span<const Entry> entries, int64_t sign) {
  for (const Entry& e : entries) counts.add(e, sign);
}

lists::KindCounts counts_of(const Entries& e) {
  lists::KindCounts counts;
  count<ImeiEntry>(counts, e.imeis, 1);
  count<RangeEntry>(counts, e.ranges, 1);
  return counts;
}

KindDigests digests_of(const Entries& e, const lists::TermsPool& reasons) {
  Digester d;
  return {d.sum<ImeiEntry>(e.imeis, reasons), d.sum<RangeEntry>(e.ranges, reasons)};
}

}  // namespace

class Writer::Impl {
 public:
  explicit Impl(std::string directory, WriterOptions options)
      : directory_(std::move(directory)), options_(options), segments_(db_) {}

  base::Result<void, Problem> open(const std::string& program);
  base::Result<ImportResult, Problem> import(ListFile& list, const ImportRequest& request, const Progress& progress);
  base::Result<ReplicaStatus, Problem> status();

 private:
  /// One import on its way.
  struct Work {
    ListFile& list;
    const ImportRequest& request;
    const Progress& progress;
    std::vector<SourceRow> others;
    SourceRow source;      ///< its state before; then after
    VersionInfo previous;  ///< number 0: none yet
    VersionInfo next;
    std::vector<SegmentRow> segments;
    std::vector<uint8_t> journal;
    void say(std::string_view stage, uint64_t done = 0) const {
      if (progress) progress({stage, done, 0, 0});
    }
  };
  using Outcome = base::Result<ImportResult, Problem>;

  tl::unexpected<Problem> failed() const { return tl::unexpected(segments_.problem()); }
  bool prepare(Work& work);
  bool load_others(Work& work, Entries& joined);
  bool fits_overlay(const Work& work);
  void settle_ranges(Work& work, const Entries& own, const Entries& others) const;
  Outcome publish_whole(Work& work);
  Outcome publish_change(Work& work);
  bool rewrite_segments(Work& work);
  Outcome commit(Work& work);
  bool commit_rows(const Work& work);
  void clear_away();

  const std::string directory_;
  const WriterOptions options_;
  WriterLock lock_;
  Database db_;
  SegmentStore segments_;
};

base::Result<void, Problem> Writer::Impl::open(const std::string& program) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) return problem(directory_, fmt::format("cannot be made: {}", error.message()));
  if (auto locked = lock_.take(directory_, program); !locked) return locked;
  if (!db_.open(path_in(directory_, kDatabaseFile), false)) return failed();
  if (auto ready = prepare_database(db_); !ready) return ready;
  clear_away();
  return {};
}

/// Removes what an import that did not end left behind, and what no reader can need. What fails here is
/// tried again by the next writer.
void Writer::Impl::clear_away() {
  std::vector<std::string> keep;
  {
    Statement s(db_, "SELECT file FROM snapshots");
    while (s.step()) keep.push_back(s.text(0));
    if (!s.ok()) return;
  }
  remove_stale_files(directory_, keep);
  segments_.drop_unlisted();
}

bool Writer::Impl::prepare(Work& work) {
  auto sources = read_sources(db_);
  auto versions = read_versions(db_, 1);
  if (!sources || !versions) return false;
  work.source.name = work.request.source;
  for (SourceRow& row : *sources) {
    if (row.name == work.request.source) {
      work.source = std::move(row);
    } else {
      work.others.push_back(std::move(row));
    }
  }
  if (!versions->empty()) work.previous = versions->front();
  VersionInfo& next = work.next;
  next.version = {0, work.previous.version.number + 1};
  next.source = work.request.source;
  next.source_number = work.source.number + 1;
  next.full = !work.request.merge;
  next.origin = work.request.origin;
  next.published_at = now();
  return true;
}

base::Result<ImportResult, Problem> Writer::Impl::import(ListFile& list, const ImportRequest& request,
                                                         const Progress& progress) {
  if (!plain_name(request.source))
    return problem(
        "", fmt::format("source \"{}\": 1 to {} letters, digits, '-', '_', '.'", request.source, kSourceNameMax));
  if (list.entries.imeis.empty() && list.entries.ranges.empty())
    return problem(request.origin, "not a single line can be taken, nothing was published");
  Work work{list, request, progress, {}, {}, {}, {}, {}, {}};
  if (!prepare(work)) return failed();
  return fits_overlay(work) ? publish_change(work) : publish_whole(work);
}

/// Whether readers can take the change as an overlay: IMEIs only, within the bound since a snapshot that
/// is still there.
bool Writer::Impl::fits_overlay(const Work& work) {
  if (!work.request.merge || work.source.number == 0 || !work.list.entries.ranges.empty()) return false;
  int64_t since = 0;
  if (!db_.number(
          "SELECT coalesce(sum(changed_keys), 0) FROM versions WHERE number > (SELECT max(number) FROM snapshots)",
          since) ||
      static_cast<size_t>(since) + work.list.entries.imeis.size() > options_.overlay_keys_snapshot)
    return false;
  Statement newest(db_, "SELECT file, octets FROM snapshots ORDER BY number DESC LIMIT 1");
  std::error_code error;
  return newest.step() && std::filesystem::file_size(path_in(directory_, newest.text(0)), error) ==
                              static_cast<uint64_t>(newest.integer(1));
}

bool Writer::Impl::load_others(Work& work, Entries& joined) {
  for (const SourceRow& other : work.others) {
    const auto rows = read_segments(db_, other.name);
    Entries entries;
    if (!rows || !segments_.get_all(*rows, entries, work.list.terms)) return false;
    if (joined.empty()) {
      joined = std::move(entries);
    } else {
      joined.imeis = join(joined.imeis, entries.imeis);
      joined.ranges = join(joined.ranges, entries.ranges);
    }
  }
  return true;
}

/// Refuses the list's ranges that cannot stand beside those already stored.
void Writer::Impl::settle_ranges(Work& work, const Entries& own, const Entries& others) const {
  ListFile& list = work.list;
  if (list.entries.ranges.empty() || (own.ranges.empty() && others.ranges.empty())) return;
  // What is stored counts as line 0, before every line of the file; the same place is no conflict here.
  std::vector<RangeEntry> stored = join(own.ranges, others.ranges);
  for (RangeEntry& r : stored) r.line = 0;
  std::vector<lists::RangeConflict> conflicts;
  lists::keep_nested(lay_over(stored, list.entries.ranges), conflicts);
  // Neither the stored ranges nor the list's conflict among themselves, so it is always a new one that goes.
  for (const lists::RangeConflict& c : conflicts) {
    const auto it = std::lower_bound(list.entries.ranges.begin(), list.entries.ranges.end(), c.refused);
    if (it == list.entries.ranges.end() || !it->same_place(c.refused)) continue;
    files::refuse_range(list, c, "stored already");
    list.entries.ranges.erase(it);
  }
}

base::Result<ImportResult, Problem> Writer::Impl::publish_whole(Work& work) {
  ListFile& list = work.list;
  Entries own, others;
  if (work.request.merge) {
    const auto rows = read_segments(db_, work.source.name);
    if (!rows || !segments_.get_all(*rows, own, list.terms)) return failed();
  }
  if (!load_others(work, others)) return failed();
  settle_ranges(work, own, others);
  if (list.entries.imeis.empty() && list.entries.ranges.empty())
    return problem(work.request.origin, "not a single line can be taken, nothing was published");
  own = own.empty() ? Entries{std::move(list.entries.imeis), std::move(list.entries.ranges)}
                    : Entries{lay_over(own.imeis, list.entries.imeis), lay_over(own.ranges, list.entries.ranges)};
  Entries joined;
  if (!others.empty()) joined = {join(own.imeis, others.imeis), join(own.ranges, others.ranges)};
  const Entries& served = others.empty() ? own : joined;

  auto digests = std::async(std::launch::async, [&] { return digests_of(own, list.terms); });
  if (!segments_.put(own.imeis, list.terms, false, work.segments, work.progress) ||
      !segments_.put(own.ranges, list.terms, false, work.segments))
    return failed();
  const KindDigests before = work.source.digests;
  work.source.digests = digests.get();
  if (work.request.merge && work.source.number > 0 && before.total() == work.source.digests.total()) {
    segments_.drop_unlisted();
    return ImportResult{};
  }
  work.source.counts = counts_of(own);
  work.next.digest = others.empty() ? work.source.digests.total() : digests_of(joined, list.terms).total();
  work.next.counts = counts_of(served);

  work.say("indexing");
  lists::SnapshotInfo info;
  info.version = work.next.version;
  info.counts = work.next.counts;
  info.digest = work.next.digest;
  info.created_at = work.next.published_at;
  const auto image = lists::SnapshotBuilder::build(served.imeis, served.ranges, list.terms, info);
  work.next.snapshot = snapshot_file(work.next.version.number);
  work.next.snapshot_octets = image.size() * sizeof image[0];
  work.say("publishing");
  const std::span<const uint8_t> octets(reinterpret_cast<const uint8_t*>(image.data()), work.next.snapshot_octets);
  if (auto ok = write_durably(directory_, work.next.snapshot, octets); !ok) return tl::unexpected(ok.error());
  return commit(work);
}

base::Result<ImportResult, Problem> Writer::Impl::publish_change(Work& work) {
  ListFile& list = work.list;
  std::vector<uint64_t> keys;
  for (const ImeiEntry& e : list.entries.imeis)
    if (keys.empty() || keys.back() != number(e.key())) keys.push_back(number(e.key()));
  const auto rows = read_segments(db_, work.source.name);
  std::vector<ImeiEntry> before, others;
  if (!rows || !segments_.get_keys(*rows, keys, list.terms, before)) return failed();
  const std::vector<ImeiEntry> after = lay_over(before, list.entries.imeis);
  for (const SourceRow& other : work.others) {
    const auto other_rows = read_segments(db_, other.name);
    std::vector<ImeiEntry> entries;
    if (!other_rows || !segments_.get_keys(*other_rows, keys, list.terms, entries)) return failed();
    others = join(others, entries);
  }

  Digester d;
  auto& digest = work.source.digests.imeis;
  const auto gone = d.sum<ImeiEntry>(before, list.terms), come = d.sum<ImeiEntry>(after, list.terms);
  if (gone == come) return ImportResult{};
  digest = digest - gone + come;
  count<ImeiEntry>(work.source.counts, before, -1);
  count<ImeiEntry>(work.source.counts, after, 1);

  Change change;
  change.before = join(before, others);
  change.after = join(after, others);
  VersionInfo& next = work.next;
  next.digest = work.previous.digest - d.sum<ImeiEntry>(change.before, list.terms) +
                d.sum<ImeiEntry>(change.after, list.terms);
  next.counts = work.previous.counts;
  count<ImeiEntry>(next.counts, change.before, -1);
  count<ImeiEntry>(next.counts, change.after, 1);
  next.changed_keys = keys.size();
  std::swap(change.reasons, list.terms);
  work.journal = encode_change(change);
  std::swap(change.reasons, list.terms);

  work.segments = *rows;
  if (!rewrite_segments(work)) return failed();
  work.say("publishing");
  return commit(work);
}

/// Applies the change to the segments it touches; the others stay as they are.
bool Writer::Impl::rewrite_segments(Work& work) {
  const std::span<const ImeiEntry> changes = work.list.entries.imeis;
  const std::vector<SegmentRow> old = std::move(work.segments);
  work.segments.clear();
  const size_t imei_rows = static_cast<size_t>(
      std::count_if(old.begin(), old.end(), [](const SegmentRow& r) { return r.kind == lists::EntryKind::kImei; }));
  size_t at = 0;
  for (size_t i = 0; i < imei_rows; ++i) {
    const uint64_t end = i + 1 < imei_rows ? old[i + 1].first : UINT64_MAX;
    const size_t begin = at;
    while (at < changes.size() && number(changes[at].key()) < end) ++at;
    if (begin == at) {
      work.segments.push_back(old[i]);
      continue;
    }
    Entries entries;
    if (!segments_.get(old[i], entries, work.list.terms)) return false;
    const auto merged = lay_over(entries.imeis, changes.subspan(begin, at - begin));
    if (!segments_.put(merged, work.list.terms, false, work.segments)) return false;
    work.say("storing", at);
  }
  if (imei_rows == 0 && !segments_.put(changes, work.list.terms, false, work.segments)) return false;
  work.segments.insert(work.segments.end(), old.begin() + static_cast<ptrdiff_t>(imei_rows), old.end());
  return true;
}

bool Writer::Impl::commit_rows(const Work& work) {
  const std::string manifest = manifest_text(work.source, work.segments);
  SourceRow source = work.source;
  Sha256 sha;
  sha.update(manifest);
  source.manifest_sha256 = hex(sha.finish());
  Statement text(db_, "INSERT INTO manifests VALUES(?,?,?)");
  text.bind(std::string_view(source.name)).bind(static_cast<int64_t>(source.number)).bind(std::string_view(manifest));
  if (!text.run() || !write_source(db_, source) || !write_segments(db_, source.name, work.segments) ||
      !write_version(db_, work.next))
    return false;
  const auto version = static_cast<int64_t>(work.next.version.number);
  if (!work.journal.empty()) {
    const Hash hash = Sha256::of(work.journal);
    Statement journal(db_, "INSERT INTO journal VALUES(?,?,?)");
    if (!journal.bind(version).bind_blob(hash).bind_blob(work.journal).run()) return false;
  }
  Statement snapshots(db_,
                      "DELETE FROM snapshots WHERE number NOT IN"
                      " (SELECT number FROM snapshots ORDER BY number DESC LIMIT ?)");
  Statement versions(db_, "DELETE FROM versions WHERE number <= ?");
  Statement manifests(db_, "DELETE FROM manifests WHERE source=? AND number <= ?");
  return snapshots.bind(int64_t{kSnapshotsKept}).run() &&
         db_.exec("DELETE FROM journal WHERE number <= (SELECT min(number) FROM snapshots)") &&
         versions.bind(version - kVersionsKept).run() &&
         manifests.bind(std::string_view(source.name)).bind(static_cast<int64_t>(source.number) - kVersionsKept).run();
}

base::Result<ImportResult, Problem> Writer::Impl::commit(Work& work) {
  work.source.number = work.next.source_number;
  work.source.published_at = work.next.published_at.time_since_epoch().count();
  if (!db_.exec("BEGIN IMMEDIATE")) return failed();
  if (!commit_rows(work) || !db_.exec("COMMIT")) {
    db_.exec("ROLLBACK");
    return failed();
  }
  ImportResult result{true, work.next};
  // From here on the version is published; what fails below is made good by readers and the next writer.
  if (!work.next.snapshot.empty()) {
    const std::string current = work.next.snapshot + "\n";
    (void)write_durably(directory_, std::string(kCurrentFile),
                        {reinterpret_cast<const uint8_t*>(current.data()), current.size()});
  }
  clear_away();
  db_.exec("PRAGMA wal_checkpoint(PASSIVE)");
  return result;
}

base::Result<ReplicaStatus, Problem> Writer::Impl::status() {
  const auto versions = read_versions(db_, kVersionsShown);
  const auto sources = read_sources(db_);
  if (!versions || !sources) return failed();
  ReplicaStatus status;
  status.versions = *versions;
  for (const SourceRow& row : *sources) status.sources.push_back(info_of(row));
  return status;
}

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::~Writer() = default;

base::Result<std::unique_ptr<Writer>, Problem> Writer::open(const std::string& directory, const std::string& program,
                                                            WriterOptions options) {
  auto impl = std::make_unique<Impl>(directory, options);
  if (auto ok = impl->open(program); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<Writer>(new Writer(std::move(impl)));
}

base::Result<ImportResult, Problem> Writer::import(ListFile& list, const ImportRequest& request,
                                                   const Progress& progress) {
  return impl_->import(list, request, progress);
}

base::Result<ReplicaStatus, Problem> Writer::status() const { return impl_->status(); }

}  // namespace eir::store
