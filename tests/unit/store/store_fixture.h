// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <fstream>
#include <string>

#include "core/store/directory.h"
#include "core/store/reader.h"
#include "core/store/writer.h"
#include "tests/unit/temp_directory.h"

namespace eir::store {

/// A replica directory of its own for each test, removed at the end.
class StoreTest : public ::testing::Test {
 protected:
  static files::ListFile list(const std::string& rows, bool whole = false) {
    auto read = files::read_list(whole ? rows : "imei,list,svn,reason\n" + rows, "test.csv");
    EXPECT_TRUE(read) << (read ? "" : read.error().message());
    return read ? std::move(*read) : files::ListFile();
  }
  /// Imports rows with a writer of its own.
  base::Result<ImportResult, base::Problem> import(const std::string& rows, bool merge = false,
                                                   const std::string& source = "local", WriterOptions options = {},
                                                   Judge* judge = nullptr) {
    auto writer = Writer::open(dir_, "test", options);
    if (!writer) return tl::unexpected(writer.error());
    (*writer)->set_judge(judge);
    files::ListFile parsed = list(rows);
    return (*writer)->import(parsed, {source, merge, "test.csv"});
  }
  static lists::Hit hit(const Reader& reader, uint64_t key) {
    return reader.view()->individual(identity::ImeiKey{key}, nullptr, {});
  }
  /// Of the local lists.
  static uint64_t served(const Reader& reader) { return reader.view() ? reader.view()->version().number : 0; }
  /// Overwrites one octet.
  static void damage(const std::string& path, long at) {
    std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(at);
    char c = 0;
    file.get(c);
    file.seekp(at);
    file.put(static_cast<char>(c ^ 0x10));
  }

  /// On the database itself.
  void exec(const std::string& sql) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir_ + "/replica.db").c_str(), &db), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(db, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }

  const test::TempDirectory temp_;
  const std::string root_ = temp_.path();
  const std::string dir_ = temp_.file("replica");
};

/// Holds what makes more than `most` of the 1,000 devices from `first` on present.
struct TestJudge final : Judge {
  Judgement judge(const lists::View& served_now, const lists::View& would_serve, const lists::Change* change) override {
    ++asked;
    with_change += change != nullptr;
    Judgement j;
    for (uint64_t i = 0; i < 1000; ++i) {
      const identity::ImeiKey key{first + i};
      j.turned += !served_now.individual(key, nullptr, {}).present && would_serve.individual(key, nullptr, {}).present;
    }
    j.hold = j.turned > most;
    if (j.hold) j.why = std::to_string(j.turned) + " devices";
    return j;
  }
  uint64_t first = 35'809'101'000'000, most = 10;
  int asked = 0, with_change = 0;
};

}  // namespace eir::store
