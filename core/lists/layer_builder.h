// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "core/base/result.h"
#include "core/lists/entries.h"
#include "core/lists/ranges.h"
#include "core/lists/snapshot_format.h"

/// How a layer's tables are made: what there is is counted, the sections are laid out in one piece of memory
/// (a mapped file, or the heap for an overlay), and then filled in place.
///
/// A source is what entries come from:
///     const TermsPool& pool()
///     void visit<Entry>(f(const Entry&, bool gone))     as often as asked, an IMEI's entries one after the
///                                                        other, places once; terms are the pool's
///     bool hides(const RangeEntry&)                     whether an older layer has something at the place
///     std::span<const RangeEntry> ranges()              optional: all of them, where none is gone
namespace eir::lists {

/// Gives `octets` of zeroed memory, aligned to 64.
using Allocate = std::function<base::Result<std::span<uint8_t>, base::Problem>(size_t octets)>;

struct BuiltLayer {
  std::vector<snapshot_format::SectionRow> rows;  ///< checksums not yet
  std::span<uint8_t> image;                       ///< sections begin after `before` octets
  Tables tables;
  KindCounts counts;  ///< of what is not gone
  size_t places = 0;  ///< keys, places; gone ones too
};

/// What stands in a layer, before it is laid out.
struct LayerSizes {
  uint64_t keys = 0, rules = 0, in_side = 0;
  uint64_t ranges = 0, ranges_with_terms = 0, touched = 0, touched_parts = 0;
  uint64_t subscribers = 0, exceptions = 0, device_classes = 0, pairs = 0, locks = 0, mirror = 0;
  uint64_t locks_imsi = 0, locks_msisdn = 0, mirrored = 0;
  uint64_t named_subscribers = 0, named_prefixes = 0;  ///< what the sieves hold, but for devices
  uint64_t prefixes[2] = {0, 0};
};

/// Which terms of a pool a layer uses, numbered with the commonest first: those below kTermsInSide cost an
/// IMEI nothing.
class LayerTerms {
 public:
  explicit LayerTerms(const TermsPool& pool) : pool_(pool), imei_uses_(pool.size()), used_(pool.size()) {}
  void used(TermsId id) { used_[id] = true; }
  void used_by_imei(TermsId id) {
    ++imei_uses_[id];
    used_[id] = true;
  }
  /// Ends the counting. Returns how many IMEIs' terms do not fit into a word.
  uint64_t number_them();
  TermsId of(TermsId pool_id) const { return numbers_[pool_id]; }
  std::vector<TermsRow> rows;
  std::vector<uint32_t> reason_ends;
  std::vector<char> text;

 private:
  const TermsPool& pool_;
  std::vector<uint32_t> imei_uses_;
  std::vector<bool> used_;
  std::vector<TermsId> numbers_;
};

/// Lays sections out one behind the other.
class Layout {
 public:
  explicit Layout(size_t before) : at_(before) {}
  template <class T>
  void add(snapshot_format::Section section, uint64_t items, uint64_t parameter = 0) {
    if (items == 0) return;
    const uint64_t octets = items * sizeof(T);
    rows.push_back({static_cast<uint32_t>(section), 0, at_, octets, 0, parameter});
    at_ += snapshot_format::aligned(octets);
  }
  /// A hashed table with a few slots behind its capacity, `tails` times as many as usually suffice.
  template <class T>
  void add_hashed(snapshot_format::Section section, uint64_t records, uint64_t tails) {
    const uint64_t capacity = capacity_for(records);
    const uint64_t tail = std::min(records, tails * (8 + std::min<uint64_t>(records / 32, 4096)));
    if (records) add<T>(section, capacity + tail + 1, capacity);
  }
  size_t octets() const { return at_; }
  std::vector<snapshot_format::SectionRow> rows;

 private:
  size_t at_;
};

/// The tables' memory while they are filled.
class Sections {
 public:
  Sections(const std::vector<snapshot_format::SectionRow>& rows, std::span<uint8_t> image)
      : rows_(rows), image_(image) {}
  /// Empty when there is none.
  template <class T>
  std::span<T> of(snapshot_format::Section section) const {
    for (const auto& row : rows_)
      if (row.kind == static_cast<uint32_t>(section))
        return {reinterpret_cast<T*>(image_.data() + row.offset), row.octets / sizeof(T)};
    return {};
  }
  uint64_t capacity(snapshot_format::Section section) const {
    for (const auto& row : rows_)
      if (row.kind == static_cast<uint32_t>(section)) return row.parameter;
    return 0;
  }
  template <class T>
  void copy(snapshot_format::Section section, const std::vector<T>& from) const {
    const auto to = of<T>(section);
    std::copy(from.begin(), from.end(), to.begin());
  }

 private:
  const std::vector<snapshot_format::SectionRow>& rows_;
  std::span<uint8_t> image_;
};

Layout lay_out(const LayerSizes& sizes, const LayerTerms& terms, size_t before, uint64_t tails);
/// Fills the ranges' sections. Errors: deeper than kRangeDepthMax.
base::Result<void, base::Problem> fill_ranges(const Sections& out, std::span<const RangeEntry> sorted,
                                              const LayerTerms& terms);
/// Fills where the places are that older layers have. False when a tail did not suffice.
bool fill_touched(const Sections& out, std::span<const RangeEntry> places, std::span<const RangeEntry> parts);
/// What ranges cover together, as ranges that stand apart. Input: sorted.
std::vector<RangeEntry> cover_of(std::span<const RangeEntry> sorted);
/// Fills the second ways into tables that are filled. False when a tail did not suffice.
bool fill_indexes(const Sections& out);

template <class Source>
class LayerBuilder {
 public:
  LayerBuilder(Source& source, size_t before) : source_(source), before_(before), terms_(source.pool()) {}

  /// Errors: memory or file cannot be had; ranges nested too deep.
  base::Result<BuiltLayer, base::Problem> build(const Allocate& allocate) {
    survey();
    sizes_.in_side = terms_.number_them();
    for (uint64_t tails = 1;; tails *= 16) {
      const Layout layout = lay_out(sizes_, terms_, before_, tails);
      auto image = allocate(layout.octets());
      if (!image) return tl::unexpected(image.error());
      const Sections out(layout.rows, *image);
      if (auto filled = fill_ranges(out, ranges_, terms_); !filled) return tl::unexpected(filled.error());
      if (!fill(out) || !fill_indexes(out)) continue;  // many of one device at the very end
      layer_.rows = layout.rows;
      layer_.image = *image;
      RangesOfFormat3 none;
      for (const auto& row : layer_.rows) snapshot_format::place(row, *image, layer_.tables, none);
      return std::move(layer_);
    }
  }

 private:
  using Section = snapshot_format::Section;

  void survey() {
    uint64_t last = ~uint64_t{0};
    source_.template visit<ImeiEntry>([&](const ImeiEntry& e, bool gone) {
      const uint64_t key = identity::number(e.key());
      sizes_.keys += key != last;
      last = key;
      if (gone) return;
      layer_.counts.add(e);
      if (e.svn_code() == ImeiEntry::kAnySvn) {
        terms_.used_by_imei(e.terms);
      } else {
        terms_.used(e.terms);
        ++sizes_.rules;
      }
    });
    source_.template visit<RangeEntry>([&](const RangeEntry& e, bool gone) {
      if (gone || source_.hides(e)) touched_.push_back(e);
      layer_.places += gone;
      sizes_.ranges_with_terms += !gone && e.terms != 0;
      count(e, gone);
    });
    sort_ranges();
    std::sort(touched_.begin(), touched_.end());
    touched_parts_ = cover_of(touched_);
    sizes_.ranges = ranges_.size();
    sizes_.touched = touched_.size();
    sizes_.touched_parts = touched_parts_.size();
    survey_keyed<SubscriberEntry>(sizes_.subscribers, &sizes_.prefixes[0]);
    survey_keyed<ExceptionEntry>(sizes_.exceptions, &sizes_.prefixes[1]);
    survey_keyed<DeviceClassEntry>(sizes_.device_classes, nullptr);
    source_.template visit<PairEntry>([&](const PairEntry& e, bool gone) {
      ++sizes_.pairs;
      ++sizes_.named_subscribers;
      count(e, gone);
    });
    source_.template visit<LockEntry>([&](const LockEntry& e, bool gone) {
      ++sizes_.locks;
      sizes_.named_subscribers += (e.imsi.empty() ? 0 : 1) + (e.msisdn.empty() ? 0 : 1);
      sizes_.locks_imsi += !gone && !e.imsi.empty();
      sizes_.locks_msisdn += !gone && !e.msisdn.empty();
      count(e, gone);
    });
    source_.template visit<MirrorEntry>([&](const MirrorEntry& e, bool gone) {
      ++sizes_.mirror;
      sizes_.mirrored += !gone;
      count(e, gone);
    });
    layer_.places += sizes_.keys + ranges_.size() + sizes_.subscribers + sizes_.exceptions + sizes_.device_classes +
                     sizes_.pairs + sizes_.locks + sizes_.mirror;
  }
  /// Ten million ranges are not copied when they stand in order.
  void sort_ranges() {
    if constexpr (requires { source_.ranges(); }) {
      ranges_ = source_.ranges();
      if (std::is_sorted(ranges_.begin(), ranges_.end())) return;
    }
    source_.template visit<RangeEntry>([&](const RangeEntry& e, bool gone) {
      if (!gone) own_ranges_.push_back(e);
    });
    std::sort(own_ranges_.begin(), own_ranges_.end());
    ranges_ = own_ranges_;
  }
  template <class Entry>
  void survey_keyed(uint64_t& number, uint64_t* prefixes) {
    source_.template visit<Entry>([&](const Entry& e, bool gone) {
      ++number;
      count(e, gone);
      if constexpr (requires { e.who; }) {
        ++(e.who.is_prefix() ? sizes_.named_prefixes : sizes_.named_subscribers);
        if (prefixes && e.who.is_prefix()) *prefixes |= prefix_bit(e.who.type(), e.who.digits().length());
      }
    });
  }
  template <class Entry>
  void count(const Entry& e, bool gone) {
    if (gone) return;
    layer_.counts.add(e);
    terms_.used(e.terms);
  }

  bool fill(const Sections& out) {
    out.copy(Section::kTerms, terms_.rows);
    out.copy(Section::kReasonEnds, terms_.reason_ends);
    out.copy(Section::kReasonText, terms_.text);
    out.copy(Section::kPrefixes, std::vector<uint64_t>(std::begin(sizes_.prefixes), std::end(sizes_.prefixes)));
    fill_sieves(out);
    return fill_imeis(out) && fill_touched(out, touched_, touched_parts_) &&
           fill_table<SubscriberEntry, KeyedSlot, KeyedTable<SubscriberEntry>>(out, Section::kSubscribers) &&
           fill_table<ExceptionEntry, KeyedSlot, KeyedTable<ExceptionEntry>>(out, Section::kExceptions) &&
           fill_table<DeviceClassEntry, KeyedSlot, KeyedTable<DeviceClassEntry>>(out, Section::kDeviceClasses) &&
           fill_table<PairEntry, PairSlot, PairTable>(out, Section::kPairs) &&
           fill_table<LockEntry, LockSlot, LockSlotOf>(out, Section::kLocks) &&
           fill_table<MirrorEntry, MirrorSlot, MirrorTable>(out, Section::kMirror);
  }
  void fill_sieves(const Sections& out) {
    SieveFiller devices(out.of<uint64_t>(Section::kSieveDevices));
    SieveFiller subscribers(out.of<uint64_t>(Section::kSieveSubscribers));
    SieveFiller prefixes(out.of<uint64_t>(Section::kSievePrefixes));
    const auto add = [&](SubscriberKey who, NamedIn where) {
      (who.is_prefix() ? prefixes : subscribers).add(Sieves::subscriber_order(who), where);
    };
    source_.template visit<LockEntry>([&](const LockEntry& e, bool) {
      devices.add(Sieves::device_order(e.imei), NamedIn::kLocks);
      if (!e.imsi.empty()) add(SubscriberKey::exact(e.imsi), NamedIn::kLocks);
      if (!e.msisdn.empty()) add(SubscriberKey::exact(e.msisdn), NamedIn::kLocks);
    });
    source_.template visit<PairEntry>([&](const PairEntry& e, bool) {
      devices.add(Sieves::device_order(e.imei), NamedIn::kPairs);
      add(e.who, NamedIn::kPairs);
    });
    source_.template visit<SubscriberEntry>([&](const SubscriberEntry& e, bool) { add(e.who, NamedIn::kEntries); });
    source_.template visit<ExceptionEntry>([&](const ExceptionEntry& e, bool) { add(e.who, NamedIn::kEntries); });
  }
  struct LockSlotOf {
    static LockSlot slot(const LockEntry& e, TermsId terms, bool gone) { return LockSlot::of(e, terms, gone); }
  };

  bool fill_imeis(const Sections& out) {
    const uint64_t hot_capacity = out.capacity(Section::kHot), side_capacity = out.capacity(Section::kSide);
    HashedFiller<uint64_t, HotTraits> hot(out.of<uint64_t>(Section::kHot), {hot_capacity});
    HashedFiller<SideSlot, RecordTraits<SideSlot>> side(out.of<SideSlot>(Section::kSide), {side_capacity});
    uint64_t scrambled = 0, value = 0;
    const auto flush = [&] {
      if (scrambled) hot.add(scrambled << kValueBits | value);
    };
    source_.template visit<ImeiEntry>([&](const ImeiEntry& e, bool gone) {
      const uint64_t key = scramble(identity::number(e.key()));
      if (key != scrambled) {
        flush();
        scrambled = key;
        value = 0;
      }
      if (gone) return;
      const TermsId terms = terms_.of(e.terms);
      const bool rule = e.svn_code() != ImeiEntry::kAnySvn;
      if (!rule) value |= e.lists().bits() | uint64_t{std::min(terms, kTermsInSide)} << kTermsShift;
      if (!rule && terms < kTermsInSide) return;
      value |= kSideFlag;
      side.add({SideSlot::place(key, e.svn_code()) | e.lists().bits(), terms, 0});
    });
    flush();
    return hot.finish() && side.finish();
  }
  template <class Entry, class Slot, class Table>
  bool fill_table(const Sections& out, Section section) {
    HashedFiller<Slot, RecordTraits<Slot>> filler(out.of<Slot>(section), {out.capacity(section)});
    source_.template visit<Entry>(
        [&](const Entry& e, bool gone) { filler.add(Table::slot(e, gone ? 0 : terms_.of(e.terms), gone)); });
    return filler.finish();
  }

  Source& source_;
  const size_t before_;
  LayerTerms terms_;
  LayerSizes sizes_;
  std::vector<RangeEntry> own_ranges_;
  std::span<const RangeEntry> ranges_;               ///< those not gone, in order
  std::vector<RangeEntry> touched_, touched_parts_;  ///< that older layers have, in order; what they cover
  BuiltLayer layer_;
};

}  // namespace eir::lists
