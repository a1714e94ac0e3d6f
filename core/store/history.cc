// SPDX-License-Identifier: GPL-3.0-or-later
// Reader's look back: states and entries of other versions and times.
#include <fmt/format.h>

#include <algorithm>

#include "core/store/format_1.h"
#include "core/store/reader_impl.h"

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
using base::UnixSeconds;
using lists::Change;
using lists::TermsPool;
using lists::Version;

std::string utc(UnixSeconds t) {
  const std::time_t seconds = t.time_since_epoch().count();
  std::tm parts{};
  gmtime_r(&seconds, &parts);
  char text[32];
  return {text, std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// A read transaction for as long as it lives.
class Transaction {
 public:
  explicit Transaction(Database& db) : db_(db), open_(db.is_open() && db.exec("BEGIN")) {}
  ~Transaction() {
    if (open_) db_.exec("COMMIT");
    if (open_) db_.forget_failure();
  }
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  explicit operator bool() const { return open_; }

 private:
  Database& db_;
  const bool open_;
};

/// What an image of a change holds at a place. Its terms go into `pool`.
template <class Entry>
std::optional<Entry> entry_in(const std::vector<Entry>& sorted, const TermsPool& from, const Entry& place,
                              TermsPool& pool) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), place,
                                   [](const Entry& a, const Entry& b) { return a.place() < b.place(); });
  if (at == sorted.end() || at->place() != place.place()) return std::nullopt;
  Entry out = *at;
  out.terms = pool.intern(from.of(at->terms));
  return out;
}

}  // namespace

/// Names the oldest version there is a way to.
Problem Reader::Impl::unreachable(const std::string& source, Version version) {
  const auto snapshots = read_snapshots(db_, source);
  if (!snapshots || snapshots->empty()) return {directory_, fmt::format("there is no source \"{}\" here", source)};
  Version oldest = snapshots->back().version;
  UnixSeconds since{};
  while (true) {
    const auto row = read_version(db_, source, oldest);
    if (!row || !*row) break;
    since = (*row)->info.stored_at;
    Statement journal(db_, "SELECT 1 FROM journal WHERE source=? AND epoch=? AND number=?");
    journal.bind(std::string_view(source)).bind(int64_t{oldest.epoch}).bind(static_cast<int64_t>(oldest.number));
    const auto base = read_version(db_, source, (*row)->info.base);
    if ((*row)->info.full || !journal.step() || !base || !*base) break;
    oldest = (*row)->info.base;
  }
  return {directory_, fmt::format("version {} of {} is no longer kept; the oldest there is is {}, stored {}",
                                  version.str(), source, oldest.str(), utc(since))};
}

base::Result<std::shared_ptr<const lists::Index>, Problem> Reader::Impl::state(std::string_view source,
                                                                               Version version) {
  const std::string name(source);
  const auto have = served_.find(source);
  if (have != served_.end() && have->second.version() == version) return have->second.lists;
  const Transaction transaction(db_);
  if (!transaction) return failed();
  States states(db_, directory_);
  const Loaded reached = states.reach(name, version, have == served_.end() ? Loaded{} : have->second);
  if (reached.lists && reached.version() == version) return reached.lists;
  const auto row = read_version(db_, name, version);
  if (row && !*row) {
    Statement newest(db_, "SELECT newest_epoch, newest_number FROM sources WHERE name=?");
    newest.bind(source);
    if (!newest.step() ||
        Version{static_cast<uint32_t>(newest.integer(0)), static_cast<uint64_t>(newest.integer(1))} < version)
      return problem(directory_, fmt::format("there is no version {} of {}", version.str(), source));
  }
  return tl::unexpected(unreachable(name, version));
}

base::Result<ServedInfo, Problem> Reader::Impl::served_at(std::string_view source, UnixSeconds at) {
  const auto rows = read_served(db_, source, 1, at);
  if (!rows) return failed();
  if (!rows->empty()) return rows->front();
  Statement first(db_, "SELECT at FROM served WHERE source=? ORDER BY id LIMIT 1");
  const bool any = first.bind(source).step();
  return problem(directory_,
                 fmt::format("what was served of {} at {} is not known; the oldest record is of {}", source, utc(at),
                             any ? utc(UnixSeconds(std::chrono::seconds(first.integer(0)))) : "never"));
}

/// Of each source the writer keeps the last row before the time for which rows are kept, and all after it. So the
/// second row of any source is later than that time; where nothing is kept of a source at such a row's time, nothing
/// was.
bool Reader::Impl::not_served_yet(std::string_view source, UnixSeconds at) {
  Statement s(db_,
              "SELECT NOT EXISTS (SELECT 1 FROM served WHERE source=?1 AND at <= ?2) AND NOT EXISTS (SELECT 1 FROM"
              " versions WHERE source=?1 AND stored_at <= ?2) AND ((SELECT count(*) = coalesce(max(id), 0) FROM served)"
              " OR EXISTS (SELECT 1 FROM (SELECT at, row_number() OVER (PARTITION BY source ORDER BY id) AS n FROM"
              " served) WHERE n = 2 AND at <= ?2))");
  return s.bind(source).bind(at.time_since_epoch().count()).step() && s.integer(0) != 0;
}

base::Result<PastState, Problem> Reader::Impl::state_at(std::string_view source, UnixSeconds at) {
  const auto row = served_at(source, at);
  if (!row) return tl::unexpected(row.error());
  auto lists = state(source, row->version);
  if (!lists) return tl::unexpected(lists.error());
  return PastState{row->version, *row, *lists};
}

base::Result<std::optional<PolicyInfo>, Problem> Reader::Impl::policy_at(UnixSeconds at) {
  const Transaction transaction(db_);
  const auto rows = transaction ? read_served(db_, kPolicy, 1, at) : std::nullopt;
  if (!rows) return failed();
  uint64_t number = rows->empty() ? 0 : rows->front().version.number;
  if (rows->empty()) {
    // Such rows were kept for less time once: then the policy stored before speaks for itself.
    Statement s(db_,
                "SELECT number FROM policies WHERE NOT held AND stored_at <= ? AND number NOT IN"
                " (SELECT number FROM served WHERE source=?) ORDER BY number DESC LIMIT 1");
    if (s.bind(at.time_since_epoch().count()).bind(kPolicy).step()) number = static_cast<uint64_t>(s.integer(0));
    if (!s.ok()) return failed();
  }
  if (number == 0) return std::optional<PolicyInfo>();
  auto policy = read_policy(db_, number);
  if (!policy) return failed();
  if (!*policy)
    return problem(directory_, fmt::format("policy {}, which held at {}, is no longer kept", number, utc(at)));
  return std::move(*policy);
}

template <class Entry>
base::Result<std::optional<Entry>, Problem> Reader::Impl::entry_at(std::string_view source, const Entry& place,
                                                                   UnixSeconds at, TermsPool& pool) {
  const std::string name(source);
  const auto row = served_at(source, at);
  if (!row) return tl::unexpected(row.error());
  {
    const Transaction transaction(db_);
    const auto state = served_.find(source);
    const Version now = state == served_.end() ? Version{} : state->second.version();
    std::vector<VersionRow> versions;
    States states(db_, directory_);
    // From then on: the first change that touches the place says what it was before.
    bool whole = now >= row->version && read_versions(db_, source, row->version, now, versions);
    for (const VersionRow& v : versions) {
      const auto record = whole && !v.info.full ? states.change(name, v.info.version) : std::nullopt;
      whole = record.has_value();
      if (!whole) break;
      auto was = entry_in(record->before.of<Entry>(), record->terms, place, pool);
      if (was || entry_in(record->after.of<Entry>(), record->terms, place, pool)) return was;
    }
    if (whole) return state->second.lists->find(place, pool);
    // Back from then: the last change that touched it.
    for (Version v = row->version; v != Version{};) {
      const auto version = read_version(db_, source, v);
      if (!version || !*version || (*version)->info.full) break;
      const auto record = states.change(name, v);
      if (!record) break;
      auto is = entry_in(record->after.of<Entry>(), record->terms, place, pool);
      if (is || entry_in(record->before.of<Entry>(), record->terms, place, pool)) return is;
      v = (*version)->info.base;
    }
  }
  const auto lists = this->state(source, row->version);
  if (!lists) return tl::unexpected(lists.error());
  return (*lists)->find(place, pool);
}

base::Result<std::optional<Change>, Problem> Reader::Impl::change(std::string_view source, Version version) {
  const Transaction transaction(db_);
  if (!transaction) return failed();
  Statement kept(db_, "SELECT 1 FROM journal WHERE source=? AND epoch=? AND number=?");
  kept.bind(source).bind(int64_t{version.epoch}).bind(static_cast<int64_t>(version.number));
  if (!kept.step()) {
    if (!kept.ok()) return failed();
    return std::optional<Change>();
  }
  States states(db_, directory_);
  auto record = states.change(std::string(source), version);
  if (!record) return tl::unexpected(states.problems().front());
  return record;
}

base::Result<std::vector<Manifest>, Problem> Reader::Impl::manifests(std::string_view source, Version after,
                                                                     size_t max) {
  if (!db_.is_open()) return failed();
  auto found = read_manifests(db_, source, after, max);
  if (!found) return failed();
  return std::move(*found);
}

base::Result<std::vector<VersionInfo>, Problem> Reader::Impl::versions(std::string_view source, size_t max) {
  if (!db_.is_open()) return failed();
  auto found = read_last_versions(db_, max, source);
  if (!found) return failed();
  return std::move(*found);
}

base::Result<std::vector<ServedInfo>, Problem> Reader::Impl::served(std::string_view source, size_t max) {
  if (!db_.is_open()) return failed();
  auto found = read_served(db_, source, max);
  if (!found) return failed();
  return std::move(*found);
}

template <class Entry>
base::Result<std::optional<Entry>, Problem> Reader::entry_at(std::string_view source, const Entry& place,
                                                             UnixSeconds at, TermsPool& pool) const {
  return impl_->entry_at(source, place, at, pool);
}

#define EIR_ENTRY_AT(Entry)                                                                                           \
  template base::Result<std::optional<lists::Entry>, Problem> Reader::entry_at(std::string_view, const lists::Entry&, \
                                                                               UnixSeconds, TermsPool&) const
EIR_ENTRY_AT(ImeiEntry);
EIR_ENTRY_AT(RangeEntry);
EIR_ENTRY_AT(SubscriberEntry);
EIR_ENTRY_AT(PairEntry);
EIR_ENTRY_AT(LockEntry);
EIR_ENTRY_AT(MirrorEntry);
EIR_ENTRY_AT(ExceptionEntry);
EIR_ENTRY_AT(DeviceClassEntry);
#undef EIR_ENTRY_AT

}  // namespace eir::store
