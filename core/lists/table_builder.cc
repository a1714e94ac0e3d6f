// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>
#include <numeric>

#include "core/lists/ranges.h"
#include "core/lists/tables.h"

namespace eir::lists {
namespace {

constexpr uint64_t kCapacityMin = 8;
constexpr size_t kGrowSlots = 256;
constexpr size_t kAhead = 16;  ///< words in flight while the hot table is filled

/// Eleven octets per word of eight: 73 % full.
uint64_t capacity_for(size_t entries) { return std::max<uint64_t>(kCapacityMin, entries + entries * 3 / 8); }

/// Which reasons get a class: the commonest, since a class costs an entry nothing.
class Classes {
 public:
  Classes(std::span<const ImeiEntry> imeis, std::span<const RangeEntry> ranges, size_t reasons) : of_reason_(reasons) {
    std::vector<uint32_t> uses(reasons);
    for (const ImeiEntry& e : imeis) uses[e.terms] += e.svn_code() == ImeiEntry::kAnySvn;
    for (const RangeEntry& r : ranges) ++uses[r.terms];
    uses[0] = 0;
    std::vector<TermsId> used;
    for (TermsId id = 0; id < reasons; ++id)
      if (uses[id]) used.push_back(id);
    const size_t kept = std::min<size_t>(used.size(), kClassesMax - 1);
    std::partial_sort(used.begin(), used.begin() + static_cast<ptrdiff_t>(kept), used.end(),
                      [&](TermsId a, TermsId b) { return uses[a] != uses[b] ? uses[a] > uses[b] : a < b; });
    rows.resize(kept + 1);
    for (const TermsId id : used) of_reason_[id] = kClassInSide;
    for (size_t i = 0; i < kept; ++i) {
      rows[i + 1].reason = used[i];
      of_reason_[used[i]] = static_cast<uint16_t>(i + 1);
    }
  }
  uint64_t bits(TermsId reason) const { return uint64_t{of_reason_[reason]} << kClassShift; }
  bool in_side(TermsId reason) const { return of_reason_[reason] == kClassInSide; }

  std::vector<ClassRow> rows;

 private:
  std::vector<uint16_t> of_reason_;
};

/// Puts words where their order wants them: a word that meets a larger one takes its slot, and the larger
/// moves on. The same layout comes about whatever the order of insertion.
class HotFiller {
 public:
  HotFiller(TableStore& out, size_t keys) : hot_(out.hot), capacity_(capacity_for(keys)) {
    out.hot_capacity = capacity_;
    hot_.resize(capacity_ + kGrowSlots);
  }
  void add(uint64_t word) {
    uint64_t& waiting = ahead_[added_ % kAhead];
    if (added_++ >= kAhead) put(waiting);
    waiting = word;
    __builtin_prefetch(&hot_[home_slot(word >> kValueBits, capacity_)], 1);
  }
  void finish() {
    for (size_t i = added_ > kAhead ? added_ - kAhead : 0; i < added_; ++i) put(ahead_[i % kAhead]);
    // One empty slot at the end stops every search; homes reach to capacity - 1.
    while (hot_.size() > capacity_ && hot_.back() == 0) hot_.pop_back();
    hot_.push_back(0);
    hot_.shrink_to_fit();
  }

 private:
  void put(uint64_t word) {
    for (uint64_t i = home_slot(word >> kValueBits, capacity_);; ++i) {
      if (i == hot_.size()) hot_.resize(hot_.size() + kGrowSlots);
      if (hot_[i] == 0) {
        hot_[i] = word;
        return;
      }
      if (hot_[i] > word) std::swap(hot_[i], word);
    }
  }
  std::vector<uint64_t>& hot_;
  const uint64_t capacity_;
  std::array<uint64_t, kAhead> ahead_{};
  size_t added_ = 0;
};

void fill_side(TableStore& out, std::vector<SideSlot>& records) {
  if (records.empty()) return;
  std::sort(records.begin(), records.end(), [](const SideSlot& a, const SideSlot& b) { return a.word < b.word; });
  out.side_capacity = capacity_for(records.size());
  out.side.resize(out.side_capacity + 1);
  size_t next = 0;
  for (const SideSlot& r : records) {
    next = std::max<size_t>(next, home_slot(r.word >> kValueBits, out.side_capacity));
    if (next + 1 >= out.side.size()) out.side.resize(next + 2);
    out.side[next++] = r;
  }
}

void fill_imeis(TableStore& out, std::span<const ImeiEntry> imeis, const Classes& classes) {
  size_t keys = 0;
  for (size_t i = 0; i < imeis.size(); ++i) keys += i == 0 || imeis[i].key() != imeis[i - 1].key();
  if (keys == 0) return;
  HotFiller hot(out, keys);
  std::vector<SideSlot> side;
  for (size_t i = 0; i < imeis.size();) {
    const identity::ImeiKey key = imeis[i].key();
    const uint64_t scrambled = scramble(identity::number(key));
    uint64_t value = 0;
    for (; i < imeis.size() && imeis[i].key() == key; ++i) {
      const ImeiEntry& e = imeis[i];
      const bool any_svn = e.svn_code() == ImeiEntry::kAnySvn;
      if (any_svn) value |= e.lists().bits() | classes.bits(e.terms);
      if (!any_svn || classes.in_side(e.terms)) {
        value |= kSideFlag;
        side.push_back({scrambled << kValueBits | (e.word & kValueMask), e.terms, 0});
      }
    }
    hot.add(scrambled << kValueBits | value);
  }
  hot.finish();
  fill_side(out, side);
}

void fill_ranges(TableStore& out, std::span<const RangeEntry> ranges, const Classes& classes) {
  for (const RangeCut& cut : cut_line(ranges)) {
    uint64_t value = 0;
    if (cut.range != RangeCut::kNone) {
      const RangeEntry& r = ranges[cut.range];
      value = r.lists.bits() | classes.bits(r.terms) | (r.tac() ? kTacFlag : 0);
      if (classes.in_side(r.terms)) out.range_notes.push_back({cut.start, r.terms, 0});
    }
    if (out.cuts.size() % kCutStep == 0) out.cut_steps.push_back(cut.start << kValueBits);
    out.cuts.push_back(cut.start << kValueBits | value);
  }
}

void fill_reasons(TableStore& out, const TermsPool& reasons) {
  out.reason_ends.reserve(reasons.size());
  for (TermsId id = 0; id < reasons.size(); ++id) {
    const std::string_view text = reasons.reason(id);
    out.reason_text.insert(out.reason_text.end(), text.begin(), text.end());
    out.reason_ends.push_back(static_cast<uint32_t>(out.reason_text.size()));
  }
}

}  // namespace

TableStore build_tables(std::span<const ImeiEntry> imeis, std::span<const RangeEntry> ranges,
                        const TermsPool& reasons) {
  TableStore out;
  Classes classes(imeis, ranges, reasons.size());
  fill_imeis(out, imeis, classes);
  fill_ranges(out, ranges, classes);
  fill_reasons(out, reasons);
  out.classes = std::move(classes.rows);
  return out;
}

}  // namespace eir::lists
