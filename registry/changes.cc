// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/changes.h"

#include <algorithm>
#include <map>

#include "core/store/digest.h"

namespace eir::registry {
namespace {

using lists::Entries;
using lists::TermsPool;

/// One place of one change.
template <class Entry>
struct Edit {
  const lists::Change* change;
  const Entry* before;
  const Entry* after;
  auto place() const { return before ? before->place() : after->place(); }
};

template <class Entry>
void collect(const lists::Change& change, std::vector<Edit<Entry>>& out) {
  const auto& before = change.before.of<Entry>();
  const auto& after = change.after.of<Entry>();
  auto b = before.begin();
  auto a = after.begin();
  while (b != before.end() || a != after.end()) {
    const bool both = b != before.end() && a != after.end() && b->place() == a->place();
    const bool was = both || a == after.end() || (b != before.end() && b->place() < a->place());
    const bool comes = both || !was;
    out.push_back({&change, was ? &*b : nullptr, comes ? &*a : nullptr});
    b += was;
    a += comes;
  }
}

template <class Entry>
bool same(const Edit<Entry>& first, const Edit<Entry>& last) {
  if (!first.before || !last.after) return !first.before && !last.after;
  std::array<uint8_t, store::kCanonicalMax> x, y;
  const size_t m = store::encode_canonical(*first.before, first.change->terms.of(first.before->terms), x);
  const size_t n = store::encode_canonical(*last.after, last.change->terms.of(last.after->terms), y);
  return std::equal(x.begin(), x.begin() + m, y.begin(), y.begin() + n);
}

template <class Entry>
void put(const Entry* entry, const lists::Change& from, std::vector<Entry>& out, TermsPool& terms) {
  if (!entry) return;
  out.push_back(*entry);
  out.back().terms = terms.intern(from.terms.of(entry->terms));
}

}  // namespace

lists::Change fold(const std::vector<const lists::Change*>& changes) {
  lists::Change out;
  Entries::for_each(out.before, [&]<class Entry>(std::vector<Entry>& before) {
    std::vector<Edit<Entry>> edits;
    for (const lists::Change* change : changes) collect(*change, edits);
    std::stable_sort(edits.begin(), edits.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
    for (size_t i = 0; i < edits.size();) {
      size_t last = i;
      while (last + 1 < edits.size() && edits[last + 1].place() == edits[i].place()) ++last;
      if (!same(edits[i], edits[last])) {
        put(edits[i].before, *edits[i].change, before, out.terms);
        put(edits[last].after, *edits[last].change, out.after.of<Entry>(), out.terms);
      }
      i = last + 1;
    }
  });
  return out;
}

lists::Change ChangeBuilder::take(Words& words) {
  lists::Change out;
  std::unordered_map<uint32_t, lists::TermsId> known;
  const auto terms = [&](uint32_t id) {
    const auto it = known.find(id);
    if (it != known.end()) return it->second;
    return known.emplace(id, out.terms.intern(words.terms(id))).first->second;
  };
  std::stable_sort(imeis_.begin(), imeis_.end(), [](const auto& a, const auto& b) { return a.place < b.place; });
  for (size_t i = 0; i < imeis_.size();) {
    size_t last = i;
    while (last + 1 < imeis_.size() && imeis_[last + 1].place == imeis_[i].place) ++last;
    const Imei &before = imeis_[i].before, &after = imeis_[last].after;
    const auto put = [&](const Imei& state, std::vector<lists::ImeiEntry>& list) {
      if (!state.lists.empty())
        list.push_back({imeis_[i].place << lists::ImeiEntry::kSvnShift | state.lists.bits(), terms(state.terms), 0});
    };
    if (!(before == after)) {
      put(before, out.before.imeis);
      put(after, out.after.imeis);
    }
    i = last + 1;
  }
  std::map<std::pair<lists::EntryKind, std::string>, EntryEdit> edits;
  for (EntryEdit& e : entries_) {
    const EntryRow& row = e.before ? *e.before : *e.after;
    const auto [it, fresh] = edits.try_emplace({row.kind, row.key}, e);
    if (!fresh) it->second.after = e.after;
  }
  for (const auto& [place, e] : edits) {
    if (e.before && e.after && e.before->value == e.after->value && e.before->terms == e.after->terms) continue;
    if (e.before) append(*e.before, terms(e.before->terms), out.before);
    if (e.after) append(*e.after, terms(e.after->terms), out.after);
  }
  clear();
  return out;
}

}  // namespace eir::registry
