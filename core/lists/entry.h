// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

#include "core/identity/digits.h"
#include "core/identity/imei.h"
#include "core/lists/list_set.h"
#include "core/lists/terms.h"

/// What a replica holds, one type per kind of entry. Each has
///     kKind     its number
///     place()   what may stand once in a source's lists; ordered as the kind is sorted everywhere
///     terms     reason, validity and next state, of the pool that goes with it
///     line      of the file it came from; no part of the entry
namespace eir::lists {

/// Numbers are fixed: they stand in files and in digests.
enum class EntryKind : uint8_t {
  kImei = 1,         ///< one IMEI, for any software version or for one
  kRange = 2,        ///< an interval of IMEIs; a whole TAC is one of them
  kSubscriber = 3,   ///< an IMSI or an MSISDN on lists, whole or its beginning
  kPair = 4,         ///< an IMEI with a subscriber, on lists
  kLock = 5,         ///< a lock between a device and a subscriber
  kMirror = 6,       ///< an IMSI with its MSISDN
  kException = 7,    ///< an exception subscriber: judged whatever the device
  kDeviceClass = 8,  ///< what devices of a TAC are
};
inline constexpr unsigned kEntryKinds = 8;  ///< numbered from 1
/// "imei", "range", "subscriber", "pair", "lock", "mirror", "exception", "device-class".
std::string_view to_string(EntryKind kind) noexcept;

/// One IMEI's entry, or its rule for one software version, in 16 octets: 100 million are 1.6 GB.
/// Ordered by key, then "any software version" before the rules.
struct ImeiEntry {
  static constexpr EntryKind kKind = EntryKind::kImei;
  static constexpr unsigned kKeyShift = 17;
  static constexpr unsigned kSvnShift = 10;
  static constexpr uint8_t kAnySvn = 0;  ///< svn_code(): 0 for any, else software version + 1

  uint64_t word = 0;  ///< key 47 bits, software version code 7, unused 7, lists 3
  TermsId terms = 0;
  uint32_t line = 0;

  static constexpr ImeiEntry make(identity::ImeiKey key, std::optional<identity::Svn> svn, ListSet lists,
                                  TermsId terms = 0, uint32_t line = 0) {
    return from_code(key, svn ? static_cast<uint8_t>(*svn + 1) : kAnySvn, lists, terms, line);
  }
  static constexpr ImeiEntry from_code(identity::ImeiKey key, uint8_t code, ListSet lists, TermsId terms = 0,
                                       uint32_t line = 0) {
    return {identity::number(key) << kKeyShift | uint64_t{code} << kSvnShift | lists.bits(), terms, line};
  }
  constexpr identity::ImeiKey key() const { return identity::ImeiKey{word >> kKeyShift}; }
  constexpr uint8_t svn_code() const { return static_cast<uint8_t>(word >> kSvnShift & 0x7F); }
  constexpr std::optional<identity::Svn> svn() const {
    return svn_code() == kAnySvn ? std::nullopt : std::optional<identity::Svn>(svn_code() - 1);
  }
  constexpr ListSet lists() const { return ListSet(static_cast<uint8_t>(word & 7)); }
  /// Key and software version.
  constexpr uint64_t place() const { return word >> kSvnShift; }
};
static_assert(sizeof(ImeiEntry) == 16);

/// An interval of IMEIs, both ends included. Ordered by start, the wider first.
struct RangeEntry {
  static constexpr EntryKind kKind = EntryKind::kRange;
  identity::ImeiKey from{};
  identity::ImeiKey to{};
  ListSet lists;
  TermsId terms = 0;
  uint32_t line = 0;

  static constexpr uint64_t kTacSize = 1'000'000;
  /// A range that is one whole TAC.
  constexpr bool tac() const {
    return identity::number(from) % kTacSize == 0 && identity::number(to) == identity::number(from) + kTacSize - 1;
  }
  constexpr auto place() const { return std::tuple(from, ~identity::number(to)); }
  /// By start, the wider first: the order every list of ranges is kept in.
  friend constexpr bool operator<(const RangeEntry& a, const RangeEntry& b) { return a.place() < b.place(); }
  constexpr bool same_place(const RangeEntry& o) const { return from == o.from && to == o.to; }
};

/// A subscriber as entries name one: an IMSI or an MSISDN, whole or its first digits, in one word.
class SubscriberKey {
 public:
  enum class Type : uint8_t { kImsi = 0, kMsisdn = 1 };

  constexpr SubscriberKey() = default;
  static constexpr SubscriberKey exact(identity::Imsi imsi) { return SubscriberKey(Type::kImsi, false, imsi); }
  static constexpr SubscriberKey exact(identity::Msisdn msisdn) { return SubscriberKey(Type::kMsisdn, false, msisdn); }
  static constexpr SubscriberKey prefix(Type type, identity::Digits digits) {
    return SubscriberKey(type, true, digits);
  }
  /// As stored; nothing for a word no key has.
  static std::optional<SubscriberKey> from_word(uint64_t word);

  constexpr Type type() const { return word_ & kMsisdnBit ? Type::kMsisdn : Type::kImsi; }
  constexpr bool is_prefix() const { return word_ & kPrefixBit; }
  constexpr identity::Digits digits() const { return identity::Digits::from_word(word_ & ~(kMsisdnBit | kPrefixBit)); }
  constexpr uint64_t word() const { return word_; }  ///< for hashing and storing; never 0 for a key
  friend constexpr auto operator<=>(const SubscriberKey&, const SubscriberKey&) = default;

 private:
  static constexpr uint64_t kMsisdnBit = uint64_t{1} << 62, kPrefixBit = uint64_t{1} << 61;
  constexpr SubscriberKey(Type type, bool prefix, identity::Digits digits)
      : word_(digits.word() | (type == Type::kMsisdn ? kMsisdnBit : 0) | (prefix ? kPrefixBit : 0)) {}
  uint64_t word_ = 0;
};

/// A subscriber on lists.
struct SubscriberEntry {
  static constexpr EntryKind kKind = EntryKind::kSubscriber;
  SubscriberKey who;
  ListSet lists;
  TermsId terms = 0;
  uint32_t line = 0;
  constexpr uint64_t place() const { return who.word(); }
};

/// A device with one subscriber, on lists. `who` is exact.
struct PairEntry {
  static constexpr EntryKind kKind = EntryKind::kPair;
  identity::ImeiKey imei{};
  SubscriberKey who;
  ListSet lists;
  TermsId terms = 0;
  uint32_t line = 0;
  constexpr auto place() const { return std::tuple(imei, who.word()); }
};

/// Who is bound by a lock. Numbers are fixed. The handbook's "Locks" has the tables.
enum class LockPolicy : uint8_t {
  kMutual = 1,      ///< this subscriber only this device, this device only this subscriber
  kDevice = 2,      ///< the device only with these subscribers, the subscribers free
  kSubscriber = 3,  ///< the subscriber only with these devices, the devices free
};
inline constexpr unsigned kLockPolicies = 3;  ///< numbered from 1
/// "mutual", "device", "subscriber".
std::string_view to_string(LockPolicy policy) noexcept;
std::optional<LockPolicy> lock_policy_from(std::string_view name) noexcept;

/// One device locked with one subscriber, who is named by IMSI, MSISDN or both. Several entries of one
/// policy lock a device with any number of subscribers, and a subscriber with any number of devices.
struct LockEntry {
  static constexpr EntryKind kKind = EntryKind::kLock;
  identity::ImeiKey imei{};
  identity::Imsi imsi;      ///< empty: not named
  identity::Msisdn msisdn;  ///< empty: not named; one of the two is
  LockPolicy policy{};
  TermsId terms = 0;
  uint32_t line = 0;
  constexpr auto place() const { return std::tuple(imei, static_cast<uint8_t>(policy), imsi.word(), msisdn.word()); }
};

/// An IMSI's MSISDN.
struct MirrorEntry {
  static constexpr EntryKind kKind = EntryKind::kMirror;
  identity::Imsi imsi;
  identity::Msisdn msisdn;
  TermsId terms = 0;  ///< always 0
  uint32_t line = 0;
  constexpr uint64_t place() const { return imsi.word(); }
};

/// What an exception subscriber gets. Numbers are fixed; the first four are decision::Status.
enum class Ruling : uint8_t { kWhite = 0, kBlack = 1, kGrey = 2, kUnknown = 3, kGoOn = 4 };
inline constexpr unsigned kRulings = 5;
/// "white", "black", "grey", "unknown", "go-on".
std::string_view to_string(Ruling ruling) noexcept;
std::optional<Ruling> ruling_from(std::string_view name) noexcept;

/// An exception subscriber: the longest match decides, whatever the device.
struct ExceptionEntry {
  static constexpr EntryKind kKind = EntryKind::kException;
  SubscriberKey who;
  Ruling ruling{};
  TermsId terms = 0;
  uint32_t line = 0;
  constexpr uint64_t place() const { return who.word(); }
};

/// What devices of a TAC are; the name is the terms' reason.
struct DeviceClassEntry {
  static constexpr EntryKind kKind = EntryKind::kDeviceClass;
  uint32_t tac = 0;  ///< below 10^8
  TermsId terms = 0;
  uint32_t line = 0;
  constexpr uint64_t place() const { return tac; }
};

/// How many entries of each kind.
struct KindCounts {
  uint64_t imeis = 0;  ///< for any software version
  uint64_t svn_rules = 0;
  uint64_t tacs = 0;
  uint64_t ranges = 0;  ///< those that are no whole TAC
  uint64_t subscribers = 0;
  uint64_t pairs = 0;
  uint64_t locks = 0;
  uint64_t mirror = 0;
  uint64_t exceptions = 0;
  uint64_t device_classes = 0;

  /// Their order is fixed: it stands in files.
  static constexpr size_t kFields = 10;
  constexpr std::array<uint64_t, kFields> array() const {
    return {imeis, svn_rules, tacs, ranges, subscribers, pairs, locks, mirror, exceptions, device_classes};
  }
  static constexpr KindCounts from_array(const std::array<uint64_t, kFields>& a) {
    return {a[0], a[1], a[2], a[3], a[4], a[5], a[6], a[7], a[8], a[9]};
  }
  /// "imeis", "svn_rules" and so on, in that order.
  static const std::array<std::string_view, kFields>& names();

  constexpr uint64_t total() const {
    uint64_t n = 0;
    for (const uint64_t v : array()) n += v;
    return n;
  }
  constexpr void add(const ImeiEntry& e, int64_t n = 1) {
    (e.svn_code() == ImeiEntry::kAnySvn ? imeis : svn_rules) += static_cast<uint64_t>(n);
  }
  constexpr void add(const RangeEntry& e, int64_t n = 1) { (e.tac() ? tacs : ranges) += static_cast<uint64_t>(n); }
  constexpr void add(const SubscriberEntry&, int64_t n = 1) { subscribers += static_cast<uint64_t>(n); }
  constexpr void add(const PairEntry&, int64_t n = 1) { pairs += static_cast<uint64_t>(n); }
  constexpr void add(const LockEntry&, int64_t n = 1) { locks += static_cast<uint64_t>(n); }
  constexpr void add(const MirrorEntry&, int64_t n = 1) { mirror += static_cast<uint64_t>(n); }
  constexpr void add(const ExceptionEntry&, int64_t n = 1) { exceptions += static_cast<uint64_t>(n); }
  constexpr void add(const DeviceClassEntry&, int64_t n = 1) { device_classes += static_cast<uint64_t>(n); }
  friend constexpr bool operator==(const KindCounts&, const KindCounts&) = default;
};

/// The 16 octets that prove a state; see core/store/digest.h for how they come about.
struct StateDigest {
  uint64_t high = 0;
  uint64_t low = 0;
  std::string hex() const;  ///< 32 characters
  friend constexpr bool operator==(const StateDigest&, const StateDigest&) = default;
};

}  // namespace eir::lists
