// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <string>
#include <vector>

namespace eir::registry {

/// Every row of every table that sites share, as text.
inline std::vector<std::string> rows_of(const std::string& directory) {
  std::vector<std::string> rows;
  sqlite3* db = nullptr;
  EXPECT_EQ(sqlite3_open_v2((directory + "/registry.db").c_str(), &db, SQLITE_OPEN_READONLY, nullptr), SQLITE_OK);
  for (const std::string table : {"imei", "entry", "dictionary", "object", "job_items", "sighting", "batch", "message",
                                  "setting", "version", "issued", "part", "audit_block", "trids", "stream"}) {
    const std::string sql =
        "select * from " + table + (table == "setting" ? " where name not like 'site.%'" : "") + " order by 1, 2, 3";
    sqlite3_stmt* s = nullptr;
    const std::string narrow = "select * from " + table + " order by 1, 2";
    if (sqlite3_prepare_v2(db, sql.c_str(), -1, &s, nullptr) != SQLITE_OK)
      sqlite3_prepare_v2(db, (table == "setting" ? sql.substr(0, sql.rfind(',')) : narrow).c_str(), -1, &s, nullptr);
    EXPECT_NE(s, nullptr) << table;
    while (sqlite3_step(s) == SQLITE_ROW) {
      std::string row = table;
      for (int i = 0; i < sqlite3_column_count(s); ++i) {
        const auto* blob = static_cast<const char*>(sqlite3_column_blob(s, i));
        row += '|';
        if (blob) row.append(blob, static_cast<size_t>(sqlite3_column_bytes(s, i)));
      }
      rows.push_back(std::move(row));
    }
    sqlite3_finalize(s);
  }
  sqlite3_close(db);
  return rows;
}

}  // namespace eir::registry
