// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "core/base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace eir::store {

/// A database connection. Calls say whether they succeeded; the first failure's words are kept until
/// taken with problem(). Threads: one.
class Database {
 public:
  Database() = default;
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  bool open(const std::string& path, bool read_only);
  bool is_open() const { return db_ != nullptr; }
  void close();
  bool exec(const char* sql);
  /// A single number a statement gives; `otherwise` when there is no row.
  bool number(const char* sql, int64_t& out, int64_t otherwise = 0);
  int64_t last_id() const;
  sqlite3* handle() const { return db_; }
  void note_failure();
  /// Keeps as failure that something read is not what was written.
  void damaged(const std::string& what);
  /// The failure is forgotten: what comes is judged anew.
  void forget_failure() { failure_.clear(); }
  base::Problem problem() const { return {path_, failure_.empty() ? "unknown failure" : failure_}; }

 private:
  sqlite3* db_ = nullptr;
  std::string path_;
  std::string failure_;
};

/// A prepared statement. Parameters are bound in order; columns read by number. Threads: one.
class Statement {
 public:
  Statement(Database& db, std::string_view sql);
  ~Statement();
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  Statement& bind(int64_t v);
  Statement& bind(std::string_view text);
  /// Not copied: outlives the next step.
  Statement& bind_blob(std::span<const uint8_t> data);
  /// True while there is a row; false at the end or on failure, which ok() tells apart.
  bool step();
  /// Runs a statement that gives no row, and makes it ready for the next binding.
  bool run();
  void reset();
  bool ok() const { return ok_; }

  int64_t integer(int column) const;
  std::string text(int column) const;
  /// Valid until the next step.
  std::span<const uint8_t> blob(int column) const;

 private:
  Database& db_;
  sqlite3_stmt* stmt_ = nullptr;
  int bound_ = 0;
  bool ok_ = true;
};

}  // namespace eir::store
