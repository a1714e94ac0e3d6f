// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/entries.h"

namespace eir::decision {
namespace {

using lists::Hit;
using lists::SubscriberKey;

unsigned match_strength(const SubscriberException& e, const Question& q) {
  using Kind = SubscriberException::Kind;
  switch (e.kind) {
    case Kind::kImsi: return q.imsi && q.imsi == e.digits ? lists::kExactMatch : 0;
    case Kind::kMsisdn: return q.msisdn && q.msisdn == e.digits ? lists::kExactMatch : 0;
    case Kind::kImsiPrefix: return q.imsi.starts_with(e.digits) ? e.digits.length() : 0;
    case Kind::kMsisdnPrefix: return q.msisdn.starts_with(e.digits) ? e.digits.length() : 0;
  }
  return 0;
}

Hit unite(const Hit& a, const Hit& b) {
  if (!a.present) return b;
  if (!b.present) return a;
  Hit both = lists::strictness(b.lists) > lists::strictness(a.lists) ? b : a;
  both.lists = a.lists | b.lists;
  return both;
}

}  // namespace

ExceptionMatch match_exceptions(const Question& q, const Basis& basis, base::UnixSeconds at,
                                const lists::Worth& worth) noexcept {
  ExceptionMatch best;
  for (const auto& e : basis.settings.exceptions) {
    const unsigned strength = match_strength(e, q);
    if (strength > best.strength) best = {strength, e.result, {}, true};
  }
  if (!basis.lists || !worth.exceptions()) return best;
  const auto consider = [&](const lists::ExceptionHit& hit) {
    const bool stricter = hit.strength == best.strength && hit.strength > 0 && !best.configured && best.result &&
                          lists::strictness(hit.ruling) > lists::strictness(ruling_of(*best.result));
    const bool instead_of_go_on = hit.strength == best.strength && hit.strength > 0 && !best.configured && !best.result;
    if (hit.strength > best.strength || stricter || instead_of_go_on)
      best = {hit.strength, status_of(hit.ruling), hit.note, false};
  };
  if (q.imsi) consider(basis.lists->exception(SubscriberKey::Type::kImsi, q.imsi, at));
  if (q.msisdn) consider(basis.lists->exception(SubscriberKey::Type::kMsisdn, q.msisdn, at));
  return best;
}

void Entries::add_subscriber(const Question& q, const Basis& basis, base::UnixSeconds at,
                             const lists::Worth& worth) noexcept {
  const lists::View& lists = *basis.lists;
  if (worth.entries()) {
    Hit& hit = subscriber_.emplace();
    if (q.imsi) hit = lists.subscriber(SubscriberKey::Type::kImsi, q.imsi, at);
    if (q.msisdn) hit = unite(hit, lists.subscriber(SubscriberKey::Type::kMsisdn, q.msisdn, at));
    hits_[kSubscriber] = &hit;
  }
  if (worth.pairs()) {
    const identity::ImeiKey key = q.imei.key();
    Hit& hit = pair_.emplace();
    if (q.imsi) hit = lists.pair(key, SubscriberKey::exact(q.imsi), at);
    if (q.msisdn) hit = unite(hit, lists.pair(key, SubscriberKey::exact(q.msisdn), at));
    if (!hit.present) return;
    hits_[kPair] = &hit;
    hits_[kIndividual] = hits_[kRange] = &kNothing;
    range_looked_at_ = false;
  }
}

}  // namespace eir::decision
