// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

namespace eir::files {

inline constexpr size_t kRecordOctetsMax = 4096;
inline constexpr size_t kFieldsMax = 8;

/// Reads records of RFC 4180 from text that is wholly in memory: LF or CRLF, quoted fields with doubled
/// quotes and line ends inside. Lines that begin with '#' and empty lines are passed over. A record that
/// is not well formed is named, and reading goes on at the next line, so that one stray quote costs one
/// line and not the file. Threads: one. Allocates: no.
class CsvReader {
 public:
  enum class Outcome : uint8_t {
    kRecord,
    kQuote,          ///< a quote inside an open field, text after a closing quote, or no closing quote
    kTooLong,        ///< over kRecordOctetsMax
    kTooManyFields,  ///< over kFieldsMax
    kEnd,
  };

  /// `text` without byte order mark; outlives the reader. Reading begins at `begin`, where a line begins.
  explicit CsvReader(std::string_view text, size_t begin = 0) : text_(text), pos_(begin) {}

  /// The next record. Fields are views into the text, or into this object when quotes were doubled; valid
  /// until the next call.
  Outcome next();
  size_t fields() const { return count_; }
  std::string_view field(size_t i) const { return fields_[i]; }
  /// Where the last record began: the line, from 1 at the reader's beginning, and the octet.
  uint32_t line() const { return line_; }
  size_t begin() const { return begin_; }
  /// The octet behind it.
  size_t end() const { return pos_; }

 private:
  bool skip_idle_lines();
  Outcome fail(Outcome why, size_t start);
  bool quoted_field(std::string_view& out, Outcome& why);
  bool plain_field(std::string_view& out, Outcome& why);

  std::string_view text_;
  size_t pos_ = 0;
  size_t begin_ = 0;
  size_t record_end_ = 0;  ///< no record may reach beyond
  uint32_t line_ = 0;
  uint32_t next_line_ = 1;  ///< of pos_
  size_t count_ = 0;
  std::array<std::string_view, kFieldsMax> fields_;
  std::array<char, kRecordOctetsMax> unquoted_;
  size_t unquoted_len_ = 0;
};

}  // namespace eir::files
