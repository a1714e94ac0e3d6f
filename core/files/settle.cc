// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/settle.h"

#include <fmt/format.h>

#include <algorithm>
#include <future>

#include "core/files/text.h"
#include "core/lists/range_table.h"

namespace eir::files {
namespace {

using namespace lists;

constexpr size_t kWorthTwoThreads = 1 << 20;

template <class Entry>
void sort_by_place(std::vector<Entry>& all) {
  const auto before = [](const Entry& a, const Entry& b) {
    return a.place() != b.place() ? a.place() < b.place() : a.line < b.line;
  };
  if (std::is_sorted(all.begin(), all.end(), before)) return;
  if (all.size() < kWorthTwoThreads) return std::sort(all.begin(), all.end(), before);
  // Parted first, so that nothing need be merged: a merge wants room for half of them.
  const auto middle = all.begin() + static_cast<ptrdiff_t>(all.size() / 2);
  std::nth_element(all.begin(), middle, all.end(), before);
  auto half = std::async(std::launch::async, [&] { std::sort(all.begin(), middle, before); });
  std::sort(middle, all.end(), before);
  half.get();
}

bool same(const ImeiEntry& a, const ImeiEntry& b) { return a.word == b.word; }
bool same(const SubscriberEntry& a, const SubscriberEntry& b) { return a.lists == b.lists; }
bool same(const PairEntry& a, const PairEntry& b) { return a.lists == b.lists; }
bool same(const LockEntry&, const LockEntry&) { return true; }
bool same(const MirrorEntry& a, const MirrorEntry& b) { return a.msisdn == b.msisdn; }
bool same(const ExceptionEntry& a, const ExceptionEntry& b) { return a.ruling == b.ruling; }
bool same(const DeviceClassEntry&, const DeviceClassEntry&) { return true; }

std::string name_of(const ImeiEntry& e) { return to_string(e.key()); }
std::string name_of(const SubscriberEntry& e) { return subscriber_text(e.who); }
std::string name_of(const PairEntry& e) { return to_string(e.imei) + " with " + subscriber_text(e.who); }
std::string name_of(const LockEntry& e) { return "this lock of " + to_string(e.imei); }
std::string name_of(const MirrorEntry& e) { return e.imsi.str(); }
std::string name_of(const ExceptionEntry& e) { return subscriber_text(e.who); }
std::string name_of(const DeviceClassEntry& e) { return fmt::format("{:08}", e.tac); }

/// The column the place of a kind stands in.
constexpr std::string_view column_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::kSubscriber:
    case EntryKind::kException: return "subscriber";
    case EntryKind::kMirror: return "imsi";
    case EntryKind::kDeviceClass: return "tac";
    default: return "imei";
  }
}

template <class Entry>
void settle_kind(ListFile& list, std::vector<Entry>& all) {
  sort_by_place(all);
  size_t kept = 0;
  for (const Entry& e : all) {
    if (kept == 0 || all[kept - 1].place() != e.place()) {
      all[kept++] = e;
    } else if (same(all[kept - 1], e) && all[kept - 1].terms == e.terms) {
      ++list.repeats;
    } else {
      list.refuse(e.line, column_of(Entry::kKind), LineCode::kContradiction,
                  fmt::format("{} says otherwise of {}", list.place(all[kept - 1].line), name_of(e)));
    }
  }
  all.resize(kept);
}

void settle_ranges(ListFile& list) {
  auto& ranges = list.entries.ranges;
  sort_by_place(ranges);
  std::vector<RangeConflict> conflicts;
  const std::vector<bool> unnested = find_unnested(ranges, conflicts);
  for (const auto& c : conflicts) refuse_range(list, c, list.place(c.with.line));
  std::vector<identity::ImeiKey> open;  // the ends of those around the present place
  size_t at = 0;
  std::erase_if(ranges, [&](const RangeEntry& r) {
    if (unnested[at++]) return true;
    while (!open.empty() && open.back() < r.from) open.pop_back();
    if (open.size() < kRangeDepthMax) {
      open.push_back(r.to);
      return false;
    }
    list.refuse(r.line, column_of(EntryKind::kRange), LineCode::kRangeDepth,
                fmt::format("{}-{} is within {} others", to_string(r.from), to_string(r.to), kRangeDepthMax));
    return true;
  });
}

/// What events take away stood among the entries, on no list, so that one line cannot say both.
void part_the_gone(ListFile& list) {
  auto& all = list.entries.imeis;
  const auto gone = [](const ImeiEntry& e) { return e.lists().empty(); };
  for (const ImeiEntry& e : all)
    if (gone(e)) list.gone.imeis.push_back(e);
  if (!list.gone.imeis.empty()) std::erase_if(all, gone);
}

}  // namespace

void settle(ListFile& list) {
  Entries::for_each(list.entries, [&]<class Entry>(std::vector<Entry>& all) {
    if constexpr (std::is_same_v<Entry, RangeEntry>) {
      settle_ranges(list);
    } else if constexpr (std::is_same_v<Entry, LockEntry>) {
      settle_kind(list, all);
      refuse_locks(list, find_crowds(all));
    } else {
      settle_kind(list, all);
    }
  });
  part_the_gone(list);
  std::stable_sort(list.bad.begin(), list.bad.end(), [](const BadLine& a, const BadLine& b) {
    return a.file != b.file ? a.file < b.file : a.line < b.line;
  });
}

}  // namespace eir::files
