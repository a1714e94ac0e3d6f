// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/lists/entry.h"
#include "core/lists/hashed.h"

/// The tables of what is found by one word (a subscriber, a TAC) or by a device with a subscriber.
/// All: threads: immutable. Allocates: no.
namespace eir::lists {

/// 16 octets of whatever has one word as its key.
struct KeyedSlot {
  uint64_t key = 0;  ///< scrambled
  TermsId terms = 0;
  uint32_t value = 0;  ///< of the entry, below kGone
  static constexpr uint32_t kGone = UINT32_MAX;
  constexpr bool used() const { return key != 0; }
  constexpr uint64_t order() const { return key; }
  friend constexpr bool operator<(const KeyedSlot& a, const KeyedSlot& b) { return a.key < b.key; }
};
static_assert(sizeof(KeyedSlot) == 16);

// How entries stand in a KeyedSlot. The key's word is never 0.
constexpr uint64_t key_of(const SubscriberEntry& e) { return e.who.word(); }
constexpr uint64_t key_of(const ExceptionEntry& e) { return e.who.word(); }
constexpr uint64_t key_of(const DeviceClassEntry& e) { return uint64_t{e.tac} + 1; }
constexpr uint32_t value_of(const SubscriberEntry& e) { return e.lists.bits(); }
constexpr uint32_t value_of(const ExceptionEntry& e) { return static_cast<uint32_t>(e.ruling); }
constexpr uint32_t value_of(const DeviceClassEntry&) { return 0; }
inline void restore(SubscriberEntry& e, uint64_t key, uint32_t value) {
  e.who = SubscriberKey::from_word(key).value_or(SubscriberKey());
  e.lists = ListSet(static_cast<uint8_t>(value & 7));
}
inline void restore(ExceptionEntry& e, uint64_t key, uint32_t value) {
  e.who = SubscriberKey::from_word(key).value_or(SubscriberKey());
  e.ruling = static_cast<Ruling>(value < kRulings ? value : 0);
}
inline void restore(DeviceClassEntry& e, uint64_t key, uint32_t) { e.tac = static_cast<uint32_t>(key - 1); }

template <class E>
struct KeyedTable {
  using Entry = E;
  HashedTable<KeyedSlot> table;
  uint64_t prefixes = 0;  ///< of subscribers: which lengths of prefixes there are, see prefix_bit()

  /// The slot of a key, tombstones too; null when the layer says nothing.
  const KeyedSlot* find(uint64_t key) const noexcept {
    const KeyedSlot* found = nullptr;
    table.each(scramble64(key), [&](const KeyedSlot& s) {
      found = &s;
      return false;
    });
    return found;
  }
  bool hides(const E& place) const noexcept { return find(key_of(place)) != nullptr; }
  Standing find(const E& place, E& out) const noexcept {
    const KeyedSlot* slot = find(key_of(place));
    if (!slot) return Standing::kAbsent;
    if (slot->value == KeyedSlot::kGone) return Standing::kGone;
    out = entry(*slot);
    return Standing::kHeld;
  }
  template <class F>
  void for_each(F&& f) const {
    table.all([&](const KeyedSlot& s) { f(entry(s), s.value == KeyedSlot::kGone); });
  }
  static KeyedSlot slot(const E& e, TermsId terms, bool gone) {
    return {scramble64(key_of(e)), terms, gone ? KeyedSlot::kGone : value_of(e)};
  }

 private:
  static E entry(const KeyedSlot& s) {
    E e;
    restore(e, unscramble64(s.key), s.value);
    e.terms = s.terms;
    return e;
  }
};

constexpr uint64_t prefix_bit(SubscriberKey::Type type, unsigned length) {
  return uint64_t{1} << (type == SubscriberKey::Type::kMsisdn ? 32 + length : length);
}

/// 24 octets of a device with a subscriber.
struct PairSlot {
  uint64_t imei = 0;  ///< plus 1
  uint64_t who = 0;
  TermsId terms = 0;
  uint32_t value = 0;  ///< lists, or KeyedSlot::kGone
  static constexpr uint64_t order(uint64_t imei, uint64_t who) {
    return scramble64(scramble64(who) ^ imei * 0x9E3779B97F4A7C15ULL);
  }
  constexpr bool used() const { return who != 0; }
  constexpr uint64_t order() const { return order(imei, who); }
  friend constexpr bool operator<(const PairSlot& a, const PairSlot& b) {
    return std::tuple(a.order(), a.imei, a.who) < std::tuple(b.order(), b.imei, b.who);
  }
};
static_assert(sizeof(PairSlot) == 24);

struct PairTable {
  using Entry = PairEntry;
  HashedTable<PairSlot> table;

  static uint64_t order_of(identity::ImeiKey imei, SubscriberKey who) {
    return PairSlot::order(identity::number(imei) + 1, who.word());
  }
  const PairSlot* find(identity::ImeiKey imei, SubscriberKey who) const noexcept {
    const PairSlot* found = nullptr;
    table.each(order_of(imei, who), [&](const PairSlot& s) {
      if (s.imei == identity::number(imei) + 1 && s.who == who.word()) found = &s;
      return found == nullptr;
    });
    return found;
  }
  bool hides(const PairEntry& place) const noexcept { return find(place.imei, place.who) != nullptr; }
  Standing find(const PairEntry& place, PairEntry& out) const noexcept {
    const PairSlot* slot = find(place.imei, place.who);
    if (!slot) return Standing::kAbsent;
    if (slot->value == KeyedSlot::kGone) return Standing::kGone;
    out = entry(*slot);
    return Standing::kHeld;
  }
  template <class F>
  void for_each(F&& f) const {
    table.all([&](const PairSlot& s) { f(entry(s), s.value == KeyedSlot::kGone); });
  }
  static PairSlot slot(const PairEntry& e, TermsId terms, bool gone) {
    return {identity::number(e.imei) + 1, e.who.word(), terms, gone ? KeyedSlot::kGone : e.lists.bits()};
  }

 private:
  static PairEntry entry(const PairSlot& s) {
    return {identity::ImeiKey{s.imei - 1}, SubscriberKey::from_word(s.who).value_or(SubscriberKey()),
            ListSet(static_cast<uint8_t>(s.value & 7)), s.terms, 0};
  }
};

}  // namespace eir::lists
