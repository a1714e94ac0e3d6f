// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/layer_builder.h"

#include <fmt/format.h>

#include <string_view>
#include <unordered_map>

#include "core/lists/range_filler.h"

namespace eir::lists {

using snapshot_format::Section;

uint64_t LayerTerms::number_them() {
  std::vector<TermsId> order;
  for (TermsId id = 1; id < pool_.size(); ++id)
    if (used_[id]) order.push_back(id);
  std::sort(order.begin(), order.end(), [&](TermsId a, TermsId b) {
    return imei_uses_[a] != imei_uses_[b] ? imei_uses_[a] > imei_uses_[b] : a < b;
  });
  numbers_.assign(pool_.size(), 0);
  rows.assign(1, {});
  reason_ends.assign(1, 0);
  std::unordered_map<std::string_view, uint32_t> reasons{{{}, 0}};
  uint64_t in_side = 0;
  for (const TermsId id : order) {
    const Terms& t = pool_.of(id);
    const auto [reason, fresh] = reasons.emplace(t.reason, static_cast<uint32_t>(reason_ends.size()));
    if (fresh) {
      text.insert(text.end(), t.reason.begin(), t.reason.end());
      reason_ends.push_back(static_cast<uint32_t>(text.size()));
    }
    numbers_[id] = static_cast<TermsId>(rows.size());
    if (rows.size() >= kTermsInSide) in_side += imei_uses_[id];
    rows.push_back(
        {t.from.time_since_epoch().count(), t.until.time_since_epoch().count(), reason->second, t.next.bits()});
  }
  return in_side;
}

Layout lay_out(const LayerSizes& n, const LayerTerms& terms, size_t before, uint64_t tails) {
  Layout out(before);
  out.add_hashed<uint64_t>(Section::kHot, n.keys, tails);
  out.add_hashed<SideSlot>(Section::kSide, n.rules + n.in_side, tails);
  out.add<TermsRow>(Section::kTerms, terms.rows.size());
  out.add<uint32_t>(Section::kReasonEnds, terms.reason_ends.size());
  out.add<char>(Section::kReasonText, terms.text.size());
  const auto add_edges = [&](Section edges, Section tree, uint64_t ranges) {
    const uint64_t blocks = RangeFiller::blocks_for(ranges);
    out.add<RangeEdge>(edges, blocks * RangeTree::kBlock);
    out.add<uint64_t>(tree, RangeTree(blocks).size(), blocks);
  };
  add_edges(Section::kRangeEdges, Section::kRangeTree, n.ranges);
  if (n.ranges_with_terms) out.add<TermsId>(Section::kRangeTerms, n.ranges);
  add_edges(Section::kTouchedEdges, Section::kTouchedTree, n.touched_parts);
  out.add_hashed<PlaceSlot>(Section::kRangesTouched, n.touched, tails);
  out.add_hashed<KeyedSlot>(Section::kSubscribers, n.subscribers, tails);
  out.add_hashed<KeyedSlot>(Section::kExceptions, n.exceptions, tails);
  out.add_hashed<KeyedSlot>(Section::kDeviceClasses, n.device_classes, tails);
  out.add_hashed<PairSlot>(Section::kPairs, n.pairs, tails);
  out.add_hashed<LockSlot>(Section::kLocks, n.locks, tails);
  out.add_hashed<uint32_t>(Section::kLocksByImsi, n.locks_imsi, tails);
  out.add_hashed<uint32_t>(Section::kLocksByMsisdn, n.locks_msisdn, tails);
  out.add_hashed<MirrorSlot>(Section::kMirror, n.mirror, tails);
  out.add_hashed<uint32_t>(Section::kMirrorByMsisdn, n.mirrored, tails);
  out.add<uint64_t>(Section::kPrefixes, 2);
  // Never without: an absent sieve lets everything pass.
  out.add<uint64_t>(Section::kSieveDevices, Sieve::words_for(n.locks + n.pairs));
  out.add<uint64_t>(Section::kSieveSubscribers, Sieve::words_for(n.named_subscribers));
  out.add<uint64_t>(Section::kSievePrefixes, Sieve::words_for(n.named_prefixes));
  return out;
}

base::Result<void, base::Problem> fill_ranges(const Sections& out, std::span<const RangeEntry> sorted,
                                              const LayerTerms& terms) {
  RangeFiller filler(out.of<RangeEdge>(Section::kRangeEdges), out.of<TermsId>(Section::kRangeTerms),
                     out.of<uint64_t>(Section::kRangeTree));
  for (RangeEntry r : sorted) {
    r.terms = terms.of(r.terms);
    if (!filler.add(r))
      return base::problem(
          "", fmt::format("ranges are nested more than {} deep at {}", kRangeDepthMax, identity::to_string(r.from)));
  }
  filler.finish();
  return {};
}

bool fill_touched(const Sections& out, std::span<const RangeEntry> places, std::span<const RangeEntry> parts) {
  if (places.empty()) return true;
  RangeFiller cover(out.of<RangeEdge>(Section::kTouchedEdges), {}, out.of<uint64_t>(Section::kTouchedTree));
  for (const RangeEntry& part : parts) (void)cover.add(part);  // no depth: they stand apart
  cover.finish();
  HashedFiller<PlaceSlot, RecordTraits<PlaceSlot>> filler(out.of<PlaceSlot>(Section::kRangesTouched),
                                                          {out.capacity(Section::kRangesTouched)});
  for (const RangeEntry& e : places) filler.add({identity::number(e.from), identity::number(e.to) + 1});
  return filler.finish();
}

std::vector<RangeEntry> cover_of(std::span<const RangeEntry> sorted) {
  std::vector<RangeEntry> parts;
  for (const RangeEntry& e : sorted) {
    if (parts.empty() || e.from > parts.back().to) {
      parts.push_back({e.from, e.to, {}, 0, 0});
    } else {
      parts.back().to = std::max(parts.back().to, e.to);
    }
  }
  return parts;
}

namespace {

template <class Record, class By, class Live>
bool fill_index(const Sections& out, Section records, Section index, Live live) {
  const auto table = out.of<Record>(records);
  HashedFiller<uint32_t, IndexTraits<Record, By>> filler(out.of<uint32_t>(index), {out.capacity(index), table.data()});
  for (size_t i = 0; i < table.size(); ++i)
    if (table[i].used() && live(table[i])) filler.add(static_cast<uint32_t>(i + 1));
  return filler.finish();
}

}  // namespace

bool fill_indexes(const Sections& out) {
  constexpr unsigned kShift = LockSlot::kDigitsShift;
  return fill_index<LockSlot, LockByImsi>(out, Section::kLocks, Section::kLocksByImsi,
                                          [](const LockSlot& s) { return !s.gone() && s.imsi >> kShift; }) &&
         fill_index<LockSlot, LockByMsisdn>(out, Section::kLocks, Section::kLocksByMsisdn,
                                            [](const LockSlot& s) { return !s.gone() && s.msisdn >> kShift; }) &&
         fill_index<MirrorSlot, MirrorByMsisdn>(out, Section::kMirror, Section::kMirrorByMsisdn,
                                                [](const MirrorSlot& s) { return s.msisdn != 0; });
}

}  // namespace eir::lists
