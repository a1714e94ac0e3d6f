// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "core/base/clock.h"
#include "core/identity/digits.h"
#include "core/identity/imei.h"
#include "core/lists/entry.h"

namespace eir::lists {

/// What the lists hold on one key at the time asked about.
struct Hit {
  bool present = false;   ///< an entry stands there
  ListSet lists;          ///< where it is listed then
  bool svn_rule = false;  ///< the lists are those of a rule for this software version
  bool tac = false;       ///< a range that is one whole TAC
  std::string_view note;  ///< the entry's reason text, at most 64 octets; lives as long as the view
  // For explaining: until when that holds, and what comes after.
  base::UnixSeconds from{};   ///< 0: always
  base::UnixSeconds until{};  ///< 0: for ever
  ListSet next;

  /// What an entry on `lists` under `terms` is at `at`; not present when it does not hold then.
  static Hit of(ListSet lists, const Terms& terms, base::UnixSeconds at) {
    Hit hit;
    hit.lists = terms.at(at, lists);
    hit.present = !hit.lists.empty();
    if (!hit.present) return hit;
    hit.note = terms.reason;
    hit.from = terms.from;
    hit.until = terms.until;
    hit.next = terms.next;
    return hit;
  }
};

/// What the exceptions hold on a subscriber.
struct ExceptionHit {
  unsigned strength = 0;  ///< digits that matched, kExactMatch for the whole number; 0: none
  Ruling ruling{};
  std::string_view note;
};
/// Exact beats a prefix, a longer prefix a shorter one.
inline constexpr unsigned kExactMatch = 100;

/// What is stricter wins where several say something: black, unknown, grey, white, nothing.
constexpr unsigned strictness(Ruling r) {
  switch (r) {
    case Ruling::kBlack: return 4;
    case Ruling::kUnknown: return 3;
    case Ruling::kGrey: return 2;
    case Ruling::kWhite: return 1;
    case Ruling::kGoOn: break;
  }
  return 0;
}
constexpr unsigned strictness(ListSet lists) {
  return lists.black()   ? strictness(Ruling::kBlack)
         : lists.grey()  ? strictness(Ruling::kGrey)
         : lists.white() ? strictness(Ruling::kWhite)
                         : 0;
}

/// One lock that holds.
struct LockRow {
  identity::ImeiKey imei{};
  identity::Imsi imsi;      ///< empty: not named
  identity::Msisdn msisdn;  ///< empty: not named
  LockPolicy policy{};
  std::string_view note;  ///< lives as long as the view
};

/// Takes locks one by one.
class LockVisitor {
 public:
  virtual void visit(const LockRow& row) noexcept = 0;

 protected:
  ~LockVisitor() = default;
};

/// What a question will look for.
struct Sought {
  identity::ImeiKey imei{};
  identity::Imsi imsi;      ///< empty: not known
  identity::Msisdn msisdn;  ///< empty: not known
  std::optional<identity::Svn> svn;
  base::UnixSeconds at{};  ///< the time it is judged at

  const identity::Svn* known_svn() const { return svn ? &*svn : nullptr; }
};

/// Which of a view's tables may say something of a question; false is certain. True where it is not known. Nobody can
/// guess most of them: they are joined without branches.
struct Worth {
  /// Of what may be named.
  struct Key {
    bool locks = true;    ///< a lock names it
    bool pairs = true;    ///< a pair does
    bool entries = true;  ///< an entry or an exception names the whole number; of a device never
    Key& operator|=(const Key& o) {
      locks |= o.locks;
      pairs |= o.pairs;
      entries |= o.entries;
      return *this;
    }
    Key& operator&=(bool known) {
      locks &= known;
      pairs &= known;
      entries &= known;
      return *this;
    }
    friend bool operator==(const Key&, const Key&) = default;
  };
  Key device, imsi, msisdn;
  bool prefixed_entries = true;     ///< there are entries of prefixes
  bool prefixed_exceptions = true;  ///< and exceptions
  bool has_locks = true;
  bool has_mirror = true;

  static constexpr Worth nothing() {
    constexpr Key kNowhere{false, false, false};
    return {kNowhere, kNowhere, kNowhere, false, false, false, false};
  }
  /// subscriber() for either number, exception() for either, pair() for either with the device.
  bool entries() const { return imsi.entries | msisdn.entries | prefixed_entries; }
  bool exceptions() const { return imsi.entries | msisdn.entries | prefixed_exceptions; }
  bool pairs() const { return device.pairs & (imsi.pairs | msisdn.pairs); }
  /// Locks of the device or the subscriber. The mirror may lead from a subscriber whom no lock names to an identity
  /// that one does.
  bool locks() const { return has_locks & (device.locks | imsi.locks | msisdn.locks | has_mirror); }
  /// Whether anything but individual() and range() may say something.
  bool anything() const { return int{locks()} | int{pairs()} | int{entries()} | int{exceptions()}; }
  Worth& operator|=(const Worth& o) {
    device |= o.device;
    imsi |= o.imsi;
    msisdn |= o.msisdn;
    prefixed_entries |= o.prefixed_entries;
    prefixed_exceptions |= o.prefixed_exceptions;
    has_locks |= o.has_locks;
    has_mirror |= o.has_mirror;
    return *this;
  }
  friend bool operator==(const Worth&, const Worth&) = default;
};

/// What nearly every question needs.
struct Look {
  Hit individual;  ///< as View::individual()
  Hit range;       ///< as View::range()
  Worth worth;
};

/// The lists as an answering thread sees them: one proven version of every source, snapshot and overlays as
/// one. A kind of entry that a view does not carry is empty.
///
/// Immutable. Threads: any number of readers, no lock. Allocates: no. Touches no file: snapshots are mapped
/// and populated. `at` is the time the question is judged at.
class View {
 public:
  virtual ~View() = default;
  /// The individual IMEI. With `svn`, a rule for that software version replaces the entry's lists; an
  /// entry that exists for other software versions only is not present.
  virtual Hit individual(identity::ImeiKey key, const identity::Svn* svn, base::UnixSeconds at) const noexcept = 0;
  /// The innermost range or TAC around the key that holds then.
  virtual Hit range(identity::ImeiKey key, base::UnixSeconds at) const noexcept = 0;
  /// The entry for a subscriber, the whole number before a prefix, a longer prefix before a shorter.
  virtual Hit subscriber(SubscriberKey::Type, identity::Digits, base::UnixSeconds) const noexcept { return {}; }
  /// The entry for a device with a subscriber. REQUIRES: who is exact.
  virtual Hit pair(identity::ImeiKey, SubscriberKey, base::UnixSeconds) const noexcept { return {}; }
  virtual ExceptionHit exception(SubscriberKey::Type, identity::Digits, base::UnixSeconds) const noexcept { return {}; }
  /// Whether there is any lock at all; false saves looking.
  virtual bool has_locks() const noexcept { return false; }
  /// The locks that name the device.
  virtual void device_locks(identity::ImeiKey, base::UnixSeconds, LockVisitor&) const noexcept {}
  /// The locks that name the IMSI or the MSISDN, each when it is not empty; one that names both comes twice.
  virtual void subscriber_locks(identity::Imsi, identity::Msisdn, base::UnixSeconds, LockVisitor&) const noexcept {}
  /// The mirror: empty when nothing is known. An MSISDN of several IMSIs has none.
  virtual identity::Msisdn msisdn_of(identity::Imsi) const noexcept { return {}; }
  virtual identity::Imsi imsi_of(identity::Msisdn) const noexcept { return {}; }
  /// What devices of a TAC are; empty when nothing is known.
  virtual std::string_view device_class(uint32_t /*tac*/, base::UnixSeconds) const noexcept { return {}; }
  /// individual(), range() and what else is worth asking, of several questions in one go: memory is asked for all at
  /// once, not for one after the other. REQUIRES: out is as long as sought, and empty.
  virtual void look(std::span<const Sought> sought, std::span<Look> out) const noexcept {
    for (size_t i = 0; i < sought.size(); ++i) {
      const Sought& q = sought[i];
      out[i].individual = individual(q.imei, q.known_svn(), q.at);
      out[i].range = range(q.imei, q.at);
    }
  }
  /// The last version wholly applied.
  virtual Version version() const noexcept = 0;
};

}  // namespace eir::lists
