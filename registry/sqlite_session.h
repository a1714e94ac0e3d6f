// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <unordered_map>

#include "core/store/directory.h"
#include "core/store/sqlite.h"
#include "registry/store.h"
#include "registry/stored_imeis.h"

namespace eir::registry {

/// One connection: the writer's, or a reader's, which is opened read-only and is never asked to write.
class SqliteSession final : public StoreWriter {
 public:
  /// A reader's; `stored`: the writer's, null where it is another process's.
  SqliteSession(std::string path, std::shared_ptr<StoredImeis> stored)
      : path_(std::move(path)), writes_(false), log_octets_(0), stored_(std::move(stored)) {}
  /// The writer's.
  SqliteSession(std::string path, uint64_t log_octets)
      : path_(std::move(path)), writes_(true), log_octets_(log_octets) {}
  ~SqliteSession() override;
  store::Database& database() { return db_; }
  store::WriterLock& lock() { return lock_; }
  /// Of the writer, once its file is ready.
  std::shared_ptr<StoredImeis> know_imeis();

  bool ok() const override { return ok_; }
  base::Problem problem() const override { return db_.problem(); }
  void hold() override;
  void release() override;
  std::optional<ImeiRow> imei(uint64_t place) override;
  void imeis(uint64_t from, const std::function<bool(const ImeiRow&)>& take) override;
  std::optional<EntryRow> entry(lists::EntryKind kind, std::string_view key) override;
  size_t locks_of(lists::LockName name, uint64_t word, size_t max) override;
  void entries(lists::EntryKind kind, std::string_view from, const std::function<bool(const EntryRow&)>& take) override;
  std::optional<std::string> word(Dictionary dictionary, uint32_t id) override;
  std::optional<ObjectRow> object(Kind kind, uint64_t id) override;
  std::optional<ObjectRow> object(Kind kind, std::string_view name, std::optional<UserId> owner) override;
  std::vector<ObjectRow> objects(Kind kind, std::optional<uint8_t> state, uint64_t after, size_t max) override;
  std::string job_items(uint64_t id) override;
  std::vector<SightingRow> sightings(identity::ImeiKey imei, size_t max) override;
  std::optional<uint64_t> sightings_reach(uint64_t from_imei, size_t rows) override;
  std::optional<Message> first_message(UserId user, uint64_t& count) override;
  std::optional<Message> message(UserId user, uint64_t id) override;
  std::optional<std::string> setting(std::string_view name) override;
  std::optional<VersionRow> newest_version() override;
  std::optional<VersionRow> version(lists::Version version) override;
  void versions(lists::Version from, lists::Version to, const std::function<bool(const VersionRow&)>& take) override;
  bool issued(lists::Version version, const base::Hash& manifest) override;
  std::optional<BlockRow> newest_block() override;
  std::optional<BlockRow> block(uint64_t number) override;
  void blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) override;
  std::vector<uint64_t> blocks_of(uint64_t trid, std::optional<UserId> user, size_t max) override;
  uint64_t trids_of(uint64_t run, UserId user) override;
  void stream(uint64_t from, const std::function<bool(uint64_t, std::string_view)>& take) override;
  void stream_sizes(const std::function<void(uint64_t, uint64_t)>& take) override;
  std::optional<BlockRow> newest_site_block() override;
  void site_blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) override;
  bool copy_to(const std::string& file) override;

  bool begin() override;
  bool commit() override;
  bool log_nearly_full() const override;
  void rollback() override;
  void put_imei(const ImeiRow& row) override;
  void remove_imei(uint64_t place) override;
  void put_entry(const EntryRow& row) override;
  void remove_entry(lists::EntryKind kind, std::string_view key) override;
  std::optional<uint32_t> find_word(Dictionary dictionary, std::string_view body) override;
  uint32_t newest_word(Dictionary dictionary) override;
  void put_word(Dictionary dictionary, uint32_t id, std::string_view body) override;
  uint64_t newest_object(Kind kind) override;
  void put_object(const ObjectRow& row) override;
  void put_job_items(uint64_t id, std::string_view items) override;
  void remove_job_items(uint64_t id) override;
  void put_sighting(const Sighting& sighting, std::string_view node) override;
  uint64_t remove_sightings(uint64_t from_imei, uint64_t to_imei, int64_t last_before) override;
  bool take_batch(std::string_view node, uint64_t sequence) override;
  void put_message(const Message& message, bool replace) override;
  void remove_message(UserId user, uint64_t id) override;
  uint64_t remove_messages(int64_t before) override;
  uint64_t count_messages(UserId user) override;
  void put_setting(std::string_view name, std::string_view value) override;
  void put_version(const VersionRow& row) override;
  void put_issued(lists::Version version, const base::Hash& manifest) override;
  uint64_t remove_versions(int64_t created_before) override;
  uint64_t remove_issued() override;
  void put_part(std::string_view change) override;
  std::vector<std::string> parts() override;
  void remove_parts() override;
  void put_block(const BlockRow& row) override;
  void put_trids(uint64_t run, UserId user, uint64_t block, uint64_t members) override;
  void put_stream(uint64_t block, std::string_view operations) override;
  void remove_stream(uint64_t up_to) override;
  void put_site_block(const BlockRow& row) override;
  bool adopt(const std::string& file) override;

 private:
  /// A prepared statement for one use: made ready for the next when it goes.
  class Use {
   public:
    Use(SqliteSession& session, const char* sql) : session_(session), statement_(session.prepared(sql)) {}
    ~Use();
    Use(const Use&) = delete;
    Use& operator=(const Use&) = delete;
    template <class T>
    Use& operator<<(const T& v) {
      statement_.bind(v);
      return *this;
    }
    Use& blob(std::string_view v);
    bool step() { return statement_.step(); }
    void run() { statement_.step(); }
    int64_t integer(int column) const { return statement_.integer(column); }
    std::string text(int column) const { return statement_.text(column); }
    std::string octets(int column) const;

   private:
    SqliteSession& session_;
    store::Statement& statement_;
  };
  store::Statement& prepared(const char* sql);
  static ImeiRow imei_row(const Use& s);
  static EntryRow entry_row(lists::EntryKind kind, const Use& s);
  static ObjectRow object_row(Kind kind, const Use& s);
  static VersionRow version_row(const Use& s);
  static BlockRow block_row(const Use& s);
  static Message message_row(UserId user, const Use& s);
  /// Rows that the last statement deleted.
  uint64_t changes() const;
  Use& bind_block(Use& s, const BlockRow& row);
  uint64_t log_size() const;
  void write_back();

  /// Whether it is known without the table that no row stands there, in the state that is held if one is.
  bool is_absent(uint64_t place);

  const std::string path_;
  const bool writes_;
  const uint64_t log_octets_;
  store::WriterLock lock_;
  std::shared_ptr<StoredImeis> stored_;
  struct Held {
    std::shared_ptr<const StoredImeis::Filter> filter;  ///< got when the state was asked for
    bool taken = false;                                 ///< the state is, with a read
  };
  std::optional<Held> held_;
  store::Database db_;
  /// By the address of their text: every text here is a literal.
  std::unordered_map<const char*, std::unique_ptr<store::Statement>> statements_;
  bool ok_ = true;
};

}  // namespace eir::registry
