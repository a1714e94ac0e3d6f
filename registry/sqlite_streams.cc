// SPDX-License-Identifier: GPL-3.0-or-later
// The tables that grow by time: sightings, messages, versions, audit.
#include "registry/audit.h"
#include "registry/octets.h"
#include "registry/sqlite_session.h"

namespace eir::registry {
namespace {

identity::Digits digits(int64_t word) { return identity::Digits::from_word(static_cast<uint64_t>(word)); }
base::UnixSeconds time(int64_t seconds) { return base::UnixSeconds(std::chrono::seconds(seconds)); }

}  // namespace

std::vector<SightingRow> SqliteSession::sightings(identity::ImeiKey imei, size_t max) {
  std::vector<SightingRow> rows;
  Use s(*this,
        "select imsi, msisdn, node, svn, interface, serving, network, first, last from sighting where imei = ? "
        "order by imsi, msisdn, node limit ?");
  s << static_cast<int64_t>(identity::number(imei)) << static_cast<int64_t>(max);
  while (s.step()) {
    SightingRow& row = rows.emplace_back();
    Sighting& v = row.sighting;
    v.imei = imei;
    v.imsi = identity::Imsi(digits(s.integer(0)));
    v.msisdn = identity::Msisdn(digits(s.integer(1)));
    row.node = s.text(2);
    if (const int64_t code = s.integer(3); code > 0) v.svn = static_cast<identity::Svn>(code - 1);
    v.interface = s.text(4);
    v.serving = s.text(5);
    v.network = s.text(6);
    v.first = time(s.integer(7));
    v.last = time(s.integer(8));
  }
  return rows;
}

void SqliteSession::put_sighting(const Sighting& v, std::string_view node) {
  Use s(*this,
        "insert into sighting values(?, ?, ?, ?, ?, ?, ?, ?, ?, ?) on conflict(imei, imsi, msisdn, node) do update set "
        "svn = case when excluded.last >= last then excluded.svn else svn end, "
        "interface = case when excluded.last >= last then excluded.interface else interface end, "
        "serving = case when excluded.last >= last then excluded.serving else serving end, "
        "network = case when excluded.last >= last then excluded.network else network end, "
        "first = min(first, excluded.first), last = max(last, excluded.last)");
  s << static_cast<int64_t>(identity::number(v.imei)) << static_cast<int64_t>(v.imsi.word())
    << static_cast<int64_t>(v.msisdn.word()) << node << int64_t{v.svn ? *v.svn + 1 : 0} << std::string_view(v.interface)
    << std::string_view(v.serving) << std::string_view(v.network) << int64_t{v.first.time_since_epoch().count()}
    << int64_t{v.last.time_since_epoch().count()};
  s.run();
}

std::optional<uint64_t> SqliteSession::sightings_reach(uint64_t from_imei, size_t rows) {
  Use s(*this, "select imei from sighting where imei >= ? order by imei limit 1 offset ?");
  s << static_cast<int64_t>(from_imei) << static_cast<int64_t>(rows);
  if (!s.step()) return std::nullopt;
  // One device of that many subscribers goes as a whole.
  return std::max(static_cast<uint64_t>(s.integer(0)), from_imei + 1);
}

uint64_t SqliteSession::remove_sightings(uint64_t from_imei, uint64_t to_imei, int64_t last_before) {
  Use s(*this, "delete from sighting where imei >= ? and imei < ? and last < ?");
  s << static_cast<int64_t>(from_imei) << static_cast<int64_t>(to_imei) << last_before;
  s.run();
  return changes();
}

bool SqliteSession::take_batch(std::string_view node, uint64_t sequence) {
  {
    Use s(*this, "select 1 from batch where node = ? and sequence = ?");
    s << node << static_cast<int64_t>(sequence);
    if (s.step()) return false;
  }
  if (sequence > kBatchesKept) {
    Use s(*this, "delete from batch where node = ? and sequence <= ?");
    s << node << static_cast<int64_t>(sequence - kBatchesKept);
    s.run();
  }
  Use s(*this, "insert into batch values(?, ?)");
  s << node << static_cast<int64_t>(sequence);
  s.run();
  return true;
}

Message SqliteSession::message_row(UserId user, const Use& s) {
  return {static_cast<uint64_t>(s.integer(0)), user,      s.integer(1),
          static_cast<uint8_t>(s.integer(2)),  s.text(3), s.octets(4)};
}

std::optional<Message> SqliteSession::first_message(UserId user, uint64_t& count) {
  count = count_messages(user);
  if (count == 0) return std::nullopt;
  Use s(*this, "select id, at, what, about, body from message where user = ? order by id limit 1");
  s << int64_t{user};
  return s.step() ? std::optional(message_row(user, s)) : std::nullopt;
}

std::optional<Message> SqliteSession::message(UserId user, uint64_t id) {
  Use s(*this, "select id, at, what, about, body from message where id = ? and user = ?");
  s << static_cast<int64_t>(id) << int64_t{user};
  return s.step() ? std::optional(message_row(user, s)) : std::nullopt;
}

uint64_t SqliteSession::count_messages(UserId user) {
  Use s(*this, "select count(*) from message where user = ?");
  s << int64_t{user};
  return s.step() ? static_cast<uint64_t>(s.integer(0)) : 0;
}

void SqliteSession::put_message(const Message& m, bool replace) {
  if (replace) {
    Use s(*this, "delete from message where user = ? and what = ? and about = ?");
    s << int64_t{m.user} << int64_t{m.what} << std::string_view(m.about);
    s.run();
  }
  Use s(*this, "insert into message(user, at, what, about, body) values(?, ?, ?, ?, ?)");
  (s << int64_t{m.user} << m.at << int64_t{m.what} << std::string_view(m.about)).blob(m.body);
  s.run();
}

void SqliteSession::remove_message(UserId user, uint64_t id) {
  Use s(*this, "delete from message where id = ? and user = ?");
  s << static_cast<int64_t>(id) << int64_t{user};
  s.run();
}

uint64_t SqliteSession::remove_messages(int64_t before) {
  uint64_t count = 0;
  {
    Use s(*this, "select count(*) from message where at < ?");
    s << before;
    if (s.step()) count = static_cast<uint64_t>(s.integer(0));
  }
  if (count == 0) return 0;
  Use s(*this, "delete from message where at < ?");
  s << before;
  s.run();
  return count;
}

VersionRow SqliteSession::version_row(const Use& s) {
  return {{static_cast<uint32_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1))},
          s.integer(2),
          static_cast<uint64_t>(s.integer(3)),
          s.text(4),
          s.octets(5),
          s.octets(6)};
}

std::optional<VersionRow> SqliteSession::newest_version() {
  Use s(*this,
        "select epoch, number, created, places, manifest, signature, data from version "
        "order by epoch desc, number desc limit 1");
  return s.step() ? std::optional(version_row(s)) : std::nullopt;
}

std::optional<VersionRow> SqliteSession::version(lists::Version v) {
  Use s(*this,
        "select epoch, number, created, places, manifest, signature, data from version where epoch = ? and number = ?");
  s << int64_t{v.epoch} << static_cast<int64_t>(v.number);
  return s.step() ? std::optional(version_row(s)) : std::nullopt;
}

void SqliteSession::versions(lists::Version from, lists::Version to,
                             const std::function<bool(const VersionRow&)>& take) {
  Use s(*this,
        "select epoch, number, created, places, manifest, signature, data from version "
        "where epoch = ? and number > ? and number <= ? order by number");
  s << int64_t{to.epoch} << static_cast<int64_t>(from.epoch == to.epoch ? from.number : 0)
    << static_cast<int64_t>(to.number);
  while (s.step() && take(version_row(s))) {
  }
}

bool SqliteSession::issued(lists::Version v, const base::Hash& manifest) {
  Use s(*this, "select 1 from issued where epoch = ? and number = ? and manifest = ?");
  (s << int64_t{v.epoch} << static_cast<int64_t>(v.number)).blob(as_text(manifest));
  return s.step();
}

void SqliteSession::put_version(const VersionRow& row) {
  Use s(*this,
        "insert into version(epoch, number, created, places, manifest, signature, data) values(?, ?, ?, ?, ?, ?, ?)");
  (s << int64_t{row.version.epoch} << static_cast<int64_t>(row.version.number) << row.created
     << static_cast<int64_t>(row.places) << std::string_view(row.manifest))
      .blob(row.signature)
      .blob(row.data);
  s.run();
}

void SqliteSession::put_issued(lists::Version v, const base::Hash& manifest) {
  Use s(*this, "insert or ignore into issued values(?, ?, ?)");
  (s << int64_t{v.epoch} << static_cast<int64_t>(v.number)).blob(as_text(manifest));
  s.run();
}

uint64_t SqliteSession::remove_versions(int64_t created_before) {
  uint64_t count = 0;
  {
    Use s(*this, "select count(*) from version where created < ? and id < (select max(id) from version)");
    s << created_before;
    if (s.step()) count = static_cast<uint64_t>(s.integer(0));
  }
  if (count == 0) return 0;
  Use s(*this, "delete from version where created < ? and id < (select max(id) from version)");
  s << created_before;
  s.run();
  return count;
}

uint64_t SqliteSession::remove_issued() {
  // The oldest version kept leads on from the one before it.
  std::optional<lists::Version> oldest;
  {
    Use s(*this, "select epoch, number from version order by epoch, number limit 1");
    if (s.step()) oldest = {static_cast<uint32_t>(s.integer(0)), static_cast<uint64_t>(s.integer(1))};
  }
  if (!oldest) return 0;
  if (oldest->number > 0) --oldest->number;
  Use s(*this,
        "delete from issued where (epoch, number, manifest) in (select epoch, number, manifest from issued "
        "where (epoch, number) < (?, ?) order by epoch, number, manifest limit 100000)");
  s << int64_t{oldest->epoch} << static_cast<int64_t>(oldest->number);
  s.run();
  return changes();
}

void SqliteSession::put_part(std::string_view change) {
  Use s(*this, "insert into part(change) values(?)");
  s.blob(change);
  s.run();
}

std::vector<std::string> SqliteSession::parts() {
  std::vector<std::string> parts;
  Use s(*this, "select change from part order by id");
  while (s.step()) parts.push_back(s.octets(0));
  return parts;
}

void SqliteSession::remove_parts() {
  Use s(*this, "delete from part");
  s.run();
}

BlockRow SqliteSession::block_row(const Use& s) {
  return {static_cast<uint64_t>(s.integer(0)),
          s.integer(1),
          static_cast<uint32_t>(s.integer(2)),
          as_hash(s.octets(3)),
          as_hash(s.octets(4)),
          s.octets(5)};
}

std::optional<BlockRow> SqliteSession::newest_block() {
  Use s(*this, "select number, at, records, previous, hash, body from audit_block order by number desc limit 1");
  return s.step() ? std::optional(block_row(s)) : std::nullopt;
}

void SqliteSession::blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) {
  Use s(*this, "select number, at, records, previous, hash, body from audit_block where number >= ? order by number");
  s << static_cast<int64_t>(from);
  while (s.step() && take(block_row(s))) {
  }
}

std::optional<BlockRow> SqliteSession::block(uint64_t number) {
  std::optional<BlockRow> found;
  blocks(number, [&](const BlockRow& row) {
    if (row.number == number) found = row;
    return false;
  });
  return found;
}

SqliteSession::Use& SqliteSession::bind_block(Use& s, const BlockRow& row) {
  return (s << static_cast<int64_t>(row.number) << row.at << int64_t{row.records})
      .blob(as_text(row.previous))
      .blob(as_text(row.hash))
      .blob(row.body);
}

void SqliteSession::put_block(const BlockRow& row) {
  Use s(*this, "insert into audit_block values(?, ?, ?, ?, ?, ?)");
  bind_block(s, row).run();
}

std::optional<BlockRow> SqliteSession::newest_site_block() {
  Use s(*this, "select number, at, records, previous, hash, body from site_block order by number desc limit 1");
  return s.step() ? std::optional(block_row(s)) : std::nullopt;
}

void SqliteSession::site_blocks(uint64_t from, const std::function<bool(const BlockRow&)>& take) {
  Use s(*this, "select number, at, records, previous, hash, body from site_block where number >= ? order by number");
  s << static_cast<int64_t>(from);
  while (s.step() && take(block_row(s))) {
  }
}

void SqliteSession::put_site_block(const BlockRow& row) {
  Use s(*this, "insert into site_block values(?, ?, ?, ?, ?, ?)");
  bind_block(s, row).run();
}

std::vector<uint64_t> SqliteSession::blocks_of(uint64_t trid, std::optional<UserId> user, size_t max) {
  std::vector<uint64_t> blocks;
  Use s(*this, user ? "select block from trids where run = ? and members >> ? & 1 and block > 0 and user = ?"
                      " order by block desc limit ?"
                    : "select distinct block from trids where run = ? and members >> ? & 1 and block > 0"
                      " order by block desc limit ?");
  s << static_cast<int64_t>(trid / kTridRun) << static_cast<int64_t>(trid % kTridRun);
  if (user) s << int64_t{*user};
  s << static_cast<int64_t>(max);
  while (s.step()) blocks.push_back(static_cast<uint64_t>(s.integer(0)));
  return blocks;
}

uint64_t SqliteSession::trids_of(uint64_t run, UserId user) {
  Use s(*this, "select members from trids where run = ? and user = ? and block = 0");
  s << static_cast<int64_t>(run) << int64_t{user};
  return s.step() ? static_cast<uint64_t>(s.integer(0)) : 0;
}

void SqliteSession::put_trids(uint64_t run, UserId user, uint64_t block, uint64_t members) {
  for (const uint64_t of : {uint64_t{0}, block}) {
    Use s(*this,
          "insert into trids values(?, ?, ?, ?)"
          " on conflict(run, user, block) do update set members = members | excluded.members");
    s << static_cast<int64_t>(run) << int64_t{user} << static_cast<int64_t>(of) << static_cast<int64_t>(members);
    s.run();
  }
}

}  // namespace eir::registry
