// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/lists/entry.h"
#include "core/lists/hashed.h"
#include "core/lists/imei_table.h"

namespace eir::lists {

/// 24 octets of a lock, found by its device, and by its subscriber through two indexes of 4 octets:
///
///     device: 63..17 scrambled IMEI | 16 gone | 15..14 policy | 13..0 terms, low bits
///     imsi:   63..10 digits: length 4, value 50 | 9..0 terms, middle bits
///     msisdn: 63..10 digits: length 4, value 50 | 9..0 terms, high bits
struct LockSlot {
  uint64_t device = 0;
  uint64_t imsi = 0;
  uint64_t msisdn = 0;

  static constexpr unsigned kDigitsShift = 10, kPolicyShift = 14;
  static constexpr uint64_t kGoneBit = uint64_t{1} << 16;
  static constexpr uint64_t kLowMask = (1 << 10) - 1, kTermsMask = (1 << 14) - 1;
  /// At most 15 digits; 0 for none.
  static constexpr uint64_t pack(identity::Digits d) { return uint64_t{d.length()} << 50 | d.value(); }
  static constexpr identity::Digits unpack(uint64_t packed) {
    return packed == 0 ? identity::Digits()
                       : identity::Digits::of(packed & ((uint64_t{1} << 50) - 1), static_cast<unsigned>(packed >> 50));
  }
  static LockSlot of(const LockEntry& e, TermsId terms, bool gone) {
    return {scramble(identity::number(e.imei)) << 17 | (gone ? kGoneBit : 0) |
                static_cast<uint64_t>(e.policy) << kPolicyShift | (terms & kTermsMask),
            pack(e.imsi) << kDigitsShift | (terms >> 14 & kLowMask), pack(e.msisdn) << kDigitsShift | terms >> 24};
  }
  LockEntry entry() const {
    return {identity::ImeiKey{unscramble(device >> 17)},
            identity::Imsi(unpack(imsi >> kDigitsShift)),
            identity::Msisdn(unpack(msisdn >> kDigitsShift)),
            static_cast<LockPolicy>(device >> kPolicyShift & 3),
            terms(),
            0};
  }
  constexpr TermsId terms() const {
    return static_cast<TermsId>((device & kTermsMask) | (imsi & kLowMask) << 14 | (msisdn & kLowMask) << 24);
  }
  constexpr bool used() const { return device != 0; }
  constexpr bool gone() const { return device & kGoneBit; }
  constexpr uint64_t order() const { return device & ~kValueMask; }
  /// What identifies the lock: all but terms and tombstone.
  constexpr auto place() const {
    return std::tuple(device & ~kGoneBit & ~kTermsMask, imsi >> kDigitsShift, msisdn >> kDigitsShift);
  }
  friend constexpr bool operator<(const LockSlot& a, const LockSlot& b) { return a.place() < b.place(); }
};
static_assert(sizeof(LockSlot) == 24);

struct LockByImsi {
  static constexpr uint64_t order(identity::Imsi imsi) { return scramble64(LockSlot::pack(imsi)); }
  uint64_t operator()(const LockSlot& s) const { return scramble64(s.imsi >> LockSlot::kDigitsShift); }
};
struct LockByMsisdn {
  static constexpr uint64_t order(identity::Msisdn msisdn) { return scramble64(LockSlot::pack(msisdn)); }
  uint64_t operator()(const LockSlot& s) const { return scramble64(s.msisdn >> LockSlot::kDigitsShift); }
};

/// One layer's locks. Threads: immutable. Allocates: no.
struct LockTable {
  using Entry = LockEntry;
  HashedTable<LockSlot> table;
  HashedIndex<LockSlot, LockByImsi> by_imsi;
  HashedIndex<LockSlot, LockByMsisdn> by_msisdn;

  static uint64_t order_of(identity::ImeiKey imei) { return scramble(identity::number(imei)) << 17; }
  /// Held or gone; null when the layer says nothing of the place.
  const LockSlot* find(const LockSlot& place) const noexcept { return table.find(place); }
  bool hides(const LockEntry& place) const noexcept { return find(LockSlot::of(place, 0, false)) != nullptr; }
  Standing find(const LockEntry& place, LockEntry& out) const noexcept {
    const LockSlot* slot = find(LockSlot::of(place, 0, false));
    if (!slot) return Standing::kAbsent;
    if (slot->gone()) return Standing::kGone;
    out = slot->entry();
    return Standing::kHeld;
  }
  template <class F>
  void for_each(F&& f) const {
    table.all([&](const LockSlot& s) { f(s.entry(), s.gone()); });
  }
  bool well_shaped() const { return table.well_shaped() && by_imsi.well_shaped(table) && by_msisdn.well_shaped(table); }
};

/// 16 octets of an IMSI with its MSISDN.
struct MirrorSlot {
  uint64_t imsi = 0;    ///< scrambled
  uint64_t msisdn = 0;  ///< 0: gone
  constexpr bool used() const { return imsi != 0; }
  constexpr uint64_t order() const { return imsi; }
  friend constexpr bool operator<(const MirrorSlot& a, const MirrorSlot& b) { return a.imsi < b.imsi; }
};
struct MirrorByMsisdn {
  static constexpr uint64_t order(identity::Msisdn msisdn) { return scramble64(msisdn.word()); }
  uint64_t operator()(const MirrorSlot& s) const { return scramble64(s.msisdn); }
};

/// One layer's IMSIs with their MSISDNs. Threads: immutable. Allocates: no.
struct MirrorTable {
  using Entry = MirrorEntry;
  HashedTable<MirrorSlot> table;
  HashedIndex<MirrorSlot, MirrorByMsisdn> by_msisdn;

  const MirrorSlot* find(identity::Imsi imsi) const noexcept {
    const MirrorSlot* found = nullptr;
    table.each(scramble64(imsi.word()), [&](const MirrorSlot& s) {
      found = &s;
      return false;
    });
    return found;
  }
  bool hides(const MirrorEntry& place) const noexcept { return find(place.imsi) != nullptr; }
  Standing find(const MirrorEntry& place, MirrorEntry& out) const noexcept {
    const MirrorSlot* slot = find(place.imsi);
    if (!slot) return Standing::kAbsent;
    if (slot->msisdn == 0) return Standing::kGone;
    out = entry(*slot);
    return Standing::kHeld;
  }
  template <class F>
  void for_each(F&& f) const {
    table.all([&](const MirrorSlot& s) { f(entry(s), s.msisdn == 0); });
  }
  static MirrorSlot slot(const MirrorEntry& e, TermsId, bool gone) {
    return {scramble64(e.imsi.word()), gone ? 0 : e.msisdn.word()};
  }
  static MirrorEntry entry(const MirrorSlot& s) {
    return {identity::Imsi(identity::Digits::from_word(unscramble64(s.imsi))),
            identity::Msisdn(identity::Digits::from_word(s.msisdn)), 0, 0};
  }
  bool well_shaped() const { return table.well_shaped() && by_msisdn.well_shaped(table); }
};

}  // namespace eir::lists
