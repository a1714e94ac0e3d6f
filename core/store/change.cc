// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/change.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::store {
namespace {

using namespace lists;
using identity::number;

/// Same place given: whether the rest is the same. Terms of one pool.
bool same_rest(const ImeiEntry& a, const ImeiEntry& b) { return a.word == b.word && a.terms == b.terms; }
bool same_rest(const RangeEntry& a, const RangeEntry& b) { return a.lists == b.lists && a.terms == b.terms; }
bool same_rest(const SubscriberEntry& a, const SubscriberEntry& b) { return a.lists == b.lists && a.terms == b.terms; }
bool same_rest(const PairEntry& a, const PairEntry& b) { return a.lists == b.lists && a.terms == b.terms; }
bool same_rest(const LockEntry& a, const LockEntry& b) { return a.terms == b.terms; }
bool same_rest(const MirrorEntry& a, const MirrorEntry& b) { return a.msisdn == b.msisdn; }
bool same_rest(const ExceptionEntry& a, const ExceptionEntry& b) { return a.ruling == b.ruling && a.terms == b.terms; }
bool same_rest(const DeviceClassEntry& a, const DeviceClassEntry& b) { return a.terms == b.terms; }

std::string digits_of(const ImeiEntry& e) { return fmt::format("{:08}", identity::tac_of(e.key())); }
std::string digits_of(const RangeEntry& e) { return to_string(e.from) + "-" + to_string(e.to); }
std::string digits_of(const SubscriberEntry& e) { return identity::masked(e.who.digits()); }
std::string digits_of(const PairEntry& e) { return fmt::format("{:08}", identity::tac_of(e.imei)); }
std::string digits_of(const LockEntry& e) { return fmt::format("{:08}", identity::tac_of(e.imei)); }
std::string digits_of(const MirrorEntry& e) { return identity::masked(e.imsi); }
std::string digits_of(const ExceptionEntry& e) { return identity::masked(e.who.digits()); }
std::string digits_of(const DeviceClassEntry& e) { return fmt::format("{:08}", e.tac); }

template <class Entry>
bool place_before(const Entry& a, const Entry& b) {
  return a.place() < b.place();
}

template <class Entry>
bool holds_place(const std::vector<Entry>& sorted, const Entry& e) {
  const auto at = std::lower_bound(sorted.begin(), sorted.end(), e, place_before<Entry>);
  return at != sorted.end() && at->place() == e.place();
}

}  // namespace

Change make_change(const Index& state, Entries&& on_top, const Entries& gone, TermsPool&& pool) {
  Change change;
  change.terms = std::move(pool);
  Entries::for_each(on_top, [&]<class Entry>(std::vector<Entry>& come) {
    auto& before = change.before.of<Entry>();
    auto& after = change.after.of<Entry>();
    for (const Entry& e : come) {
      auto was = state.find(e, change.terms);
      if (was && same_rest(*was, e)) continue;
      if (was) before.push_back(*was);
      after.push_back(e);
    }
    const size_t replaced = before.size();
    for (const Entry& e : gone.of<Entry>())
      if (!holds_place(come, e))
        if (auto was = state.find(e, change.terms)) before.push_back(*was);
    std::inplace_merge(before.begin(), before.begin() + static_cast<ptrdiff_t>(replaced), before.end(),
                       place_before<Entry>);
    come = {};
  });
  return change;
}

namespace {

/// What `after` makes nest too deep, whether it lies inside or around what stands there: wherever a range begins
/// within an outermost range of `after`, those that hold the place are counted.
void too_deep(const Index& state, const std::vector<RangeEntry>& before, const std::vector<RangeEntry>& after,
              std::vector<RangeConflict>& conflicts) {
  struct Open {
    RangeEntry range;
    bool comes;
  };
  for (size_t i = 0; i < after.size();) {
    const RangeEntry outermost = after[i];
    std::vector<Open> all;
    for (; i < after.size() && after[i].from <= outermost.to; ++i) all.push_back({after[i], true});
    const auto stays = [&](const RangeEntry& e) { return !holds_place(before, e) && !holds_place(after, e); };
    state.ranges_around(outermost.from, [&](const RangeEntry& e, const Terms&) {
      if (e.from < outermost.from && stays(e)) all.push_back({e, false});
    });
    state.ranges_from(outermost.from, outermost.to, [&](const RangeEntry& e) {
      if (stays(e)) all.push_back({e, false});
    });
    std::sort(all.begin(), all.end(), [](const Open& a, const Open& b) { return a.range < b.range; });
    std::vector<Open> open;
    for (const Open& o : all) {
      while (!open.empty() && open.back().range.to < o.range.from) open.pop_back();
      open.push_back(o);
      if (open.size() <= kRangeDepthMax) continue;
      const auto comes = std::find_if(open.rbegin(), open.rend(), [](const Open& x) { return x.comes; });
      if (comes == open.rend()) continue;  // it was so before
      conflicts.push_back({comes->range, o.range, false, true});
      open.erase(std::next(comes).base());
    }
  }
}

}  // namespace

std::string conflict_text(const RangeConflict& c) {
  if (c.deep)
    return fmt::format("{} makes ranges nest more than {} deep at {}", place_text(c.refused), kRangeDepthMax,
                       digits_of(c.with));
  return fmt::format("{} overlaps {} without nesting", place_text(c.refused), digits_of(c.with));
}

std::string conflict_text(const LockCrowd& c) {
  return fmt::format("{} is one of more than {} with one {}", place_text(c.refused), kLocksOfOneMax, to_string(c.of));
}

std::vector<RangeConflict> range_conflicts(const Index& state, const std::vector<RangeEntry>& before,
                                           const std::vector<RangeEntry>& after) {
  std::vector<RangeConflict> conflicts;
  find_unnested(after, conflicts);
  for (const RangeEntry& r : after) {
    std::optional<RangeEntry> across;
    const auto look = [&](const RangeEntry& other, const Terms&) {
      if (other.same_place(r) || holds_place(before, other)) return;
      const bool partly = other.from < r.from ? other.to >= r.from && other.to < r.to
                                              : other.from > r.from && other.from <= r.to && other.to > r.to;
      if (partly) across = other;
    };
    state.ranges_around(r.to, look);
    state.ranges_around(r.from, look);
    if (across) conflicts.push_back({r, *across, false, false});
  }
  std::vector<RangeEntry> kept = after;
  std::erase_if(kept, [&](const RangeEntry& r) {
    return std::any_of(conflicts.begin(), conflicts.end(),
                       [&](const RangeConflict& c) { return c.refused.same_place(r); });
  });
  too_deep(state, before, kept, conflicts);
  return conflicts;
}

std::optional<std::string> wrong_change(const Index& state, const Change& change) {
  const auto conflicts = range_conflicts(state, change.before.ranges, change.after.ranges);
  if (!conflicts.empty()) return conflict_text(conflicts[0]);
  const auto crowds = find_crowds(state, change.before.locks, change.after.locks);
  if (!crowds.empty()) return conflict_text(crowds[0]);
  return std::nullopt;
}

void apply_to(Sums& sums, const Change& change) {
  KindDigests gone = digests_of(change.before, change.terms);
  sums.digests -= gone;
  sums.digests += digests_of(change.after, change.terms);
  Entries::for_each(change.before, [&](const auto& entries) {
    for (const auto& e : entries) sums.counts.add(e, -1);
  });
  Entries::for_each(change.after, [&](const auto& entries) {
    for (const auto& e : entries) sums.counts.add(e, 1);
  });
}

std::optional<std::string> wrong_before(const Index& state, Change& change) {
  std::optional<std::string> wrong;
  Entries::for_each(change.before, [&]<class Entry>(const std::vector<Entry>& before) {
    for (const Entry& e : before) {
      if (wrong) return;
      const auto was = state.find(e, change.terms);
      if (!was || !same_rest(*was, e))
        wrong = fmt::format("{} {}", place_text(e), was ? "stands there otherwise" : "does not stand there");
    }
    for (const Entry& e : change.after.template of<Entry>()) {
      if (wrong) return;
      if (!holds_place(before, e) && state.find(e, change.terms)) wrong = place_text(e) + " stands there already";
    }
  });
  return wrong;
}

std::optional<std::string> wrong_entries(const Entries& entries) {
  std::optional<std::string> wrong;
  Entries::for_each(entries, [&]<class Entry>(const std::vector<Entry>& all) {
    for (size_t i = 1; i < all.size() && !wrong; ++i)
      if (!(all[i - 1].place() < all[i].place())) wrong = place_text(all[i]) + " is not in its place, or there twice";
  });
  if (wrong) return wrong;
  std::vector<RangeConflict> conflicts;
  find_unnested(entries.ranges, conflicts);
  if (conflicts.empty()) {
    std::vector<RangeEntry> open;
    for (const RangeEntry& r : entries.ranges) {
      while (!open.empty() && open.back().to < r.from) open.pop_back();
      open.push_back(r);
      if (open.size() <= kRangeDepthMax) continue;
      conflicts.push_back({r, r, false, true});
      break;
    }
  }
  if (!conflicts.empty()) wrong = conflict_text(conflicts[0]);
  return wrong;
}

std::optional<std::string> wrong_full(const Entries& entries) {
  if (auto wrong = wrong_entries(entries)) return wrong;
  const auto crowds = find_crowds(entries.locks);
  if (!crowds.empty()) return conflict_text(crowds[0]);
  return std::nullopt;
}

template <class Entry>
std::string place_text(const Entry& entry) {
  return fmt::format("{} {}", to_string(Entry::kKind), digits_of(entry));
}
template std::string place_text(const ImeiEntry&);
template std::string place_text(const RangeEntry&);
template std::string place_text(const SubscriberEntry&);
template std::string place_text(const PairEntry&);
template std::string place_text(const LockEntry&);
template std::string place_text(const MirrorEntry&);
template std::string place_text(const ExceptionEntry&);
template std::string place_text(const DeviceClassEntry&);

}  // namespace eir::store
