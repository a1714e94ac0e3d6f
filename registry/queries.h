// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "registry/audit.h"
#include "registry/entries.h"
#include "registry/messages.h"
#include "registry/records.h"

/// Reading commands. Each says by its outcome whether the user may see what was asked for. Threads: pure, on a reader
/// of one's own.
namespace eir::registry {

struct Checked {
  std::string name;
  bool available = false;  ///< it could be filed now
  Why why = Why::kNone;    ///< kExists, kForm, kCheckDigit
  lists::ListSet lists;    ///< for machines
};
Outcome check_devices(StoreReader& store, const Request& rq, const std::vector<std::string>& names,
                      base::UnixSeconds now, std::vector<Checked>& out);

/// An entry with where it comes from.
struct ShownEntry {
  Entry entry;
  UserId author = 0;
  base::UnixSeconds at{};
};
struct ShownDevice {
  std::string name;  ///< the 14 digits and the check digit
  Device device;
  UserId owner = 0, updater = 0;
  base::UnixSeconds created{}, updated{};
  uint32_t attempts = 0;
  lists::ListSet lists;             ///< as the entry has them, whatever the time
  std::vector<ShownEntry> entries;  ///< the IMEI's, its software versions', its pairs'; at most kEntriesShown
  bool locked = false;              ///< there is a lock, whoever may see it
  std::vector<ShownEntry> locks;    ///< those that the user may see
};
inline constexpr size_t kEntriesShown = 100;
Outcome device_info(StoreReader& store, const Request& rq, const std::string& name, ShownDevice& out);

/// A lock's subscribers. Nothing of one for kNoObject.
struct ShownLock {
  identity::ImeiKey imei{};
  lists::LockPolicy policy{};
  std::vector<Subscriber> subscribers;
  Grounds grounds;
  UserId owner = 0;
  base::UnixSeconds at{};
};
Outcome lock_info(StoreReader& store, const Request& rq, const std::string& name, lists::LockPolicy policy,
                  ShownLock& out);
/// By name and policy: kExists or kNone.
Outcome check_lock(StoreReader& store, const Request& rq, const std::string& name, lists::LockPolicy policy, Why& out);

Outcome proposal_info(StoreReader& store, const Request& rq, uint64_t id, Proposal& out);
Outcome job_info(StoreReader& store, const Request& rq, uint64_t id, Job& out);
Outcome sightings_of(StoreReader& store, const Request& rq, const std::string& name, std::vector<SightingRow>& out);
inline constexpr size_t kSightingsShown = 1'000;
/// The oldest unread message: kMessage, or kNoMessages.
struct Queued {
  uint64_t id = 0, count = 0;
  base::UnixSeconds at{};
  Notice notice;
};
Outcome first_message(StoreReader& store, const Request& rq, Queued& out);
Outcome audit_of(StoreReader& store, const Request& rq, const std::string& trid, std::vector<AuditRecord>& out);

}  // namespace eir::registry
