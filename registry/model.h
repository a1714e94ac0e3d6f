// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/base/sha256.h"
#include "core/lists/entry.h"
#include "registry/access.h"
#include "registry/outcome.h"

/// What the central database is told: its commands, in its own terms.
namespace eir::registry {

using UserId = uint32_t;
inline constexpr UserId kPolicyUser = 0;  ///< the author of what a standing policy did

/// Bounds of a command. What is over them is refused with kTooMany or kForm.
inline constexpr size_t kGroupNamesMax = 100;   ///< names in one create
inline constexpr size_t kJobItemsMax = 1'000;   ///< items of a job
inline constexpr size_t kSubscribersMax = 100;  ///< in one lock
inline constexpr size_t kSightingsBatchMax = 100'000;
inline constexpr size_t kTextMax = 255;  ///< octets of a text of a device, of evidence, of an explanation
inline constexpr size_t kTridMax = 256;  ///< octets of 64 characters: RFC 5730 §4, trIDStringType

/// A registered device as it was filed. Whatever was not given is empty.
struct Device {
  std::string manufacturer, type;
  std::string certificate, certificate_date;  ///< of conformity; dates as YYYY-MM-DD
  std::string permit, permit_date, position;  ///< of the customs
  std::string importer_id, importer_name;
  std::string country;          ///< ISO 3166 alpha-2
  std::string price, currency;  ///< a decimal number; ISO 4217
  friend bool operator==(const Device&, const Device&) = default;
};

/// Why and for how long. The reason goes to the nodes with the entry, the evidence stays here.
struct Grounds {
  std::string reason;    ///< at most lists::kReasonOctetsMax octets
  std::string evidence;  ///< reference to what proves it
  base::UnixSeconds from{}, until{};
  lists::ListSet next;
  lists::Terms terms() const { return {reason, from, until, next}; }
  friend bool operator==(const Grounds&, const Grounds&) = default;
};

/// A list entry of any kind; a kind has the fields that its type in core/lists/entry.h has.
struct Entry {
  lists::EntryKind kind = lists::EntryKind::kImei;
  identity::ImeiKey imei{};  ///< of a range: its first
  identity::ImeiKey to{};
  std::optional<identity::Svn> svn;
  lists::SubscriberKey who;
  identity::Imsi imsi;
  identity::Msisdn msisdn;
  uint32_t tac = 0;
  lists::ListSet lists;
  lists::LockPolicy policy = lists::LockPolicy::kMutual;
  lists::Ruling ruling = lists::Ruling::kGoOn;
  Grounds grounds;
  friend bool operator==(const Entry&, const Entry&) = default;
};

struct Subscriber {
  identity::Imsi imsi;
  identity::Msisdn msisdn;
  friend bool operator==(const Subscriber&, const Subscriber&) = default;
};

/// What was seen in a network.
struct Sighting {
  identity::ImeiKey imei{};
  std::optional<identity::Svn> svn;
  identity::Imsi imsi;
  identity::Msisdn msisdn;
  std::string interface, serving, network;
  base::UnixSeconds first{}, last{};
  friend bool operator==(const Sighting&, const Sighting&) = default;
};

struct CreateDevices {
  std::vector<std::string> names;
  Device device;
};
/// Replaces what is given; what is empty stays.
struct UpdateDevice {
  std::string name;
  Device device;
};
struct DeleteDevice {
  std::string name, reason;
};
struct CreateLock {
  std::string name;
  lists::LockPolicy policy{};
  std::vector<Subscriber> subscribers;
  Grounds grounds;
};
struct UpdateLock {
  std::string name;
  lists::LockPolicy policy{};
  std::vector<Subscriber> add, remove;
  std::optional<Grounds> grounds;  ///< for all its subscribers
};
struct DeleteLock {
  std::string name;
  lists::LockPolicy policy{};
  std::string reason;
};
/// Puts an entry in its place, whatever stood there, or takes it away.
struct Change {
  bool remove = false;
  Entry entry;
};
struct Propose {
  std::string filing;
  Change change;
};
struct Decide {
  uint64_t id = 0;
  bool approve = false;
  std::string reason;
};
struct WithdrawProposal {
  uint64_t id = 0;
};
/// A node's batch. Taken once for each (node, sequence).
struct FileSightings {
  std::string node;
  uint64_t sequence = 0;
  std::vector<Sighting> sightings;
};
using JobItem =
    std::variant<CreateDevices, UpdateDevice, DeleteDevice, CreateLock, UpdateLock, DeleteLock, Propose, FileSightings>;
struct FileJob {
  std::string filing;  ///< the applicant's number: the same again is 2302
  std::vector<JobItem> items;
};
struct CancelJob {
  uint64_t id = 0;
};
struct AckMessage {
  uint64_t id = 0;
};
/// The Administrator's own change of entries of any kind, all or nothing: imports of list files.
struct ChangeEntries {
  std::vector<Change> changes;
};
inline constexpr size_t kChangesMax = 100'000;

struct User {
  UserId id = 0;
  std::string name;  ///< 3 to 16 characters, RFC 5730 §4 clIDType
  Role role{};
  std::string certificate;  ///< SHA-256 of the client certificate, 64 hexadecimal digits; empty: none is bound
  std::string password;     ///< hashed; see password.h
  bool enabled = true;
  bool refuse_repeats = false;  ///< a repeated clTRID is refused with 2308
  bool follows = false;         ///< a node or site: told of every version
};
/// Creates a user, or replaces all of one by its name. `password` empty: stays.
struct PutUser {
  User user;
  std::string new_password;  ///< in clear
};
/// Stops a user from logging in; what it did keeps its name.
struct DisableUser {
  std::string name;
};
/// What one may change of oneself: RFC 5730 §2.9.1.1 newPW.
struct ChangePassword {
  std::string new_password;
};
/// Begins a new epoch here, by an operator's decision.
struct Promote {
  std::string reason;
};
/// Follow another site: nothing transforms here from now on.
struct StandBy {
  std::string reason;
};
/// Sets a standing policy: "law-enforcement-at-once" (on, off), "unlisted" (grey-DAYS-black, off).
struct SetPolicy {
  std::string name, value;
};
/// Sets what this site alone goes by: "standby-sync" (on, off): a command is acknowledged once a second site has it;
/// "alone" (on, off): not for now, because there is no second site.
struct SetSite {
  std::string name, value;
};
/// Marks devices on the black list as urgent: nodes serve them whatever their guards hold (urgent.h); or takes the mark
/// away. All of the names or none.
struct MarkUrgent {
  std::vector<std::string> names;
  bool on = true;
  std::string reason;
};
/// A reading command, for the audit alone.
struct Read {
  Object object{};
  Verb verb{};
  std::string what;
  Code code = Code::kDone;
  /// The manifest of a version that was put together for whoever asked.
  std::optional<std::pair<lists::Version, base::Hash>> issued;
};

using Command =
    std::variant<CreateDevices, UpdateDevice, DeleteDevice, CreateLock, UpdateLock, DeleteLock, Propose, FileSightings,
                 Decide, WithdrawProposal, FileJob, CancelJob, AckMessage, ChangeEntries, PutUser, DisableUser,
                 ChangePassword, Promote, StandBy, SetPolicy, SetSite, MarkUrgent, Read>;

/// Who asks, from where, under which identifiers.
struct Request {
  UserId user = kPolicyUser;
  std::string user_name;
  Role role{};
  std::string address;
  std::string cl_trid;  ///< empty: none given
  std::string sv_trid;
};

struct Name {
  std::string_view verb;    ///< "create"
  std::string_view object;  ///< "device"
};
/// What a command is called in the audit.
Name name_of(const Command& command);
/// What it asked, for the audit: at most kAskedMax octets; passwords never.
inline constexpr size_t kAskedMax = 2'048;
std::string asked(const Command& command);

/// Items as they stand in a job's BLOB, and back; nothing when the octets are none.
std::string encode(const std::vector<JobItem>& items);
std::optional<std::vector<JobItem>> decode_items(std::string_view octets);
std::string encode(const Device& device);
std::optional<Device> decode_device(std::string_view octets);
std::string encode(const Change& change);
std::optional<Change> decode_change(std::string_view octets);

/// A name as clients write one: 14 digits, 15 with the check digit verified, 16 an IMEISV.
struct DeviceName {
  identity::ImeiKey key{};
  std::optional<identity::Svn> svn;
  Why why = Why::kNone;  ///< kForm or kCheckDigit: cannot be provisioned
};
DeviceName parse_name(std::string_view name);

}  // namespace eir::registry
