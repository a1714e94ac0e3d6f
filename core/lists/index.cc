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

/// Questions whose memory is asked for together: as many as have their lines in the first cache when they are asked.
constexpr size_t kTogether = 32;
constexpr unsigned kSubscriberDigitsMax = 15;  // 3GPP TS 23.003 §2.2, ITU-T E.164

/// The slot the newest layer that decides about a key has, and that layer.
template <class Entry>
struct Keyed {
  const KeyedSlot* slot = nullptr;
  const Tables* layer = nullptr;

  /// `sieve`: the one of a layer that such keys are put into; null: none.
  static Keyed find(std::span<const Tables> layers, uint64_t key, const Sieve Sieves::*sieve) {
    for (const Tables& t : layers) {
      if (sieve && !(t.sieves.*sieve).passes(scramble64(key), NamedIn::kEntries)) continue;
      if (const KeyedSlot* slot = t.of<Entry>().find(key))
        return {slot->value == KeyedSlot::kGone ? nullptr : slot, &t};
    }
    return {};
  }
  static Keyed find_subscriber(std::span<const Tables> layers, uint64_t key, unsigned strength) {
    return find(layers, key, strength == kExactMatch ? &Sieves::subscribers : &Sieves::prefixes);
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
    has_mirror_ |= !t.mirror.table.slots.empty();
  }
}

size_t Index::overlay_keys() const {
  size_t places = 0;
  for (const auto& overlay : overlays_) places += overlay->places;
  return places;
}

/// A question's keys, as the tables order them.
struct Index::Orders {
  Orders() = default;
  explicit Orders(const Sought& q)
      : device(scramble(number(q.imei)) << kValueBits),
        imsi(scramble64(SubscriberKey::exact(q.imsi).word())),
        msisdn(q.msisdn.empty() ? 0 : scramble64(SubscriberKey::exact(q.msisdn).word())) {}
  uint64_t device = 0;
  uint64_t imsi = 0;    ///< 0: not known, as is no key's
  uint64_t msisdn = 0;  ///< 0: not known
  uint64_t scrambled() const { return device >> kValueBits; }
};

[[gnu::always_inline]] inline Worth::Key Index::named(uint64_t subscriber) const noexcept {
  Worth::Key key{false, false, false};
  for (const Tables& t : layers()) {
    const Sieve& sieve = t.sieves.subscribers;
    key |= {sieve.passes(subscriber, NamedIn::kLocks), sieve.passes(subscriber, NamedIn::kPairs),
            sieve.passes(subscriber, NamedIn::kEntries)};
  }
  return key;
}

Worth::Key Index::msisdn_named(uint64_t subscriber) const noexcept { return named(subscriber); }

[[gnu::always_inline]] inline Worth Index::worth(const Orders& o) const noexcept {
  Worth w = Worth::nothing();
  for (const Tables& t : layers())
    w.device |=
        {t.sieves.devices.passes(o.device, NamedIn::kLocks), t.sieves.devices.passes(o.device, NamedIn::kPairs), false};
  // Some questions name an IMSI, which ones is anybody's guess: no branch. Hardly any names an MSISDN.
  w.imsi = named(o.imsi);
  w.imsi &= o.imsi != 0;
  if (o.msisdn != 0) w.msisdn = msisdn_named(o.msisdn);
  w.prefixed_entries = subscriber_prefixes_ != 0;
  w.prefixed_exceptions = exception_prefixes_ != 0;
  w.has_locks = has_locks_;
  w.has_mirror = has_mirror_;
  return w;
}

Worth Index::worth(const Sought& sought) const noexcept { return worth(Orders(sought)); }

[[gnu::always_inline]] inline void Index::individual(uint64_t scrambled, const identity::Svn* svn, UnixSeconds at,
                                                     Hit& out) const noexcept {
  for (const Tables* t = layers_.data();; ++t) {
    const uint64_t value = t->imeis.find(scrambled);
    // Nobody can guess whether the last layer has it: no branch.
    if (t == &layers_[layers_count_ - 1] || value != ImeiTable::kAbsent)
      return t->imeis.hit(scrambled, value, svn, at, t->terms, out);
  }
}

Hit Index::individual(ImeiKey key, const identity::Svn* svn, UnixSeconds at) const noexcept {
  Hit found;
  individual(scramble(number(key)), svn, at, found);
  return found;
}

RangeHit Index::range_hit(ImeiKey key, UnixSeconds at) const noexcept {
  ByLayer edges;
  for (size_t l = 0; l < layers_count_; ++l) edges[l] = layers_[l].ranges.edge(number(key));
  RangeHit found;
  const RangePlace range = innermost(edges, at);
  if (range.edge == RangeTable::kNone) return found;
  hit_of(range, at, found.hit);
  found.from = ImeiKey{layers_[range.layer].ranges.from(range.edge)};
  found.to = ImeiKey{layers_[range.layer].ranges.to(range.edge)};
  return found;
}

Index::RangePlace Index::innermost(const ByLayer& edges, UnixSeconds at) const noexcept {
  RangePlace best;
  uint64_t width = UINT64_MAX;
  for (size_t l = 0; l < layers_count_; ++l) {
    const RangeTable& t = layers_[l].ranges;
    for (uint32_t i = t.innermost_from(edges[l]); i != RangeTable::kNone; i = t.outer(i)) {
      const uint64_t from = t.from(i), to = t.to(i);
      if (to - from >= width) break;
      bool hidden = false;
      for (size_t newer = 0; newer < l && !hidden; ++newer) hidden = layers_[newer].ranges.hides(from, to);
      if (hidden) continue;
      const RangeEdge edge = t.edges[i];
      const ListSet lists = edge.has_terms() ? layers_[l].terms.of(t.terms_of(i)).at(at, edge.lists()) : edge.lists();
      if (lists.empty()) continue;
      best = {l, i};
      width = to - from;
      break;
    }
  }
  return best;
}

[[gnu::always_inline]] inline Index::RangePlace Index::range_in(const ByLayer& blocks, uint64_t key,
                                                                UnixSeconds at) const noexcept {
  ByLayer edges;
  RangePlace only;
  size_t layers = 0;
  for (size_t l = 0; l < layers_count_; ++l) {
    edges[l] = layers_[l].ranges.edge_in(blocks[l], key);
    if (layers_[l].ranges.depth(edges[l]) == 0) continue;
    only = {l, edges[l]};
    ++layers;
  }
  if (layers == 0) return {};
  // Where one layer has ranges around the key, nothing hides any, and the innermost holds at any time: its edge says
  // all.
  bool plain = layers == 1 && !layers_[only.layer].ranges.edges[only.edge].has_terms();
  for (size_t newer = 0; newer < only.layer && plain; ++newer) plain = !layers_[newer].ranges.touches(key);
  return plain ? only : innermost(edges, at);
}

void Index::hit_of(RangePlace range, UnixSeconds at, Hit& out) const noexcept {
  if (range.edge == RangeTable::kNone) return;
  const Tables& layer = layers_[range.layer];
  const RangeEdge edge = layer.ranges.edges[range.edge];
  if (edge.has_terms()) {
    out = Hit::of(edge.lists(), layer.terms.of(layer.ranges.terms_of(range.edge)), at);
  } else {
    out.lists = edge.lists();
    out.present = true;
  }
  out.tac = edge.tac();
}

SubscriberHit Index::subscriber_hit(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  SubscriberHit found;
  longest_first(type, digits, subscriber_prefixes_, [&](uint64_t key, unsigned strength) {
    const auto [slot, layer] = Keyed<SubscriberEntry>::find_subscriber(layers(), key, strength);
    if (slot) found.hit = Hit::of(ListSet(static_cast<uint8_t>(slot->value)), layer->terms.of(slot->terms), at);
    found.strength = found.hit.present ? strength : 0;
    return found.hit.present;
  });
  return found;
}

ExceptionHit Index::exception(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  ExceptionHit found;
  longest_first(type, digits, exception_prefixes_, [&](uint64_t key, unsigned strength) {
    const auto [slot, layer] = Keyed<ExceptionEntry>::find_subscriber(layers(), key, strength);
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
    const auto named = [&](Digits digits, SubscriberKey who) {
      return !digits.empty() && digits.length() <= kSubscriberDigitsMax &&
             layers_[l].sieves.subscribers.passes(Sieves::subscriber_order(who), NamedIn::kLocks);
    };
    if (named(imsi, SubscriberKey::exact(imsi))) t.by_imsi.each(t.table, LockByImsi::order(imsi), take);
    if (named(msisdn, SubscriberKey::exact(msisdn))) t.by_msisdn.each(t.table, LockByMsisdn::order(msisdn), take);
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
  const auto [slot, layer] = Keyed<DeviceClassEntry>::find(layers(), key_of(wanted), nullptr);
  if (!slot) return {};
  const Terms terms = layer->terms.of(slot->terms);
  return terms.hold(at) ? terms.reason : std::string_view();
}

[[gnu::always_inline]] inline void Index::prefetch(const Orders& orders, Lines& lines) const noexcept {
  for (const Tables& t : layers()) {
    t.imeis.prefetch(orders.scrambled(), lines);
    t.sieves.devices.prefetch(orders.device, lines);
    t.sieves.subscribers.prefetch(orders.imsi, lines);
    if (orders.msisdn) t.sieves.subscribers.prefetch(orders.msisdn, lines);
  }
}

/// What few questions need.
[[gnu::always_inline]] inline void Index::prefetch_worth(const Sought& q, const Orders& orders, const Worth& w,
                                                         Lines& lines) const noexcept {
  for (const Tables& t : layers()) {
    const auto entries = [&](uint64_t order) {
      t.subscribers.table.prefetch(order, lines);
      t.exceptions.table.prefetch(order, lines);
    };
    const auto pair = [&](SubscriberKey who) { t.pairs.table.prefetch(PairTable::order_of(q.imei, who), lines); };
    if (w.device.locks) t.locks.table.prefetch(orders.device, lines);
    if (w.imsi.locks) t.locks.by_imsi.prefetch(LockByImsi::order(q.imsi), lines);
    if (w.imsi.entries) entries(orders.imsi);
    if (w.device.pairs & w.imsi.pairs) pair(SubscriberKey::exact(q.imsi));
    if (w.msisdn.locks) t.locks.by_msisdn.prefetch(LockByMsisdn::order(q.msisdn), lines);
    if (w.msisdn.entries) entries(orders.msisdn);
    if (w.device.pairs & w.msisdn.pairs) pair(SubscriberKey::exact(q.msisdn));
    if (q.msisdn.empty() && !q.imsi.empty()) t.mirror.table.prefetch(scramble64(q.imsi.word()), lines);
    if (q.imsi.empty() && !q.msisdn.empty()) t.mirror.by_msisdn.prefetch(MirrorByMsisdn::order(q.msisdn), lines);
  }
}

/// What is known once there is what prefetch_worth() asked for.
void Index::prefetch_records(const Sought& q, const Worth& w) const noexcept {
  if (!w.imsi.locks) return;
  for (const Tables& t : layers()) t.locks.by_imsi.prefetch_records(t.locks.table, LockByImsi::order(q.imsi));
}

/// What one step of a question needs is asked for before any question takes that step.
template <size_t kMax>
void Index::look_together(std::span<const Sought> some, std::span<Look> out) const noexcept {
  std::array<Orders, kMax> orders;
  std::array<ByLayer, kMax> blocks;
  Lines lines;
  for (size_t i = 0; i < some.size(); ++i) {
    orders[i] = Orders(some[i]);
    prefetch(orders[i], lines);
  }
  lines.ask();
  for (size_t l = 0; l < layers_count_; ++l) {
    const RangeTable& t = layers_[l].ranges;
    t.blocks<kMax>(
        some.size(), [&](size_t i) { return number(some[i].imei); },
        [&](size_t i) -> uint32_t& { return blocks[i][l]; });
  }
  std::array<size_t, kMax> further;  // few
  size_t few = 0;
  for (size_t i = 0; i < some.size(); ++i) {
    out[i].worth = worth(orders[i]);
    further[few] = i;
    few += out[i].worth.anything();
  }
  for (const size_t i : std::span(further).first(few)) prefetch_worth(some[i], orders[i], out[i].worth, lines);
  lines.ask();
  for (size_t i = 0; i < some.size(); ++i) {
    const Sought& q = some[i];
    individual(orders[i].scrambled(), q.known_svn(), q.at, out[i].individual);
    hit_of(range_in(blocks[i], number(q.imei), q.at), q.at, out[i].range);
  }
  if (kMax > 1)
    for (const size_t i : std::span(further).first(few)) prefetch_records(some[i], out[i].worth);
}

void Index::look(std::span<const Sought> all, std::span<Look> out) const noexcept {
  if (all.size() == 1) return look_together<1>(all, out);
  for (size_t at = 0; at < all.size(); at += kTogether) {
    const size_t n = std::min(kTogether, all.size() - at);
    look_together<kTogether>(all.subspan(at, n), out.subspan(at, n));
  }
}

}  // namespace eir::lists
