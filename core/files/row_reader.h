// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/files/csv_reader.h"
#include "core/files/layout.h"
#include "core/files/list_file.h"

namespace eir::files {

/// Rows of one piece of a file, as they came: neither sorted nor compared. Lines count from the piece's beginning.
/// An IMEI that an event takes away is an entry on no list.
struct Rows {
  lists::Entries entries;
  lists::TermsPool terms;
  std::vector<BadLine> bad;
  uint64_t count = 0;
};

/// Turns records into entries of the layout's kind. Threads: one. Allocates: yes.
class RowReader {
 public:
  RowReader(const Layout& layout, Rows& out) : layout_(layout), out_(out) {}
  /// The record that `csv` read with `outcome`, which is not kEnd.
  void take(const CsvReader& csv, CsvReader::Outcome outcome);

 private:
  bool bad(Column column, LineCode code, std::string text);
  void bad_record(LineCode code, std::string text);
  /// A column's field; empty where the file has no such column.
  std::string_view field(Column c) const {
    const int at = layout_.at(c);
    return at < 0 ? std::string_view() : csv_->field(static_cast<size_t>(at));
  }
  bool imei_or_range();
  bool black_list();
  bool other_kind();
  bool device(identity::ImeiKey& key);
  bool list(lists::ListSet& set);
  bool subscriber(lists::SubscriberKey& who, bool prefix_too);
  bool digits(Column c, LineCode code, bool may_be_empty, identity::Digits& out);
  bool svn(std::optional<identity::Svn>& svn, bool is_range);
  bool range(std::string_view text, lists::RangeEntry& r);
  bool reason(Column c, std::string_view& text);
  bool date(Column c, base::UnixSeconds& t);
  bool terms(lists::TermsId& id);
  lists::TermsId intern(const lists::Terms& terms);

  const Layout& layout_;
  Rows& out_;
  const CsvReader* csv_ = nullptr;
  lists::Terms last_terms_;
  lists::TermsId last_id_ = 0;
};

}  // namespace eir::files
