// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/csv_reader.h"

#include <algorithm>
#include <cstring>

namespace eir::files {

bool CsvReader::skip_idle_lines() {
  while (pos_ < text_.size()) {
    const char c = text_[pos_];
    if (c == '\n') {
      pos_ += 1;
    } else if (c == '\r' && pos_ + 1 < text_.size() && text_[pos_ + 1] == '\n') {
      pos_ += 2;
    } else if (c == '#') {
      const size_t end = text_.find('\n', pos_);
      pos_ = end == std::string_view::npos ? text_.size() : end + 1;
    } else {
      return true;
    }
    ++next_line_;
  }
  return false;
}

/// Gives the record up and goes on behind the line it began in.
CsvReader::Outcome CsvReader::fail(Outcome why, size_t start) {
  const size_t end = text_.find('\n', start);
  pos_ = end == std::string_view::npos ? text_.size() : end + 1;
  next_line_ = line_ + 1;
  count_ = 0;
  return why;
}

bool CsvReader::quoted_field(std::string_view& out, Outcome& why) {
  const size_t begin = ++pos_;
  const size_t copy_begin = unquoted_len_;
  size_t run = begin;
  while (true) {
    while (pos_ < record_end_ && text_[pos_] != '"') next_line_ += text_[pos_++] == '\n';
    if (pos_ == record_end_) {
      why = record_end_ == text_.size() ? Outcome::kQuote : Outcome::kTooLong;
      return false;
    }
    const size_t quote = pos_++;
    if (pos_ < record_end_ && text_[pos_] == '"') {
      // A doubled quote: what came so far, one quote kept, moves to the buffer, which no record outgrows.
      const size_t len = quote + 1 - run;
      std::memcpy(unquoted_.data() + unquoted_len_, text_.data() + run, len);
      unquoted_len_ += len;
      run = ++pos_;
      continue;
    }
    if (run == begin) {
      out = text_.substr(begin, quote - begin);
    } else {
      std::memcpy(unquoted_.data() + unquoted_len_, text_.data() + run, quote - run);
      unquoted_len_ += quote - run;
      out = {unquoted_.data() + copy_begin, unquoted_len_ - copy_begin};
    }
    return true;
  }
}

bool CsvReader::plain_field(std::string_view& out, Outcome& why) {
  const size_t begin = pos_;
  for (; pos_ < record_end_; ++pos_) {
    const char c = text_[pos_];
    if (c == ',' || c == '\n') break;
    if (c == '"') {
      why = Outcome::kQuote;
      return false;
    }
  }
  if (pos_ == record_end_ && record_end_ != text_.size()) {
    why = Outcome::kTooLong;
    return false;
  }
  out = text_.substr(begin, pos_ - begin);
  if ((pos_ == text_.size() || text_[pos_] == '\n') && !out.empty() && out.back() == '\r') out.remove_suffix(1);
  return true;
}

CsvReader::Outcome CsvReader::next() {
  count_ = 0;
  unquoted_len_ = 0;
  if (!skip_idle_lines()) return Outcome::kEnd;
  line_ = next_line_;
  const size_t start = begin_ = pos_;
  record_end_ = std::min(text_.size(), start + kRecordOctetsMax);
  while (true) {
    if (count_ == kFieldsMax) return fail(Outcome::kTooManyFields, start);
    if (pos_ >= record_end_ && record_end_ != text_.size()) return fail(Outcome::kTooLong, start);
    Outcome why = Outcome::kRecord;
    std::string_view& out = fields_[count_];
    const bool quoted = pos_ < text_.size() && text_[pos_] == '"';
    if (!(quoted ? quoted_field(out, why) : plain_field(out, why))) return fail(why, start);
    ++count_;
    if (quoted && pos_ < text_.size() && text_[pos_] == '\r' && (pos_ + 1 == text_.size() || text_[pos_ + 1] == '\n'))
      ++pos_;
    if (pos_ == text_.size()) {
      next_line_ += 1;
      return Outcome::kRecord;
    }
    const char c = text_[pos_++];
    if (c == '\n') {
      next_line_ += 1;
      return Outcome::kRecord;
    }
    if (c != ',') return fail(Outcome::kQuote, start);
  }
}

}  // namespace eir::files
