// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "core/base/clock.h"
#include "core/lists/entry.h"
#include "sync/epp/element.h"

/// The objects of the registry as they stand in frames: one struct per element, named by kTag, its members
/// in the order of the schema (config/schemas). What the schema bounds is bounded here, too; what it does
/// not say (a check digit, which members an entry of a kind needs) is the registry's to judge.
namespace eir::sync::epp {

using Text = std::string;
template <class T>
using Maybe = std::optional<T>;
using Time = base::UnixSeconds;
/// Octets; base64 in frames (RFC 4648 §4).
struct Binary {
  std::string octets;
  friend bool operator==(const Binary&, const Binary&) = default;
};

inline constexpr size_t kNamesMax = 100;           ///< of one check or create
inline constexpr size_t kSubscribersMax = 100;     ///< of one lock command
inline constexpr size_t kInlineChangesMax = 1000;  ///< entries of a version's data within a frame
inline constexpr size_t kJobItemsMax = 1000;

/// Why, for machines in `s` and for people in `text`. When it is written without a text, the catalogue's for
/// "reason.S" is taken, in the session's language.
struct Reason {
  Text s;
  Text text;
  Text lang;
};
/// As Reason, of "status.S".
struct Status {
  Text s;
  Text text;
  Text lang;
};

/// A certificate of conformity.
struct Document {
  Text number;
  Text date;  ///< xs:date
};
struct CustomsPermit {
  Text number;
  Text date;
  Maybe<uint32_t> position;
};
struct Importer {
  Text id;
  Maybe<Text> name;
};
struct Price {
  Text amount;  ///< decimal, two places at most
  Text currency;
};
/// What is known of a device besides its IMEI.
struct Device {
  Maybe<Text> manufacturer;
  Maybe<Text> type;
  Maybe<Document> certificate;
  Maybe<CustomsPermit> permit;
  Maybe<Importer> importer;
  Maybe<Text> country;  ///< ISO 3166-1 alpha-2
  Maybe<Price> price;
};

/// An IMSI, an MSISDN, or both: at least one.
struct Subscriber {
  Maybe<Text> imsi;
  Maybe<Text> msisdn;
};

struct Terms {
  Maybe<Text> reason;
  Maybe<Text> evidence;
  Maybe<Time> not_before;
  Maybe<Time> not_after;
  std::vector<Text> then;  ///< the lists it is on afterwards
};

/// An entry of any kind. Which members a kind has: lists::EntryKind's own types say.
struct Entry {
  lists::EntryKind kind{};
  Maybe<bool> prefix;  ///< of a subscriber: its first digits
  Maybe<Text> from;    ///< IMEI, or the first of a range
  Maybe<Text> to;
  Maybe<Text> tac;
  Maybe<Text> svn;
  Maybe<Text> imsi;
  Maybe<Text> msisdn;
  std::vector<Text> list;
  Maybe<lists::LockPolicy> policy;
  Maybe<lists::Ruling> ruling;
  Maybe<Terms> terms;
  Maybe<Text> author;
  Maybe<Time> date;
};
enum class Operation : uint8_t { kAdd, kRemove, kUpdate };
struct Change {
  Operation op{};
  Entry entry;
};

/// A file by reference; fetched over TLS.
struct FileReference {
  Text uri;
  uint64_t octets = 0;
  Text sha256;
};

/// The command a later message is about. RFC 5731 §3.3 has the same pair.
struct PastTransaction {
  Maybe<Text> cl_trid;
  Text sv_trid;
};

namespace imei {
struct Check {
  static constexpr Tag kTag{Ns::kImei, "check"};
  std::vector<Text> names;
};
struct Info {
  static constexpr Tag kTag{Ns::kImei, "info"};
  Text name;
};
/// All of the names or none.
struct Create {
  static constexpr Tag kTag{Ns::kImei, "create"};
  std::vector<Text> names;
  Maybe<Device> device;
};
struct Update {
  static constexpr Tag kTag{Ns::kImei, "update"};
  Text name;
  Device change;  ///< what is absent stays
};
struct Delete {
  static constexpr Tag kTag{Ns::kImei, "delete"};
  Text name;
  Maybe<Text> reason;
};
struct Checked {
  Text name;
  bool avail = false;
  Maybe<Reason> reason;
};
struct CheckData {
  static constexpr Tag kTag{Ns::kImei, "chkData"};
  std::vector<Checked> cd;
};
struct BoundTo {
  lists::LockPolicy policy{};
  std::vector<Subscriber> subscribers;
};
struct InfoData {
  static constexpr Tag kTag{Ns::kImei, "infData"};
  Text name;
  std::vector<Status> status;  ///< at least one
  Maybe<Device> device;
  std::vector<Entry> entries;
  std::vector<BoundTo> locks;
  Text cl_id;
  Maybe<Text> created_by;
  Maybe<Time> created;
  Maybe<Text> updated_by;
  Maybe<Time> updated;
};
struct CreateData {
  static constexpr Tag kTag{Ns::kImei, "creData"};
  std::vector<Text> names;
  Time created{};
};
}  // namespace imei

namespace lock {
/// A device has at most one lock of each policy.
struct Key {
  Text imei;
  lists::LockPolicy policy{};
};
struct Check {
  static constexpr Tag kTag{Ns::kLock, "check"};
  std::vector<Key> keys;
};
struct Info {
  static constexpr Tag kTag{Ns::kLock, "info"};
  Key key;
};
struct Create {
  static constexpr Tag kTag{Ns::kLock, "create"};
  Key key;
  std::vector<Subscriber> subscribers;
  Maybe<Terms> terms;
};
struct Subscribers {
  std::vector<Subscriber> subscribers;
};
struct Update {
  static constexpr Tag kTag{Ns::kLock, "update"};
  Key key;
  Maybe<Subscribers> add;
  Maybe<Subscribers> remove;
  Maybe<Terms> change;
};
struct Delete {
  static constexpr Tag kTag{Ns::kLock, "delete"};
  Key key;
  Maybe<Text> reason;
};
struct Checked {
  Key key;
  bool avail = false;
  Maybe<Reason> reason;
};
struct CheckData {
  static constexpr Tag kTag{Ns::kLock, "chkData"};
  std::vector<Checked> cd;
};
struct InfoData {
  static constexpr Tag kTag{Ns::kLock, "infData"};
  Key key;
  std::vector<Status> status;
  std::vector<Subscriber> subscribers;
  Maybe<Terms> terms;
  Text cl_id;
  Maybe<Text> created_by;
  Maybe<Time> created;
  Maybe<Text> updated_by;
  Maybe<Time> updated;
};
struct CreateData {
  static constexpr Tag kTag{Ns::kLock, "creData"};
  Key key;
  Time created{};
};
}  // namespace lock

namespace version {
struct Point {
  uint64_t epoch = 0;
  uint64_t number = 0;
  friend constexpr auto operator<=>(const Point&, const Point&) = default;
};
/// Nothing for an epoch that there cannot be.
inline std::optional<lists::Version> version_of(const Point& p) {
  if (p.epoch > std::numeric_limits<uint32_t>::max()) return std::nullopt;
  return lists::Version{static_cast<uint32_t>(p.epoch), p.number};
}
/// A version somebody holds.
struct Holding : Point {
  Maybe<Text> manifest;  ///< SHA-256 of its manifest's text, hexadecimal
};
/// From what the asker has to the newest, or to `to`.
struct Info {
  static constexpr Tag kTag{Ns::kVersion, "info"};
  Text list;
  Maybe<Holding> from;  ///< absent: it has nothing, or wants a full version
  Maybe<Point> to;
};
/// kNone: whoever asked holds the newest, or a later one; there is nothing to take.
enum class Form : uint8_t { kFull, kDelta, kNone };
struct Count {
  Text of;  ///< as lists::KindCounts::names(), '-' for '_'
  uint64_t entries = 0;
};
/// A manifest as it was signed, to the octet.
struct Signed {
  Binary text;
  Binary signature;  ///< Ed25519
};
/// What leads from one version to another, or a whole one. Its contents stand within it, in a file, or are
/// still to be asked for. What counts is the signed text; the members beside it are for those who only look.
struct Manifest {
  Text list;
  Form form{};
  Maybe<Point> from;  ///< of a delta
  Point to;
  Time date{};
  std::vector<Count> counts;  ///< of `to`
  uint64_t changes = 0;       ///< a full version's entries, a delta's changes
  Text digest;                ///< of `to`; lists::StateDigest::hex()
  Maybe<Text> audit;          ///< head of the audit's chain, SHA-256
  Maybe<Signed> proof;
  Maybe<Binary> data;  ///< octets of core/store/codec.h, at most kInlineChangesMax entries; the proof has their hash
  Maybe<FileReference> file;
};
/// A push, to a node's own server.
struct Create : Manifest {
  static constexpr Tag kTag{Ns::kVersion, "create"};
};
struct InfoData : Manifest {
  static constexpr Tag kTag{Ns::kVersion, "infData"};
};
/// Where the node stands after a push.
struct CreateData {
  static constexpr Tag kTag{Ns::kVersion, "creData"};
  Text list;
  Holding at;
};
/// A poll message: this is the newest.
struct News {
  static constexpr Tag kTag{Ns::kVersion, "panData"};
  Text list;
  Point newest;
};
}  // namespace version

namespace proposal {
enum class State : uint8_t { kPending, kRealised, kRejected, kWithdrawn };
enum class Verdict : uint8_t { kApprove, kReject };
struct Info {
  static constexpr Tag kTag{Ns::kProposal, "info"};
  Text id;
};
struct Create {
  static constexpr Tag kTag{Ns::kProposal, "create"};
  Maybe<Text> filing;  ///< the proposer's own number
  Change change;
};
struct Update {
  static constexpr Tag kTag{Ns::kProposal, "update"};
  Text id;
  Verdict verdict{};
  Maybe<Text> reason;
};
struct Delete {
  static constexpr Tag kTag{Ns::kProposal, "delete"};
  Text id;
};
struct CreateData {
  static constexpr Tag kTag{Ns::kProposal, "creData"};
  Text id;
  State state{};
  Time created{};
};
struct InfoData {
  static constexpr Tag kTag{Ns::kProposal, "infData"};
  Text id;
  Maybe<Text> filing;
  State state{};
  Change change;
  Text cl_id;
  Time created{};
  Maybe<Text> updated_by;
  Maybe<Time> updated;
  Maybe<Text> reason;
};
/// A poll message: what became of it.
struct Decided {
  static constexpr Tag kTag{Ns::kProposal, "panData"};
  Text id;
  State state{};
  Maybe<Text> reason;
  PastTransaction transaction;
  Time date{};
};
}  // namespace proposal

namespace job {
enum class State : uint8_t { kQueued, kRunning, kDone, kCancelled };
/// Sightings of a node, once for each (node, sequence).
struct Sightings {
  static constexpr Tag kTag{Ns::kJob, "sightings"};
  Text node;
  uint64_t sequence = 0;
  uint64_t rows = 0;
  FileReference file;
};
using Work = std::variant<imei::Create, imei::Update, imei::Delete, lock::Create, lock::Update, lock::Delete,
                          proposal::Create, Sightings>;
struct Item {
  Work work;
};
struct Info {
  static constexpr Tag kTag{Ns::kJob, "info"};
  Text id;
  Maybe<uint32_t> after;  ///< results behind this one; InfoData::more says when to ask again
};
/// Taken or refused as a whole; its items succeed or fail each by itself.
struct Create {
  static constexpr Tag kTag{Ns::kJob, "create"};
  Text filing;
  std::vector<Item> items;
};
struct Delete {
  static constexpr Tag kTag{Ns::kJob, "delete"};
  Text id;
};
struct CreateData {
  static constexpr Tag kTag{Ns::kJob, "creData"};
  Text id;
  Text filing;
  State state{};
  Time created{};
};
struct Outcome {
  uint32_t item = 0;  ///< from 1, in the order they were filed
  uint32_t code = 0;  ///< a ResultCode
  Maybe<Text> name;   ///< where the item has several
  Maybe<Reason> reason;
};
struct InfoData {
  static constexpr Tag kTag{Ns::kJob, "infData"};
  Text id;
  Text filing;
  State state{};
  uint64_t names = 0;
  uint64_t done = 0;
  uint64_t failed = 0;
  std::vector<Outcome> results;
  Maybe<uint32_t> more;
  Text cl_id;
  Time created{};
  Maybe<Time> updated;
};
/// A poll message: it is done.
struct Done {
  static constexpr Tag kTag{Ns::kJob, "panData"};
  Text id;
  Text filing;
  State state{};
  uint64_t done = 0;
  uint64_t failed = 0;
  PastTransaction transaction;
  Time date{};
};
}  // namespace job

namespace site {
/// An extension of answers (RFC 5730 §2.7.3) to commands that only read: who answers follows another site.
struct Follows {
  static constexpr Tag kTag{Ns::kSite, "follows"};
  Text list;
  version::Point at;  ///< the answer is of that version or a later one
};
}  // namespace site

}  // namespace eir::sync::epp
