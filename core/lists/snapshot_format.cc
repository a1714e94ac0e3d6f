// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/snapshot_format.h"

#include <algorithm>

namespace eir::lists::snapshot_format {
namespace {

template <class T>
bool as(const SectionRow& row, std::span<const uint8_t> image, std::span<const T>& out) {
  if (row.octets % sizeof(T)) return false;
  out = {reinterpret_cast<const T*>(image.data() + row.offset), row.octets / sizeof(T)};
  return true;
}

template <class Table>
bool hashed(const SectionRow& row, std::span<const uint8_t> image, Table& out) {
  out.capacity = row.parameter;
  return as(row, image, out.slots);
}

bool well_shaped(const TermsTable& t) {
  if (t.rows.empty() || t.reason_ends.empty() || t.reason_ends[0] != 0) return false;
  return std::is_sorted(t.reason_ends.begin(), t.reason_ends.end()) && t.reason_ends.back() == t.text.size();
}

}  // namespace

bool place(const SectionRow& row, std::span<const uint8_t> image, Tables& t, RangesOfFormat3& older) {
  switch (static_cast<Section>(row.kind)) {
    case Section::kHot: t.imeis.hot_capacity = row.parameter; return as(row, image, t.imeis.hot);
    case Section::kSide: return hashed(row, image, t.imeis.side);
    case Section::kTerms: return as(row, image, t.terms.rows);
    case Section::kReasonEnds: return as(row, image, t.terms.reason_ends);
    case Section::kReasonText: return as(row, image, t.terms.text);
    case Section::kRangeStarts: return as(row, image, older.starts);
    case Section::kRangeEnds: return as(row, image, older.ends);
    case Section::kRangeOuter:
    case Section::kRangeSteps:
    case Section::kRangeStartTree:
    case Section::kSieveDevices3:
    case Section::kSieveSubscribers3:
    case Section::kSievePrefixes3: return true;
    case Section::kRangeEdges: return as(row, image, t.ranges.edges);
    case Section::kRangeTree: t.ranges.tree = RangeTree(row.parameter); return as(row, image, t.ranges.tree.words);
    case Section::kRangeTerms: return as(row, image, t.ranges.terms);
    case Section::kSieveDevices: return as(row, image, t.sieves.devices.words);
    case Section::kSieveSubscribers: return as(row, image, t.sieves.subscribers.words);
    case Section::kSievePrefixes: return as(row, image, t.sieves.prefixes.words);
    case Section::kRangesTouched: return hashed(row, image, t.ranges.touched);
    case Section::kTouchedEdges: return as(row, image, t.ranges.touched_parts.edges);
    case Section::kTouchedTree:
      t.ranges.touched_parts.tree = RangeTree(row.parameter);
      return as(row, image, t.ranges.touched_parts.tree.words);
    case Section::kSubscribers: return hashed(row, image, t.subscribers.table);
    case Section::kExceptions: return hashed(row, image, t.exceptions.table);
    case Section::kDeviceClasses: return hashed(row, image, t.device_classes.table);
    case Section::kPairs: return hashed(row, image, t.pairs.table);
    case Section::kLocks: return hashed(row, image, t.locks.table);
    case Section::kLocksByImsi: return hashed(row, image, t.locks.by_imsi);
    case Section::kLocksByMsisdn: return hashed(row, image, t.locks.by_msisdn);
    case Section::kMirror: return hashed(row, image, t.mirror.table);
    case Section::kMirrorByMsisdn: return hashed(row, image, t.mirror.by_msisdn);
    case Section::kPrefixes: {
      std::span<const uint64_t> masks;
      if (!as(row, image, masks) || masks.size() != 2) return false;
      t.subscribers.prefixes = masks[0];
      t.exceptions.prefixes = masks[1];
      return true;
    }
  }
  return false;
}

bool well_shaped(const Tables& t) {
  return well_shaped(t.terms) && t.imeis.well_shaped() && t.ranges.well_shaped() && t.subscribers.table.well_shaped() &&
         t.pairs.table.well_shaped() && t.locks.well_shaped() && t.mirror.well_shaped() &&
         t.exceptions.table.well_shaped() && t.device_classes.table.well_shaped() && t.sieves.well_shaped();
}

}  // namespace eir::lists::snapshot_format
