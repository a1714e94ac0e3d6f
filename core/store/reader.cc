// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/reader.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>

#include "core/lists/index.h"
#include "core/store/catalog.h"
#include "core/store/codec.h"
#include "core/store/directory.h"
#include "core/store/join.h"

namespace eir::store {
namespace {

using base::Problem;
using lists::ImeiEntry;

constexpr int kVanishedRetries = 3;
constexpr size_t kTailMax = 100'000;  ///< versions between the older kept snapshot and the newest

/// What is served, and what the next change is proven against.
struct Serving {
  std::shared_ptr<const lists::Snapshot> snapshot;
  std::vector<ImeiEntry> after;  ///< whole entries of every key changed since; tombstones where it went
  lists::TermsPool reasons;
  lists::KindCounts counts;
  lists::StateDigest digest;
  lists::Version version;
};

/// Whole keys replaced: all that `state` has of a key goes when `change` has it.
std::vector<ImeiEntry> replace_keys(const std::vector<ImeiEntry>& state, const std::vector<ImeiEntry>& change) {
  std::vector<ImeiEntry> out;
  out.reserve(state.size() + change.size());
  size_t c = 0;
  for (size_t s = 0; s < state.size();) {
    while (c < change.size() && change[c].key() < state[s].key()) out.push_back(change[c++]);
    const auto key = state[s].key();
    const bool replaced = c < change.size() && change[c].key() == key;
    for (; s < state.size() && state[s].key() == key; ++s)
      if (!replaced) out.push_back(state[s]);
  }
  out.insert(out.end(), change.begin() + static_cast<ptrdiff_t>(c), change.end());
  return out;
}

/// The overlay entries a change leaves: its after-images, and a tombstone per key that went.
std::vector<ImeiEntry> after_images(Change& change, lists::TermsPool& reasons) {
  for (ImeiEntry& e : change.after) e.terms = reasons.intern(change.reasons.reason(e.terms));
  std::vector<ImeiEntry> gone;
  for (const ImeiEntry& e : change.before) {
    const auto tomb = ImeiEntry::make(e.key(), std::nullopt, {});
    const auto at = std::lower_bound(change.after.begin(), change.after.end(), tomb,
                                     [](const ImeiEntry& a, const ImeiEntry& b) { return a.key() < b.key(); });
    const bool stays = at != change.after.end() && at->key() == e.key();
    if (!stays && (gone.empty() || gone.back().key() != e.key())) gone.push_back(tomb);
  }
  return join(change.after, gone);
}

}  // namespace

class Reader::Impl {
 public:
  explicit Impl(std::string directory) : directory_(std::move(directory)) { status_.problems = {nothing_yet()}; }

  bool poll();
  std::shared_ptr<const lists::View> view() const { return view_; }
  ReplicaStatus status() const { return status_; }
  const ReaderCounters& counters() const { return counters_; }

 private:
  Problem nothing_yet() const { return {directory_, "no list was published here yet"}; }
  bool connected();
  bool load();
  bool follow(const std::vector<VersionInfo>& versions);
  std::optional<Serving> load_snapshot(const VersionInfo& version);
  bool replay(Serving& serving, const std::vector<VersionInfo>& versions);
  bool replay_one(Serving& serving, const VersionInfo& version);
  void serve(Serving serving);
  void serve_current_alone();
  void refuse(Problem why) {
    counters_.versions_refused.add();
    status_.problems.push_back(std::move(why));
  }

  const std::string directory_;
  Database db_;
  ino_t inode_ = 0;
  int64_t data_version_ = -1;
  std::optional<Serving> serving_;
  std::shared_ptr<const lists::Index> view_;
  ReplicaStatus status_;
  ReaderCounters counters_;
  bool vanished_ = false;
};

/// Opens the database, anew when another stands in its place. False while there is none.
bool Reader::Impl::connected() {
  const std::string path = path_in(directory_, kDatabaseFile);
  struct stat st {};
  if (::stat(path.c_str(), &st) != 0) return false;
  if (db_.is_open() && st.st_ino == inode_) return true;
  inode_ = st.st_ino;
  data_version_ = -1;
  return db_.open(path, true);
}

bool Reader::Impl::poll() {
  counters_.polls.add();
  int64_t seen = 0;
  const bool there = connected();
  if (there && db_.number("PRAGMA data_version", seen) && seen == data_version_) return false;
  if (!there && (!status_.problems.empty() || view_)) {
    // Nothing new can be seen of a directory that is not there; what is served stays.
    const bool said = !status_.problems.empty();
    if (!said) status_.problems = {nothing_yet()};
    return !said;
  }
  data_version_ = seen;
  const auto before = view_;
  const auto problems = status_.problems;
  for (int i = 0; i < kVanishedRetries; ++i) {
    vanished_ = false;
    if (load() || !vanished_) break;
  }
  const auto same = [](const Problem& a, const Problem& b) { return a.where == b.where && a.text == b.text; };
  return view_ != before ||
         !std::equal(problems.begin(), problems.end(), status_.problems.begin(), status_.problems.end(), same);
}

/// Reads the catalogue in one short transaction per table and takes what is new.
bool Reader::Impl::load() {
  status_.problems.clear();
  std::optional<std::vector<VersionInfo>> versions;
  std::optional<std::vector<SourceRow>> sources;
  auto format = check_format(db_);
  if (format) {
    versions = read_versions(db_, kTailMax);
    sources = read_sources(db_);
  }
  if (!versions || !sources) {
    refuse(format ? db_.problem() : format.error());
    db_.close();
    if (!view_) serve_current_alone();
    return false;
  }
  status_.sources.clear();
  for (const SourceRow& row : *sources) status_.sources.push_back(info_of(row));
  status_.versions.assign(versions->begin(),
                          versions->begin() + static_cast<ptrdiff_t>(std::min(kVersionsShown, versions->size())));
  if (versions->empty()) {
    if (!view_) status_.problems.push_back(nothing_yet());
    return true;
  }
  const bool all = follow(*versions);
  for (const VersionInfo& v : *versions)
    if (serving_ && v.version == serving_->version) status_.serving = v;
  return all;
}

/// Goes to the newest version: on from what is served where the journal leads there, else from the newest
/// snapshot that is whole. `versions` newest first.
bool Reader::Impl::follow(const std::vector<VersionInfo>& versions) {
  if (serving_ && serving_->version == versions.front().version && serving_->digest == versions.front().digest)
    return true;
  const auto newest =
      std::find_if(versions.begin(), versions.end(), [](const VersionInfo& v) { return !v.snapshot.empty(); });
  if (serving_ && newest != versions.end() && newest->version <= serving_->version &&
      serving_->version < versions.front().version) {
    const lists::Version before = serving_->version;
    const bool whole = replay(*serving_, versions);
    if (serving_->version != before) serve(std::move(*serving_));
    return whole;
  }
  for (const VersionInfo& v : versions) {
    if (v.snapshot.empty()) continue;
    // What is served is at least as new, and proven: a damaged newer version takes nothing away.
    if (serving_ && v.version <= serving_->version && serving_->version < versions.front().version) return false;
    auto next = load_snapshot(v);
    if (!next) continue;
    const bool whole = replay(*next, versions);
    serve(std::move(*next));
    return whole;
  }
  return false;
}

std::optional<Serving> Reader::Impl::load_snapshot(const VersionInfo& v) {
  const std::string path = path_in(directory_, v.snapshot);
  auto snapshot = lists::Snapshot::open(path);
  if (!snapshot) {
    struct stat st {};
    vanished_ = vanished_ || ::stat(path.c_str(), &st) != 0;
    refuse(snapshot.error());
    return std::nullopt;
  }
  const lists::SnapshotInfo& info = (*snapshot)->info();
  if (info.version != v.version || info.digest != v.digest || info.counts != v.counts) {
    refuse({path, "it is not the version that replica.db names"});
    return std::nullopt;
  }
  Serving s;
  s.snapshot = std::move(*snapshot);
  s.counts = info.counts;
  s.digest = info.digest;
  s.version = info.version;
  return s;
}

/// Applies the journal up to the newest version; stops where it does not lead on, and says so.
bool Reader::Impl::replay(Serving& serving, const std::vector<VersionInfo>& versions) {
  for (auto v = versions.rbegin(); v != versions.rend(); ++v) {
    if (v->version <= serving.version) continue;
    if (!replay_one(serving, *v)) return false;
  }
  return true;
}

bool Reader::Impl::replay_one(Serving& serving, const VersionInfo& v) {
  const std::string where = fmt::format("{}: version {}", path_in(directory_, kDatabaseFile), v.version.number);
  const auto give_up = [&](std::string why) {
    refuse({where, fmt::format("{}; version {} is served", why, serving.version.number)});
    return false;
  };
  if (v.version.number != serving.version.number + 1) return give_up("the versions before it are missing");
  Statement select(db_, "SELECT sha256, data FROM journal WHERE number=?");
  select.bind(static_cast<int64_t>(v.version.number));
  if (!select.step()) return give_up(select.ok() ? "it is whole only in its own snapshot" : db_.problem().text);
  const auto sha = select.blob(0), data = select.blob(1);
  Change change;
  const Hash hash = Sha256::of(data);
  if (!std::equal(sha.begin(), sha.end(), hash.begin(), hash.end()) || !decode_change(data, change))
    return give_up("its journal record is damaged");
  Digester d;
  const auto digest =
      serving.digest - d.sum<ImeiEntry>(change.before, change.reasons) + d.sum<ImeiEntry>(change.after, change.reasons);
  lists::KindCounts counts = serving.counts;
  for (const ImeiEntry& e : change.before) counts.add(e, -1);
  for (const ImeiEntry& e : change.after) counts.add(e, 1);
  if (digest != v.digest || counts != v.counts) return give_up("its digest or counts cannot be proven");
  std::vector<ImeiEntry> after = replace_keys(serving.after, after_images(change, serving.reasons));
  if (after.size() > lists::kOverlayKeysMax) {
    counters_.overlay_full.add();
    return give_up("the overlay is at its bound");
  }
  serving.after = std::move(after);
  serving.digest = digest;
  serving.counts = counts;
  serving.version = v.version;
  return true;
}

void Reader::Impl::serve(Serving serving) {
  const auto overlay = serving.after.empty() ? nullptr : lists::Overlay::build(serving.after, serving.reasons);
  view_ = std::make_shared<lists::Index>(serving.snapshot, overlay, serving.version);
  counters_.versions_taken.add();
  serving_ = std::move(serving);
  status_.overlay_keys = view_->overlay_keys();
  status_.locked = serving_->snapshot->info().locked;
}

/// Without a database to ask, the snapshot that CURRENT names is the newest known to be whole.
void Reader::Impl::serve_current_alone() {
  const auto file = read_current(directory_);
  if (!file) return;
  auto snapshot = lists::Snapshot::open(path_in(directory_, *file));
  if (!snapshot) return refuse(snapshot.error());
  const lists::SnapshotInfo& info = (*snapshot)->info();
  Serving s;
  s.snapshot = *snapshot;
  s.counts = info.counts;
  s.digest = info.digest;
  s.version = info.version;
  VersionInfo v;
  v.version = info.version;
  v.counts = info.counts;
  v.digest = info.digest;
  v.published_at = info.created_at;
  v.snapshot = *file;
  v.snapshot_octets = info.octets;
  status_.serving = v;
  serve(std::move(s));
  status_.problems.push_back({path_in(directory_, *file), "served because CURRENT names it; changes after it are not"});
}

Reader::Reader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Reader::~Reader() = default;

std::unique_ptr<Reader> Reader::open(const std::string& directory) {
  std::unique_ptr<Reader> reader(new Reader(std::make_unique<Impl>(directory)));
  reader->poll();
  return reader;
}

std::shared_ptr<const lists::View> Reader::view() const { return impl_->view(); }
bool Reader::poll() { return impl_->poll(); }
ReplicaStatus Reader::status() const { return impl_->status(); }
const ReaderCounters& Reader::counters() const { return impl_->counters(); }

}  // namespace eir::store
