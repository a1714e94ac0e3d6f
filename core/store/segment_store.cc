// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/segment_store.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::store {
namespace {

using identity::number;
using lists::EntryKind;
using lists::ImeiEntry;
using lists::RangeEntry;

constexpr size_t kSegmentsPerCommit = 64;

void bounds(SegmentRow& row, std::span<const ImeiEntry> part) {
  row.kind = EntryKind::kImei;
  row.first = number(part.front().key());
  row.last = number(part.back().key());
}
void bounds(SegmentRow& row, std::span<const RangeEntry> part) {
  row.kind = EntryKind::kRange;
  row.first = number(part.front().from);
  for (const RangeEntry& r : part) row.last = std::max(row.last, number(r.to));
}

}  // namespace

template <class Entry>
bool SegmentStore::put_all(std::span<const Entry> entries, const lists::TermsPool& reasons, bool in_transaction,
                           std::vector<SegmentRow>& rows, const Progress& progress) {
  Statement insert(db_, "INSERT INTO segments(sha256, data) VALUES(?,?)");
  bool open = false;
  for (size_t at = 0, n = 0; at < entries.size(); at += kSegmentEntries, ++n) {
    const auto part = entries.subspan(at, std::min(kSegmentEntries, entries.size() - at));
    const std::vector<uint8_t> data = encode_segment(part, reasons);
    SegmentRow row;
    bounds(row, part);
    row.entries = static_cast<uint32_t>(part.size());
    row.sha256 = Sha256::of(data);
    if (!in_transaction && n % kSegmentsPerCommit == 0) {
      if (open && !db_.exec("COMMIT")) return false;
      if (!db_.exec("BEGIN IMMEDIATE")) return false;
      open = true;
    }
    if (!insert.bind_blob(row.sha256).bind_blob(data).run()) {
      if (open) db_.exec("ROLLBACK");
      return false;
    }
    row.id = db_.last_id();
    rows.push_back(row);
    if (progress) progress({"storing", at + part.size(), 0, 0});
  }
  return !open || db_.exec("COMMIT");
}

bool SegmentStore::put(std::span<const ImeiEntry> entries, const lists::TermsPool& reasons, bool in_transaction,
                       std::vector<SegmentRow>& rows, const Progress& progress) {
  return put_all(entries, reasons, in_transaction, rows, progress);
}

bool SegmentStore::put(std::span<const RangeEntry> entries, const lists::TermsPool& reasons, bool in_transaction,
                       std::vector<SegmentRow>& rows) {
  return put_all(entries, reasons, in_transaction, rows, {});
}

bool SegmentStore::get(const SegmentRow& row, Entries& out, lists::TermsPool& reasons) {
  Statement select(db_, "SELECT data FROM segments WHERE id=?");
  select.bind(row.id);
  if (!select.step()) {
    if (select.ok()) damage_ = fmt::format("segment {} is missing", row.id);
    return false;
  }
  const auto data = select.blob(0);
  const size_t had = out.imeis.size() + out.ranges.size();
  if (Sha256::of(data) != row.sha256 ||
      !(row.kind == EntryKind::kImei ? decode_segment(data, out.imeis, reasons)
                                     : decode_segment(data, out.ranges, reasons)) ||
      out.imeis.size() + out.ranges.size() - had != row.entries) {
    damage_ = fmt::format("segment {} is damaged", row.id);
    return false;
  }
  return true;
}

bool SegmentStore::get_all(const std::vector<SegmentRow>& rows, Entries& out, lists::TermsPool& reasons) {
  size_t imeis = 0;
  for (const SegmentRow& row : rows) imeis += row.kind == EntryKind::kImei ? row.entries : 0;
  out.imeis.reserve(out.imeis.size() + imeis);
  return std::all_of(rows.begin(), rows.end(), [&](const SegmentRow& row) { return get(row, out, reasons); });
}

bool SegmentStore::get_keys(const std::vector<SegmentRow>& rows, std::span<const uint64_t> keys,
                            lists::TermsPool& reasons, std::vector<ImeiEntry>& out) {
  Entries part;
  for (const SegmentRow& row : rows) {
    if (row.kind != EntryKind::kImei) continue;
    auto key = std::lower_bound(keys.begin(), keys.end(), row.first);
    if (key == keys.end() || *key > row.last) continue;
    part.imeis.clear();
    if (!get(row, part, reasons)) return false;
    for (const ImeiEntry& e : part.imeis) {
      while (key != keys.end() && *key < number(e.key())) ++key;
      if (key == keys.end()) break;
      if (*key == number(e.key())) out.push_back(e);
    }
  }
  return true;
}

bool SegmentStore::drop_unlisted() {
  return db_.exec("DELETE FROM segments WHERE id NOT IN (SELECT segment FROM segment_list)");
}

}  // namespace eir::store
