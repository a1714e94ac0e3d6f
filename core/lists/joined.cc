// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/joined.h"

namespace eir::lists {

using base::UnixSeconds;
using identity::Digits;
using identity::ImeiKey;
using identity::Imsi;
using identity::Msisdn;

namespace {

/// Two sources' hits on one thing.
Hit unite(const Hit& a, const Hit& b) {
  if (!a.present) return b;
  if (!b.present) return a;
  Hit both = strictness(b.lists) > strictness(a.lists) ? b : a;
  both.lists = a.lists | b.lists;
  both.svn_rule = a.svn_rule || b.svn_rule;
  return both;
}

}  // namespace

Joined::Joined(std::vector<std::shared_ptr<const Index>> sources, Version version)
    : sources_(std::move(sources)), version_(version) {
  for (const auto& s : sources_) has_locks_ |= s->has_locks();
}

Hit Joined::individual(ImeiKey key, const identity::Svn* svn, UnixSeconds at) const noexcept {
  Hit all;
  for (const auto& s : sources_) {
    const Hit hit = s->individual(key, svn, at);
    if (hit.svn_rule && !all.svn_rule)
      all = hit;
    else if (hit.svn_rule || !all.svn_rule)
      all = unite(all, hit);
  }
  return all;
}

Hit Joined::range(ImeiKey key, UnixSeconds at) const noexcept {
  RangeHit best;
  const auto width = [](const RangeHit& r) { return identity::number(r.to) - identity::number(r.from); };
  for (const auto& s : sources_) {
    const RangeHit hit = s->range_hit(key, at);
    if (!hit.hit.present) continue;
    if (best.hit.present && best.from == hit.from && best.to == hit.to)
      best.hit = unite(best.hit, hit.hit);
    else if (!best.hit.present || width(hit) < width(best) || (width(hit) == width(best) && best.from < hit.from))
      best = hit;
  }
  return best.hit;
}

Hit Joined::subscriber(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  SubscriberHit best;
  for (const auto& s : sources_) {
    const SubscriberHit hit = s->subscriber_hit(type, digits, at);
    if (hit.strength > best.strength)
      best = hit;
    else if (hit.strength == best.strength)
      best.hit = unite(best.hit, hit.hit);
  }
  return best.hit;
}

Hit Joined::pair(ImeiKey key, SubscriberKey who, UnixSeconds at) const noexcept {
  Hit all;
  for (const auto& s : sources_) all = unite(all, s->pair(key, who, at));
  return all;
}

ExceptionHit Joined::exception(SubscriberKey::Type type, Digits digits, UnixSeconds at) const noexcept {
  ExceptionHit best;
  for (const auto& s : sources_) {
    const ExceptionHit hit = s->exception(type, digits, at);
    if (hit.strength > best.strength ||
        (hit.strength == best.strength && hit.strength > 0 && strictness(hit.ruling) > strictness(best.ruling)))
      best = hit;
  }
  return best;
}

void Joined::device_locks(ImeiKey key, UnixSeconds at, LockVisitor& visitor) const noexcept {
  for (const auto& s : sources_) s->device_locks(key, at, visitor);
}

void Joined::subscriber_locks(Imsi imsi, Msisdn msisdn, UnixSeconds at, LockVisitor& visitor) const noexcept {
  for (const auto& s : sources_) s->subscriber_locks(imsi, msisdn, at, visitor);
}

Msisdn Joined::msisdn_of(Imsi imsi) const noexcept {
  Msisdn found;
  for (const auto& s : sources_) {
    const Msisdn one = s->msisdn_of(imsi);
    if (one.empty() || one == found) continue;
    if (!found.empty()) return {};
    found = one;
  }
  return found;
}

Imsi Joined::imsi_of(Msisdn msisdn) const noexcept {
  Imsi found;
  for (const auto& s : sources_) {
    const Imsi one = s->imsi_of(msisdn);
    if (one.empty() || one == found) continue;
    if (!found.empty()) return {};
    found = one;
  }
  return found;
}

std::string_view Joined::device_class(uint32_t tac, UnixSeconds at) const noexcept {
  for (const auto& s : sources_)
    if (const auto name = s->device_class(tac, at); !name.empty()) return name;
  return {};
}

void Joined::look(std::span<const Sought> sought, std::span<Look> out) const noexcept {
  for (size_t i = 0; i < sought.size(); ++i) {
    const Sought& q = sought[i];
    out[i].worth = Worth::nothing();
    for (const auto& s : sources_) out[i].worth |= s->worth(q);
    out[i].individual = individual(q.imei, q.known_svn(), q.at);
    out[i].range = range(q.imei, q.at);
  }
}

}  // namespace eir::lists
