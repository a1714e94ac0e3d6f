// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>
#include <utility>

#include "core/lists/lines.h"

/// Open addressing with linear probing, in the order of scrambled keys: a look-up for an absent key ends as
/// early as one for a present key, and the layout does not depend on the order of building. A table of any
/// size, ending with an empty slot. What every kind of entry but ranges stands in.
namespace eir::lists {

/// The number that undoes multiplication by an odd one, modulo 2^64 and every lower power of 2.
constexpr uint64_t odd_inverse(uint64_t odd) {
  uint64_t x = odd;
  for (int i = 0; i < 6; ++i) x *= 2 - odd * x;
  return x;
}

/// A bijection of 64-bit words that maps 0 to 0 and spreads neighbouring numbers evenly.
constexpr uint64_t scramble64(uint64_t x) {
  x ^= x >> 32;
  x *= 0x9FB21C651E98DF25ULL;
  x ^= x >> 29;
  x *= 0xD6E8FEB86659FD93ULL;
  return x ^ x >> 32;
}
constexpr uint64_t unscramble64(uint64_t x) {
  x ^= x >> 32;
  x *= odd_inverse(0xD6E8FEB86659FD93ULL);
  x ^= x >> 29 ^ x >> 58;
  x *= odd_inverse(0x9FB21C651E98DF25ULL);
  return x ^ x >> 32;
}

/// Where records of an order begin.
constexpr uint64_t home_of(uint64_t order, uint64_t capacity) {
  return static_cast<uint64_t>(static_cast<unsigned __int128>(order) * capacity >> 64);
}

/// Eleven octets per eight used: 73 % full.
constexpr uint64_t capacity_for(uint64_t entries) {
  constexpr uint64_t kCapacityMin = 8;
  return entries == 0 ? 0 : std::max<uint64_t>(kCapacityMin, entries + entries * 3 / 8);
}

/// The first of [from, last] that `before` does not hold of, or `last`: it holds of all in front of that one. As quick
/// when thousands are in between as when few are.
template <class Before>
constexpr size_t first_behind(size_t from, size_t last, Before&& before) {
  size_t end = from;  // what is looked for is in [from, end]
  for (size_t step = 1; end < last && before(end); step *= 2) {
    from = end + 1;
    end = std::min(end + step, last);
  }
  while (from < end) {
    const size_t middle = from + (end - from) / 2;
    if (before(middle))
      from = middle + 1;
    else
      end = middle;
  }
  return end;
}

/// Records with `order()` (their scrambled key), `used()` and a total order `<` by order() first.
/// Threads: immutable while it can be seen. Allocates: no.
template <class Record>
struct HashedTable {
  std::span<const Record> slots;  ///< empty, or ends with an empty slot
  uint64_t capacity = 0;

  /// Calls f(record) for every record of that order until it returns false.
  template <class F>
  void each(uint64_t order, F&& f) const {
    if (slots.empty()) return;
    for (const Record* slot = &slots[home_of(order, capacity)]; slot->used(); ++slot) {
      const uint64_t there = slot->order();
      if (there > order) return;
      if (there == order && !f(*slot)) return;
    }
  }
  /// The record of that place, neither before nor after `wanted`; null when there is none. Records stand sorted, and
  /// where a slot is empty only later ones follow.
  const Record* find(const Record& wanted) const noexcept {
    if (slots.empty()) return nullptr;
    const auto before = [&](size_t i) { return slots[i].used() && slots[i] < wanted; };
    const Record& there = slots[first_behind(home_of(wanted.order(), capacity), slots.size() - 1, before)];
    return there.used() && !(wanted < there) ? &there : nullptr;
  }
  /// Calls f(record) for every record.
  template <class F>
  void all(F&& f) const {
    for (const Record& r : slots)
      if (r.used()) f(r);
  }
  /// At most two lines.
  void prefetch(uint64_t order, Lines& lines) const noexcept {
    if (slots.empty()) return;
    const Record* home = &slots[home_of(order, capacity)];
    lines.add(home, home + 2);  // where a search ends as often as not
  }
  bool well_shaped() const {
    return slots.empty() || (!slots.back().used() && capacity != 0 && capacity < slots.size());
  }
};

/// A second way into a HashedTable, by another of the records' fields: 4 octets each. By(record) is that
/// field's order.
template <class Record, class By>
struct HashedIndex {
  std::span<const uint32_t> slots;  ///< a record's place in its table, plus 1; 0 is empty. Ends with an empty slot
  uint64_t capacity = 0;

  template <class F>
  void each(const HashedTable<Record>& table, uint64_t order, F&& f) const {
    if (slots.empty()) return;
    prefetch_records(table, order);
    for (const uint32_t* slot = &slots[home_of(order, capacity)]; *slot != 0; ++slot) {
      const Record& r = table.slots[*slot - 1];
      const uint64_t there = By()(r);
      if (there > order) return;
      if (there == order && !f(r)) return;
    }
  }
  /// One line.
  void prefetch(uint64_t order, Lines& lines) const noexcept {
    if (!slots.empty()) lines.add(&slots[home_of(order, capacity)]);
  }
  /// The records that are most likely looked at.
  void prefetch_records(const HashedTable<Record>& table, uint64_t order) const noexcept {
    constexpr size_t kLikely = 3;
    if (slots.empty()) return;
    const uint32_t* slot = &slots[home_of(order, capacity)];
    for (size_t i = 0; i < kLikely && slot[i] != 0; ++i) prefetch_line(&table.slots[slot[i] - 1]);
  }
  bool well_shaped(const HashedTable<Record>& table) const {
    return slots.empty() ||
           (slots.back() == 0 && capacity != 0 && capacity < slots.size() &&
            std::all_of(slots.begin(), slots.end(), [&](uint32_t i) { return i <= table.slots.size(); }));
  }
};

/// Fills the slots of a table of `capacity`, all empty: what meets a larger record takes its slot, and the
/// larger moves on. `Traits`: used(slot), home(slot), less(slot, slot). Threads: one. Allocates: no.
template <class Slot, class Traits>
class HashedFiller {
 public:
  /// REQUIRES: slots.size() > capacity > 0 when anything is added.
  HashedFiller(std::span<Slot> slots, Traits traits) : slots_(slots), traits_(std::move(traits)) {}
  void add(const Slot& record) {
    Slot& waiting = ahead_[added_ % kAhead];
    if (added_++ >= kAhead) put(waiting);
    waiting = record;
    prefetch_to_write(&slots_[traits_.home(record)]);
  }
  /// False when the slots after the capacity did not suffice: nothing may be served from it.
  bool finish() {
    for (size_t i = added_ > kAhead ? added_ - kAhead : 0; i < added_; ++i) put(ahead_[i % kAhead]);
    return fits_;
  }

 private:
  static constexpr size_t kAhead = 16;
  /// What comes in order is put at its end at once, however many share a home: a device, or a subscriber, may be in
  /// thousands of locks.
  void put(Slot record) {
    const size_t last = slots_.size() - 1;
    const auto stays = [&](size_t i) { return traits_.used(slots_[i]) && !traits_.less(record, slots_[i]); };
    for (size_t i = first_behind(traits_.home(record), last, stays); i < last; ++i) {
      std::swap(slots_[i], record);
      if (!traits_.used(record)) return;
    }
    fits_ = false;
  }
  std::span<Slot> slots_;
  Traits traits_;
  std::array<Slot, kAhead> ahead_{};
  size_t added_ = 0;
  bool fits_ = true;
};

template <class Record>
struct RecordTraits {
  uint64_t capacity;
  bool used(const Record& r) const { return r.used(); }
  uint64_t home(const Record& r) const { return home_of(r.order(), capacity); }
  bool less(const Record& a, const Record& b) const { return a < b; }
};
template <class Record, class By>
struct IndexTraits {
  uint64_t capacity;
  const Record* records;
  bool used(uint32_t i) const { return i != 0; }
  uint64_t home(uint32_t i) const { return home_of(By()(records[i - 1]), capacity); }
  bool less(uint32_t a, uint32_t b) const {
    const uint64_t x = By()(records[a - 1]), y = By()(records[b - 1]);
    return x != y ? x < y : a < b;
  }
};

/// What a layer says of a place.
enum class Standing : uint8_t {
  kAbsent,  ///< nothing: older layers decide
  kGone,    ///< a tombstone: what older layers hold there no longer stands
  kHeld,
};

}  // namespace eir::lists
