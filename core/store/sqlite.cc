// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/sqlite.h"

#include <sqlite3.h>

namespace eir::store {

constexpr int kBusyTimeoutMs = 5000;

Database::~Database() { close(); }

void Database::close() {
  sqlite3_close(db_);
  db_ = nullptr;
}

bool Database::open(const std::string& path, bool read_only) {
  // Before anything else asks SQLite: what nobody reads costs every one of its allocations a lock of all threads.
  static const int without_statistics = sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
  (void)without_statistics;
  close();
  path_ = path;
  failure_.clear();
  const int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  if (sqlite3_open_v2(path.c_str(), &db_, flags | SQLITE_OPEN_NOMUTEX, nullptr) != SQLITE_OK) {
    note_failure();
    close();
    return false;
  }
  sqlite3_busy_timeout(db_, kBusyTimeoutMs);
  return true;
}

void Database::note_failure() {
  if (failure_.empty()) failure_ = db_ ? sqlite3_errmsg(db_) : "cannot be opened";
}

void Database::damaged(const std::string& what) {
  if (failure_.empty()) failure_ = what + " is damaged";
}

bool Database::exec(const char* sql) {
  if (sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK) return true;
  note_failure();
  return false;
}

bool Database::number(const char* sql, int64_t& out, int64_t otherwise) {
  Statement s(*this, sql);
  out = s.step() ? s.integer(0) : otherwise;
  return s.ok();
}

int64_t Database::last_id() const { return sqlite3_last_insert_rowid(db_); }

Statement::Statement(Database& db, std::string_view sql) : db_(db) {
  ok_ = sqlite3_prepare_v2(db.handle(), sql.data(), static_cast<int>(sql.size()), &stmt_, nullptr) == SQLITE_OK;
  if (!ok_) db_.note_failure();
}

Statement::~Statement() { sqlite3_finalize(stmt_); }

Statement& Statement::bind(int64_t v) {
  ok_ = ok_ && sqlite3_bind_int64(stmt_, ++bound_, v) == SQLITE_OK;
  return *this;
}

Statement& Statement::bind(std::string_view text) {
  ok_ = ok_ && sqlite3_bind_text64(stmt_, ++bound_, text.empty() ? "" : text.data(), text.size(), SQLITE_TRANSIENT,
                                   SQLITE_UTF8) == SQLITE_OK;
  return *this;
}

Statement& Statement::bind_blob(std::span<const uint8_t> data) {
  ok_ = ok_ && sqlite3_bind_blob64(stmt_, ++bound_, data.empty() ? reinterpret_cast<const uint8_t*>("") : data.data(),
                                   data.size(), SQLITE_STATIC) == SQLITE_OK;
  return *this;
}

bool Statement::step() {
  if (!ok_) return false;
  const int rc = sqlite3_step(stmt_);
  if (rc == SQLITE_ROW) return true;
  if (rc != SQLITE_DONE) {
    ok_ = false;
    db_.note_failure();
  }
  return false;
}

bool Statement::run() {
  step();
  reset();
  return ok_;
}

void Statement::reset() {
  if (stmt_) sqlite3_reset(stmt_);
  bound_ = 0;
}

int64_t Statement::integer(int column) const { return sqlite3_column_int64(stmt_, column); }

std::string Statement::text(int column) const {
  const auto* t = reinterpret_cast<const char*>(sqlite3_column_text(stmt_, column));
  return t ? std::string(t, static_cast<size_t>(sqlite3_column_bytes(stmt_, column))) : std::string();
}

std::span<const uint8_t> Statement::blob(int column) const {
  const auto* b = static_cast<const uint8_t*>(sqlite3_column_blob(stmt_, column));
  return {b, b ? static_cast<size_t>(sqlite3_column_bytes(stmt_, column)) : 0};
}

}  // namespace eir::store
