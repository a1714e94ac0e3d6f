// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/feed/state.h"

#include <algorithm>
#include <array>
#include <utility>

#include "core/store/digest.h"

namespace eir::feed {
namespace {

using lists::Change;
using lists::Entries;
using lists::TermsPool;

template <class Entry>
bool same(const Entry& a, const TermsPool& a_terms, const Entry& b, const TermsPool& b_terms) {
  std::array<uint8_t, store::kCanonicalMax> left, right;
  const size_t a_len = store::encode_canonical(a, a_terms.of(a.terms), left);
  const size_t b_len = store::encode_canonical(b, b_terms.of(b.terms), right);
  return std::equal(left.begin(), left.begin() + a_len, right.begin(), right.begin() + b_len);
}

template <class Entry>
Entry moved(Entry e, const TermsPool& from, TermsPool& to) {
  e.terms = to.intern(from.of(e.terms));
  return e;
}

template <class Entry>
void differ(const std::vector<Entry>& from, const TermsPool& from_terms, const std::vector<Entry>& to,
            const TermsPool& to_terms, Change& change) {
  auto& before = change.before.of<Entry>();
  auto& after = change.after.of<Entry>();
  auto f = from.begin();
  auto t = to.begin();
  while (f != from.end() || t != to.end()) {
    const bool both = f != from.end() && t != to.end() && f->place() == t->place();
    const bool gone = both || t == to.end() || (f != from.end() && f->place() < t->place());
    const bool come = both || !gone;
    if (!both || !same(*f, from_terms, *t, to_terms)) {
      if (gone) before.push_back(moved(*f, from_terms, change.terms));
      if (come) after.push_back(moved(*t, to_terms, change.terms));
    }
    f += gone;
    t += come;
  }
}

template <class Entry>
uint64_t apply(const Change& change, std::vector<Entry>& entries, TermsPool& terms) {
  const auto& before = change.before.of<Entry>();
  const auto& after = change.after.of<Entry>();
  if (before.empty() && after.empty()) return 0;
  uint64_t wrong = 0;
  std::vector<Entry> out;
  out.reserve(entries.size() + after.size());
  auto e = entries.begin();
  auto b = before.begin();
  auto a = after.begin();
  while (e != entries.end() || b != before.end() || a != after.end()) {
    // The lowest place that any of the three has.
    const auto* lowest = e != entries.end() ? &*e : nullptr;
    if (b != before.end() && (!lowest || b->place() < lowest->place())) lowest = &*b;
    if (a != after.end() && (!lowest || a->place() < lowest->place())) lowest = &*a;
    const auto place = lowest->place();
    const bool there = e != entries.end() && e->place() == place;
    const bool was = b != before.end() && b->place() == place;
    const bool comes = a != after.end() && a->place() == place;
    if (was || comes) wrong += there != was || (was && !same(*e, terms, *b, change.terms));
    if (comes) {
      out.push_back(moved(*a, change.terms, terms));
    } else if (there && !was) {
      out.push_back(*e);
    }
    e += there;
    b += was;
    a += comes;
  }
  entries = std::move(out);
  return wrong;
}

}  // namespace

Change difference(const State& from, const State& to) {
  Change change;
  Entries::for_each(from.entries, [&]<class Entry>(const std::vector<Entry>& v) {
    differ(v, from.terms, to.entries.of<Entry>(), to.terms, change);
  });
  return change;
}

Change reversed(Change change) {
  std::swap(change.before, change.after);
  return change;
}

uint64_t apply(const Change& change, State& state) {
  uint64_t wrong = 0;
  Entries::for_each(state.entries,
                    [&]<class Entry>(std::vector<Entry>& v) { wrong += apply<Entry>(change, v, state.terms); });
  return wrong;
}

}  // namespace eir::feed
