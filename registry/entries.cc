// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/entries.h"

#include <algorithm>

#include "core/lists/range_table.h"
#include "registry/octets.h"

namespace eir::registry {

using identity::Digits;
using identity::ImeiKey;
using lists::EntryKind;

std::string lock_prefix(ImeiKey imei, lists::LockPolicy policy) {
  std::string key;
  Pack(key).u64(identity::number(imei)).u8(static_cast<uint8_t>(policy));
  return key;
}

std::string key_of(const Entry& e) {
  std::string key;
  Pack p(key);
  switch (e.kind) {
    case EntryKind::kRange: p.u64(identity::number(e.imei)).u64(~identity::number(e.to)); break;
    case EntryKind::kSubscriber:
    case EntryKind::kException: p.u64(e.who.word()); break;
    case EntryKind::kPair: p.u64(identity::number(e.imei)).u64(e.who.word()); break;
    case EntryKind::kLock: p.raw(lock_prefix(e.imei, e.policy)).u64(e.imsi.word()).u64(e.msisdn.word()); break;
    case EntryKind::kMirror: p.u64(e.imsi.word()); break;
    case EntryKind::kDeviceClass: p.u32(e.tac); break;
    case EntryKind::kImei: break;
  }
  return key;
}

std::string value_of(const Entry& e) {
  std::string value;
  Pack p(value);
  switch (e.kind) {
    case EntryKind::kRange:
    case EntryKind::kSubscriber:
    case EntryKind::kPair: p.u8(e.lists.bits()); break;
    case EntryKind::kException: p.u8(static_cast<uint8_t>(e.ruling)); break;
    case EntryKind::kMirror: p.u64(e.msisdn.word()); break;
    default: break;
  }
  return value;
}

std::optional<Entry> entry_of(const EntryRow& row) {
  Entry e;
  e.kind = row.kind;
  Unpack k(row.key), v(row.value);
  const auto imei = [&k] { return ImeiKey{k.u64()}; };
  const auto who = [&k] { return lists::SubscriberKey::from_word(k.u64()).value_or(lists::SubscriberKey{}); };
  switch (row.kind) {
    case EntryKind::kRange:
      e.imei = imei();
      e.to = ImeiKey{~k.u64()};
      e.lists = lists::ListSet(v.u8());
      break;
    case EntryKind::kSubscriber:
      e.who = who();
      e.lists = lists::ListSet(v.u8());
      break;
    case EntryKind::kPair:
      e.imei = imei();
      e.who = who();
      e.lists = lists::ListSet(v.u8());
      break;
    case EntryKind::kLock:
      e.imei = imei();
      e.policy = static_cast<lists::LockPolicy>(k.u8());
      e.imsi = identity::Imsi(Digits::from_word(k.u64()));
      e.msisdn = identity::Msisdn(Digits::from_word(k.u64()));
      break;
    case EntryKind::kMirror:
      e.imsi = identity::Imsi(Digits::from_word(k.u64()));
      e.msisdn = identity::Msisdn(Digits::from_word(v.u64()));
      break;
    case EntryKind::kException:
      e.who = who();
      e.ruling = static_cast<lists::Ruling>(v.u8());
      break;
    case EntryKind::kDeviceClass: e.tac = k.u32(); break;
    default: return std::nullopt;
  }
  if (!k.done() || !v.done() || fault_of(e) != Why::kNone) return std::nullopt;
  return e;
}

Why fault_of(const Entry& e) {
  constexpr unsigned kDigitsMax = 15;
  constexpr uint32_t kTacEnd = 100'000'000;
  const bool imei = identity::number(e.imei) > 0 && identity::number(e.imei) < identity::kImeiKeyEnd;
  const bool who = e.who != lists::SubscriberKey{};
  const bool digits = e.imsi.length() <= kDigitsMax && e.msisdn.length() <= kDigitsMax;
  const Grounds& g = e.grounds;
  if (g.reason.size() > lists::kReasonOctetsMax || g.evidence.size() > kTextMax) return Why::kTooMany;
  if (g.until != base::UnixSeconds{} && g.until <= g.from) return Why::kForm;
  if (g.until == base::UnixSeconds{} && !g.next.empty()) return Why::kForm;
  bool good = false;
  switch (e.kind) {
    case EntryKind::kImei: good = imei && !e.lists.empty(); break;
    case EntryKind::kRange:
      good = identity::number(e.imei) < identity::number(e.to) && identity::number(e.to) < identity::kImeiKeyEnd &&
             !e.lists.empty();
      break;
    case EntryKind::kSubscriber: good = who && !e.lists.empty(); break;
    case EntryKind::kPair: good = imei && who && !e.who.is_prefix() && !e.lists.empty(); break;
    case EntryKind::kLock:
      good = imei && digits && (e.imsi || e.msisdn) && static_cast<uint8_t>(e.policy) >= 1 &&
             static_cast<uint8_t>(e.policy) <= lists::kLockPolicies && g.next.empty();
      break;
    case EntryKind::kMirror: good = digits && e.imsi && e.msisdn && g.terms() == lists::Terms{}; break;
    case EntryKind::kException: good = who && static_cast<uint8_t>(e.ruling) < lists::kRulings && g.next.empty(); break;
    case EntryKind::kDeviceClass: good = e.tac < kTacEnd; break;
  }
  return good ? Why::kNone : Why::kForm;
}

bool append(const EntryRow& row, lists::TermsId terms, lists::Entries& out) {
  const auto e = entry_of(row);
  if (!e) return false;
  switch (e->kind) {
    case EntryKind::kRange: out.ranges.push_back({e->imei, e->to, e->lists, terms, 0}); break;
    case EntryKind::kSubscriber: out.subscribers.push_back({e->who, e->lists, terms, 0}); break;
    case EntryKind::kPair: out.pairs.push_back({e->imei, e->who, e->lists, terms, 0}); break;
    case EntryKind::kLock: out.locks.push_back({e->imei, e->imsi, e->msisdn, e->policy, terms, 0}); break;
    case EntryKind::kMirror: out.mirror.push_back({e->imsi, e->msisdn, 0, 0}); break;
    case EntryKind::kException: out.exceptions.push_back({e->who, e->ruling, terms, 0}); break;
    case EntryKind::kDeviceClass: out.device_classes.push_back({e->tac, terms, 0}); break;
    default: return false;
  }
  return true;
}

std::string pack_terms(const lists::Terms& t) {
  if (t == lists::Terms{}) return {};
  std::string out;
  Pack(out)
      .text(t.reason)
      .i64(t.from.time_since_epoch().count())
      .i64(t.until.time_since_epoch().count())
      .u8(t.next.bits());
  return out;
}

lists::Terms unpack_terms(std::string_view packed) {
  if (packed.empty()) return {};
  Unpack u(packed);
  lists::Terms t;
  t.reason = u.text().substr(0, lists::kReasonOctetsMax);
  t.from = base::UnixSeconds(std::chrono::seconds(u.i64()));
  t.until = base::UnixSeconds(std::chrono::seconds(u.i64()));
  t.next = lists::ListSet(u.u8());
  return t;
}

std::string pack_origin(const Origin& origin) {
  std::string out;
  Pack(out).u32(origin.author).text(origin.evidence);
  return out;
}

Origin unpack_origin(std::string_view packed) {
  Unpack u(packed);
  const UserId author = u.u32();
  return {author, std::string(u.text())};
}

void Ranges::load(StoreReader& store) {
  ranges_.clear();
  store.entries(EntryKind::kRange, {}, [this](const EntryRow& row) {
    if (const auto e = entry_of(row)) ranges_.emplace_back(identity::number(e->imei), identity::number(e->to));
    return true;
  });
  index();
}

void Ranges::index() {
  reach_.resize(ranges_.size());
  uint64_t reach = 0;
  for (size_t i = 0; i < ranges_.size(); ++i) reach_[i] = reach = std::max(reach, ranges_[i].second);
}

Why Ranges::apply(std::span<const Edit> edits) {
  const auto before = [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : a.second > b.second;
  };
  auto next = ranges_;
  for (const Edit& e : edits) {
    const std::pair<uint64_t, uint64_t> one(e.from, e.to);
    if (e.remove)
      std::erase(next, one);
    else
      next.push_back(one);
  }
  std::sort(next.begin(), next.end(), before);
  next.erase(std::unique(next.begin(), next.end()), next.end());
  const auto holds_new = [&](uint64_t from, uint64_t to) {
    return std::any_of(edits.begin(), edits.end(),
                       [&](const Edit& e) { return !e.remove && e.from <= from && to <= e.to; });
  };
  std::vector<uint64_t> open;  // the ends of the ranges that are not over, the innermost last
  for (const auto& [from, to] : next) {
    while (!open.empty() && open.back() < from) open.pop_back();
    if (!open.empty() && open.back() < to) return Why::kOverlap;
    open.push_back(to);
    if (open.size() > lists::kRangeDepthMax && holds_new(from, to)) return Why::kTooMany;
  }
  ranges_ = std::move(next);
  index();
  return Why::kNone;
}

bool Ranges::covers(ImeiKey key) const {
  const uint64_t k = identity::number(key);
  const auto after = std::upper_bound(ranges_.begin(), ranges_.end(), k,
                                      [](uint64_t v, const auto& range) { return v < range.first; });
  return after != ranges_.begin() && reach_[static_cast<size_t>(after - ranges_.begin()) - 1] >= k;
}

}  // namespace eir::registry
