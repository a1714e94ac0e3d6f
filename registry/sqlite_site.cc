// SPDX-License-Identifier: GPL-3.0-or-later
// What one site gives another: the record of what was committed, and copies of everything.
#include <fmt/format.h>
#include <sqlite3.h>

#include <filesystem>

#include "registry/octets.h"
#include "registry/sqlite_schema.h"
#include "registry/sqlite_session.h"

namespace eir::registry {
namespace {

/// All pages at once. The target's transaction is one: it has all of them or what it had.
bool copy_pages(store::Database& to, store::Database& from) {
  sqlite3_backup* backup = sqlite3_backup_init(to.handle(), "main", from.handle(), "main");
  if (!backup) {
    to.note_failure();
    return false;
  }
  constexpr int kEverything = -1;
  const int step = sqlite3_backup_step(backup, kEverything);
  const bool good = sqlite3_backup_finish(backup) == SQLITE_OK && step == SQLITE_DONE;
  if (!good) to.note_failure();
  return good;
}

void remove_database(const std::string& file) {
  std::error_code ignored;
  for (const char* tail : {"", "-wal", "-shm", "-journal"}) std::filesystem::remove(file + tail, ignored);
}

}  // namespace

void SqliteSession::stream(uint64_t from, const std::function<bool(uint64_t, std::string_view)>& take) {
  Use s(*this, "select block, operations from stream where block >= ? order by block");
  s << static_cast<int64_t>(from);
  while (s.step() && take(static_cast<uint64_t>(s.integer(0)), s.octets(1))) {
  }
}

void SqliteSession::stream_sizes(const std::function<void(uint64_t, uint64_t)>& take) {
  Use s(*this, "select block, length(operations) from stream order by block");
  while (s.step()) take(static_cast<uint64_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1)));
}

void SqliteSession::put_stream(uint64_t block, std::string_view operations) {
  Use s(*this, "insert into stream values(?, ?)");
  (s << static_cast<int64_t>(block)).blob(operations);
  s.run();
}

void SqliteSession::remove_stream(uint64_t up_to) {
  Use s(*this, "delete from stream where block <= ?");
  s << static_cast<int64_t>(up_to);
  s.run();
}

bool SqliteSession::copy_to(const std::string& file) {
  remove_database(file);
  bool good = false;
  {
    // Nobody misses a copy that a crash took with it.
    store::Database copy;
    good = ok_ && copy.open(file, false) && copy.exec("pragma journal_mode=off") &&
           copy.exec("pragma synchronous=off") && copy_pages(copy, db_);
  }
  if (!good) remove_database(file);
  return good;
}

bool SqliteSession::adopt(const std::string& file) {
  if (!ok_) return false;
  // What is of this site goes into the copy first, so that the step after it is the only one that shows.
  store::Database copy;
  int64_t format = 0;
  if (!copy.open(file, false) || !copy.number("pragma user_version", format)) return false;
  if (format != kRegistryFormat) return false;
  {
    store::Statement own(copy, "attach ? as site");
    own.bind(std::string_view(path_));
    own.step();
    if (!own.ok()) return false;
  }
  const bool ours = copy.exec(kLockIndexes) && copy.exec("begin") &&
                    copy.exec("delete from main.setting where name like 'site.%'") &&
                    copy.exec("insert into main.setting select * from site.setting where name like 'site.%'") &&
                    copy.exec("delete from main.site_block") &&
                    copy.exec("insert into main.site_block select * from site.site_block") && copy.exec("commit") &&
                    copy.exec("detach site");
  if (!ours) return false;
  statements_.clear();
  stored_->begin();
  stored_->forget();
  ok_ = copy_pages(db_, copy);
  stored_->end();
  if (!ok_) return false;
  write_back();
  return true;
}

}  // namespace eir::registry
