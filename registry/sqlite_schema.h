// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/lists/entry.h"
#include "registry/audit.h"

namespace eir::registry {

inline constexpr int kRegistryFormat = 3;

/// Tables in the order of their keys, so that what is filed together is written together. Times are seconds since
/// 1970, but milliseconds in audit_block.
inline constexpr const char* kSchema = R"sql(
create table imei(
  place integer primary key,  -- lists::ImeiEntry::place(): 14 digits and software version code
  lists integer not null, terms integer not null, device integer not null, origin integer not null,
  owner integer not null, created integer not null, updater integer not null, updated integer not null,
  attempts integer not null);
create table entry(
  kind integer not null, key blob not null, value blob not null, terms integer not null, origin integer not null,
  updated integer not null, primary key(kind, key)) without rowid;
create table dictionary(
  dictionary integer not null, body blob not null, id integer not null, primary key(dictionary, body)) without rowid;
create unique index dictionary_id on dictionary(dictionary, id);
create table object(
  kind integer not null, id integer not null, owner integer not null, state integer not null, name text not null,
  body blob not null, primary key(kind, id)) without rowid;
create index object_name on object(kind, name, owner) where name <> '';
create index object_state on object(kind, state, id);
create table job_items(id integer primary key, items blob not null);
create table sighting(
  imei integer not null, imsi integer not null, msisdn integer not null, node text not null, svn integer not null,
  interface text not null, serving text not null, network text not null, first integer not null,
  last integer not null, primary key(imei, imsi, msisdn, node)) without rowid;
create table batch(node text not null, sequence integer not null, primary key(node, sequence)) without rowid;
create table message(
  id integer primary key autoincrement, user integer not null, at integer not null, what integer not null,
  about text not null, body blob not null);
create index message_user on message(user, id);
create index message_about on message(user, what, about);
create index message_at on message(at);
create table setting(name text primary key, value blob not null) without rowid;
create table version(
  id integer primary key, epoch integer not null, number integer not null, created integer not null,
  places integer not null, manifest text not null, signature blob not null, data blob not null,
  unique(epoch, number));
create index version_created on version(created);
create table issued(
  epoch integer not null, number integer not null, manifest blob not null,
  primary key(epoch, number, manifest)) without rowid;
create table part(id integer primary key, change blob not null);
create table audit_block(
  number integer primary key, at integer not null, records integer not null, previous blob not null,
  hash blob not null, body blob not null);
)sql";

/// What formats have besides: from 2 on the record for other sites, and a site's own chain;
inline constexpr const char* kSchemaOfSites = R"sql(
create table stream(block integer primary key, operations blob not null);
create table site_block(
  number integer primary key, at integer not null, records integer not null, previous blob not null,
  hash blob not null, body blob not null);
)sql";

/// from 3 on transaction identifiers by the run (audit.h): of each block, and as block 0 of all.
inline constexpr const char* kSchemaOfTrids = R"sql(
create table trids(
  run integer not null, user integer not null, block integer not null, members integer not null,
  primary key(run, user, block)) without rowid;
)sql";
/// Before that each had a row.
inline constexpr const char* kTakeOverTrids = R"sql(
insert into trids select hash >> 6, user, block, sum(1 << (hash & 63)) from trid group by hash >> 6, user, block;
insert into trids select hash >> 6, user, 0, sum(1 << (hash & 63)) from (select distinct hash, user from trid)
  group by hash >> 6, user;
drop table trid;
)sql";
static_assert(kTridRun == 64);

/// Ways to the locks of an IMSI and of an MSISDN, behind IMEI and policy in the key (entries.h). Made where they are
/// missing, whatever the format.
inline constexpr const char* kLockIndexes = R"sql(
create index if not exists lock_imsi on entry(substr(key, 10, 8))
  where kind = 5 and substr(key, 10, 8) <> x'0000000000000000';
create index if not exists lock_msisdn on entry(substr(key, 18, 8))
  where kind = 5 and substr(key, 18, 8) <> x'0000000000000000';
)sql";
static_assert(static_cast<int>(lists::EntryKind::kLock) == 5);

}  // namespace eir::registry
