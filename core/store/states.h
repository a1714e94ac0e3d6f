// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/lists/index.h"
#include "core/lists/joined.h"
#include "core/store/catalog.h"

namespace eir::store {

/// A snapshot that could not be opened, and is not needed.
struct PassedOver {
  lists::Version version;
  base::Problem why;
};

/// A version's state in memory.
struct Loaded {
  std::shared_ptr<const lists::Index> lists;  ///< null: nothing could be had
  std::string manifest_sha256;                ///< of the version it is
  lists::StateDigest digest;
  base::UnixSeconds published_at{};
  std::optional<PassedOver> passed_over{};  ///< the newest snapshot: it is not tried again

  lists::Version version() const { return lists ? lists->version() : lists::Version{}; }
};

/// The ways to the states of sources: from a snapshot forward or back through the journal. Threads: one; within the
/// caller's read transaction.
class States {
 public:
  States(Database& db, std::string directory) : db_(db), directory_(std::move(directory)) {}

  /// The state of `to`; where that cannot be had, of the newest version before it that can, or none. Goes on from
  /// `have` where the journal leads on from it and there is no snapshot newer than its own. What was damaged is in
  /// problems().
  Loaded reach(const std::string& source, lists::Version to, const Loaded& have = {});

  /// A version's journal record, proven by its hash. Nothing when there is none; what is damaged is in problems().
  std::optional<lists::Change> change(const std::string& source, lists::Version version);

  const std::vector<base::Problem>& problems() const { return problems_; }
  /// A file that the database names was gone: the database was read too early or late, and is worth another look.
  bool vanished() const { return vanished_; }
  uint64_t overlay_full() const { return overlay_full_; }

 private:
  Loaded open(const std::string& source, const SnapshotRow& row);
  Loaded forward(const std::string& source, Loaded from, lists::Version to);
  Loaded back(const std::string& source, Loaded from, lists::Version to);
  bool apply(Loaded& state, const std::string& source, const lists::Change& change, const VersionRow& to);
  void problem(const std::string& source, lists::Version version, const std::string& why);

  Database& db_;
  const std::string directory_;
  std::vector<base::Problem> problems_;
  bool vanished_ = false;
  uint64_t overlay_full_ = 0;
};

/// What is served of each source, as one view; null when nothing is. Its version is the centre's with the number of
/// the newest local publication beside it, or whichever of the two there is.
using ServedStates = std::map<std::string, Loaded, std::less<>>;
std::shared_ptr<const lists::View> joined(const ServedStates& served);
lists::Version joined_version(const ServedStates& served);

/// The other way round.
lists::Change inverse(lists::Change change);

}  // namespace eir::store
