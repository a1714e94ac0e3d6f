// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/queries.h"

#include "core/identity/imei.h"
#include "registry/words.h"

namespace eir::registry {
namespace {

using lists::EntryKind;

base::UnixSeconds time(int64_t seconds) { return base::UnixSeconds(std::chrono::seconds(seconds)); }

Outcome may(const Request& rq, Object object, Verb verb, lists::ListSet lists, UserId owner) {
  const Reach r = reach(rq.role, object, verb, lists);
  if (r == Reach::kAll || (r == Reach::kOwn && owner == rq.user)) return {};
  return refuse(Code::kAuthorization, r == Reach::kOwn ? Why::kNotOwner : Why::kNotAllowed);
}

/// Before anything is looked up: whether the role may see any such object.
Outcome may_any(const Request& rq, Object object, Verb verb) {
  return reach(rq.role, object, verb) == Reach::kNone ? refuse(Code::kAuthorization, Why::kNotAllowed) : Outcome();
}

Outcome end(StoreReader& store, Outcome out) { return store.ok() ? out : refuse(Code::kFailed, Why::kStore); }

Grounds grounds_of(StoreReader& store, uint32_t terms, const Origin& origin) {
  const std::string packed = terms ? store.word(Dictionary::kTerms, terms).value_or("") : std::string();
  const lists::Terms t = unpack_terms(packed);
  return {std::string(t.reason), origin.evidence, t.from, t.until, t.next};
}

Origin origin_of(StoreReader& store, uint32_t origin, UserId otherwise) {
  if (origin == 0) return {otherwise, {}};
  return unpack_origin(store.word(Dictionary::kOrigin, origin).value_or(""));
}

ShownEntry shown(StoreReader& store, const EntryRow& row, Entry entry) {
  const Origin origin = origin_of(store, row.origin, kPolicyUser);
  entry.grounds = grounds_of(store, row.terms, origin);
  return {std::move(entry), origin.author, time(row.updated)};
}

/// Entries of a kind whose keys begin with the IMEI, those that `wanted` says.
void add_of_imei(StoreReader& store, EntryKind kind, identity::ImeiKey imei, std::vector<ShownEntry>& out,
                 const std::function<bool(const ShownEntry&)>& wanted) {
  const std::string prefix = lock_prefix(imei, lists::LockPolicy::kMutual).substr(0, 8);
  store.entries(kind, prefix, [&](const EntryRow& row) {
    if (!row.key.starts_with(prefix) || out.size() >= kEntriesShown) return false;
    if (auto e = entry_of(row))
      if (ShownEntry entry = shown(store, row, std::move(*e)); wanted(entry)) out.push_back(std::move(entry));
    return true;
  });
}

}  // namespace

Outcome check_devices(StoreReader& store, const Request& rq, const std::vector<std::string>& names,
                      base::UnixSeconds now, std::vector<Checked>& out) {
  if (Outcome o = may_any(rq, Object::kDevice, Verb::kCheck); !o.ok()) return o;
  if (names.empty() || names.size() > kGroupNamesMax) return refuse(Code::kRange, Why::kTooMany);
  const auto word = [&](Dictionary d, uint32_t id) { return store.word(d, id).value_or(""); };
  for (const std::string& name : names) {
    Checked& c = out.emplace_back();
    c.name = name;
    const DeviceName parsed = parse_name(name);
    c.why = parsed.why;
    if (parsed.why != Why::kNone) continue;
    const auto row = store.imei(place_of(parsed.key, std::nullopt));
    c.available = !row || unlisted_until(*row, word) > now;
    if (c.available) continue;
    c.why = Why::kExists;
    c.lists = row->lists;
  }
  return end(store, {});
}

Outcome device_info(StoreReader& store, const Request& rq, const std::string& name, ShownDevice& out) {
  if (Outcome o = may_any(rq, Object::kDevice, Verb::kInfo); !o.ok()) return o;
  const DeviceName parsed = parse_name(name);
  if (parsed.why != Why::kNone) return refuse(Code::kValueSyntax, parsed.why, name);
  const uint64_t first = place_of(parsed.key, std::nullopt);
  std::vector<ImeiRow> rows;
  store.imeis(first, [&](const ImeiRow& row) {
    constexpr unsigned kCodeBits = lists::ImeiEntry::kKeyShift - lists::ImeiEntry::kSvnShift;
    if (row.place >> kCodeBits != first >> kCodeBits) return false;
    rows.push_back(row);
    return true;
  });
  add_of_imei(store, EntryKind::kLock, parsed.key, out.locks, [&](const ShownEntry& lock) {
    out.locked = true;
    return may(rq, Object::kLock, Verb::kInfo, {}, lock.author).ok();
  });
  if (rows.empty() && !out.locked) return end(store, refuse(Code::kNoObject, Why::kUnlisted, name));
  const bool registered = !rows.empty() && rows.front().place == first;
  const UserId owner = registered ? rows.front().owner : kPolicyUser;
  const lists::ListSet on = registered ? rows.front().lists : lists::ListSet();
  if (Outcome o = may(rq, Object::kDevice, Verb::kInfo, on, owner); !o.ok()) return o;
  out.name = identity::to_string(parsed.key) + std::to_string(identity::check_digit(parsed.key));
  out.lists = on;
  for (const ImeiRow& row : rows) {
    if (row.place == first) {
      if (row.device)
        out.device = decode_device(store.word(Dictionary::kDevice, row.device).value_or("")).value_or(Device{});
      out.owner = row.owner;
      out.updater = row.updater;
      out.created = time(row.created);
      out.updated = time(row.updated);
      out.attempts = row.attempts;
    }
    if (row.lists.empty() || out.entries.size() >= kEntriesShown) continue;
    const Origin origin = origin_of(store, row.origin, row.owner);
    Entry e;
    e.imei = parsed.key;
    if (const uint64_t code = row.place & 0x7F) e.svn = static_cast<identity::Svn>(code - 1);
    e.lists = row.lists;
    e.grounds = grounds_of(store, row.terms, origin);
    out.entries.push_back({std::move(e), origin.author, time(row.updated ? row.updated : row.created)});
  }
  add_of_imei(store, EntryKind::kPair, parsed.key, out.entries, [](const ShownEntry&) { return true; });
  return end(store, {});
}

Outcome lock_info(StoreReader& store, const Request& rq, const std::string& name, lists::LockPolicy policy,
                  ShownLock& out) {
  if (Outcome o = may_any(rq, Object::kLock, Verb::kInfo); !o.ok()) return o;
  const DeviceName parsed = parse_name(name);
  if (parsed.why != Why::kNone) return refuse(Code::kValueSyntax, parsed.why, name);
  const std::string prefix = lock_prefix(parsed.key, policy);
  out.imei = parsed.key;
  out.policy = policy;
  store.entries(EntryKind::kLock, prefix, [&](const EntryRow& row) {
    if (!row.key.starts_with(prefix)) return false;
    const auto e = entry_of(row);
    if (!e) return true;
    if (out.subscribers.empty()) {
      const Origin origin = origin_of(store, row.origin, kPolicyUser);
      out.owner = origin.author;
      out.grounds = grounds_of(store, row.terms, origin);
      out.at = time(row.updated);
    }
    out.subscribers.push_back({e->imsi, e->msisdn});
    return true;
  });
  if (out.subscribers.empty()) return end(store, refuse(Code::kNoObject, Why::kUnlisted, name));
  return end(store, may(rq, Object::kLock, Verb::kInfo, {}, out.owner));
}

Outcome check_lock(StoreReader& store, const Request& rq, const std::string& name, lists::LockPolicy policy, Why& out) {
  if (Outcome o = may_any(rq, Object::kLock, Verb::kCheck); !o.ok()) return o;
  const DeviceName parsed = parse_name(name);
  out = parsed.why;
  if (out != Why::kNone) return {};
  const std::string prefix = lock_prefix(parsed.key, policy);
  store.entries(EntryKind::kLock, prefix, [&](const EntryRow& row) {
    if (row.key.starts_with(prefix)) out = Why::kExists;
    return false;
  });
  return end(store, {});
}

Outcome proposal_info(StoreReader& store, const Request& rq, uint64_t id, Proposal& out) {
  if (Outcome o = may_any(rq, Object::kProposal, Verb::kInfo); !o.ok()) return o;
  const auto row = store.object(Kind::kProposal, id);
  auto found = row ? proposal_of(*row) : std::nullopt;
  if (!found) return end(store, refuse(Code::kNoObject, Why::kUnlisted, std::to_string(id)));
  if (Outcome o = may(rq, Object::kProposal, Verb::kInfo, {}, found->owner); !o.ok()) return o;
  out = std::move(*found);
  return end(store, {});
}

Outcome job_info(StoreReader& store, const Request& rq, uint64_t id, Job& out) {
  if (Outcome o = may_any(rq, Object::kJob, Verb::kInfo); !o.ok()) return o;
  const auto row = store.object(Kind::kJob, id);
  auto found = row ? job_of(*row) : std::nullopt;
  if (!found) return end(store, refuse(Code::kNoObject, Why::kUnlisted, std::to_string(id)));
  if (Outcome o = may(rq, Object::kJob, Verb::kInfo, {}, found->owner); !o.ok()) return o;
  out = std::move(*found);
  return end(store, {});
}

Outcome sightings_of(StoreReader& store, const Request& rq, const std::string& name, std::vector<SightingRow>& out) {
  const Reach r = reach(rq.role, Object::kSighting, Verb::kInfo);
  // What an operator's own nodes saw is told by node, not by user: only those who may see all are answered.
  if (r != Reach::kAll) return refuse(Code::kAuthorization, r == Reach::kOwn ? Why::kNotOwner : Why::kNotAllowed);
  const DeviceName parsed = parse_name(name);
  if (parsed.why == Why::kForm) return refuse(Code::kValueSyntax, parsed.why, name);
  out = store.sightings(parsed.key, kSightingsShown);
  return end(store, {});
}

Outcome first_message(StoreReader& store, const Request& rq, Queued& out) {
  const auto m = store.first_message(rq.user, out.count);
  if (!m) return end(store, {Code::kNoMessages, Why::kNone, {}, {}, {}, false});
  auto notice = decode_notice(static_cast<What>(m->what), m->about, m->body);
  if (!notice) return refuse(Code::kFailed, Why::kStore);
  out.id = m->id;
  out.at = time(m->at);
  out.notice = std::move(*notice);
  return end(store, {Code::kMessage, Why::kNone, {}, std::to_string(m->id), {}, false});
}

Outcome audit_of(StoreReader& store, const Request& rq, const std::string& trid, std::vector<AuditRecord>& out) {
  if (Outcome o = may(rq, Object::kAudit, Verb::kInfo, {}, kPolicyUser); !o.ok()) return o;
  out = find_commands(store, trid, std::nullopt);
  return end(store, {});
}

}  // namespace eir::registry
