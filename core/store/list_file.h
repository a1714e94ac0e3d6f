// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/lists/entry.h"
#include "core/lists/ranges.h"
#include "core/store/csv_reader.h"

namespace eir::store {

/// Long work tells how far it is. Called at most every few thousand entries, from the working thread.
struct ProgressReport {
  std::string_view stage;    ///< "reading", "sorting", "storing", "indexing", "publishing"
  uint64_t done = 0;         ///< entries of this stage
  uint64_t octets_done = 0;  ///< of the file, while reading
  uint64_t octets_all = 0;
};
using Progress = std::function<void(const ProgressReport&)>;

/// Why a line was refused. Names (code_name) stand in reports and are stable.
enum class LineCode : uint8_t {
  kFieldCount,     ///< "field-count": more or fewer fields than the header
  kQuote,          ///< "quote": quoting that RFC 4180 does not allow, or without an end
  kLineTooLong,    ///< "line-too-long": over kRecordOctetsMax
  kImeiForm,       ///< "imei-form": neither 8, 14, 15 or 16 digits nor from-to
  kCheckDigit,     ///< "check-digit": the 15th digit is wrong
  kImeiZero,       ///< "imei-zero": 14 zeros are no IMEI
  kRangeOrder,     ///< "range-order": ends before it begins
  kRangeOverlap,   ///< "range-overlap": meets another range without one holding the other
  kRangeRepeated,  ///< "range-repeated": the same range twice
  kListName,       ///< "list-name": not white, grey, black, or several joined with '+'
  kSvnForm,        ///< "svn-form": not two digits
  kSvnConflict,    ///< "svn-conflict": digits 15 and 16 say another software version
  kSvnOnRange,     ///< "svn-on-range": a range or TAC holds for any software version
  kReasonLength,   ///< "reason-length": over 64 octets
  kReasonText,     ///< "reason-text": not UTF-8, or control characters
  kContradiction,  ///< "contradiction": the same IMEI and software version otherwise, in an earlier line
};
inline constexpr unsigned kLineCodes = 16;
std::string_view code_name(LineCode code) noexcept;

/// One refused line.
struct BadLine {
  uint32_t line = 0;        ///< from 1
  std::string_view column;  ///< its name in the header; empty for the whole line
  LineCode code{};
  std::string text;  ///< one sentence for a person
};

inline constexpr size_t kBadLinesKept = 1'000'000;  ///< more are counted only
inline constexpr uint64_t kEntriesMax = 200'000'000;
inline constexpr uint64_t kReasonsMax = 50'000'000;  ///< different texts; their octets stay under 2^32

/// What a list file says. Entries sorted, each place once, ranges nested or apart.
struct ListFile {
  std::vector<lists::ImeiEntry> imeis;
  std::vector<lists::RangeEntry> ranges;
  lists::TermsPool reasons;
  std::vector<BadLine> bad;  ///< by line
  uint64_t lines_bad = 0;    ///< also those beyond kBadLinesKept
  uint64_t rows = 0;         ///< data lines
  uint64_t repeats = 0;      ///< exact repeats of an earlier line

  void refuse(uint32_t line, std::string_view column, LineCode code, std::string text);
};

/// Refuses a range line that cannot stand beside another; `with` names where the other stands.
void refuse_range(ListFile& list, const lists::RangeConflict& conflict, const std::string& with);

/// Reads a list file: UTF-8, optional BOM, LF or CRLF, RFC 4180 quoting, '#' comment lines, empty lines
/// skipped, a header of exactly `imei,list` or `imei,list,svn,reason`.
/// Errors: the file cannot be read, the header is another, or it is over the bounds; nothing is taken.
/// Bad lines are no error: they stand in the result. Threads: pure. Allocates: yes.
base::Result<ListFile, base::Problem> read_list_file(const std::string& path, const Progress& progress = {});
/// The same from octets in memory. `name` stands in problems.
base::Result<ListFile, base::Problem> read_list(std::string_view text, const std::string& name,
                                                const Progress& progress = {});

/// The report: a CSV of line,column,code,text, with a last row of its own when more lines were bad than kept.
std::string bad_line_report(const ListFile& list);

}  // namespace eir::store
