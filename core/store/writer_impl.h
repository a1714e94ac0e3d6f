// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <optional>

#include "core/store/catalog.h"
#include "core/store/change.h"
#include "core/store/states.h"
#include "core/store/writer.h"

/// Writer's inside; writer_*.cc share it.
namespace eir::store {

/// A version of a source on its way into the store.
struct Publication {
  SourceRow source;                  ///< before; then as it will stand
  std::optional<VersionRow> newest;  ///< the source's newest before
  VersionRow row;
  Manifest manifest;
  std::string cause;
  std::vector<uint8_t> record;  ///< of the journal; empty: none
  SnapshotRow snapshot;         ///< no file: none
  Loaded state;                 ///< after it; null where nobody needs it
  Judgement judgement;
  bool served = false;
  bool restores = false;  ///< the newest version again, which was damaged
  bool replaces = false;  ///< and under another manifest, which says the same of it

  lists::Version version() const { return row.info.version; }
};

class Writer::Impl {
 public:
  Impl(std::string directory, WriterOptions options) : directory_(std::move(directory)), options_(std::move(options)) {}

  base::Result<void, base::Problem> open(const std::string& program);
  void set_judge(Judge* judge) { judge_ = judge; }
  base::Result<ImportResult, base::Problem> import(files::ListFile& list, const ImportRequest& request,
                                                   const files::Progress& progress);
  base::Result<Taken, Refused> take_change(std::string_view source, const Manifest& manifest, lists::Change&& change,
                                           const std::string& origin);
  base::Result<Taken, Refused> take_full(std::string_view source, const Manifest& manifest, lists::Entries&& entries,
                                         lists::TermsPool&& pool, const std::string& origin);
  base::Result<void, base::Problem> note_refusal(std::string_view source, const Refused& refused);
  base::Result<void, base::Problem> clear_refusal(std::string_view source);
  base::Result<Swapped, base::Problem> rollback(std::string_view source, lists::Version version,
                                                const std::string& note, bool despite_guard);
  base::Result<Swapped, base::Problem> unpin(std::string_view source, const std::string& note);
  base::Result<Swapped, base::Problem> release(std::string_view source, const std::string& note);
  base::Result<Swapped, base::Problem> refuse(std::string_view source, const std::string& note);
  base::Result<bool, base::Problem> take_policy(const std::string& text, uint64_t number, const std::string& note,
                                                const Judgement& judgement);
  base::Result<uint64_t, base::Problem> turned_since(base::UnixSeconds since);
  base::Result<std::shared_ptr<const lists::Index>, base::Problem> state(std::string_view source,
                                                                         lists::Version version);
  base::Result<std::shared_ptr<const lists::View>, base::Problem> served();
  base::Result<std::optional<Manifest>, base::Problem> newest_manifest(std::string_view source);
  base::Result<std::vector<Manifest>, base::Problem> manifests(std::string_view source, lists::Version after,
                                                               size_t max);
  base::Result<ReplicaStatus, base::Problem> status();

 private:
  template <class T>
  using Outcome = base::Result<T, base::Problem>;

  tl::unexpected<base::Problem> failed();
  base::UnixSeconds now() const;
  void at(Step step) const {
    if (options_.at_step) options_.at_step(step);
  }

  // writer.cc: rows and states
  Outcome<Publication> begin(std::string_view source);
  Outcome<SourceRow> source_row(std::string_view source);
  Outcome<Loaded> newest_state(const SourceRow& source);
  /// Of what is damaged the newest state that can be had, or none: it must not stop the version that mends it.
  Outcome<ServedStates> served_states();
  void clear_away();

  // writer_publish.cc
  Outcome<ImportResult> import_full(Publication& p, files::ListFile& list, const ImportRequest& request,
                                    const files::Progress& progress);
  Outcome<ImportResult> import_merge(Publication& p, files::ListFile& list, const ImportRequest& request,
                                     const files::Progress& progress);
  Outcome<ImportResult> publish_local(Publication& p);
  base::Result<Taken, Refused> publish_signed(Publication& p, const Manifest& m, const lists::Change* change,
                                              const std::string& origin);
  Outcome<uint64_t> next_local_number();
  using WriteSnapshot = std::function<Outcome<uint64_t>(const std::string& path, const lists::SnapshotInfo&)>;
  Outcome<void> write_state(Publication& p, const WriteSnapshot& write);
  Outcome<void> write_state(Publication& p, const lists::Entries& entries, const lists::TermsPool& pool);
  Outcome<void> write_state(Publication& p, const lists::Index& state);
  Outcome<void> open_state(Publication& p);
  /// Decides whether it is served. `change`: what it differs by from the version before it; may be null.
  Outcome<void> decide(Publication& p, const lists::Change* change);
  Outcome<void> commit(Publication& p);
  bool fold_due(const lists::Index& state) const;
  Outcome<void> fold(std::string_view source);
  std::optional<Refused> wrong_place(const Publication& p, const Manifest& m) const;
  Refused refuse_version(std::string_view source, Refusal what, const Manifest& m, const std::string& detail);

  // writer_swap.cc
  Outcome<Swapped> swap(SourceRow source, lists::Version to, const std::string& cause, const std::string& note,
                        bool ask_judge);
  /// `source`: as it is served now.
  Outcome<Judgement> judge(const SourceRow& source, const Loaded& would_serve, const lists::Change* change);
  Outcome<lists::Version> next_after(std::string_view source, lists::Version version);

  // writer_commit.cc
  template <class F>
  Outcome<void> transaction(F&& rows);
  bool commit_rows(const Publication& p);
  bool prune(const SourceRow& source);
  bool prune_journal(const SourceRow& source, lists::Version floor);
  void after_commit();
  Current current_files();

  const std::string directory_;
  const WriterOptions options_;
  WriterLock lock_;
  Database db_;
  Judge* judge_ = nullptr;
  std::map<std::string, Loaded, std::less<>> newest_;  ///< what was read or made last
  ServedStates served_;
};

}  // namespace eir::store
