// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/sqlite_session.h"

#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <utility>

#include "registry/octets.h"

namespace eir::registry {

using identity::ImeiKey;

SqliteSession::~SqliteSession() {
  if (writes_ && stored_) stored_->close();  // another process may write after this
  statements_.clear();
  db_.close();
}

store::Statement& SqliteSession::prepared(const char* sql) {
  auto& slot = statements_[sql];
  if (!slot) slot = std::make_unique<store::Statement>(db_, sql);
  return *slot;
}

SqliteSession::Use::~Use() {
  session_.ok_ = session_.ok_ && statement_.ok();
  statement_.reset();
}

SqliteSession::Use& SqliteSession::Use::blob(std::string_view v) {
  statement_.bind_blob(base::as_octets(v));
  return *this;
}

std::string SqliteSession::Use::octets(int column) const { return std::string(as_text(statement_.blob(column))); }

uint64_t SqliteSession::changes() const { return static_cast<uint64_t>(sqlite3_changes64(db_.handle())); }

std::shared_ptr<StoredImeis> SqliteSession::know_imeis() {
  // With its place on record a device takes some 200 octets of the file.
  constexpr uint64_t kRowOctets = 200, kRoomMin = 1'000'000;
  std::error_code error;
  const uint64_t octets = std::filesystem::file_size(path_, error);
  stored_ = std::make_shared<StoredImeis>(path_, std::max(kRoomMin, error ? 0 : octets / kRowOctets));
  return stored_;
}

bool SqliteSession::is_absent(uint64_t place) {
  if (!stored_) return false;
  if (!held_) {
    const auto filter = stored_->filter();
    return filter && !filter->passes(place);
  }
  // The first read takes the state. Rows of it that are gone by now are in the filter of then only.
  if (!std::exchange(held_->taken, true)) return false;
  const StoredImeis::Filter* filter = held_->filter.get();
  return filter && stored_->is_current(*filter) && !filter->passes(place);
}

bool SqliteSession::begin() {
  // What failed before was rolled back: this is tried anew.
  db_.forget_failure();
  stored_->begin();
  if (!(ok_ = db_.exec("begin immediate"))) stored_->end();
  return ok_;
}

bool SqliteSession::commit() {
  if (!ok_ || !(ok_ = db_.exec("commit"))) return false;
  stored_->end();
  write_back();
  return true;
}

void SqliteSession::rollback() {
  for (auto& [sql, statement] : statements_) statement->reset();
  statements_.clear();
  // Where a disk is full or broken SQLite has done so itself.
  ok_ = sqlite3_get_autocommit(db_.handle()) != 0 || db_.exec("rollback");
  stored_->end();
}

uint64_t SqliteSession::log_size() const {
  std::error_code error;
  const uint64_t octets = std::filesystem::file_size(path_ + "-wal", error);
  return error ? 0 : octets;
}

bool SqliteSession::log_nearly_full() const {
  // Registry::kGroupTasksMax reads put on record: some 2 KiB and two pages of an index each.
  constexpr uint64_t kSmallCommit = uint64_t{64} << 20;
  return log_size() + kSmallCommit >= log_octets_;
}

void SqliteSession::write_back() {
  // A reader in the way makes it do less; the next commit tries again.
  if (log_size() >= log_octets_) db_.exec("pragma wal_checkpoint(truncate)");
}

void SqliteSession::hold() {
  held_ = Held{.filter = stored_ ? stored_->filter() : nullptr};
  ok_ = ok_ && db_.exec("begin");
}

void SqliteSession::release() {
  held_.reset();
  ok_ = db_.exec("commit") && ok_;
}

ImeiRow SqliteSession::imei_row(const Use& s) {
  ImeiRow row;
  row.place = static_cast<uint64_t>(s.integer(0));
  row.lists = lists::ListSet(static_cast<uint8_t>(s.integer(1)));
  row.terms = static_cast<uint32_t>(s.integer(2));
  row.device = static_cast<uint32_t>(s.integer(3));
  row.origin = static_cast<uint32_t>(s.integer(4));
  row.owner = static_cast<UserId>(s.integer(5));
  row.created = s.integer(6);
  row.updater = static_cast<UserId>(s.integer(7));
  row.updated = s.integer(8);
  row.attempts = static_cast<uint32_t>(s.integer(9));
  return row;
}

std::optional<ImeiRow> SqliteSession::imei(uint64_t place) {
  if (is_absent(place)) return std::nullopt;
  Use s(*this,
        "select place, lists, terms, device, origin, owner, created, updater, updated, attempts from imei "
        "where place = ?");
  s << static_cast<int64_t>(place);
  return s.step() ? std::optional(imei_row(s)) : std::nullopt;
}

void SqliteSession::imeis(uint64_t from, const std::function<bool(const ImeiRow&)>& take) {
  Use s(*this,
        "select place, lists, terms, device, origin, owner, created, updater, updated, attempts from imei "
        "where place >= ? order by place");
  s << static_cast<int64_t>(from);
  while (s.step() && take(imei_row(s))) {
  }
}

void SqliteSession::put_imei(const ImeiRow& row) {
  stored_->add(row.place);
  Use s(*this, "insert or replace into imei values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)");
  s << static_cast<int64_t>(row.place) << int64_t{row.lists.bits()} << int64_t{row.terms} << int64_t{row.device}
    << int64_t{row.origin} << int64_t{row.owner} << row.created << int64_t{row.updater} << row.updated
    << int64_t{row.attempts};
  s.run();
}

void SqliteSession::remove_imei(uint64_t place) {
  Use s(*this, "delete from imei where place = ?");
  s << static_cast<int64_t>(place);
  s.run();
}

EntryRow SqliteSession::entry_row(lists::EntryKind kind, const Use& s) {
  return {
      kind,        s.octets(0), s.octets(1), static_cast<uint32_t>(s.integer(2)), static_cast<uint32_t>(s.integer(3)),
      s.integer(4)};
}

std::optional<EntryRow> SqliteSession::entry(lists::EntryKind kind, std::string_view key) {
  Use s(*this, "select key, value, terms, origin, updated from entry where kind = ? and key = ?");
  (s << static_cast<int64_t>(kind)).blob(key);
  return s.step() ? std::optional(entry_row(kind, s)) : std::nullopt;
}

void SqliteSession::entries(lists::EntryKind kind, std::string_view from,
                            const std::function<bool(const EntryRow&)>& take) {
  Use s(*this, "select key, value, terms, origin, updated from entry where kind = ? and key >= ? order by key");
  (s << static_cast<int64_t>(kind)).blob(from);
  while (s.step() && take(entry_row(kind, s))) {
  }
}

size_t SqliteSession::locks_of(lists::LockName name, uint64_t word, size_t max) {
  constexpr std::array<const char*, 3> kCounts = {
      "select count(*) from (select 1 from entry where kind = 5 and key >= ? and key < ? limit ?)",
      "select count(*) from (select 1 from entry indexed by lock_imsi where kind = 5 and"
      " substr(key, 10, 8) <> x'0000000000000000' and substr(key, 10, 8) = ? limit ?)",
      "select count(*) from (select 1 from entry indexed by lock_msisdn where kind = 5 and"
      " substr(key, 18, 8) <> x'0000000000000000' and substr(key, 18, 8) = ? limit ?)"};
  std::string from, to;
  Pack(from).u64(word);
  Pack(to).u64(word + 1);
  Use s(*this, kCounts[static_cast<size_t>(name)]);
  s.blob(from);
  if (name == lists::LockName::kDevice) s.blob(to);
  s << static_cast<int64_t>(max);
  return s.step() ? static_cast<size_t>(s.integer(0)) : 0;
}

void SqliteSession::put_entry(const EntryRow& row) {
  Use s(*this, "insert or replace into entry values(?, ?, ?, ?, ?, ?)");
  (s << static_cast<int64_t>(row.kind)).blob(row.key).blob(row.value)
      << int64_t{row.terms} << int64_t{row.origin} << row.updated;
  s.run();
}

void SqliteSession::remove_entry(lists::EntryKind kind, std::string_view key) {
  Use s(*this, "delete from entry where kind = ? and key = ?");
  (s << static_cast<int64_t>(kind)).blob(key);
  s.run();
}

std::optional<std::string> SqliteSession::word(Dictionary dictionary, uint32_t id) {
  Use s(*this, "select body from dictionary where dictionary = ? and id = ?");
  s << static_cast<int64_t>(dictionary) << int64_t{id};
  return s.step() ? std::optional(s.octets(0)) : std::nullopt;
}

std::optional<uint32_t> SqliteSession::find_word(Dictionary dictionary, std::string_view body) {
  Use s(*this, "select id from dictionary where dictionary = ? and body = ?");
  (s << static_cast<int64_t>(dictionary)).blob(body);
  return s.step() ? std::optional(static_cast<uint32_t>(s.integer(0))) : std::nullopt;
}

uint32_t SqliteSession::newest_word(Dictionary dictionary) {
  Use s(*this, "select max(id) from dictionary where dictionary = ?");
  s << static_cast<int64_t>(dictionary);
  return s.step() ? static_cast<uint32_t>(s.integer(0)) : 0;
}

void SqliteSession::put_word(Dictionary dictionary, uint32_t id, std::string_view body) {
  Use s(*this, "insert into dictionary values(?, ?, ?)");
  (s << static_cast<int64_t>(dictionary)).blob(body) << int64_t{id};
  s.run();
}

ObjectRow SqliteSession::object_row(Kind kind, const Use& s) {
  return {kind,
          static_cast<uint64_t>(s.integer(0)),
          static_cast<UserId>(s.integer(1)),
          static_cast<uint8_t>(s.integer(2)),
          s.text(3),
          s.octets(4)};
}

std::optional<ObjectRow> SqliteSession::object(Kind kind, uint64_t id) {
  Use s(*this, "select id, owner, state, name, body from object where kind = ? and id = ?");
  s << static_cast<int64_t>(kind) << static_cast<int64_t>(id);
  return s.step() ? std::optional(object_row(kind, s)) : std::nullopt;
}

std::optional<ObjectRow> SqliteSession::object(Kind kind, std::string_view name, std::optional<UserId> owner) {
  Use s(*this,
        "select id, owner, state, name, body from object "
        "where kind = ?1 and name = ?2 and name <> '' and (?3 < 0 or owner = ?3)");
  s << static_cast<int64_t>(kind) << name << (owner ? int64_t{*owner} : int64_t{-1});
  return s.step() ? std::optional(object_row(kind, s)) : std::nullopt;
}

std::vector<ObjectRow> SqliteSession::objects(Kind kind, std::optional<uint8_t> state, uint64_t after, size_t max) {
  std::vector<ObjectRow> rows;
  Use s(*this, state ? "select id, owner, state, name, body from object where kind = ? and state = ? and id > ? "
                       "order by id limit ?"
                     : "select id, owner, state, name, body from object where kind = ? and id > ? order by id limit ?");
  s << static_cast<int64_t>(kind);
  if (state) s << int64_t{*state};
  s << static_cast<int64_t>(after) << static_cast<int64_t>(max);
  while (s.step()) rows.push_back(object_row(kind, s));
  return rows;
}

uint64_t SqliteSession::newest_object(Kind kind) {
  Use s(*this, "select max(id) from object where kind = ?");
  s << static_cast<int64_t>(kind);
  return s.step() ? static_cast<uint64_t>(s.integer(0)) : 0;
}

void SqliteSession::put_object(const ObjectRow& row) {
  Use s(*this, "insert or replace into object values(?, ?, ?, ?, ?, ?)");
  (s << static_cast<int64_t>(row.kind) << static_cast<int64_t>(row.id) << int64_t{row.owner} << int64_t{row.state}
     << std::string_view(row.name))
      .blob(row.body);
  s.run();
}

std::string SqliteSession::job_items(uint64_t id) {
  Use s(*this, "select items from job_items where id = ?");
  s << static_cast<int64_t>(id);
  return s.step() ? s.octets(0) : std::string();
}

void SqliteSession::put_job_items(uint64_t id, std::string_view items) {
  Use s(*this, "insert into job_items values(?, ?)");
  (s << static_cast<int64_t>(id)).blob(items);
  s.run();
}

void SqliteSession::remove_job_items(uint64_t id) {
  Use s(*this, "delete from job_items where id = ?");
  s << static_cast<int64_t>(id);
  s.run();
}

std::optional<std::string> SqliteSession::setting(std::string_view name) {
  Use s(*this, "select value from setting where name = ?");
  s << name;
  return s.step() ? std::optional(s.octets(0)) : std::nullopt;
}

void SqliteSession::put_setting(std::string_view name, std::string_view value) {
  Use s(*this, "insert or replace into setting values(?, ?)");
  (s << name).blob(value);
  s.run();
}

}  // namespace eir::registry
