// SPDX-License-Identifier: GPL-3.0-or-later
// What is written in one transaction, and what follows it.
#include <algorithm>

#include "core/store/writer_impl.h"

namespace eir::store {
namespace {

using base::Problem;
using lists::Version;

constexpr size_t kSnapshotsKept = 2;
constexpr int64_t kVersionsKept = 500'000;  ///< of all sources
constexpr int64_t kServedKept = 10'000'000;
constexpr int64_t kPoliciesKept = 1'000;
constexpr size_t kJournalStep = 64;  ///< records dropped at once when there is too much
/// What is too old is looked for when a snapshot comes or goes, and with each so many versions: it reads all that is
/// kept.
constexpr uint64_t kPruneEvery = 256;

Statement& bind(Statement& s, Version v) { return s.bind(int64_t{v.epoch}).bind(static_cast<int64_t>(v.number)); }

}  // namespace

template <class F>
base::Result<void, Problem> Writer::Impl::transaction(F&& rows) {
  if (!db_.exec("BEGIN IMMEDIATE")) return failed();
  if (rows()) {
    at(Step::kRowsWritten);
    if (db_.exec("COMMIT")) {
      at(Step::kCommitted);
      return {};
    }
  }
  auto error = failed();
  db_.exec("ROLLBACK");
  db_.forget_failure();
  return error;
}

bool Writer::Impl::commit_rows(const Publication& p) {
  const VersionInfo& v = p.row.info;
  if (!write_source(db_, p.source)) return false;
  if (p.replaces) {
    Statement gone(db_, "DELETE FROM versions WHERE source=? AND epoch=? AND number=?");
    if (!bind(gone.bind(std::string_view(v.source)), v.version).run()) return false;
  }
  if ((!p.restores || p.replaces) && !write_version(db_, p.row, p.manifest)) return false;
  if (!p.record.empty() && !write_journal(db_, v.source, v.version, v.stored_at, p.record)) return false;
  if (!p.snapshot.file.empty() && !write_snapshot_row(db_, v.source, p.snapshot)) return false;
  if (p.served && !write_served(db_, {v.source, v.version, v.stored_at, p.cause, v.origin, p.judgement.turned}))
    return false;
  return (p.snapshot.file.empty() && v.version.number % kPruneEvery != 0) || prune(p.source);
}

base::Result<void, Problem> Writer::Impl::commit(Publication& p) {
  auto done = transaction([&] { return commit_rows(p); });
  if (!done) return done;
  // From here on the version is published; what fails below is made good by readers and the next writer.
  if (p.state.lists) {
    newest_[p.source.name] = p.state;
    if (p.served) served_[p.source.name] = p.state;
  } else {
    newest_.erase(p.source.name);
  }
  after_commit();
  return {};
}

/// The snapshots that stay: the newest ones, and those next to what is served on both sides. And the journal from the
/// oldest of them on; what is older stays for its time.
bool Writer::Impl::prune(const SourceRow& source) {
  const auto snapshots = read_snapshots(db_, source.name);
  if (!snapshots) return false;
  Version floor = source.served == Version{} ? source.newest : source.served;
  Statement gone(db_, "DELETE FROM snapshots WHERE source=? AND epoch=? AND number=?");
  const auto below = std::find_if(snapshots->begin(), snapshots->end(),
                                  [&](const SnapshotRow& row) { return row.version <= source.served; });
  for (auto row = snapshots->begin(); row != snapshots->end(); ++row) {
    const bool beside_served = row == below || row + 1 == below;
    if (static_cast<size_t>(row - snapshots->begin()) < kSnapshotsKept || beside_served) {
      floor = std::min(floor, row->version);
    } else if (!bind(gone.bind(std::string_view(source.name)), row->version).run()) {
      return false;
    }
  }
  if (!prune_journal(source, floor)) return false;
  const int64_t oldest = now().time_since_epoch().count() - options_.journal_kept.count();
  Statement versions(db_,
                     "DELETE FROM versions WHERE source=?1 AND (epoch, number) < (?2, ?3) AND (stored_at < ?4 OR seq <="
                     " (SELECT max(seq) FROM versions) - ?5) AND NOT EXISTS (SELECT 1 FROM journal j WHERE"
                     " j.source=?1 AND j.epoch=versions.epoch AND j.number=versions.number)");
  // Of each source the last row before that stays: it says what was served then. Rows are in the order of time.
  Statement served(db_,
                   "DELETE FROM served WHERE id <= (SELECT max(id) FROM served) - ?2 OR (id < (SELECT id FROM served"
                   " WHERE at >= ?1 ORDER BY id LIMIT 1) AND (SELECT n.at FROM served n WHERE n.source=served.source"
                   " AND n.id > served.id ORDER BY n.id LIMIT 1) <= ?1)");
  Statement policies(db_, "DELETE FROM policies WHERE number <= (SELECT max(number) FROM policies) - ?");
  return bind(versions.bind(std::string_view(source.name)), floor).bind(oldest).bind(kVersionsKept).run() &&
         served.bind(oldest).bind(kServedKept).run() && policies.bind(kPoliciesKept).run();
}

bool Writer::Impl::prune_journal(const SourceRow& source, Version floor) {
  const int64_t oldest = now().time_since_epoch().count() - options_.journal_kept.count();
  Statement old(db_, "DELETE FROM journal WHERE source=? AND (epoch, number) <= (?, ?) AND stored_at < ?");
  if (!bind(old.bind(std::string_view(source.name)), floor).bind(oldest).run()) return false;
  int64_t octets = 0, before = -1;
  while (db_.number("SELECT coalesce(sum(octets), 0) FROM journal", octets) &&
         static_cast<uint64_t>(octets) > options_.journal_octets_max && octets != before) {
    before = octets;
    Statement more(
        db_,
        "DELETE FROM journal WHERE id IN (SELECT id FROM journal WHERE source=? AND (epoch, number) <= (?, ?)"
        " ORDER BY id LIMIT ?)");
    if (!bind(more.bind(std::string_view(source.name)), floor).bind(static_cast<int64_t>(kJournalStep)).run())
      return false;
  }
  return true;
}

/// The snapshot of each source's served version, or the newest before it.
Current Writer::Impl::current_files() {
  Current current;
  const auto sources = read_sources(db_);
  if (!sources) return current;
  for (const SourceRow& source : *sources) {
    const auto snapshots = read_snapshots(db_, source.name);
    if (!snapshots) continue;
    const auto row = std::find_if(snapshots->begin(), snapshots->end(),
                                  [&](const SnapshotRow& s) { return s.version <= source.served; });
    if (row != snapshots->end()) current[source.name] = row->file;
  }
  return current;
}

void Writer::Impl::after_commit() {
  const Current current = current_files();
  if (!current.empty() && current != read_current(directory_)) (void)write_current(directory_, current);
  at(Step::kCurrentWritten);
  ring(directory_);
  at(Step::kRung);
  clear_away();
  db_.exec("PRAGMA wal_checkpoint(PASSIVE)");
  db_.forget_failure();
  at(Step::kCleared);
}

base::Result<void, Problem> Writer::Impl::fold(std::string_view source) {
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  auto version = read_version(db_, source, row->newest);
  if (!version || !*version) return failed();
  auto state = newest_state(*row);
  if (!state) return tl::unexpected(state.error());
  if (state->version() == state->lists->snapshot().info().version) return {};
  Publication p;
  p.source = *row;
  p.row = **version;
  if (auto written = write_state(p, *state->lists); !written) return written;
  auto done = transaction([&] { return write_snapshot_row(db_, source, p.snapshot) && prune(p.source); });
  if (!done) return done;
  newest_.erase(p.source.name);
  served_.erase(p.source.name);
  after_commit();
  return {};
}

base::Result<void, Problem> Writer::Impl::note_refusal(std::string_view source, const Refused& refused) {
  auto p = begin(source);
  if (!p) return tl::unexpected(p.error());
  SourceRow row = p->source;
  row.refusal = refused;
  row.refusal->at = now();
  row.repair = row.repair || wants_repair(refused.what);
  auto done = transaction([&] { return write_source(db_, row); });
  if (done) ring(directory_);
  return done;
}

base::Result<void, Problem> Writer::Impl::clear_refusal(std::string_view source) {
  auto row = source_row(source);
  if (!row) return tl::unexpected(row.error());
  row->refusal.reset();
  row->repair = false;
  auto done = transaction([&] { return write_source(db_, *row); });
  if (done) ring(directory_);
  return done;
}

base::Result<bool, Problem> Writer::Impl::take_policy(const std::string& text, uint64_t number, const std::string& note,
                                                      const Judgement& judgement) {
  int64_t newest = 0, waiting = 0;
  if (!db_.number("SELECT coalesce(max(number), 0) FROM policies", newest) ||
      !db_.number("SELECT count(*) FROM policies WHERE held", waiting))
    return failed();
  if (number <= static_cast<uint64_t>(newest))
    return base::problem(
        directory_, "policy " + std::to_string(number) + " is not above the newest stored, " + std::to_string(newest));
  const bool held = judgement.hold || waiting > 0;
  auto done = transaction([&] {
    Statement s(db_, "INSERT INTO policies VALUES(?,?,?,?,?)");
    s.bind(static_cast<int64_t>(number)).bind(std::string_view(text)).bind(std::string_view(note));
    return s.bind(now().time_since_epoch().count()).bind(int64_t{held}).run() &&
           (held || write_served(db_, {std::string(kPolicy), {0, number}, now(), "policy", note, judgement.turned}));
  });
  if (!done) return tl::unexpected(done.error());
  ring(directory_);
  return held;
}

base::Result<Swapped, Problem> Writer::Impl::swap(SourceRow source, Version to, const std::string& cause,
                                                  const std::string& note, bool ask_judge) {
  Swapped out{source.served, to, false, {}};
  States states(db_, directory_);
  const auto have = newest_.find(source.name);
  const Loaded state = states.reach(source.name, to, have == newest_.end() ? Loaded{} : have->second);
  if (to != Version{} && (!state.lists || state.version() != to)) {
    db_.forget_failure();
    if (!states.problems().empty()) return tl::unexpected(states.problems().front());
    return base::problem(directory_, "there is no version " + to.str() + " of " + source.name);
  }
  if (ask_judge && to != source.served) {
    auto judged = judge(source, state, nullptr);
    if (!judged) return tl::unexpected(judged.error());
    out.judgement = std::move(*judged);
    out.held = out.judgement.hold;
  }
  if (out.held && cause == "rollback") {
    out.after = source.served;
    return out;  // nothing is written: whoever wants it says that it is meant
  }
  if (out.held) {
    auto first = next_after(source.name, source.served);
    if (!first) return tl::unexpected(first.error());
    source.held_from = *first;
    source.note = out.judgement.why;
    out.after = source.served;
  }
  const bool changes = out.after != source.served;
  source.served = out.after;
  if (changes) source.served_since = now();
  auto done = transaction([&] {
    return write_source(db_, source) &&
           write_served(db_, {source.name, source.served, now(), out.held ? "hold" : cause, note,
                              out.held ? 0 : out.judgement.turned}) &&
           prune(source);
  });
  if (!done) return tl::unexpected(done.error());
  if (changes) served_[source.name] = state;
  after_commit();
  return out;
}

}  // namespace eir::store
