// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/stream.h"

#include <charconv>

#include "registry/audit.h"
#include "registry/octets.h"

namespace eir::registry {
namespace {

/// Numbers are fixed: they stand in databases and on the line.
enum class Op : uint8_t {
  kPutImei = 1,
  kRemoveImei,
  kPutEntry,
  kRemoveEntry,
  kPutWord,
  kPutObject,
  kPutJobItems,
  kRemoveJobItems,
  kPutSighting,
  kTakeBatch,
  kPutMessage,
  kReplaceMessage,
  kRemoveMessage,
  kRemoveMessages,
  kPutSetting,
  kPutVersion,
  kPutIssued,
  kRemoveVersions,
  kPutPart,
  kRemoveParts,
  kPutTrid,  ///< of formats before 3
  kRemoveSightings,
  kRemoveIssued,
  kPutTrids,
};

class Writer {
 public:
  Writer(std::string& out, Op op) : out_(out) { out_.push_back(static_cast<char>(op)); }
  Writer& n(uint64_t v) {
    for (; v >= 0x80; v >>= 7) out_.push_back(static_cast<char>(v | 0x80));
    out_.push_back(static_cast<char>(v));
    return *this;
  }
  /// Times, which may lie before 1970.
  Writer& i(int64_t v) { return n(static_cast<uint64_t>(v)); }
  Writer& text(std::string_view v) {
    n(v.size());
    out_.append(v);
    return *this;
  }
  Writer& hash(const base::Hash& v) {
    out_.append(as_text(v));
    return *this;
  }

 private:
  std::string& out_;
};

class Cursor {
 public:
  explicit Cursor(std::string_view data) : data_(data) {}
  bool ok() const { return ok_; }
  bool done() const { return data_.empty(); }
  uint64_t n() {
    uint64_t v = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (data_.empty()) break;
      const auto octet = static_cast<uint8_t>(data_.front());
      data_.remove_prefix(1);
      v |= uint64_t{octet & 0x7Fu} << shift;
      if (octet < 0x80) return v;
    }
    fail();
    return 0;
  }
  int64_t i() { return static_cast<int64_t>(n()); }
  template <class T>
  T as() {
    return static_cast<T>(n());
  }
  std::string_view text() { return raw(n()); }
  base::Hash hash() { return as_hash(raw(base::Hash().size())); }
  void fail() {
    ok_ = false;
    data_ = {};
  }

 private:
  std::string_view raw(uint64_t len) {
    if (data_.size() < len) {
      fail();
      return {};
    }
    const std::string_view out = data_.substr(0, len);
    data_.remove_prefix(len);
    return out;
  }
  std::string_view data_;
  bool ok_ = true;
};

ImeiRow imei_row(Cursor& c) {
  ImeiRow row;
  row.place = c.n();
  row.lists = lists::ListSet(c.as<uint8_t>());
  row.terms = c.as<uint32_t>();
  row.device = c.as<uint32_t>();
  row.origin = c.as<uint32_t>();
  row.owner = c.as<UserId>();
  row.created = c.i();
  row.updater = c.as<UserId>();
  // Damaged ones may be anything, and must not overflow.
  row.updated = static_cast<int64_t>(static_cast<uint64_t>(row.created) + c.n());
  row.attempts = c.as<uint32_t>();
  return row;
}

EntryRow entry_row(Cursor& c) {
  EntryRow row;
  row.kind = c.as<lists::EntryKind>();
  row.key = c.text();
  row.value = c.text();
  row.terms = c.as<uint32_t>();
  row.origin = c.as<uint32_t>();
  row.updated = c.i();
  return row;
}

ObjectRow object_row(Cursor& c) {
  ObjectRow row;
  row.kind = c.as<Kind>();
  row.id = c.n();
  row.owner = c.as<UserId>();
  row.state = c.as<uint8_t>();
  row.name = c.text();
  row.body = c.text();
  return row;
}

Sighting sighting(Cursor& c) {
  const auto time = [&c] { return base::UnixSeconds(std::chrono::seconds(c.i())); };
  Sighting v;
  v.imei = identity::ImeiKey{c.n()};
  if (const uint64_t code = c.n(); code > 0) v.svn = static_cast<identity::Svn>(code - 1);
  v.imsi = identity::Imsi(identity::Digits::from_word(c.n()));
  v.msisdn = identity::Msisdn(identity::Digits::from_word(c.n()));
  v.interface = c.text();
  v.serving = c.text();
  v.network = c.text();
  v.first = time();
  v.last = time();
  return v;
}

Message message(Cursor& c) {
  Message m;
  m.user = c.as<UserId>();
  m.at = c.i();
  m.what = c.as<uint8_t>();
  m.about = c.text();
  m.body = c.text();
  return m;
}

lists::Version version(Cursor& c) {
  const auto epoch = c.as<uint32_t>();
  return {epoch, c.n()};
}

VersionRow version_row(Cursor& c) {
  VersionRow row;
  row.version = version(c);
  row.created = c.i();
  row.places = c.n();
  row.manifest = c.text();
  row.signature = c.text();
  row.data = c.text();
  return row;
}

/// What happens on rows that no memory is kept of.
bool replay_plain(Op op, Cursor& c, uint64_t block, StoreWriter& store) {
  switch (op) {
    case Op::kPutImei: return store.put_imei(imei_row(c)), true;
    case Op::kRemoveImei: return store.remove_imei(c.n()), true;
    case Op::kPutEntry: return store.put_entry(entry_row(c)), true;
    case Op::kRemoveEntry: {
      const auto kind = c.as<lists::EntryKind>();
      return store.remove_entry(kind, c.text()), true;
    }
    case Op::kPutWord: {
      const auto dictionary = c.as<Dictionary>();
      const auto id = c.as<uint32_t>();
      return store.put_word(dictionary, id, c.text()), true;
    }
    case Op::kPutJobItems: {
      const uint64_t id = c.n();
      return store.put_job_items(id, c.text()), true;
    }
    case Op::kRemoveJobItems: return store.remove_job_items(c.n()), true;
    case Op::kPutSighting: {
      const Sighting seen = sighting(c);
      return store.put_sighting(seen, c.text()), true;
    }
    case Op::kTakeBatch: {
      const std::string_view node = c.text();
      return store.take_batch(node, c.n());
    }
    case Op::kPutMessage: return store.put_message(message(c), false), true;
    case Op::kReplaceMessage: return store.put_message(message(c), true), true;
    case Op::kRemoveMessage: {
      const auto user = c.as<UserId>();
      return store.remove_message(user, c.n()), true;
    }
    case Op::kRemoveMessages: return store.remove_messages(c.i()), true;
    case Op::kPutIssued: {
      const lists::Version v = version(c);
      return store.put_issued(v, c.hash()), true;
    }
    case Op::kRemoveVersions: return store.remove_versions(c.i()), true;
    case Op::kRemoveSightings: {
      const uint64_t from = c.n(), to = c.n();
      return store.remove_sightings(from, to, c.i()), true;
    }
    case Op::kRemoveIssued: return store.remove_issued(), true;
    case Op::kPutTrid: {
      const uint64_t trid = c.n();
      return store.put_trids(trid / kTridRun, c.as<UserId>(), block, uint64_t{1} << trid % kTridRun), true;
    }
    case Op::kPutTrids: {
      const uint64_t run = c.n();
      const auto user = c.as<UserId>();
      return store.put_trids(run, user, block, c.n()), true;
    }
    default: return false;
  }
}

bool replay_one(Op op, Cursor& c, uint64_t block, StoreWriter& store, Replayed& seen) {
  switch (op) {
    case Op::kPutObject: {
      ObjectRow row = object_row(c);
      store.put_object(row);
      if (row.kind == Kind::kUser) seen.users.push_back(std::move(row));
      return true;
    }
    case Op::kPutSetting: {
      const std::string_view name = c.text(), value = c.text();
      uint32_t epoch = 0;
      if (name == "epoch" && std::from_chars(value.data(), value.data() + value.size(), epoch).ec == std::errc())
        seen.epoch = epoch;
      // A site is told by nobody else what it is.
      if (of_this_site(name)) return false;
      return store.put_setting(name, value), true;
    }
    case Op::kPutVersion: seen.version = version_row(c); return store.put_version(*seen.version), true;
    case Op::kPutPart:
      store.put_part(c.text());
      if (seen.parts)
        ++*seen.parts;
      else
        ++seen.parts_more;
      return true;
    case Op::kRemoveParts:
      store.remove_parts();
      seen.parts = 0;
      return true;
    default: return replay_plain(op, c, block, store);
  }
}

}  // namespace

bool replay(std::string_view operations, uint64_t block, StoreWriter& store, Replayed& seen) {
  Cursor c(operations);
  while (!c.done())
    if (!replay_one(c.as<Op>(), c, block, store, seen) || !c.ok()) return false;
  return c.ok();
}

RecordingStore::RecordingStore(StoreWriter& store, uint64_t octets_max) : store_(store), octets_max_(octets_max) {
  count_again();
}

void RecordingStore::count_again() {
  kept_.clear();
  octets_ = 0;
  store_.stream_sizes([this](uint64_t block, uint64_t octets) {
    kept_.emplace_back(block, octets);
    octets_ += octets;
  });
}

bool RecordingStore::begin() {
  operations_.clear();
  closed_.clear();
  return store_.begin();
}

void RecordingStore::close(uint64_t block) {
  store_.put_stream(block, operations_);
  closed_.emplace_back(block, operations_.size());
  operations_.clear();
}

void RecordingStore::trim() {
  uint64_t up_to = 0;
  while (octets_ > octets_max_ && kept_.size() > 1) {
    up_to = kept_.front().first;
    octets_ -= kept_.front().second;
    kept_.pop_front();
  }
  if (up_to > 0) store_.remove_stream(up_to);
}

bool RecordingStore::commit() {
  // What has no block would be missing elsewhere.
  if (!operations_.empty()) return false;
  for (const auto& [block, octets] : closed_) {
    kept_.emplace_back(block, octets);
    octets_ += octets;
  }
  trim();
  if (store_.commit()) return true;
  count_again();
  return false;
}

void RecordingStore::rollback() {
  operations_.clear();
  closed_.clear();
  store_.rollback();
  count_again();
}

bool RecordingStore::replay(const StreamRecord& record, Replayed& seen) {
  if (!registry::replay(record.operations, record.block.number, store_, seen)) return false;
  operations_ = record.operations;
  put_block(record.block);
  return true;
}

bool RecordingStore::adopt(const std::string& file) {
  const bool good = store_.adopt(file);
  count_again();
  return good;
}

void RecordingStore::remove_stream(uint64_t up_to) {
  store_.remove_stream(up_to);
  while (!kept_.empty() && kept_.front().first <= up_to) {
    octets_ -= kept_.front().second;
    kept_.pop_front();
  }
}

void RecordingStore::put_imei(const ImeiRow& r) {
  Writer w(operations_, Op::kPutImei);
  w.n(r.place).n(r.lists.bits()).n(r.terms).n(r.device).n(r.origin).n(r.owner).i(r.created).n(r.updater);
  w.n(static_cast<uint64_t>(r.updated) - static_cast<uint64_t>(r.created)).n(r.attempts);
  store_.put_imei(r);
}

void RecordingStore::remove_imei(uint64_t place) {
  Writer(operations_, Op::kRemoveImei).n(place);
  store_.remove_imei(place);
}

void RecordingStore::put_entry(const EntryRow& r) {
  Writer w(operations_, Op::kPutEntry);
  w.n(static_cast<uint64_t>(r.kind)).text(r.key).text(r.value).n(r.terms).n(r.origin).i(r.updated);
  store_.put_entry(r);
}

void RecordingStore::remove_entry(lists::EntryKind kind, std::string_view key) {
  Writer(operations_, Op::kRemoveEntry).n(static_cast<uint64_t>(kind)).text(key);
  store_.remove_entry(kind, key);
}

void RecordingStore::put_word(Dictionary dictionary, uint32_t id, std::string_view body) {
  Writer(operations_, Op::kPutWord).n(static_cast<uint64_t>(dictionary)).n(id).text(body);
  store_.put_word(dictionary, id, body);
}

void RecordingStore::put_object(const ObjectRow& r) {
  Writer w(operations_, Op::kPutObject);
  w.n(static_cast<uint64_t>(r.kind)).n(r.id).n(r.owner).n(r.state).text(r.name).text(r.body);
  store_.put_object(r);
}

void RecordingStore::put_job_items(uint64_t id, std::string_view items) {
  Writer(operations_, Op::kPutJobItems).n(id).text(items);
  store_.put_job_items(id, items);
}

void RecordingStore::remove_job_items(uint64_t id) {
  Writer(operations_, Op::kRemoveJobItems).n(id);
  store_.remove_job_items(id);
}

void RecordingStore::put_sighting(const Sighting& v, std::string_view node) {
  Writer w(operations_, Op::kPutSighting);
  w.n(identity::number(v.imei)).n(v.svn ? *v.svn + 1u : 0u).n(v.imsi.word()).n(v.msisdn.word());
  w.text(v.interface).text(v.serving).text(v.network);
  w.i(v.first.time_since_epoch().count()).i(v.last.time_since_epoch().count()).text(node);
  store_.put_sighting(v, node);
}

uint64_t RecordingStore::remove_sightings(uint64_t from_imei, uint64_t to_imei, int64_t last_before) {
  const uint64_t count = store_.remove_sightings(from_imei, to_imei, last_before);
  if (count > 0) Writer(operations_, Op::kRemoveSightings).n(from_imei).n(to_imei).i(last_before);
  return count;
}

bool RecordingStore::take_batch(std::string_view node, uint64_t sequence) {
  if (!store_.take_batch(node, sequence)) return false;
  Writer(operations_, Op::kTakeBatch).text(node).n(sequence);
  return true;
}

void RecordingStore::put_message(const Message& m, bool replace) {
  Writer w(operations_, replace ? Op::kReplaceMessage : Op::kPutMessage);
  w.n(m.user).i(m.at).n(m.what).text(m.about).text(m.body);
  store_.put_message(m, replace);
}

void RecordingStore::remove_message(UserId user, uint64_t id) {
  Writer(operations_, Op::kRemoveMessage).n(user).n(id);
  store_.remove_message(user, id);
}

uint64_t RecordingStore::remove_messages(int64_t before) {
  const uint64_t count = store_.remove_messages(before);
  if (count > 0) Writer(operations_, Op::kRemoveMessages).i(before);
  return count;
}

void RecordingStore::put_setting(std::string_view name, std::string_view value) {
  if (!of_this_site(name)) Writer(operations_, Op::kPutSetting).text(name).text(value);
  store_.put_setting(name, value);
}

void RecordingStore::put_version(const VersionRow& r) {
  Writer w(operations_, Op::kPutVersion);
  w.n(r.version.epoch).n(r.version.number).i(r.created).n(r.places).text(r.manifest).text(r.signature).text(r.data);
  store_.put_version(r);
}

void RecordingStore::put_issued(lists::Version v, const base::Hash& manifest) {
  Writer(operations_, Op::kPutIssued).n(v.epoch).n(v.number).hash(manifest);
  store_.put_issued(v, manifest);
}

uint64_t RecordingStore::remove_versions(int64_t created_before) {
  const uint64_t count = store_.remove_versions(created_before);
  if (count > 0) Writer(operations_, Op::kRemoveVersions).i(created_before);
  return count;
}

uint64_t RecordingStore::remove_issued() {
  const uint64_t count = store_.remove_issued();
  if (count > 0) Writer(operations_, Op::kRemoveIssued);
  return count;
}

void RecordingStore::put_part(std::string_view change) {
  Writer(operations_, Op::kPutPart).text(change);
  store_.put_part(change);
}

void RecordingStore::remove_parts() {
  Writer(operations_, Op::kRemoveParts);
  store_.remove_parts();
}

void RecordingStore::put_trids(uint64_t run, UserId user, uint64_t block, uint64_t members) {
  Writer(operations_, Op::kPutTrids).n(run).n(user).n(members);
  store_.put_trids(run, user, block, members);
}

void RecordingStore::put_site_block(const BlockRow& row) {
  operations_.clear();
  store_.put_site_block(row);
}

void RecordingStore::put_block(const BlockRow& row) {
  store_.put_block(row);
  close(row.number);
}

}  // namespace eir::registry
