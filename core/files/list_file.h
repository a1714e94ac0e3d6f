// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/files/progress.h"
#include "core/lists/crowds.h"
#include "core/lists/entries.h"
#include "core/lists/ranges.h"

namespace eir::files {

/// Why a line was refused. Names (code_name) stand in reports and are stable.
enum class LineCode : uint8_t {
  kFieldCount,        ///< "field-count": more or fewer fields than the header
  kQuote,             ///< "quote": quoting that RFC 4180 does not allow, or without an end
  kLineTooLong,       ///< "line-too-long": over kRecordOctetsMax
  kImeiForm,          ///< "imei-form": neither 8, 14, 15 or 16 digits nor from-to, or not of the layout
  kCheckDigit,        ///< "check-digit": the 15th digit is wrong
  kImeiZero,          ///< "imei-zero": 14 zeros are no IMEI
  kRangeOrder,        ///< "range-order": ends before it begins
  kRangeOverlap,      ///< "range-overlap": meets another range without one holding the other
  kRangeRepeated,     ///< "range-repeated": the same range twice
  kListName,          ///< "list-name": not white, grey, black, or several joined with '+'
  kSvnForm,           ///< "svn-form": not two digits
  kSvnConflict,       ///< "svn-conflict": digits 15 and 16 say another software version
  kSvnOnRange,        ///< "svn-on-range": a range or TAC holds for any software version
  kReasonLength,      ///< "reason-length": over 64 octets
  kReasonText,        ///< "reason-text": not UTF-8, or control characters
  kContradiction,     ///< "contradiction": an earlier line says otherwise of the same
  kDateForm,          ///< "date-form": no date as the layout has them
  kDateOrder,         ///< "date-order": valid_until is not after valid_from
  kNextWithoutUntil,  ///< "next-without-until": nothing says when it begins
  kSubscriberForm,    ///< "subscriber-form": neither imsi: nor msisdn: with digits, or a prefix where none may stand
  kImsiForm,          ///< "imsi-form": not 1 to 15 digits
  kMsisdnForm,        ///< "msisdn-form": not 1 to 15 digits
  kLockSubscriber,    ///< "lock-subscriber": neither IMSI nor MSISDN is named
  kPolicyName,        ///< "policy-name": not mutual, device or subscriber
  kRulingName,        ///< "ruling-name": not white, black, grey, unknown or go-on
  kTacForm,           ///< "tac-form": not 8 digits
  kClassEmpty,        ///< "class-empty": a device class without a name
  kEventName,         ///< "event-name": says neither block nor unblock
  kRangeDepth,        ///< "range-depth": nested deeper than a source's ranges may be
  kLockCrowd,         ///< "lock-crowd": there are lists::kLocksOfOneMax locks of the device or subscriber before it
};
inline constexpr unsigned kLineCodes = 30;
std::string_view code_name(LineCode code) noexcept;

/// One refused line.
struct BadLine {
  uint32_t file = 0;        ///< which of the files read together, from 0
  uint32_t line = 0;        ///< from 1
  std::string_view column;  ///< its name in the header; empty for the whole line
  LineCode code{};
  std::string text;  ///< one sentence for a person
};

inline constexpr size_t kBadLinesKept = 1'000'000;  ///< more are counted only
inline constexpr uint64_t kEntriesMax = 200'000'000;
inline constexpr uint64_t kTermsMax = 50'000'000;  ///< different ones; their octets stay under 2^32

/// What list files say. Entries sorted, each place once, ranges nested or apart. The `line` of an entry counts
/// through all files read together.
struct ListFile {
  lists::Entries entries;
  lists::Entries gone;  ///< places that are to be taken away; only of layouts with events, and never empty of these
                        ///< without being asked for: to be applied on top, not in place
  lists::TermsPool terms;
  std::vector<BadLine> bad;  ///< by line
  uint64_t lines_bad = 0;    ///< also those beyond kBadLinesKept
  uint64_t rows = 0;         ///< data lines
  uint64_t repeats = 0;      ///< exact repeats of an earlier line

  /// A file's share of the lines.
  struct Part {
    std::string name;
    uint32_t line_base = 0;  ///< its line n is line line_base + n of all
  };
  std::vector<Part> parts;

  void refuse(uint32_t line, std::string_view column, LineCode code, std::string text);
  /// "line 7", or "line 7 of b.csv" when there are several files.
  std::string place(uint32_t line) const;
};

/// Refuses a range line that cannot stand beside another; `with` names where the other stands.
void refuse_range(ListFile& list, const lists::RangeConflict& conflict, const std::string& with);
/// Refuses the lines of locks that are too many, and takes them out.
void refuse_locks(ListFile& list, std::vector<lists::LockCrowd> crowds);

/// Reads list files of any layout (core/files/layout.h) as one list: UTF-8, optional BOM, LF or CRLF, RFC 4180
/// quoting, '#' comment lines, empty lines skipped, a header line that says what the file holds.
/// Errors: a file cannot be read, its header is none, or they are over the bounds; nothing is taken.
/// Bad lines are no error: they stand in the result. Threads: pure; parses with as many as the machine has.
/// Allocates: 16 octets for each IMEI, and for the chunks on their way.
base::Result<ListFile, base::Problem> read_list_files(std::span<const std::string> paths,
                                                      const Progress& progress = {});
base::Result<ListFile, base::Problem> read_list_file(const std::string& path, const Progress& progress = {});
/// The same from octets in memory. `name` stands in problems. Chunks of `chunk_octets` are parsed apart, with the
/// same result whatever their size.
inline constexpr size_t kChunkOctets = size_t{4} << 20;
base::Result<ListFile, base::Problem> read_list(std::string_view text, const std::string& name,
                                                const Progress& progress = {}, size_t chunk_octets = kChunkOctets);

/// The report: a CSV of line,column,code,text, with a first column `file` when several were read, and a last row of
/// its own when more lines were bad than kept.
std::string bad_line_report(const ListFile& list);

}  // namespace eir::files
