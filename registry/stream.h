// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <string>
#include <string_view>
#include <utility>

#include "registry/store.h"

/// What one site commits, as others repeat it. Every transaction of the engine ends with one block of the audit, so the
/// chain's numbers and hashes are the stream's: a record is a block, and the operations on rows that were committed
/// with it.
///
///     operations: each: what 1 | its fields
///     fields: numbers in groups of seven bits, the least first, the eighth bit set where another follows;
///             texts after their length, written so; hashes as they are
namespace eir::registry {

struct StreamRecord {
  BlockRow block;
  std::string operations;
};

/// What a replay came across that whoever keeps state in memory must know.
struct Replayed {
  std::vector<ObjectRow> users;
  std::optional<VersionRow> version;  ///< the newest
  std::optional<uint32_t> epoch;      ///< the setting "epoch"
  std::optional<size_t> parts;        ///< that no version has: how many there are since the last version
  size_t parts_more = 0;              ///< besides those there were, without one
};

/// Carries out operations on a store between begin() and commit(). False: they are damaged. Threads: pure but for
/// the store.
bool replay(std::string_view operations, uint64_t block, StoreWriter& store, Replayed& seen);

/// A store that records what is written through it, and commits the record with it. Reads go through.
/// REQUIRES: whatever is committed has a block, but for settings of the site and its own chain, which no record has.
/// Threads: the writer's.
class RecordingStore final : public StoreWriter {
 public:
  /// Records older than the newest `octets_max` are deleted: who comes from further back takes a whole copy.
  /// `store` outlives it.
  RecordingStore(StoreWriter& store, uint64_t octets_max);

  /// Carries out another site's record as its own, between begin() and commit(). False: it is damaged.
  bool replay(const StreamRecord& record, Replayed& seen);
  uint64_t octets() const { return octets_; }
  size_t records() const { return kept_.size(); }

  bool ok() const override { return store_.ok(); }
  base::Problem problem() const override { return store_.problem(); }
  void hold() override { store_.hold(); }
  void release() override { store_.release(); }
  std::optional<ImeiRow> imei(uint64_t place) override { return store_.imei(place); }
  void imeis(uint64_t from, const std::function<bool(const ImeiRow&)>& take) override { store_.imeis(from, take); }
  std::optional<EntryRow> entry(lists::EntryKind kind, std::string_view key) override {
    return store_.entry(kind, key);
  }
  void entries(lists::EntryKind kind, std::string_view from,
               const std::function<bool(const EntryRow&)>& take) override {
    store_.entries(kind, from, take);
  }
  size_t locks_of(lists::LockName name, uint64_t word, size_t max) override { return store_.locks_of(name, word, max); }
  std::optional<std::string> word(Dictionary dictionary, uint32_t id) override { return store_.word(dictionary, id); }
  std::optional<ObjectRow> object(Kind kind, uint64_t id) override { return store_.object(kind, id); }
  std::optional<ObjectRow> object(Kind kind, std::string_view name, std::optional<UserId> owner) override {
    return store_.object(kind, name, owner);
  }
  std::vector<ObjectRow> objects(Kind kind, std::optional<uint8_t> state, uint64_t after, size_t max) override {
    return store_.objects(kind, state, after, max);
  }
  std::string job_items(uint64_t id) override { return store_.job_items(id); }
  std::vector<SightingRow> sightings(identity::ImeiKey imei, size_t max) override {
    return store_.sightings(imei, max);
  }
  std::optional<uint64_t> sightings_reach(uint64_t from_imei, size_t rows) override {
    return store_.sightings_reach(from_imei, rows);
  }
  std::optional<Message> first_message(UserId user, uint64_t& count) override {
    return store_.first_message(user, count);
  }
  std::optional<Message> message(UserId user, uint64_t id) override { return store_.message(user, id); }
  std::optional<std::string> setting(std::string_view name) override { return store_.setting(name); }
  std::optional<VersionRow> newest_version() override { return store_.newest_version(); }
  std::optional<VersionRow> version(lists::Version version) override { return store_.version(version); }
  void versions(lists::Version from, lists::Version to, const std::function<bool(const VersionRow&)>& take) override {
    store_.versions(from, to, take);
  }
  bool issued(lists::Version version, const base::Hash& manifest) override { return store_.issued(version, manifest); }
  std::optional<BlockRow> newest_block() override { return store_.newest_block(); }
  std::optional<BlockRow> block(uint64_t number) override { return store_.block(number); }
  void blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) override { store_.blocks(from, take); }
  std::vector<uint64_t> blocks_of(uint64_t trid, std::optional<UserId> user, size_t max) override {
    return store_.blocks_of(trid, user, max);
  }
  uint64_t trids_of(uint64_t run, UserId user) override { return store_.trids_of(run, user); }
  void stream(uint64_t from, const std::function<bool(uint64_t, std::string_view)>& take) override {
    store_.stream(from, take);
  }
  void stream_sizes(const std::function<void(uint64_t, uint64_t)>& take) override { store_.stream_sizes(take); }
  std::optional<BlockRow> newest_site_block() override { return store_.newest_site_block(); }
  void site_blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) override {
    store_.site_blocks(from, take);
  }
  bool copy_to(const std::string& file) override { return store_.copy_to(file); }
  std::optional<uint32_t> find_word(Dictionary dictionary, std::string_view body) override {
    return store_.find_word(dictionary, body);
  }
  uint32_t newest_word(Dictionary dictionary) override { return store_.newest_word(dictionary); }
  uint64_t newest_object(Kind kind) override { return store_.newest_object(kind); }
  uint64_t count_messages(UserId user) override { return store_.count_messages(user); }
  std::vector<std::string> parts() override { return store_.parts(); }

  bool begin() override;
  bool commit() override;
  void rollback() override;
  bool log_nearly_full() const override { return store_.log_nearly_full(); }
  void put_imei(const ImeiRow& row) override;
  void remove_imei(uint64_t place) override;
  void put_entry(const EntryRow& row) override;
  void remove_entry(lists::EntryKind kind, std::string_view key) override;
  void put_word(Dictionary dictionary, uint32_t id, std::string_view body) override;
  void put_object(const ObjectRow& row) override;
  void put_job_items(uint64_t id, std::string_view items) override;
  void remove_job_items(uint64_t id) override;
  void put_sighting(const Sighting& sighting, std::string_view node) override;
  uint64_t remove_sightings(uint64_t from_imei, uint64_t to_imei, int64_t last_before) override;
  bool take_batch(std::string_view node, uint64_t sequence) override;
  void put_message(const Message& message, bool replace) override;
  void remove_message(UserId user, uint64_t id) override;
  uint64_t remove_messages(int64_t before) override;
  void put_setting(std::string_view name, std::string_view value) override;
  void put_version(const VersionRow& row) override;
  void put_issued(lists::Version version, const base::Hash& manifest) override;
  uint64_t remove_versions(int64_t created_before) override;
  uint64_t remove_issued() override;
  void put_part(std::string_view change) override;
  void remove_parts() override;
  void put_block(const BlockRow& row) override;
  void put_trids(uint64_t run, UserId user, uint64_t block, uint64_t members) override;
  void put_stream(uint64_t block, std::string_view operations) override { store_.put_stream(block, operations); }
  void remove_stream(uint64_t up_to) override;
  /// What a block of the site's own chain comes with goes to nobody.
  void put_site_block(const BlockRow& row) override;
  bool adopt(const std::string& file) override;

 private:
  /// Puts the record that is being written under its block, and begins the next.
  void close(uint64_t block);
  void count_again();
  void trim();

  StoreWriter& store_;
  const uint64_t octets_max_;
  std::string operations_;                             ///< without a block so far
  std::vector<std::pair<uint64_t, uint64_t>> closed_;  ///< in this transaction: block, octets
  std::deque<std::pair<uint64_t, uint64_t>> kept_;     ///< committed
  uint64_t octets_ = 0;                                ///< of all kept
};

}  // namespace eir::registry
