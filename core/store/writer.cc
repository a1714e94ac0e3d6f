// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/writer.h"

#include <fmt/format.h>

#include <filesystem>

#include "core/store/format_1.h"
#include "core/store/writer_impl.h"

namespace eir::store {

using base::Problem;
using base::problem;
using lists::Version;

tl::unexpected<Problem> Writer::Impl::failed() {
  tl::unexpected<Problem> error(db_.problem());
  db_.forget_failure();
  return error;
}

base::UnixSeconds Writer::Impl::now() const {
  if (options_.now) return options_.now();
  return std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
}

base::Result<void, Problem> Writer::Impl::open(const std::string& program) {
  std::error_code error;
  std::filesystem::create_directories(directory_, error);
  if (error) return problem(directory_, fmt::format("cannot be made: {}", error.message()));
  if (auto locked = lock_.take(directory_, program, options_.lock_wait); !locked) return locked;
  if (!db_.open(path_in(directory_, kDatabaseFile), false)) return failed();
  auto format = prepare_database(db_);
  if (format && *format == format_1::kFormat) {
    if (auto converted = format_1::convert(db_, directory_, now()); !converted) return converted;
    format = format_of(db_);
    after_commit();
  }
  if (!format) return tl::unexpected(format.error());
  if (*format != kDatabaseFormat)
    return problem(path_in(directory_, kDatabaseFile),
                   fmt::format("database format {}, this program reads {}", *format, kDatabaseFormat));
  clear_away();
  return {};
}

/// Removes what a writer that did not end left behind, and what no reader can need. What fails here is tried again by
/// the next writer.
void Writer::Impl::clear_away() {
  std::vector<std::string> keep;
  {
    Statement s(db_, "SELECT file FROM snapshots");
    while (s.step()) keep.push_back(s.text(0));
    if (!s.ok()) return db_.forget_failure();
  }
  remove_stale_files(directory_, keep);
}

base::Result<SourceRow, Problem> Writer::Impl::source_row(std::string_view source) {
  const auto rows = read_sources(db_);
  if (!rows) return failed();
  for (const SourceRow& row : *rows)
    if (row.name == source) return row;
  return problem(directory_, fmt::format("there is no source \"{}\" here", source));
}

base::Result<Publication, Problem> Writer::Impl::begin(std::string_view source) {
  Publication p;
  const auto rows = read_sources(db_);
  if (!rows) return failed();
  p.source.name = source;
  size_t local = is_local(source);
  for (const SourceRow& row : *rows) {
    local += is_local(row.name) && row.name != source;
    if (row.name == source) p.source = row;
  }
  // The centre's two always find room.
  if (is_local(source) && local > lists::kSourcesMax - 2)
    return problem(directory_, fmt::format("there are {} local sources already, as many as can be", local - 1));
  if (p.source.newest != Version{}) {
    auto newest = read_version(db_, source, p.source.newest);
    if (!newest) return failed();
    p.newest = std::move(*newest);
    if (!p.newest) return problem(directory_, fmt::format("the newest version of {} has no row", source));
  }
  p.row.info.source = source;
  p.row.info.stored_at = now();
  return p;
}

base::Result<Loaded, Problem> Writer::Impl::newest_state(const SourceRow& source) {
  Loaded& have = newest_[source.name];
  States states(db_, directory_);
  Loaded reached = states.reach(source.name, source.newest, have);
  if (reached.lists && reached.version() == source.newest) return have = std::move(reached);
  db_.forget_failure();
  if (!states.problems().empty()) return tl::unexpected(states.problems().front());
  return problem(directory_, fmt::format("the newest version of {} cannot be read", source.name));
}

base::Result<ServedStates, Problem> Writer::Impl::served_states() {
  const auto rows = read_sources(db_);
  if (!rows) return failed();
  States states(db_, directory_);
  ServedStates served;
  for (const SourceRow& row : *rows) {
    if (row.served == Version{}) continue;
    const auto have = served_.find(row.name);
    const auto newest = newest_.find(row.name);
    const bool is_newest = newest != newest_.end() && newest->second.version() == row.served;
    Loaded state = states.reach(row.name, row.served,
                                is_newest               ? newest->second
                                : have == served_.end() ? Loaded{}
                                                        : have->second);
    served[row.name] = std::move(state);
  }
  db_.forget_failure();
  served_ = served;
  return served;
}

base::Result<std::shared_ptr<const lists::View>, Problem> Writer::Impl::served() {
  auto states = served_states();
  if (!states) return tl::unexpected(states.error());
  return joined(*states);
}

base::Result<std::shared_ptr<const lists::Index>, Problem> Writer::Impl::state(std::string_view source,
                                                                               Version version) {
  States states(db_, directory_);
  const auto have = newest_.find(source);
  const Loaded reached = states.reach(std::string(source), version, have == newest_.end() ? Loaded{} : have->second);
  if (reached.lists && reached.version() == version) return reached.lists;
  db_.forget_failure();
  if (!states.problems().empty()) return tl::unexpected(states.problems().front());
  return problem(directory_, fmt::format("there is no version {} of {}", version.str(), source));
}

base::Result<std::optional<Manifest>, Problem> Writer::Impl::newest_manifest(std::string_view source) {
  const auto row = source_row(source);
  if (!row) return std::optional<Manifest>();
  const Version newest = row->newest;
  if (newest == Version{}) return std::optional<Manifest>();
  auto found = manifests(source, {newest.epoch, newest.number - 1}, 1);
  if (!found) return tl::unexpected(found.error());
  return found->empty() ? std::optional<Manifest>() : std::optional(std::move(found->front()));
}

base::Result<std::vector<Manifest>, Problem> Writer::Impl::manifests(std::string_view source, Version after,
                                                                     size_t max) {
  auto found = read_manifests(db_, source, after, max);
  if (!found) return failed();
  return std::move(*found);
}

base::Result<ReplicaStatus, Problem> Writer::Impl::status() {
  ReplicaStatus status;
  const auto versions = read_last_versions(db_, kVersionsShown);
  const auto sources = read_sources(db_);
  if (!versions || !sources || !read_policy(db_, status.policy, status.policies_held)) return failed();
  status.versions = *versions;
  for (const SourceRow& row : *sources) {
    auto info = read_source_info(db_, row);
    if (!info) return failed();
    status.sources.push_back(std::move(*info));
  }
  return status;
}

Writer::Writer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Writer::~Writer() = default;

base::Result<std::unique_ptr<Writer>, Problem> Writer::open(const std::string& directory, const std::string& program,
                                                            WriterOptions options) {
  auto impl = std::make_unique<Impl>(directory, std::move(options));
  if (auto ok = impl->open(program); !ok) return tl::unexpected(ok.error());
  return std::unique_ptr<Writer>(new Writer(std::move(impl)));
}

void Writer::set_judge(Judge* judge) { impl_->set_judge(judge); }
base::Result<ImportResult, Problem> Writer::import(files::ListFile& list, const ImportRequest& request,
                                                   const files::Progress& progress) {
  return impl_->import(list, request, progress);
}
base::Result<Taken, Refused> Writer::take_change(std::string_view source, const Manifest& manifest,
                                                 lists::Change&& change, const std::string& origin) {
  return impl_->take_change(source, manifest, std::move(change), origin);
}
base::Result<Taken, Refused> Writer::take_full(std::string_view source, const Manifest& manifest,
                                               lists::Entries&& entries, lists::TermsPool&& pool,
                                               const std::string& origin) {
  return impl_->take_full(source, manifest, std::move(entries), std::move(pool), origin);
}
base::Result<void, Problem> Writer::note_refusal(std::string_view source, const Refused& refused) {
  return impl_->note_refusal(source, refused);
}
base::Result<void, Problem> Writer::clear_refusal(std::string_view source) { return impl_->clear_refusal(source); }
base::Result<Swapped, Problem> Writer::rollback(std::string_view source, Version version, const std::string& note,
                                                bool despite_guard) {
  return impl_->rollback(source, version, note, despite_guard);
}
base::Result<Swapped, Problem> Writer::unpin(std::string_view source, const std::string& note) {
  return impl_->unpin(source, note);
}
base::Result<Swapped, Problem> Writer::release(std::string_view source, const std::string& note) {
  return impl_->release(source, note);
}
base::Result<Swapped, Problem> Writer::refuse(std::string_view source, const std::string& note) {
  return impl_->refuse(source, note);
}
base::Result<bool, Problem> Writer::take_policy(const std::string& text, uint64_t number, const std::string& note,
                                                const Judgement& judgement) {
  return impl_->take_policy(text, number, note, judgement);
}
base::Result<uint64_t, Problem> Writer::turned_since(base::UnixSeconds since) const {
  return impl_->turned_since(since);
}
base::Result<std::shared_ptr<const lists::Index>, Problem> Writer::state(std::string_view source, Version version) {
  return impl_->state(source, version);
}
base::Result<std::shared_ptr<const lists::View>, Problem> Writer::served() { return impl_->served(); }
base::Result<std::optional<Manifest>, Problem> Writer::newest_manifest(std::string_view source) const {
  return impl_->newest_manifest(source);
}
base::Result<std::vector<Manifest>, Problem> Writer::manifests(std::string_view source, Version after,
                                                               size_t max) const {
  return impl_->manifests(source, after, max);
}
base::Result<ReplicaStatus, Problem> Writer::status() const { return impl_->status(); }

}  // namespace eir::store
