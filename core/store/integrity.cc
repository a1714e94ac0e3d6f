// SPDX-License-Identifier: GPL-3.0-or-later
// Reader's look at what nobody asks for yet: pages of the database, snapshots that are kept in reserve.
#include <algorithm>

#include "core/store/reader_impl.h"

namespace eir::store {

using base::Problem;

std::vector<Problem> Reader::Impl::damage() {
  std::vector<Problem> found;
  const std::string database = path_in(directory_, kDatabaseFile);
  const auto failed_here = [&] {
    found.push_back(db_.is_open() ? db_.problem() : Problem{database, "cannot be opened"});
    db_.forget_failure();
  };
  // One that is damaged where the reader looks is closed.
  if (!db_.is_open() && !db_.open(database, true)) {
    failed_here();
    return found;
  }
  std::vector<std::string> files;
  {
    Statement pages(db_, "PRAGMA integrity_check");
    while (pages.step()) {
      std::string said = pages.text(0);
      std::replace(said.begin(), said.end(), '\n', ' ');
      if (said != "ok") found.push_back({database, said});
    }
    if (!pages.ok()) failed_here();
  }
  if (const auto format = format_of(db_); !format || *format != kDatabaseFormat) return found;
  {
    Statement kept(db_, "SELECT file FROM snapshots ORDER BY source, epoch, number");
    while (kept.step()) files.push_back(kept.text(0));
    if (!kept.ok()) failed_here();
  }
  for (const std::string& file : files) {
    const auto snapshot = lists::Snapshot::open(path_in(directory_, file));
    if (snapshot) continue;
    Statement still(db_, "SELECT 1 FROM snapshots WHERE file=?");  // a writer may have dropped it meanwhile
    if (still.bind(std::string_view(file)).step()) found.push_back(snapshot.error());
  }
  return found;
}

std::vector<Problem> Reader::damage() const { return impl_->damage(); }

}  // namespace eir::store
