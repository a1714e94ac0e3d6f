// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/join.h"

namespace eir::store {
namespace {

using lists::ImeiEntry;
using lists::ListSet;
using lists::RangeEntry;

bool before(const ImeiEntry& a, const ImeiEntry& b) { return a.place() < b.place(); }
bool before(const RangeEntry& a, const RangeEntry& b) { return a < b; }
ListSet lists_of(const ImeiEntry& e) { return e.lists(); }
ListSet lists_of(const RangeEntry& e) { return e.lists; }
void add_lists(ImeiEntry& e, ListSet set) { e.word |= set.bits(); }
void add_lists(RangeEntry& e, ListSet set) { e.lists = e.lists | set; }
int strictness(ListSet set) { return set.black() ? 3 : set.grey() ? 2 : 1; }

template <class Entry>
Entry joined(const Entry& a, const Entry& b) {
  const bool of_b = b.terms != 0 && (a.terms == 0 || strictness(lists_of(b)) > strictness(lists_of(a)));
  Entry e = a;
  e.terms = of_b ? b.terms : a.terms;
  add_lists(e, lists_of(b));
  return e;
}

template <class Entry, class Both>
std::vector<Entry> merge(std::span<const Entry> a, std::span<const Entry> b, Both both) {
  std::vector<Entry> out;
  out.reserve(a.size() + b.size());
  size_t i = 0, k = 0;
  while (i < a.size() && k < b.size()) {
    if (before(a[i], b[k])) {
      out.push_back(a[i++]);
    } else if (before(b[k], a[i])) {
      out.push_back(b[k++]);
    } else {
      out.push_back(both(a[i++], b[k++]));
    }
  }
  out.insert(out.end(), a.begin() + static_cast<ptrdiff_t>(i), a.end());
  out.insert(out.end(), b.begin() + static_cast<ptrdiff_t>(k), b.end());
  return out;
}

}  // namespace

std::vector<ImeiEntry> join(std::span<const ImeiEntry> a, std::span<const ImeiEntry> b) {
  return merge(a, b, joined<ImeiEntry>);
}
std::vector<RangeEntry> join(std::span<const RangeEntry> a, std::span<const RangeEntry> b) {
  return merge(a, b, joined<RangeEntry>);
}
std::vector<ImeiEntry> lay_over(std::span<const ImeiEntry> state, std::span<const ImeiEntry> on_top) {
  return merge(state, on_top, [](const ImeiEntry&, const ImeiEntry& b) { return b; });
}
std::vector<RangeEntry> lay_over(std::span<const RangeEntry> state, std::span<const RangeEntry> on_top) {
  return merge(state, on_top, [](const RangeEntry&, const RangeEntry& b) { return b; });
}

}  // namespace eir::store
