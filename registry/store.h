// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/base/sha256.h"
#include "core/lists/crowds.h"
#include "core/lists/entry.h"
#include "registry/model.h"

/// Where the central database keeps what it holds: the port that SQLite implements here and PostgreSQL can.
namespace eir::registry {

/// An IMEI, or its rule for one software version: device data and list entry in one row.
struct ImeiRow {
  uint64_t place = 0;  ///< lists::ImeiEntry::place()
  lists::ListSet lists;
  uint32_t terms = 0;   ///< Dictionary::kTerms; 0 none
  uint32_t device = 0;  ///< Dictionary::kDevice; 0 none
  uint32_t origin = 0;  ///< Dictionary::kOrigin of the list entry; 0: its owner, without evidence
  UserId owner = 0;     ///< who filed it
  int64_t created = 0;  ///< seconds since 1970
  UserId updater = 0;
  int64_t updated = 0;
  uint32_t attempts = 0;  ///< how often it was filed again
  friend bool operator==(const ImeiRow&, const ImeiRow&) = default;
};
constexpr uint64_t place_of(identity::ImeiKey key, std::optional<identity::Svn> svn) {
  return lists::ImeiEntry::make(key, svn, {}).place();
}

/// An entry of another kind than IMEIs.
struct EntryRow {
  lists::EntryKind kind{};
  std::string key;    ///< its place, big-endian, in the order of the kind; see entries.h
  std::string value;  ///< lists, policy, ruling or MSISDN
  uint32_t terms = 0;
  uint32_t origin = 0;
  int64_t updated = 0;
  friend bool operator==(const EntryRow&, const EntryRow&) = default;
};

/// What many rows have in common stands once, under a number from 1. Numbers are fixed.
enum class Dictionary : uint8_t { kTerms = 1, kDevice = 2, kOrigin = 3 };

/// Things there are few of.
enum class Kind : uint8_t { kUser = 1, kProposal = 2, kJob = 3 };
struct ObjectRow {
  Kind kind{};
  uint64_t id = 0;
  UserId owner = 0;
  uint8_t state = 0;
  std::string name;  ///< a user's name, a filing number
  std::string body;
};

struct Message {
  uint64_t id = 0;
  UserId user = 0;
  int64_t at = 0;
  uint8_t what = 0;   ///< messages.h
  std::string about;  ///< a list, a proposal's or job's number; one unread message per list
  std::string body;
};

struct VersionRow {
  lists::Version version;
  int64_t created = 0;
  uint64_t places = 0;
  std::string manifest;  ///< its text
  std::string signature;
  std::string data;  ///< the change's octets; empty of a full version
};

struct BlockRow {
  uint64_t number = 0;
  int64_t at = 0;
  uint32_t records = 0;
  base::Hash previous{}, hash{};
  std::string body;
};

struct SightingRow {
  Sighting sighting;
  std::string node;
};

/// Batches of sightings of one node that are known to have been taken, counted by sequence.
inline constexpr uint64_t kBatchesKept = 10'000;

/// What a site says of itself: it goes to no other site, and stays when all else is taken over from one.
constexpr bool of_this_site(std::string_view setting) { return setting.starts_with("site."); }

/// Reads, each of the newest committed state unless hold() was called. What fails is empty, and ok() false from then
/// on. Threads: one at a time.
class StoreReader {
 public:
  virtual ~StoreReader() = default;
  virtual bool ok() const = 0;
  virtual base::Problem problem() const = 0;

  /// From here to release() everything is read of one state.
  virtual void hold() = 0;
  virtual void release() = 0;

  virtual std::optional<ImeiRow> imei(uint64_t place) = 0;
  /// Rows from a place on, in order; false from `take` stops.
  virtual void imeis(uint64_t from, const std::function<bool(const ImeiRow&)>& take) = 0;
  virtual std::optional<EntryRow> entry(lists::EntryKind kind, std::string_view key) = 0;
  virtual void entries(lists::EntryKind kind, std::string_view from,
                       const std::function<bool(const EntryRow&)>& take) = 0;
  /// How many locks name a device (its IMEI's number) or a subscriber (its word); counted up to `max`.
  virtual size_t locks_of(lists::LockName name, uint64_t word, size_t max) = 0;
  virtual std::optional<std::string> word(Dictionary dictionary, uint32_t id) = 0;

  virtual std::optional<ObjectRow> object(Kind kind, uint64_t id) = 0;
  virtual std::optional<ObjectRow> object(Kind kind, std::string_view name, std::optional<UserId> owner) = 0;
  /// Of one state, or of all; ascending, after `after`, at most `max`.
  virtual std::vector<ObjectRow> objects(Kind kind, std::optional<uint8_t> state, uint64_t after, size_t max) = 0;
  /// A job's items.
  virtual std::string job_items(uint64_t id) = 0;

  virtual std::vector<SightingRow> sightings(identity::ImeiKey imei, size_t max) = 0;
  /// The IMEI up to which the first `rows` sightings from an IMEI on reach, it apart; none: there are not so many.
  virtual std::optional<uint64_t> sightings_reach(uint64_t from_imei, size_t rows) = 0;
  /// The oldest unread, and how many there are.
  virtual std::optional<Message> first_message(UserId user, uint64_t& count) = 0;
  virtual std::optional<Message> message(UserId user, uint64_t id) = 0;
  virtual std::optional<std::string> setting(std::string_view name) = 0;

  virtual std::optional<VersionRow> newest_version() = 0;
  virtual std::optional<VersionRow> version(lists::Version version) = 0;
  /// Those of the same epoch after `from` up to `to`, ascending.
  virtual void versions(lists::Version from, lists::Version to, const std::function<bool(const VersionRow&)>& take) = 0;
  /// Whether this site once issued a manifest with that hash for that version.
  virtual bool issued(lists::Version version, const base::Hash& manifest) = 0;

  virtual std::optional<BlockRow> newest_block() = 0;
  virtual std::optional<BlockRow> block(uint64_t number) = 0;
  virtual void blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) = 0;
  /// Blocks in which a transaction identifier of that key (audit.h) stands, newest first, at most `max`.
  virtual std::vector<uint64_t> blocks_of(uint64_t trid, std::optional<UserId> user, size_t max) = 0;
  /// Which of a run's identifiers the user had used: a bit for each.
  virtual uint64_t trids_of(uint64_t run, UserId user) = 0;

  /// What was recorded for other sites (stream.h) from a block on, in order; false from `take` stops.
  virtual void stream(uint64_t from, const std::function<bool(uint64_t, std::string_view)>& take) = 0;
  virtual void stream_sizes(const std::function<void(uint64_t, uint64_t)>& take) = 0;
  /// The site's own chain: what happened here while it followed another.
  virtual std::optional<BlockRow> newest_site_block() = 0;
  virtual void site_blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) = 0;
  /// All of one state into a file that is not there yet. False: the store or the disk failed, and the file is none.
  virtual bool copy_to(const std::string& file) = 0;
};

/// Writes between begin() and commit(); its reads see what was written. Threads: one.
class StoreWriter : public StoreReader {
 public:
  virtual bool begin() = 0;
  /// Durable when it returns true.
  virtual bool commit() = 0;
  virtual void rollback() = 0;
  /// Even a small commit may write back what is kept in a log now, and wait for the readers that hold a state.
  virtual bool log_nearly_full() const = 0;

  virtual void put_imei(const ImeiRow& row) = 0;
  virtual void remove_imei(uint64_t place) = 0;
  virtual void put_entry(const EntryRow& row) = 0;
  virtual void remove_entry(lists::EntryKind kind, std::string_view key) = 0;
  virtual std::optional<uint32_t> find_word(Dictionary dictionary, std::string_view body) = 0;
  virtual uint32_t newest_word(Dictionary dictionary) = 0;
  virtual void put_word(Dictionary dictionary, uint32_t id, std::string_view body) = 0;

  virtual uint64_t newest_object(Kind kind) = 0;
  virtual void put_object(const ObjectRow& row) = 0;
  virtual void put_job_items(uint64_t id, std::string_view items) = 0;
  virtual void remove_job_items(uint64_t id) = 0;

  /// Adds it, or widens the times of the one there is.
  virtual void put_sighting(const Sighting& sighting, std::string_view node) = 0;
  /// Of IMEIs from one up to another, the latter apart, those last seen before a time; how many.
  virtual uint64_t remove_sightings(uint64_t from_imei, uint64_t to_imei, int64_t last_before) = 0;
  /// False when it was taken before. Batches kBatchesKept and more behind this one are forgotten: one that comes again
  /// is taken again, which changes nothing that its sightings did not change before.
  virtual bool take_batch(std::string_view node, uint64_t sequence) = 0;

  /// Gives it the next number. Replaces the unread one about the same when `replace`.
  virtual void put_message(const Message& message, bool replace) = 0;
  virtual void remove_message(UserId user, uint64_t id) = 0;
  /// Those older; how many.
  virtual uint64_t remove_messages(int64_t before) = 0;
  virtual uint64_t count_messages(UserId user) = 0;
  virtual void put_setting(std::string_view name, std::string_view value) = 0;

  virtual void put_version(const VersionRow& row) = 0;
  virtual void put_issued(lists::Version version, const base::Hash& manifest) = 0;
  /// How many.
  virtual uint64_t remove_versions(int64_t created_before) = 0;
  /// Hashes of manifests from which no version that is kept leads on, at most 100,000 at a time; how many.
  virtual uint64_t remove_issued() = 0;
  /// A group's change, until a version has it.
  virtual void put_part(std::string_view change) = 0;
  virtual std::vector<std::string> parts() = 0;
  virtual void remove_parts() = 0;

  virtual void put_block(const BlockRow& row) = 0;
  /// A run's identifiers that stand in a block, besides those put before: a bit for each.
  virtual void put_trids(uint64_t run, UserId user, uint64_t block, uint64_t members) = 0;

  virtual void put_stream(uint64_t block, std::string_view operations) = 0;
  virtual void remove_stream(uint64_t up_to) = 0;
  virtual void put_site_block(const BlockRow& row) = 0;
  /// Takes over all that a copy_to() of another site holds but what is of this site: in one step, durable when it
  /// returns true; readers go on with what they hold. The file is changed. REQUIRES: not between begin() and commit().
  virtual bool adopt(const std::string& file) = 0;
};

/// Threads: any.
class Store {
 public:
  virtual ~Store() = default;
  /// Errors: another holds it, it is of another format, the disk.
  virtual base::Result<std::unique_ptr<StoreWriter>, base::Problem> writer() = 0;
  virtual base::Result<std::unique_ptr<StoreReader>, base::Problem> reader() = 0;
};

}  // namespace eir::registry
