// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/store/format_1.h"
#include "core/store/reader_impl.h"

namespace eir::store {
namespace {

using base::Problem;
using lists::Version;

constexpr int kVanishedRetries = 3;
constexpr int kPollsUntilRetry = 300;  ///< what could not be opened for want of memory or files may be later

bool same(const std::vector<Problem>& a, const std::vector<Problem>& b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](const Problem& x, const Problem& y) { return x.where == y.where && x.text == y.text; });
}

}  // namespace

/// Opens the database, anew when another stands in its place. False while there is none.
bool Reader::Impl::connected() {
  const std::string path = path_in(directory_, kDatabaseFile);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return false;
  if (db_.is_open() && st.st_ino == inode_) return true;
  if (st.st_ino != inode_ || bell_.fd() < 0) bell_.watch(directory_);
  inode_ = st.st_ino;
  data_version_ = -1;
  return db_.open(path, true);
}

bool Reader::Impl::poll() {
  counters_.polls.add();
  if (bell_.silence()) counters_.rings.add();
  int64_t seen = 0;
  const bool there = connected();
  const auto recomputed = recomputation_.result();
  const bool recomputed_anew = recomputed.ended_at != recomputed_at_;
  const bool again = !whole_ && ++polls_with_problems_ >= kPollsUntilRetry;
  if (there && db_.number("PRAGMA data_version", seen) && seen == data_version_ && !recomputed_anew && !again)
    return false;
  if (!there && (!status_.problems.empty() || view_)) {
    // Nothing new can be seen of a directory that is not there; what is served stays.
    const bool said = !status_.problems.empty();
    if (!said) status_.problems = {nothing_yet()};
    return !said;
  }
  const bool news = seen != data_version_;
  data_version_ = seen;
  const auto before = view_;
  const auto problems = status_.problems;
  for (auto& [name, state] : served_)
    if (again) state.passed_over.reset();
  for (int i = 0; i < kVanishedRetries; ++i) {
    vanished_ = false;
    whole_ = load();
    if (whole_ || !vanished_) break;
  }
  if (whole_ || again) polls_with_problems_ = 0;
  recomputed_at_ = recomputed.ended_at;
  for (const Problem& p : recomputed.wrong) status_.problems.push_back(p);
  return news || view_ != before || !same(problems, status_.problems);
}

void Reader::Impl::refuse(Problem why) {
  counters_.versions_refused.add();
  status_.problems.push_back(std::move(why));
}

/// Takes what is new, in one read transaction.
bool Reader::Impl::load() {
  status_.problems.clear();
  db_.forget_failure();
  bool good = db_.exec("BEGIN");
  if (good) {
    const auto format = format_of(db_);
    good = format.has_value();
    status_.first_format = format && *format == format_1::kFormat;
    if (format && *format == format_1::kFormat) {
      good = load_format_1();
    } else if (format && *format == kDatabaseFormat) {
      good = load_rows();
    } else if (format) {
      good = false;
      refuse({path_in(directory_, kDatabaseFile),
              fmt::format("database format {}, this program reads {}", *format, kDatabaseFormat)});
    }
  }
  if (!good && status_.problems.empty()) refuse(db_.problem());
  db_.exec("COMMIT");
  if (good) return status_.problems.empty();
  db_.close();
  if (!view_) serve_current_alone();
  return false;
}

bool Reader::Impl::load_rows() {
  const auto rows = read_sources(db_);
  if (!rows) return false;
  States states(db_, directory_);
  ServedStates next;
  for (const SourceRow& row : *rows) {
    if (row.served == Version{}) continue;
    const auto have = served_.find(row.name);
    const Loaded& old = have == served_.end() ? Loaded{} : have->second;
    Loaded reached = states.reach(row.name, row.served, old);
    // A damaged version never takes away what is served.
    const bool worse = !reached.lists || (reached.version() != row.served && reached.version() <= old.version());
    if (old.lists && worse) reached = old;
    if (!reached.lists) reached = named_by_current(row.name, row.served);
    if (reached.lists) next[row.name] = std::move(reached);
  }
  for (const Problem& p : states.problems()) refuse(p);
  for (uint64_t i = 0; i < states.overlay_full(); ++i) counters_.overlay_full.add();
  vanished_ = states.vanished();
  take(next);
  describe(*rows);
  return true;
}

void Reader::Impl::take(const ServedStates& next) {
  const bool changed = next.size() != served_.size() ||
                       !std::equal(next.begin(), next.end(), served_.begin(), [](const auto& a, const auto& b) {
                         return a.first == b.first && a.second.lists == b.second.lists;
                       });
  served_ = next;
  if (!changed) return;
  view_ = joined(served_);
  if (view_) counters_.versions_taken.add();
}

/// What status() says, of rows and of what is served.
void Reader::Impl::describe(const std::vector<SourceRow>& rows) {
  status_.sources.clear();
  for (SourceRow row : rows) {
    const auto state = served_.find(row.name);
    row.served = state == served_.end() ? Version{} : state->second.version();
    if (auto info = read_source_info(db_, row)) status_.sources.push_back(std::move(*info));
  }
  if (auto versions = read_last_versions(db_, kVersionsShown)) status_.versions = std::move(*versions);
  read_policy(db_, status_.policy, status_.policies_held);
  status_.overlay_keys = 0;
  status_.locked = !served_.empty();
  status_.serving.reset();
  if (rows.empty() && !view_) status_.problems.push_back(nothing_yet());
  if (!view_) return;
  Serving serving;
  serving.version = joined_version(served_);
  std::array<uint64_t, lists::KindCounts::kFields> counts{};
  for (const auto& [name, state] : served_) {
    const auto more = state.lists->counts().array();
    for (size_t i = 0; i < counts.size(); ++i) counts[i] += more[i];
    serving.digest = serving.digest + state.digest;
    serving.published_at = std::max(serving.published_at, state.published_at);
    status_.overlay_keys += state.lists->overlay_keys();
    status_.locked = status_.locked && state.lists->snapshot().info().locked;
  }
  serving.counts = lists::KindCounts::from_array(counts);
  status_.serving = serving;
}

/// The first format: everything is read into memory, until a writer brings the store up to date.
bool Reader::Impl::load_format_1() {
  auto sources = format_1::read(db_, directory_);
  if (!sources) {
    refuse(sources.error());
    return true;  // what is served, if anything, stays
  }
  ServedStates next;
  std::vector<SourceRow> rows;
  for (format_1::Source& source : *sources) {
    const auto snapshot = lists::Snapshot::of(std::move(source.entries), source.pool, source.version);
    if (!snapshot) return false;
    Manifest m;
    m.text = source.manifest_text;
    next[source.name] = {std::make_shared<lists::Index>(snapshot, source.version), base::hex(m.sha256()),
                         source.digests.total(), source.published_at};
  }
  take(next);
  status_.versions.clear();
  describe(rows);
  for (const format_1::Source& source : *sources) {
    SourceInfo info;
    info.name = source.name;
    info.newest = info.served = source.version;
    info.counts = source.counts;
    info.digest = source.digests.total();
    info.published_at = source.published_at;
    info.manifest_sha256 = next[source.name].manifest_sha256;
    status_.sources.push_back(std::move(info));
  }
  return true;
}

/// Where the database cannot say what leads to a source's state, the snapshot that CURRENT names is the newest known
/// to be whole; unless the database says otherwise of it.
Loaded Reader::Impl::named_by_current(const std::string& source, Version served) {
  const Current current = read_current(directory_);
  const auto named = current.find(source);
  if (named == current.end()) return {};
  const std::string path = path_in(directory_, named->second);
  const auto snapshot = lists::Snapshot::open(path);
  if (!snapshot) {
    refuse(snapshot.error());
    return {};
  }
  const lists::SnapshotInfo& info = (*snapshot)->info();
  if (db_.is_open()) {
    const auto row = read_version(db_, source, info.version);
    db_.forget_failure();
    const bool other = row && *row && ((*row)->info.digest != info.digest || (*row)->info.counts != info.counts);
    // CURRENT is written after the database: what was rolled back may still be named there.
    if (other || (served != Version{} && info.version > served)) {
      status_.problems.push_back({path, other ? "is not what the database says of its version"
                                              : fmt::format("not served: the database says {}", served.str())});
      return {};
    }
  }
  status_.problems.push_back({path, "served because CURRENT names it; changes after it are not"});
  return {std::make_shared<lists::Index>(*snapshot, info.version), {}, info.digest, info.created_at};
}

void Reader::Impl::serve_current_alone() {
  ServedStates next;
  for (const auto& [source, file] : read_current(directory_))
    if (Loaded state = named_by_current(source); state.lists) next[source] = std::move(state);
  if (next.empty()) return;
  take(next);
  Serving serving;
  serving.version = joined_version(served_);
  for (const auto& [source, state] : served_) serving.digest = serving.digest + state.digest;
  status_.serving = serving;
}

tl::unexpected<Problem> Reader::Impl::failed() {
  tl::unexpected<Problem> error(db_.is_open() ? db_.problem() : Problem{directory_, "there is no database"});
  db_.forget_failure();
  return error;
}

std::shared_ptr<const lists::Index> Reader::Impl::source(std::string_view source) const {
  const auto state = served_.find(source);
  return state == served_.end() ? nullptr : state->second.lists;
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::open(const std::string& directory) {
  std::unique_ptr<Reader> reader(new Reader(std::make_unique<Impl>(directory)));
  reader->poll();
  return reader;
}

std::shared_ptr<const lists::View> Reader::view() const { return impl_->view(); }
std::shared_ptr<const lists::Index> Reader::source(std::string_view source) const { return impl_->source(source); }
bool Reader::poll() { return impl_->poll(); }
int Reader::bell() const { return impl_->bell(); }
ReplicaStatus Reader::status() const { return impl_->status(); }
const ReaderCounters& Reader::counters() const { return impl_->counters(); }
base::Result<std::shared_ptr<const lists::Index>, Problem> Reader::state(std::string_view source,
                                                                         Version version) const {
  return impl_->state(source, version);
}
base::Result<PastState, Problem> Reader::state_at(std::string_view source, base::UnixSeconds at) const {
  return impl_->state_at(source, at);
}
bool Reader::not_served_yet(std::string_view source, base::UnixSeconds at) const {
  return impl_->not_served_yet(source, at);
}
base::Result<std::optional<PolicyInfo>, Problem> Reader::policy_at(base::UnixSeconds at) const {
  return impl_->policy_at(at);
}
base::Result<std::optional<lists::Change>, Problem> Reader::change(std::string_view source, Version version) const {
  return impl_->change(source, version);
}
base::Result<std::vector<Manifest>, Problem> Reader::manifests(std::string_view source, Version after,
                                                               size_t max) const {
  return impl_->manifests(source, after, max);
}
base::Result<std::vector<VersionInfo>, Problem> Reader::versions(std::string_view source, size_t max) const {
  return impl_->versions(source, max);
}
base::Result<std::vector<ServedInfo>, Problem> Reader::served(std::string_view source, size_t max) const {
  return impl_->served(source, max);
}
void Reader::recompute(double share) { impl_->recomputation().start(impl_->serving(), share); }
Recomputed Reader::recomputed() const { return impl_->recomputation().result(); }

}  // namespace eir::store
