// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/store/catalog.h"
#include "core/store/codec.h"
#include "core/store/list_file.h"

namespace eir::store {

/// A state of entries, sorted; reasons of a pool kept elsewhere.
struct Entries {
  std::vector<lists::ImeiEntry> imeis;
  std::vector<lists::RangeEntry> ranges;
  bool empty() const { return imeis.empty() && ranges.empty(); }
};

/// Segments in and out of the database. Threads: one. False or nothing when the database fails or a segment
/// is damaged; problem() says what.
class SegmentStore {
 public:
  explicit SegmentStore(Database& db) : db_(db) {}

  /// Stores entries as new segments and appends their rows. Unless `in_transaction`, commits every
  /// kSegmentsPerCommit, so that the log stays short; nobody reads them before a list names them.
  bool put(std::span<const lists::ImeiEntry> entries, const lists::TermsPool& reasons, bool in_transaction,
           std::vector<SegmentRow>& rows, const Progress& progress = {});
  bool put(std::span<const lists::RangeEntry> entries, const lists::TermsPool& reasons, bool in_transaction,
           std::vector<SegmentRow>& rows);
  /// Appends a segment's entries, its hash proven.
  bool get(const SegmentRow& row, Entries& out, lists::TermsPool& reasons);
  bool get_all(const std::vector<SegmentRow>& rows, Entries& out, lists::TermsPool& reasons);
  /// The entries of these sorted keys; reads only the segments that may hold them.
  bool get_keys(const std::vector<SegmentRow>& rows, std::span<const uint64_t> keys, lists::TermsPool& reasons,
                std::vector<lists::ImeiEntry>& out);
  /// Deletes the segments no list names.
  bool drop_unlisted();

  base::Problem problem() const {
    return damage_.empty() ? db_.problem() : base::Problem{db_.problem().where, damage_};
  }

 private:
  template <class Entry>
  bool put_all(std::span<const Entry> entries, const lists::TermsPool& reasons, bool in_transaction,
               std::vector<SegmentRow>& rows, const Progress& progress);

  Database& db_;
  std::string damage_;
};

}  // namespace eir::store
