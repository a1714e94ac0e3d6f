// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/types.h>

#include <string>

#include "core/store/catalog.h"
#include "core/store/directory.h"
#include "core/store/reader.h"
#include "core/store/recomputation.h"
#include "core/store/states.h"

/// Reader's inside; reader.cc follows the directory, history.cc looks back.
namespace eir::store {

class Reader::Impl {
 public:
  explicit Impl(std::string directory) : directory_(std::move(directory)) { status_.problems = {nothing_yet()}; }

  bool poll();
  std::shared_ptr<const lists::View> view() const { return view_; }
  std::shared_ptr<const lists::Index> source(std::string_view source) const;
  int bell() const { return bell_.fd(); }
  const ReplicaStatus& status() const { return status_; }
  const ReaderCounters& counters() const { return counters_; }
  Recomputation& recomputation() { return recomputation_; }
  const ServedStates& serving() const { return served_; }

  base::Result<std::shared_ptr<const lists::Index>, base::Problem> state(std::string_view source,
                                                                         lists::Version version);
  base::Result<PastState, base::Problem> state_at(std::string_view source, base::UnixSeconds at);
  base::Result<std::optional<PolicyInfo>, base::Problem> policy_at(base::UnixSeconds at);
  template <class Entry>
  base::Result<std::optional<Entry>, base::Problem> entry_at(std::string_view source, const Entry& place,
                                                             base::UnixSeconds at, lists::TermsPool& pool);
  base::Result<std::optional<lists::Change>, base::Problem> change(std::string_view source, lists::Version version);
  base::Result<std::vector<Manifest>, base::Problem> manifests(std::string_view source, lists::Version after,
                                                               size_t max);
  base::Result<std::vector<VersionInfo>, base::Problem> versions(std::string_view source, size_t max);
  base::Result<std::vector<ServedInfo>, base::Problem> served(std::string_view source, size_t max);
  bool not_served_yet(std::string_view source, base::UnixSeconds at);
  std::vector<base::Problem> damage();

 private:
  base::Problem nothing_yet() const { return {directory_, "no list was published here yet"}; }
  bool connected();
  bool load();
  bool load_rows();
  bool load_format_1();
  void take(const ServedStates& next);
  /// `served`: what the database says is; none when it cannot say.
  Loaded named_by_current(const std::string& source, lists::Version served = {});
  void serve_current_alone();
  void describe(const std::vector<SourceRow>& rows);
  void refuse(base::Problem why);
  tl::unexpected<base::Problem> failed();

  // history.cc
  base::Result<ServedInfo, base::Problem> served_at(std::string_view source, base::UnixSeconds at);
  base::Problem unreachable(const std::string& source, lists::Version version);

  const std::string directory_;
  Database db_;
  Bell bell_;
  ino_t inode_ = 0;
  int64_t data_version_ = -1;
  ServedStates served_;
  std::shared_ptr<const lists::View> view_;
  ReplicaStatus status_;
  ReaderCounters counters_;
  Recomputation recomputation_;
  base::UnixSeconds recomputed_at_{};
  bool vanished_ = false;
  bool whole_ = true;  ///< the last load() had no problem
  int polls_with_problems_ = 0;
};

}  // namespace eir::store
