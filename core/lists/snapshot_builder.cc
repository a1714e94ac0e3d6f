// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <cstring>

#include "core/lists/snapshot.h"
#include "core/lists/snapshot_format.h"

namespace eir::lists {
namespace {

using snapshot_format::aligned;
using snapshot_format::Header;
using snapshot_format::Section;

struct Part {
  Section kind;
  std::span<const uint8_t> data;
  uint64_t parameter = 0;
};

template <class T>
std::span<const uint8_t> octets(const std::vector<T>& v) {
  return {reinterpret_cast<const uint8_t*>(v.data()), v.size() * sizeof(T)};
}

}  // namespace

std::vector<uint64_t> SnapshotBuilder::build(std::span<const ImeiEntry> imeis, std::span<const RangeEntry> ranges,
                                             const TermsPool& reasons, const SnapshotInfo& info) {
  const TableStore t = build_tables(imeis, ranges, reasons);
  const Part parts[] = {
      {Section::kHot, octets(t.hot), t.hot_capacity}, {Section::kSide, octets(t.side), t.side_capacity},
      {Section::kClasses, octets(t.classes)},         {Section::kCuts, octets(t.cuts)},
      {Section::kCutSteps, octets(t.cut_steps)},      {Section::kRangeNotes, octets(t.range_notes)},
      {Section::kReasonEnds, octets(t.reason_ends)},  {Section::kReasonText, octets(t.reason_text)},
  };
  Header h;
  h.header_octets = sizeof h;
  h.file_octets = sizeof h;
  for (const Part& p : parts) h.file_octets += aligned(p.data.size());
  std::vector<uint64_t> image(h.file_octets / sizeof(uint64_t));
  auto* const out = reinterpret_cast<uint8_t*>(image.data());
  size_t at = sizeof h;
  for (const Part& p : parts) {
    const size_t padded = aligned(p.data.size());
    if (!p.data.empty()) std::memcpy(out + at, p.data.data(), p.data.size());
    const uint64_t sum = checksum({out + at, padded});
    h.sections[h.section_count++] = {static_cast<uint32_t>(p.kind), 0, at, p.data.size(), sum, p.parameter};
    at += padded;
  }
  h.epoch = info.version.epoch;
  h.number = info.version.number;
  h.created_at = info.created_at.time_since_epoch().count();
  h.digest_high = info.digest.high;
  h.digest_low = info.digest.low;
  h.counts = {info.counts.imeis, info.counts.svn_rules, info.counts.tacs, info.counts.ranges};
  h.checksum = checksum({reinterpret_cast<const uint8_t*>(&h), offsetof(Header, checksum)});
  std::memcpy(out, &h, sizeof h);
  return image;
}

std::shared_ptr<const Snapshot> SnapshotBuilder::in_memory(std::vector<ImeiEntry> imeis, std::vector<RangeEntry> ranges,
                                                           const TermsPool& reasons, Version version) {
  std::sort(imeis.begin(), imeis.end(), [](const ImeiEntry& a, const ImeiEntry& b) { return a.word < b.word; });
  std::sort(ranges.begin(), ranges.end());
  SnapshotInfo info;
  info.version = version;
  for (const ImeiEntry& e : imeis) info.counts.add(e);
  for (const RangeEntry& r : ranges) info.counts.add(r);
  return Snapshot::adopt(build(imeis, ranges, reasons, info)).value_or(nullptr);
}

}  // namespace eir::lists
