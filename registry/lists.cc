// SPDX-License-Identifier: GPL-3.0-or-later
// Entries of every kind put in their places and taken away, for whoever may.
#include "registry/engine.h"

namespace eir::registry {

using lists::EntryKind;
using lists::ListSet;

Ranges& Engine::ranges() {
  if (!ranges_) ranges_.emplace().load(store_);
  return *ranges_;
}

bool Engine::put_entry(UserId author, const Entry& entry) {
  EntryRow row;
  row.kind = entry.kind;
  row.key = key_of(entry);
  row.value = value_of(entry);
  row.terms = words_.id(Dictionary::kTerms, pack_terms(entry.grounds.terms()));
  row.updated = now_s();
  auto before = store_.entry(row.kind, row.key);
  if (before && before->value == row.value && before->terms == row.terms) return false;
  row.origin = words_.id(Dictionary::kOrigin, pack_origin({author, entry.grounds.evidence}));
  store_.put_entry(row);
  details_.add(EntryRecord{before, row});
  changes_.entry(std::move(before), std::move(row));
  return true;
}

bool Engine::remove_entry(EntryKind kind, const std::string& key) {
  auto before = store_.entry(kind, key);
  if (!before) return false;
  store_.remove_entry(kind, key);
  details_.add(EntryRecord{before, std::nullopt});
  changes_.entry(std::move(before), std::nullopt);
  return true;
}

Engine::Applied Engine::apply_imei(UserId author, const Change& change) {
  const Entry& e = change.entry;
  const uint64_t place = place_of(e.imei, e.svn);
  const auto before = store_.imei(place);
  if (change.remove) {
    if (!before || before->lists.empty()) return Applied::kNothing;
    if (before->device == 0) {
      remove_imei(*before);
      return Applied::kChanged;
    }
  }
  ImeiRow after = before.value_or(ImeiRow{});
  after.place = place;
  after.lists = change.remove ? ListSet() : e.lists;
  after.terms = change.remove ? 0 : words_.id(Dictionary::kTerms, pack_terms(e.grounds.terms()));
  if (before && after.lists == before->lists && after.terms == before->terms) return Applied::kNothing;
  after.origin = words_.id(Dictionary::kOrigin, pack_origin({author, e.grounds.evidence}));
  if (before) {
    after.updater = author;
    after.updated = now_s();
  } else {
    after.owner = author;
    after.created = now_s();
  }
  put_imei(before, after);
  return Applied::kChanged;
}

Why Engine::why_not(Applied applied) {
  switch (applied) {
    case Applied::kOverlap: return Why::kOverlap;
    case Applied::kTooMany: return Why::kTooMany;
    default: return Why::kNone;
  }
}

Engine::Applied Engine::apply(UserId author, const Change& change) {
  const Entry& e = change.entry;
  if (e.kind == EntryKind::kImei) return apply_imei(author, change);
  if (e.kind == EntryKind::kRange) {
    const Ranges::Edit edit{identity::number(e.imei), identity::number(e.to), change.remove};
    const Why why = ranges().apply({&edit, 1});
    if (why != Why::kNone) return why == Why::kOverlap ? Applied::kOverlap : Applied::kTooMany;
  }
  if (e.kind == EntryKind::kLock && !change.remove && crowded({&e, 1})) return Applied::kTooMany;
  const bool changed = change.remove ? remove_entry(e.kind, key_of(e)) : put_entry(author, e);
  return changed ? Applied::kChanged : Applied::kNothing;
}

ListSet Engine::lists_at(const Change& change) {
  const Entry& e = change.entry;
  if (!change.remove) return e.lists;
  if (e.kind == EntryKind::kImei) {
    const auto row = store_.imei(place_of(e.imei, e.svn));
    return row ? row->lists : ListSet();
  }
  const auto row = store_.entry(e.kind, key_of(e));
  const auto there = row ? entry_of(*row) : std::nullopt;
  return there ? there->lists : ListSet();
}

Outcome Engine::handle(Work& work, const ChangeEntries& c) {
  if (c.changes.empty() || c.changes.size() > kChangesMax) return refuse(Code::kRange, Why::kTooMany);
  std::vector<Ranges::Edit> edits;
  std::vector<Entry> locks;
  for (size_t i = 0; i < c.changes.size(); ++i) {
    const Change& change = c.changes[i];
    const Verb verb = change.remove ? Verb::kDelete : Verb::kCreate;
    if (!allowed(work.request, Object::kEntry, verb, lists_at(change), work.request.user, work.outcome))
      return work.outcome;
    Entry judged = change.entry;
    if (change.remove && judged.lists.empty()) judged.lists = ListSet(ListSet::kWhite);
    work.item = static_cast<uint32_t>(i);
    if (const Why why = fault_of(judged); why != Why::kNone)
      work.refuse(identity::to_string(change.entry.imei), Code::kValueSyntax, why);
    if (change.entry.kind == EntryKind::kRange)
      edits.push_back({identity::number(change.entry.imei), identity::number(change.entry.to), change.remove});
    if (change.entry.kind == EntryKind::kLock && !change.remove) locks.push_back(change.entry);
  }
  Outcome& out = work.outcome;
  if (!out.offenders.empty()) {
    out.code = out.offenders.front().code;
    out.why = Why::kInGroup;
    return out;
  }
  if (crowded(locks)) return refuse(Code::kPolicyOfValue, Why::kTooMany);
  if (!edits.empty())
    if (const Why why = ranges().apply(edits); why != Why::kNone) return refuse(Code::kPolicyOfValue, why);
  for (const Change& change : c.changes) {
    if (change.entry.kind == EntryKind::kImei) {
      apply_imei(work.request.user, change);
    } else if (change.remove) {
      remove_entry(change.entry.kind, key_of(change.entry));
    } else {
      put_entry(work.request.user, change.entry);
    }
  }
  return out;
}

}  // namespace eir::registry
