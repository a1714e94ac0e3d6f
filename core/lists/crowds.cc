// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/crowds.h"

#include <algorithm>
#include <array>
#include <unordered_map>

namespace eir::lists {
namespace {

/// What a lock names, in one word: bits 63..62 LockName, the rest the digits.
using Named = uint64_t;
constexpr unsigned kNameShift = 62;
/// How many locks of each may yet come.
using Room = std::unordered_map<Named, size_t>;

constexpr Named named(LockName name, uint64_t word) { return static_cast<uint64_t>(name) << kNameShift | word; }

/// Calls f(Named) for what a lock names.
template <class F>
void each_named(const LockEntry& e, F&& f) {
  f(named(LockName::kDevice, identity::number(e.imei)));
  if (!e.imsi.empty()) f(named(LockName::kImsi, e.imsi.word()));
  if (!e.msisdn.empty()) f(named(LockName::kMsisdn, e.msisdn.word()));
}

bool names(const LockEntry& e, const Room& room) {
  bool found = false;
  each_named(e, [&](Named n) { found = found || room.contains(n); });
  return found;
}

/// Lets in what there is room for, by line.
std::vector<LockCrowd> beyond(std::span<const LockEntry> come, Room& room) {
  std::vector<LockCrowd> refused;
  if (room.empty()) return refused;
  std::vector<const LockEntry*> asked;
  for (const LockEntry& e : come)
    if (names(e, room)) asked.push_back(&e);
  std::stable_sort(asked.begin(), asked.end(), [](auto* a, auto* b) { return a->line < b->line; });
  for (const LockEntry* e : asked) {
    std::array<size_t*, 3> taken{};
    size_t count = 0;
    std::optional<LockName> full;
    each_named(*e, [&](Named n) {
      const auto there = room.find(n);
      if (there == room.end()) return;
      if (there->second == 0 && !full) full = static_cast<LockName>(n >> kNameShift);
      taken[count++] = &there->second;
    });
    if (full) {
      refused.push_back({*e, *full});
    } else {
      for (size_t i = 0; i < count; ++i) --*taken[i];
    }
  }
  return refused;
}

/// Calls f(slot) for every lock of a layer that names it, those gone too when it is a device.
template <class F>
void each_slot(const LockTable& t, Named n, F&& f) {
  const auto take = [&](const LockSlot& slot) {
    f(slot);
    return true;
  };
  const uint64_t word = n & ((uint64_t{1} << kNameShift) - 1);
  switch (static_cast<LockName>(n >> kNameShift)) {
    case LockName::kDevice: t.table.each(LockTable::order_of(identity::ImeiKey{word}), take); break;
    case LockName::kImsi:
      t.by_imsi.each(t.table, LockByImsi::order(identity::Imsi(identity::Digits::from_word(word))), take);
      break;
    case LockName::kMsisdn:
      t.by_msisdn.each(t.table, LockByMsisdn::order(identity::Msisdn(identity::Digits::from_word(word))), take);
      break;
  }
}

/// How many slots of the layers name it.
size_t slots_of(std::span<const Tables> layers, Named n) {
  size_t count = 0;
  for (const Tables& t : layers) each_slot(t.locks, n, [&](const LockSlot&) { ++count; });
  return count;
}

/// How many locks that stand name it.
size_t standing_of(std::span<const Tables> layers, Named n) {
  size_t count = 0;
  for (size_t l = 0; l < layers.size(); ++l)
    each_slot(layers[l].locks, n, [&](const LockSlot& slot) {
      const auto newer = layers.first(l);
      count += !slot.gone() &&
               std::none_of(newer.begin(), newer.end(), [&](const Tables& t) { return t.locks.find(slot) != nullptr; });
    });
  return count;
}

bool stands(std::span<const Tables> layers, const LockEntry& e) {
  const LockSlot place = LockSlot::of(e, 0, false);
  for (const Tables& t : layers)
    if (const LockSlot* slot = t.locks.find(place)) return !slot->gone();
  return false;
}

bool place_before(const LockEntry& a, const LockEntry& b) { return a.place() < b.place(); }

std::vector<Named> sorted_names(std::span<const LockEntry> locks) {
  std::vector<Named> all;
  for (const LockEntry& e : locks) each_named(e, [&](Named n) { all.push_back(n); });
  std::sort(all.begin(), all.end());
  return all;
}

}  // namespace

std::string_view to_string(LockName name) noexcept {
  constexpr std::array<std::string_view, 3> kNames = {"device", "IMSI", "MSISDN"};
  return kNames[static_cast<size_t>(name)];
}

std::vector<LockCrowd> find_crowds(std::span<const LockEntry> locks) {
  if (locks.size() <= kLocksOfOneMax) return {};
  // Counted by hash first: hardly ever is there more to do.
  constexpr unsigned kSketchBits = 20;
  std::vector<uint32_t> sketch(size_t{1} << kSketchBits);
  const auto count_of = [&](Named n) -> uint32_t& { return sketch[scramble64(n) >> (64 - kSketchBits)]; };
  for (const LockEntry& e : locks) each_named(e, [&](Named n) { ++count_of(n); });
  if (std::none_of(sketch.begin(), sketch.end(), [](uint32_t n) { return n > kLocksOfOneMax; })) return {};
  Room room;
  for (const LockEntry& e : locks)
    each_named(e, [&](Named n) {
      if (count_of(n) > kLocksOfOneMax) ++room[n];
    });
  std::erase_if(room, [](const auto& one) { return one.second <= kLocksOfOneMax; });
  for (auto& one : room) one.second = kLocksOfOneMax;
  return beyond(locks, room);
}

std::vector<LockCrowd> find_crowds(const Index& state, std::span<const LockEntry> before,
                                   std::span<const LockEntry> after) {
  const auto layers = state.layers();
  std::vector<LockEntry> come, gone;
  for (const LockEntry& e : after)
    if (!stands(layers, e)) come.push_back(e);
  if (come.empty()) return {};
  for (const LockEntry& e : before)
    if (!std::binary_search(after.begin(), after.end(), e, place_before) && stands(layers, e)) gone.push_back(e);
  const std::vector<Named> coming = sorted_names(come), going = sorted_names(gone);
  Room room;
  for (auto at = coming.begin(); at != coming.end();) {
    const Named n = *at;
    const auto end = std::upper_bound(at, coming.end(), n);
    const auto more = static_cast<size_t>(end - at);
    at = end;
    if (slots_of(layers, n) + more <= kLocksOfOneMax) continue;
    const auto [first, last] = std::equal_range(going.begin(), going.end(), n);
    const size_t stay = standing_of(layers, n) - static_cast<size_t>(last - first);
    const size_t left = kLocksOfOneMax - std::min(stay, kLocksOfOneMax);
    if (more > left) room[n] = left;
  }
  return beyond(come, room);
}

bool locks_pile_up(const Index& state, std::span<const LockEntry> before, std::span<const LockEntry> after) {
  const auto overlays = state.layers().first(state.layers().size() - 1);
  if (overlays.empty()) return false;
  while (!before.empty() || !after.empty()) {
    const bool ahead = after.empty() || (!before.empty() && before.front().imei < after.front().imei);
    const identity::ImeiKey device = (ahead ? before : after).front().imei;
    const auto of_device = [device](std::span<const LockEntry> s) { return !s.empty() && s.front().imei == device; };
    size_t more = 0;
    for (; of_device(before) || of_device(after); ++more) {
      // What goes and what comes at the same place is one.
      const bool goes = of_device(before) && !(of_device(after) && place_before(after.front(), before.front()));
      const bool comes = of_device(after) && !(of_device(before) && place_before(before.front(), after.front()));
      if (goes) before = before.subspan(1);
      if (comes) after = after.subspan(1);
    }
    if (slots_of(overlays, named(LockName::kDevice, identity::number(device))) + more > kLockPlacesOfOneMax)
      return true;
  }
  return false;
}

}  // namespace eir::lists
