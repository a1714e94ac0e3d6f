// SPDX-License-Identifier: GPL-3.0-or-later
#include "replica_sqlite.h"

#include <sqlite3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>

namespace eir::bench {
namespace {

class Database {
 public:
  explicit Database(const std::string& path) {
    ::unlink(path.c_str());
    ok_ = sqlite3_open(path.c_str(), &db_) == SQLITE_OK;
    run("PRAGMA journal_mode=OFF");
    run("PRAGMA synchronous=OFF");
    run("PRAGMA cache_size=-500000");
  }
  ~Database() { sqlite3_close(db_); }
  void run(const char* sql) { ok_ = ok_ && sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK; }
  sqlite3_stmt* prepare(const char* sql) {
    sqlite3_stmt* statement = nullptr;
    ok_ = ok_ && sqlite3_prepare_v2(db_, sql, -1, &statement, nullptr) == SQLITE_OK;
    return statement;
  }
  bool ok() const { return ok_; }

 private:
  sqlite3* db_ = nullptr;
  bool ok_ = false;
};

void bind_all(sqlite3_stmt* s, std::initializer_list<uint64_t> values) {
  int column = 0;
  for (const uint64_t v : values) sqlite3_bind_int64(s, ++column, static_cast<sqlite3_int64>(v));
}
void insert(sqlite3_stmt* s, std::initializer_list<uint64_t> values) {
  bind_all(s, values);
  sqlite3_step(s);
  sqlite3_reset(s);
}
uint64_t column(sqlite3_stmt* s, int i) { return static_cast<uint64_t>(sqlite3_column_int64(s, i)); }

void load(Database& db, const lists::Entries& entries) {
  db.run("CREATE TABLE imei(key INTEGER PRIMARY KEY, lists INTEGER)");
  db.run("CREATE TABLE range(first INTEGER, last INTEGER, lists INTEGER, PRIMARY KEY(first, last)) WITHOUT ROWID");
  db.run("CREATE TABLE lock(imei INTEGER, policy INTEGER, imsi INTEGER)");
  db.run("CREATE TABLE pair(imei INTEGER, imsi INTEGER, lists INTEGER, PRIMARY KEY(imei, imsi)) WITHOUT ROWID");
  db.run("BEGIN");
  sqlite3_stmt* s = db.prepare("INSERT INTO imei VALUES(?,?)");
  for (const auto& e : entries.imeis) insert(s, {identity::number(e.key()), e.lists().bits()});
  sqlite3_finalize(s);
  s = db.prepare("INSERT INTO range VALUES(?,?,?)");
  for (const auto& e : entries.ranges) insert(s, {identity::number(e.from), identity::number(e.to), e.lists.bits()});
  sqlite3_finalize(s);
  s = db.prepare("INSERT INTO lock VALUES(?,?,?)");
  for (const auto& e : entries.locks)
    insert(s, {identity::number(e.imei), static_cast<uint64_t>(e.policy), e.imsi.value()});
  sqlite3_finalize(s);
  s = db.prepare("INSERT INTO pair VALUES(?,?,?)");
  for (const auto& e : entries.pairs) insert(s, {identity::number(e.imei), e.who.digits().value(), e.lists.bits()});
  sqlite3_finalize(s);
  db.run("COMMIT");
  db.run("CREATE INDEX lock_imei ON lock(imei)");
}

class Lookups {
 public:
  explicit Lookups(Database& db)
      : imei_(db.prepare("SELECT lists FROM imei WHERE key=?")),
        // Nested at most four deep and a million wide here: few rows are passed over.
        range_(db.prepare("SELECT lists FROM range WHERE first<=?1 AND first>?1-1000000 AND last>=?1 "
                          "ORDER BY first DESC, last LIMIT 1")),
        lock_(db.prepare("SELECT policy, imsi FROM lock WHERE imei=?")),
        pair_(db.prepare("SELECT lists FROM pair WHERE imei=? AND imsi=?")) {}
  ~Lookups() {
    for (sqlite3_stmt* s : {imei_, range_, lock_, pair_}) sqlite3_finalize(s);
  }
  decision::Status decide(const Asked& q) {
    const uint64_t key = identity::number(q.imei.key());
    bool broken = false;
    for (bind_all(lock_, {key}); sqlite3_step(lock_) == SQLITE_ROW;)
      broken |= column(lock_, 0) != 3 && !q.imsi.empty() && column(lock_, 1) != q.imsi.value();
    sqlite3_reset(lock_);
    lists::ListSet set;
    bind_all(pair_, {key, q.imsi.value()});
    const bool paired = !q.imsi.empty() && sqlite3_step(pair_) == SQLITE_ROW;
    if (paired) set = lists::ListSet(static_cast<uint8_t>(column(pair_, 0)));
    sqlite3_reset(pair_);
    if (paired && !broken) return status_of(set);
    for (sqlite3_stmt* s : {imei_, range_}) {
      bind_all(s, {key});
      if (sqlite3_step(s) == SQLITE_ROW) set = set | lists::ListSet(static_cast<uint8_t>(column(s, 0)));
      sqlite3_reset(s);
    }
    if (broken) return decision::Status::kBlack;
    return set.empty() ? decision::Status::kUnknown : status_of(set);
  }

 private:
  sqlite3_stmt *imei_, *range_, *lock_, *pair_;
};

}  // namespace

SqliteResult measure_sqlite(const std::string& path, const lists::Entries& entries, const std::vector<Asked>& pool,
                            double seconds) {
  using std::chrono::steady_clock;
  SqliteResult result;
  Database db(path);
  load(db, entries);
  struct stat st {};
  if (::stat(path.c_str(), &st) == 0) result.octets = static_cast<uint64_t>(st.st_size);
  {
    Lookups lookups(db);
    if (!db.ok()) {
      result.wrong = 1;
      return result;
    }
    uint64_t asked = 0;
    const auto begin = steady_clock::now();
    std::chrono::duration<double> took{};
    for (; took.count() < seconds; took = steady_clock::now() - begin)
      for (int i = 0; i < 256; ++i, ++asked) {
        const Asked& a = pool[asked % pool.size()];
        result.wrong += lookups.decide(a) != a.expected;
      }
    result.per_s = static_cast<double>(asked) / took.count();
  }
  ::unlink(path.c_str());
  return result;
}

}  // namespace eir::bench
