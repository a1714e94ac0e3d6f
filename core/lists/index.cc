// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/index.h"

#include <algorithm>

namespace eir::lists {

using base::UnixSeconds;
using identity::Digits;
using identity::ImeiKey;
using identity::Imsi;
using identity::Msisdn;
using identity::number;

namespace {

constexpr unsigned kSubscriberDigitsMax = 15;  // 3GPP TS 23.003 §2.2, ITU-T E.164

/// The slot the newest layer that decides about a key has, and that layer.
template <class Entry>
struct Keyed {
  const KeyedSlot* slot = nullptr;
  const Tables* layer = nullptr;

  static Keyed find(std::span<const Tables> layers, uint64_t key) {
    for (const Tables& t : layers)
      if (const KeyedSlot* slot = t.of<Entry>().find(key))
        return {slot->value == KeyedSlot::kGone ? nullptr : slot, &t};
    return {};
  }
};

/// Calls f(key, strength) for the whole number, then for the prefixes there may be, longest first, until it
/// returns true.
template <class F>
void longest_first(SubscriberKey::Type type, Digits digits, uint64_t prefixes, F&& f) {
  if (digits.empty()) return;
  const SubscriberKey whole =
      type == SubscriberKey::Type::kImsi ? SubscriberKey::exact(Imsi(digits)) : SubscriberKey::exact(Msisdn(digits));
  if (f(whole.word(), kExactMatch) || prefixes == 0) return;
  for (unsigned length = std::min(digits.length(), kSubscriberDigitsMax); length > 0; --length)
    if (prefixes & prefix_bit(type, length) && f(SubscriberKey::prefix(type, digits.prefix(length)).word(), length))
      return;
}

}  // namespace

Index::Index(std::shared_ptr<const Snapshot> snapshot, Version version)
    : Index(snapshot, Overlays(), version, snapshot->info().counts) {}

Index::Index(std::shared_ptr<const Snapshot> snapshot, Overlays overlays, Version version, const KindCounts& counts)
    : snapshot_(std::move(snapshot)), overlays_(std::move(overlays)), counts_(counts), version_(version) {
  for (const auto& overlay : overlays_) layers_[layers_count_++] = overlay->tables;
  layers_[layers_count_++] = snapshot_->tables();
  for (const Tables& t : layers()) {
    subscriber_prefixes_ |= t.subscribers.prefixes;
    exception_prefixes_ |= t.exceptions.prefixes;
    has_locks_ |= !t.locks.table.slots.empty();
  }
}

size_t Index::overlay_keys() const {
  size_t places = 0;
  for (const auto& overlay : overlays_) places += overlay->places;
  return places;
}

Hit Index::individual(ImeiKey key, const identity::Svn* svn, UnixSeconds at) const noexcept {
  const uint64_t scrambled = scramble(number(key));
  for (const Tables& t : layers())
    if (const uint64_t value = t.imeis.find(scrambled); value != ImeiTable::kAbsent)
      return t.imeis.hit(scrambled, value, svn, at, t.terms);
  return {};
}

RangeHit Index::range_hit(ImeiKey key, UnixSeconds at) const noexcept {
  RangeHit best;
  uint64_t width = UINT64_MAX;
  for (size_t l = 0; l < layers_count_; ++l) {
    const RangeTable& t = layers_[l].ranges;
    for (uint32_t i = t.innermost(number(key)); i != RangeTable::kNone; i = t.outer[i]) {
      const uint64_t from = t.from(i), to = t.to(i);
      if (to - from >= width) break;
      bool hidden = false;
      for (size_t newer = 0; newer < l && !hidden; ++newer) hidden = layers_[newer].ranges.hides(from, to);
      if (hidden) continue;
      const TermsId terms = t.terms(i);
      Hit hit = Hit::of(t.lists(i), terms == 0 ? Terms{} : layers_[l].terms.of(terms), at);
      if (!hit.present) continue;
      hit.tac = t.entry(i).tac();
      best = {hit, ImeiKey{from}, ImeiKey{to}};
      width = to - from;
      break;
    }
  }
  return best;
}

SubscriberHit Index::subscriber_hit(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  SubscriberHit found;
  longest_first(type, digits, subscriber_prefixes_, [&](uint64_t key, unsigned strength) {
    const auto [slot, layer] = Keyed<SubscriberEntry>::find(layers(), key);
    if (slot) found.hit = Hit::of(ListSet(static_cast<uint8_t>(slot->value)), layer->terms.of(slot->terms), at);
    found.strength = found.hit.present ? strength : 0;
    return found.hit.present;
  });
  return found;
}

ExceptionHit Index::exception(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  ExceptionHit found;
  longest_first(type, digits, exception_prefixes_, [&](uint64_t key, unsigned strength) {
    const auto [slot, layer] = Keyed<ExceptionEntry>::find(layers(), key);
    if (!slot) return false;
    const Terms terms = layer->terms.of(slot->terms);
    if (!terms.hold(at)) return false;
    found = {strength, static_cast<Ruling>(slot->value), terms.reason};
    return true;
  });
  return found;
}

Hit Index::pair(ImeiKey key, SubscriberKey who, UnixSeconds at) const noexcept {
  for (const Tables& t : layers()) {
    const PairSlot* slot = t.pairs.find(key, who);
    if (!slot) continue;
    if (slot->value == KeyedSlot::kGone) return {};
    return Hit::of(ListSet(static_cast<uint8_t>(slot->value & 7)), t.terms.of(slot->terms), at);
  }
  return {};
}

/// Hands on those locks of a layer that hold and that no newer layer decides about.
struct Index::LockTaker {
  const Index& index;
  size_t layer;
  UnixSeconds at;
  LockVisitor& visitor;

  bool operator()(const LockSlot& slot) const {
    if (slot.gone()) return true;
    for (size_t newer = 0; newer < layer; ++newer)
      if (index.layers_[newer].locks.find(slot)) return true;
    const Terms terms = index.layers_[layer].terms.of(slot.terms());
    if (!terms.hold(at)) return true;
    const LockEntry e = slot.entry();
    visitor.visit({e.imei, e.imsi, e.msisdn, e.policy, terms.reason});
    return true;
  }
};

void Index::device_locks(ImeiKey key, UnixSeconds at, LockVisitor& visitor) const noexcept {
  for (size_t l = 0; l < layers_count_; ++l)
    layers_[l].locks.table.each(LockTable::order_of(key), LockTaker{*this, l, at, visitor});
}

void Index::subscriber_locks(Imsi imsi, Msisdn msisdn, UnixSeconds at, LockVisitor& visitor) const noexcept {
  for (size_t l = 0; l < layers_count_; ++l) {
    const LockTable& t = layers_[l].locks;
    const LockTaker take{*this, l, at, visitor};
    if (!imsi.empty() && imsi.length() <= kSubscriberDigitsMax) t.by_imsi.each(t.table, LockByImsi::order(imsi), take);
    if (!msisdn.empty() && msisdn.length() <= kSubscriberDigitsMax)
      t.by_msisdn.each(t.table, LockByMsisdn::order(msisdn), take);
  }
}

Msisdn Index::msisdn_of(Imsi imsi) const noexcept {
  for (const Tables& t : layers())
    if (const MirrorSlot* slot = t.mirror.find(imsi)) return Msisdn(Digits::from_word(slot->msisdn));
  return {};
}

Imsi Index::imsi_of(Msisdn msisdn) const noexcept {
  Imsi found;
  bool several = false;
  for (size_t l = 0; l < layers_count_; ++l) {
    const MirrorTable& t = layers_[l].mirror;
    t.by_msisdn.each(t.table, MirrorByMsisdn::order(msisdn), [&](const MirrorSlot& slot) {
      const MirrorEntry e = MirrorTable::entry(slot);
      if (hidden(e, l)) return true;
      several = !found.empty();
      found = e.imsi;
      return !several;
    });
    if (several) return {};
  }
  return found;
}

std::string_view Index::device_class(uint32_t tac, UnixSeconds at) const noexcept {
  DeviceClassEntry wanted;
  wanted.tac = tac;
  const auto [slot, layer] = Keyed<DeviceClassEntry>::find(layers(), key_of(wanted));
  if (!slot) return {};
  const Terms terms = layer->terms.of(slot->terms);
  return terms.hold(at) ? terms.reason : std::string_view();
}

void Index::prefetch(const Sought& q) const noexcept {
  const uint64_t scrambled = scramble(number(q.imei));
  for (const Tables& t : layers()) {
    t.imeis.prefetch(scrambled);
    t.ranges.prefetch(number(q.imei));
    t.locks.table.prefetch(scrambled << 17);
    if (!q.imsi.empty()) {
      const auto who = SubscriberKey::exact(q.imsi);
      t.pairs.table.prefetch(PairTable::order_of(q.imei, who));
      t.subscribers.table.prefetch(scramble64(who.word()));
      t.exceptions.table.prefetch(scramble64(who.word()));
      t.locks.by_imsi.prefetch(LockByImsi::order(q.imsi));
      if (q.msisdn.empty()) t.mirror.table.prefetch(scramble64(q.imsi.word()));
    }
    if (!q.msisdn.empty()) {
      const auto who = SubscriberKey::exact(q.msisdn);
      t.pairs.table.prefetch(PairTable::order_of(q.imei, who));
      t.subscribers.table.prefetch(scramble64(who.word()));
      t.exceptions.table.prefetch(scramble64(who.word()));
      t.locks.by_msisdn.prefetch(LockByMsisdn::order(q.msisdn));
      if (q.imsi.empty()) t.mirror.by_msisdn.prefetch(MirrorByMsisdn::order(q.msisdn));
    }
  }
}

}  // namespace eir::lists
