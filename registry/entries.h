// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>

#include "core/lists/entries.h"
#include "registry/store.h"

/// Entries between the forms they have: as a command names them, as a row, as core/lists has them.
namespace eir::registry {

/// A row's key, big-endian: range: from 8, not(to) 8; subscriber, exception: subscriber 8; pair: IMEI 8, subscriber 8;
/// lock: IMEI 8, policy 1, IMSI 8, MSISDN 8; mirror: IMSI 8; device class: TAC 4.
/// Its value: lists 1; exception: ruling 1; mirror: MSISDN 8; lock and device class: nothing.
/// REQUIRES of all: another kind than IMEIs.
std::string key_of(const Entry& entry);
std::string value_of(const Entry& entry);
/// What a lock's keys begin with.
std::string lock_prefix(identity::ImeiKey imei, lists::LockPolicy policy);
/// Nothing for a row that was damaged. Without its grounds.
std::optional<Entry> entry_of(const EntryRow& row);

/// Why such an entry cannot be, whoever wants it: no lists, no subscriber, an interval that is none, a reason too long.
Why fault_of(const Entry& entry);

/// Appends the row as core/lists has it. False: the row is damaged.
bool append(const EntryRow& row, lists::TermsId terms, lists::Entries& out);

/// The dictionary's form of terms, and of where an entry comes from.
std::string pack_terms(const lists::Terms& terms);
/// The reason lives as long as `packed`.
lists::Terms unpack_terms(std::string_view packed);
struct Origin {
  UserId author = 0;
  std::string evidence;
};
std::string pack_origin(const Origin& origin);
Origin unpack_origin(std::string_view packed);

/// Ranges in memory: whether new ones nest, not too deep, or are apart, and whether an IMEI is in one. Threads: one.
class Ranges {
 public:
  void load(StoreReader& store);
  struct Edit {
    uint64_t from, to;
    bool remove;
  };
  /// All, or nothing: kOverlap when two ranges would overlap in part, kTooMany when a new one would nest deeper than
  /// lists::kRangeDepthMax, or make others do so. Else kNone.
  Why apply(std::span<const Edit> edits);
  bool covers(identity::ImeiKey key) const;

 private:
  void index();
  std::vector<std::pair<uint64_t, uint64_t>> ranges_;  ///< by start, the wider first
  std::vector<uint64_t> reach_;                        ///< the highest end up to there
};

}  // namespace eir::registry
