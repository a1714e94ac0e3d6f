// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/identity/imei.h"
#include "core/lists/list_set.h"

namespace eir::lists {

/// What an entry stands on. Numbers are fixed: they stand in files and in digests. Only the first two
/// are carried so far; the others keep their numbers for the kinds of replica versions to come.
enum class EntryKind : uint8_t {
  kImei = 1,        ///< one IMEI, for any software version or for one
  kRange = 2,       ///< an interval of IMEIs; a whole TAC is one of them
  kSubscriber = 3,  ///< an IMSI or an MSISDN
  kPair = 4,        ///< an IMEI with a subscriber
  kLock = 5,        ///< a lock between devices and subscribers
  kMirror = 6,      ///< an IMSI with its MSISDN
};

/// A reason text's number within one ReasonPool. 0 is "no text".
using ReasonId = uint32_t;
inline constexpr size_t kReasonOctetsMax = 64;

/// Reason texts, each kept once. Threads: one. Allocates: yes; never on the answering path.
class ReasonPool {
 public:
  ReasonPool();
  ReasonPool(ReasonPool&&) = default;
  ReasonPool& operator=(ReasonPool&&) = default;

  /// The text's number, a new one if it is new. REQUIRES: at most kReasonOctetsMax octets.
  ReasonId intern(std::string_view text);
  /// REQUIRES: id from this pool. Lives as long as the pool.
  std::string_view text(ReasonId id) const { return texts_[id]; }
  size_t size() const { return texts_.size(); }

 private:
  static constexpr size_t kBlockOctets = size_t{1} << 18;
  std::deque<std::vector<char>> blocks_;  ///< filled one after the other, never moved
  std::vector<std::string_view> texts_;
  std::unordered_map<std::string_view, ReasonId> ids_;
};

/// One IMEI's entry, or its rule for one software version, in 16 octets: 100 million are 1.6 GB.
/// Ordered by key, then "any software version" before the rules.
struct ImeiEntry {
  static constexpr unsigned kKeyShift = 17;
  static constexpr unsigned kSvnShift = 10;
  static constexpr uint8_t kAnySvn = 0;  ///< svn_code(): 0 for any, else software version + 1

  uint64_t word = 0;  ///< key 47 bits, software version code 7, unused 7, lists 3
  ReasonId reason = 0;
  uint32_t line = 0;  ///< of the file it came from; no part of the entry

  static constexpr ImeiEntry make(identity::ImeiKey key, std::optional<identity::Svn> svn, ListSet lists,
                                  ReasonId reason = 0, uint32_t line = 0) {
    return from_code(key, svn ? static_cast<uint8_t>(*svn + 1) : kAnySvn, lists, reason, line);
  }
  static constexpr ImeiEntry from_code(identity::ImeiKey key, uint8_t code, ListSet lists, ReasonId reason = 0,
                                       uint32_t line = 0) {
    return {identity::number(key) << kKeyShift | uint64_t{code} << kSvnShift | lists.bits(), reason, line};
  }
  constexpr identity::ImeiKey key() const { return identity::ImeiKey{word >> kKeyShift}; }
  constexpr uint8_t svn_code() const { return static_cast<uint8_t>(word >> kSvnShift & 0x7F); }
  constexpr std::optional<identity::Svn> svn() const {
    return svn_code() == kAnySvn ? std::nullopt : std::optional<identity::Svn>(svn_code() - 1);
  }
  constexpr ListSet lists() const { return ListSet(static_cast<uint8_t>(word & 7)); }
  /// Key and software version: what may stand in a list once.
  constexpr uint64_t place() const { return word >> kSvnShift; }
};
static_assert(sizeof(ImeiEntry) == 16);

/// An interval of IMEIs, both ends included. Ordered by start, the wider first.
struct RangeEntry {
  identity::ImeiKey from{};
  identity::ImeiKey to{};
  ListSet lists;
  ReasonId reason = 0;
  uint32_t line = 0;  ///< of the file it came from; no part of the entry

  static constexpr uint64_t kTacSize = 1'000'000;
  /// A range that is one whole TAC.
  constexpr bool tac() const {
    return identity::number(from) % kTacSize == 0 && identity::number(to) == identity::number(from) + kTacSize - 1;
  }
  /// By start, the wider first: the order every list of ranges is kept in.
  friend constexpr bool operator<(const RangeEntry& a, const RangeEntry& b) {
    return a.from != b.from ? a.from < b.from : a.to > b.to;
  }
  constexpr bool same_place(const RangeEntry& o) const { return from == o.from && to == o.to; }
};

/// How many entries of each kind.
struct KindCounts {
  uint64_t imeis = 0;  ///< for any software version
  uint64_t svn_rules = 0;
  uint64_t tacs = 0;
  uint64_t ranges = 0;  ///< those that are no whole TAC

  constexpr uint64_t total() const { return imeis + svn_rules + tacs + ranges; }
  constexpr void add(const ImeiEntry& e, int64_t n = 1) {
    (e.svn_code() == ImeiEntry::kAnySvn ? imeis : svn_rules) += static_cast<uint64_t>(n);
  }
  constexpr void add(const RangeEntry& e, int64_t n = 1) { (e.tac() ? tacs : ranges) += static_cast<uint64_t>(n); }
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
