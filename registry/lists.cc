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

void Engine::put_entry(UserId author, const Entry& entry) {
  EntryRow row;
  row.kind = entry.kind;
  row.key = key_of(entry);
  row.value = value_of(entry);
  row.terms = words_.id(Dictionary::kTerms, pack_terms(entry.grounds.terms()));
  row.updated = now_s();
  auto before = store_.entry(row.kind, row.key);
  if (before && before->value == row.value && before->terms == row.terms) return;
  row.origin = words_.id(Dictionary::kOrigin, pack_origin({author, entry.grounds.evidence}));
  store_.put_entry(row);
  details_.add(EntryRecord{before, row});
  changes_.entry(std::move(before), std::move(row));
}

void Engine::remove_entry(EntryKind kind, const std::string& key) {
  auto before = store_.entry(kind, key);
  if (!before) return;
  store_.remove_entry(kind, key);
  details_.add(EntryRecord{before, std::nullopt});
  changes_.entry(std::move(before), std::nullopt);
}

void Engine::apply_imei(UserId author, const Change& change) {
  const Entry& e = change.entry;
  const uint64_t place = place_of(e.imei, e.svn);
  const auto before = store_.imei(place);
  if (change.remove) {
    if (!before || before->lists.empty()) return;
    if (before->device == 0) return remove_imei(*before);
  }
  ImeiRow after = before.value_or(ImeiRow{});
  after.place = place;
  after.lists = change.remove ? ListSet() : e.lists;
  after.terms = change.remove ? 0 : words_.id(Dictionary::kTerms, pack_terms(e.grounds.terms()));
  if (before && after.lists == before->lists && after.terms == before->terms) return;
  after.origin = words_.id(Dictionary::kOrigin, pack_origin({author, e.grounds.evidence}));
  if (before) {
    after.updater = author;
    after.updated = now_s();
  } else {
    after.owner = author;
    after.created = now_s();
  }
  put_imei(before, after);
}

Why Engine::apply(UserId author, const Change& change) {
  const Entry& e = change.entry;
  if (e.kind == EntryKind::kRange) {
    const Ranges::Edit edit{identity::number(e.imei), identity::number(e.to), change.remove};
    if (const Why why = ranges().apply({&edit, 1}); why != Why::kNone) return why;
  }
  if (e.kind == EntryKind::kLock && !change.remove && crowded({&e, 1}, {})) return Why::kTooMany;
  apply_judged(author, change);
  return Why::kNone;
}

void Engine::apply_judged(UserId author, const Change& change) {
  const Entry& e = change.entry;
  if (e.kind == EntryKind::kImei)
    apply_imei(author, change);
  else if (change.remove)
    remove_entry(e.kind, key_of(e));
  else
    put_entry(author, e);
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
  std::vector<Entry> locks_come, locks_go;
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
    if (change.entry.kind == EntryKind::kLock) (change.remove ? locks_go : locks_come).push_back(change.entry);
  }
  Outcome& out = work.outcome;
  if (!out.offenders.empty()) {
    out.code = out.offenders.front().code;
    out.why = Why::kInGroup;
    return out;
  }
  if (crowded(locks_come, locks_go)) return refuse(Code::kPolicyOfValue, Why::kTooMany);
  if (!edits.empty())
    if (const Why why = ranges().apply(edits); why != Why::kNone) return refuse(Code::kPolicyOfValue, why);
  for (const Change& change : c.changes) apply_judged(work.request.user, change);
  return out;
}

}  // namespace eir::registry
