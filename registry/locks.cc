// SPDX-License-Identifier: GPL-3.0-or-later
// Locks between a device and its subscribers: one object for each device and policy, one entry for each subscriber.
#include <algorithm>
#include <map>
#include <set>

#include "registry/engine.h"

namespace eir::registry {
namespace {

Entry lock_entry(identity::ImeiKey imei, lists::LockPolicy policy, const Subscriber& s, const Grounds& grounds) {
  Entry e;
  e.kind = lists::EntryKind::kLock;
  e.imei = imei;
  e.policy = policy;
  e.imsi = s.imsi;
  e.msisdn = s.msisdn;
  e.grounds = grounds;
  return e;
}

}  // namespace

std::vector<EntryRow> Engine::lock_rows(identity::ImeiKey imei, lists::LockPolicy policy) {
  const std::string prefix = lock_prefix(imei, policy);
  std::vector<EntryRow> rows;
  store_.entries(lists::EntryKind::kLock, prefix, [&](const EntryRow& row) {
    if (!row.key.starts_with(prefix)) return false;
    rows.push_back(row);
    return true;
  });
  return rows;
}

std::optional<Outcome> Engine::find_lock(Work& work, const std::string& name, lists::LockPolicy policy, Verb verb,
                                         identity::ImeiKey& imei, std::vector<EntryRow>& rows) {
  const DeviceName parsed = parse_name(name);
  if (parsed.why != Why::kNone) return refuse(Code::kValueSyntax, parsed.why, name);
  imei = parsed.key;
  rows = lock_rows(imei, policy);
  if (rows.empty()) {
    const Reach r = reach(work.request.role, Object::kLock, verb);
    if (r == Reach::kNone) return refuse(Code::kAuthorization, Why::kNotAllowed, name);
    return refuse(Code::kNoObject, Why::kUnlisted, name);
  }
  const UserId owner = unpack_origin(words_.body(Dictionary::kOrigin, rows.front().origin)).author;
  if (!allowed(work.request, Object::kLock, verb, {}, owner, work.outcome)) return work.outcome;
  return std::nullopt;
}

bool Engine::crowded(std::span<const Entry> come, std::span<const Entry> go) {
  std::map<std::pair<lists::LockName, uint64_t>, int64_t> more;
  std::set<std::string> seen;
  const auto count = [&](const Entry& e, bool stands, int64_t one) {
    const std::string key = key_of(e);
    if (!seen.insert(key).second || store_.entry(lists::EntryKind::kLock, key).has_value() != stands) return;
    more[{lists::LockName::kDevice, identity::number(e.imei)}] += one;
    if (e.imsi) more[{lists::LockName::kImsi, e.imsi.word()}] += one;
    if (e.msisdn) more[{lists::LockName::kMsisdn, e.msisdn.word()}] += one;
  };
  for (const Entry& e : come) count(e, false, 1);
  for (const Entry& e : go) count(e, true, -1);
  return std::any_of(more.begin(), more.end(), [this](const auto& one) {
    const auto& [name, number] = one.first;
    return one.second > 0 && store_.locks_of(name, number, lists::kLocksOfOneMax) + static_cast<size_t>(one.second) >
                                 lists::kLocksOfOneMax;
  });
}

Outcome Engine::handle(Work& work, const CreateLock& c) {
  if (!allowed(work.request, Object::kLock, Verb::kCreate, {}, work.request.user, work.outcome)) return work.outcome;
  const DeviceName parsed = parse_name(c.name);
  if (parsed.why != Why::kNone) return refuse(Code::kValueSyntax, parsed.why, c.name);
  if (c.subscribers.empty() || c.subscribers.size() > kSubscribersMax)
    return refuse(Code::kRange, Why::kTooMany, c.name);
  std::vector<Entry> entries;
  for (const Subscriber& s : c.subscribers) {
    entries.push_back(lock_entry(parsed.key, c.policy, s, c.grounds));
    if (const Why why = fault_of(entries.back()); why != Why::kNone) return refuse(Code::kValueSyntax, why, c.name);
  }
  if (!lock_rows(parsed.key, c.policy).empty()) return refuse(Code::kExists, Why::kExists, c.name);
  if (crowded(entries, {})) return refuse(Code::kPolicyOfValue, Why::kTooMany, c.name);
  for (const Entry& e : entries) put_entry(work.request.user, e);
  return {};
}

Outcome Engine::handle(Work& work, const UpdateLock& c) {
  identity::ImeiKey imei{};
  std::vector<EntryRow> rows;
  if (auto refused = find_lock(work, c.name, c.policy, Verb::kUpdate, imei, rows)) return *refused;
  const Origin origin = unpack_origin(words_.body(Dictionary::kOrigin, rows.front().origin));
  const lists::Terms terms = words_.terms(rows.front().terms);
  Grounds grounds{std::string(terms.reason), origin.evidence, terms.from, terms.until, terms.next};
  if (c.grounds) grounds = *c.grounds;
  std::vector<Entry> before;
  std::vector<Subscriber> after;
  for (const EntryRow& row : rows)
    if (const auto e = entry_of(row)) {
      before.push_back(*e);
      after.push_back({e->imsi, e->msisdn});
    }
  for (const Subscriber& s : c.remove) std::erase(after, s);
  for (const Subscriber& s : c.add)
    if (std::find(after.begin(), after.end(), s) == after.end()) after.push_back(s);
  if (after.empty()) return refuse(Code::kPolicyOfValue, Why::kForm, c.name);
  // One that was imported may have more; it must not grow.
  if (after.size() > std::max(kSubscribersMax, before.size())) return refuse(Code::kRange, Why::kTooMany, c.name);
  std::vector<Entry> entries;
  for (const Subscriber& s : after) {
    entries.push_back(lock_entry(imei, c.policy, s, grounds));
    if (const Why why = fault_of(entries.back()); why != Why::kNone) return refuse(Code::kValueSyntax, why, c.name);
  }
  if (crowded(entries, before)) return refuse(Code::kPolicyOfValue, Why::kTooMany, c.name);
  for (const EntryRow& row : rows) {
    const auto is_it = [&row](const Entry& e) { return key_of(e) == row.key; };
    if (std::none_of(entries.begin(), entries.end(), is_it)) remove_entry(lists::EntryKind::kLock, row.key);
  }
  // A lock stays its maker's, whoever changes it.
  for (const Entry& e : entries) put_entry(origin.author, e);
  return {};
}

Outcome Engine::handle(Work& work, const DeleteLock& c) {
  identity::ImeiKey imei{};
  std::vector<EntryRow> rows;
  if (auto refused = find_lock(work, c.name, c.policy, Verb::kDelete, imei, rows)) return *refused;
  for (const EntryRow& row : rows) remove_entry(lists::EntryKind::kLock, row.key);
  return {};
}

}  // namespace eir::registry
