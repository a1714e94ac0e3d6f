// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/list_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "core/lists/ranges.h"

namespace eir::store {
namespace {

using base::Problem;
using base::problem;
using identity::ImeiKey;
using identity::Svn;
using lists::ImeiEntry;
using lists::ListSet;
using lists::RangeEntry;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr uint64_t kProgressRows = 1 << 16;
constexpr std::array<std::string_view, 4> kColumns = {"imei", "list", "svn", "reason"};

struct CodeName {
  LineCode code;
  std::string_view name;
};
constexpr std::array<CodeName, kLineCodes> kCodeNames = {{
    {LineCode::kFieldCount, "field-count"},
    {LineCode::kQuote, "quote"},
    {LineCode::kLineTooLong, "line-too-long"},
    {LineCode::kImeiForm, "imei-form"},
    {LineCode::kCheckDigit, "check-digit"},
    {LineCode::kImeiZero, "imei-zero"},
    {LineCode::kRangeOrder, "range-order"},
    {LineCode::kRangeOverlap, "range-overlap"},
    {LineCode::kRangeRepeated, "range-repeated"},
    {LineCode::kListName, "list-name"},
    {LineCode::kSvnForm, "svn-form"},
    {LineCode::kSvnConflict, "svn-conflict"},
    {LineCode::kSvnOnRange, "svn-on-range"},
    {LineCode::kReasonLength, "reason-length"},
    {LineCode::kReasonText, "reason-text"},
    {LineCode::kContradiction, "contradiction"},
}};

/// Digits only, as a number. REQUIRES: at most 16 characters.
bool number_of(std::string_view text, uint64_t& out) {
  uint64_t v = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return false;
    v = v * 10 + static_cast<uint64_t>(c - '0');
  }
  out = v;
  return true;
}

/// Well-formed UTF-8 (RFC 3629) without control characters: it goes into logs and onto consoles.
bool printable_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7F) return false;
    const size_t more = c < 0x80 ? 0 : c < 0xC2 ? 4 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 4;
    if (more == 4 || i + more >= text.size()) return false;
    uint32_t point = more == 0 ? c : c & (0x3Fu >> more);
    for (size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3F);
    }
    if ((more == 1 && point < 0xA0) || (more == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) ||
        (more == 3 && (point < 0x10000 || point > 0x10FFFF)))
      return false;
    i += more + 1;
  }
  return true;
}

std::string shown(std::string_view text) {
  std::string out(text.substr(0, 40));
  for (char& c : out)
    if (static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) >= 0x7F) c = '?';
  return out;
}

/// One data line's meaning.
struct Row {
  bool is_range = false;
  ImeiKey from{}, to{};
  std::optional<Svn> svn;
  ListSet set;
};

class ListReader {
 public:
  ListReader(std::string_view text, const std::string& name, const Progress& progress)
      : whole_(text.size()), csv_(text), name_(name), progress_(progress) {}

  base::Result<ListFile, Problem> read() {
    if (auto ok = header(); !ok) return tl::unexpected(ok.error());
    for (auto outcome = csv_.next(); outcome != CsvReader::Outcome::kEnd; outcome = csv_.next()) {
      if (out_.rows == UINT32_MAX - 1 || out_.imeis.size() + out_.ranges.size() >= kEntriesMax ||
          out_.reasons.size() >= kReasonsMax)
        return problem(name_,
                       fmt::format("more than {} entries or {} reasons: split the file", kEntriesMax, kReasonsMax));
      if (++out_.rows % kProgressRows == 0 && progress_) progress_({"reading", out_.rows, csv_.offset(), whole_});
      record(outcome);
    }
    if (progress_) progress_({"sorting", out_.rows, whole_, whole_});
    settle_imeis();
    settle_ranges();
    std::stable_sort(out_.bad.begin(), out_.bad.end(),
                     [](const BadLine& a, const BadLine& b) { return a.line < b.line; });
    return std::move(out_);
  }

 private:
  base::Result<void, Problem> header() {
    const auto outcome = csv_.next();
    if (outcome == CsvReader::Outcome::kEnd) return problem(name_, "the header line imei,list[,svn,reason] is missing");
    bool right = outcome == CsvReader::Outcome::kRecord && (csv_.fields() == 2 || csv_.fields() == 4);
    for (size_t i = 0; right && i < csv_.fields(); ++i) right = csv_.field(i) == kColumns[i];
    if (!right)
      return problem(fmt::format("{}:{}", name_, csv_.line()),
                     "the header line must be exactly imei,list or imei,list,svn,reason");
    columns_ = csv_.fields();
    return {};
  }

  void bad(size_t column, LineCode code, std::string text) {
    out_.refuse(csv_.line(), column < kColumns.size() ? kColumns[column] : std::string_view(), code, std::move(text));
  }

  void record(CsvReader::Outcome outcome) {
    constexpr size_t kWhole = kColumns.size();
    switch (outcome) {
      case CsvReader::Outcome::kQuote:
        return bad(kWhole, LineCode::kQuote, "a quote where none may stand, or without its end");
      case CsvReader::Outcome::kTooLong:
        return bad(kWhole, LineCode::kLineTooLong, fmt::format("longer than {} octets", kRecordOctetsMax));
      case CsvReader::Outcome::kTooManyFields:
        return bad(kWhole, LineCode::kFieldCount,
                   fmt::format("more than {} fields, the header has {}", kFieldsMax, columns_));
      default: break;
    }
    if (csv_.fields() != columns_)
      return bad(kWhole, LineCode::kFieldCount, fmt::format("{} fields, the header has {}", csv_.fields(), columns_));
    Row row;
    if (!imei(csv_.field(0), row) || !list(csv_.field(1), row)) return;
    std::string_view reason;
    if (columns_ == 4) {
      if (!svn(csv_.field(2), row)) return;
      reason = csv_.field(3);
      if (reason.size() > lists::kReasonOctetsMax)
        return bad(3, LineCode::kReasonLength,
                   fmt::format("{} octets, at most {}", reason.size(), lists::kReasonOctetsMax));
      if (!printable_utf8(reason)) return bad(3, LineCode::kReasonText, "not UTF-8, or with control characters");
    }
    const lists::TermsId id = out_.reasons.intern(reason);
    if (row.is_range) {
      out_.ranges.push_back({row.from, row.to, row.set, id, csv_.line()});
    } else {
      out_.imeis.push_back(ImeiEntry::make(row.from, row.svn, row.set, id, csv_.line()));
    }
  }

  bool imei(std::string_view text, Row& row) {
    uint64_t v = 0;
    if (text.size() == 29 && text[14] == '-') return range(text, row);
    const bool digits = text.size() <= 16 && number_of(text, v);
    if (!digits || (text.size() != 8 && (text.size() < 14 || text.size() > 16))) {
      bad(0, LineCode::kImeiForm, fmt::format("\"{}\": 8, 14, 15 or 16 digits or from-to with 14 each", shown(text)));
      return false;
    }
    if (text.size() == 8) {
      row.is_range = true;
      row.from = ImeiKey{v * RangeEntry::kTacSize};
      row.to = ImeiKey{v * RangeEntry::kTacSize + RangeEntry::kTacSize - 1};
      return true;
    }
    const unsigned check = static_cast<unsigned>(v % 10);
    row.from = ImeiKey{text.size() == 14 ? v : text.size() == 15 ? v / 10 : v / 100};
    if (text.size() == 16) row.svn = static_cast<Svn>(v % 100);
    if (number(row.from) == 0) {
      bad(0, LineCode::kImeiZero, "14 zeros are no IMEI; what they are answered is configured");
      return false;
    }
    if (text.size() == 15 && check != identity::check_digit(row.from)) {
      bad(0, LineCode::kCheckDigit,
          fmt::format("the check digit is {}, not {}", identity::check_digit(row.from), check));
      return false;
    }
    return true;
  }

  bool range(std::string_view text, Row& row) {
    uint64_t from = 0, to = 0;
    if (!number_of(text.substr(0, 14), from) || !number_of(text.substr(15), to)) {
      bad(0, LineCode::kImeiForm, fmt::format("\"{}\": from-to asks for 14 digits each", shown(text)));
      return false;
    }
    if (from > to) {
      bad(0, LineCode::kRangeOrder, "the range ends before it begins");
      return false;
    }
    row.is_range = true;
    row.from = ImeiKey{from};
    row.to = ImeiKey{to};
    return true;
  }

  bool list(std::string_view text, Row& row) {
    const auto set = ListSet::parse(text);
    if (!set) {
      bad(1, LineCode::kListName, fmt::format("\"{}\": white, grey or black, several joined with +", shown(text)));
      return false;
    }
    row.set = *set;
    return true;
  }

  bool svn(std::string_view text, Row& row) {
    if (text.empty()) return true;
    const auto given = identity::parse_svn(text);
    if (!given) {
      bad(2, LineCode::kSvnForm, fmt::format("\"{}\": two digits, or empty for any", shown(text)));
      return false;
    }
    if (row.is_range) {
      bad(2, LineCode::kSvnOnRange, "a range or TAC holds for any software version");
      return false;
    }
    if (row.svn && *row.svn != *given) {
      bad(2, LineCode::kSvnConflict, fmt::format("digits 15 and 16 of the IMEI say {:02}", *row.svn));
      return false;
    }
    row.svn = given;
    return true;
  }

  /// The first line of a place stands; what says the same again is counted, what says otherwise refused.
  void settle_imeis() {
    auto& all = out_.imeis;
    const auto before = [](const ImeiEntry& a, const ImeiEntry& b) {
      return a.place() != b.place() ? a.place() < b.place() : a.line < b.line;
    };
    if (!std::is_sorted(all.begin(), all.end(), before)) std::sort(all.begin(), all.end(), before);
    size_t kept = 0;
    for (const ImeiEntry& e : all) {
      if (kept == 0 || all[kept - 1].place() != e.place()) {
        all[kept++] = e;
      } else if (all[kept - 1].word == e.word && all[kept - 1].terms == e.terms) {
        ++out_.repeats;
      } else {
        out_.refuse(e.line, kColumns[0], LineCode::kContradiction,
                    fmt::format("line {} says otherwise of {}", all[kept - 1].line, to_string(e.key())));
      }
    }
    all.resize(kept);
  }

  void settle_ranges() {
    std::stable_sort(out_.ranges.begin(), out_.ranges.end());
    std::vector<lists::RangeConflict> conflicts;
    out_.ranges = lists::keep_nested(out_.ranges, conflicts);
    for (const auto& c : conflicts) refuse_range(out_, c, fmt::format("line {}", c.with.line));
  }

  const size_t whole_;
  CsvReader csv_;
  const std::string& name_;
  const Progress& progress_;
  size_t columns_ = 0;
  ListFile out_;
};

/// A file's text: mapped, or read when it cannot be (a pipe).
class FileText {
 public:
  ~FileText() {
    if (map_) munmap(map_, len_);
  }
  FileText() = default;
  FileText(const FileText&) = delete;
  FileText& operator=(const FileText&) = delete;

  base::Result<std::string_view, Problem> open(const std::string& path) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) return problem(path, fmt::format("cannot be opened: {}", std::strerror(errno)));
    struct stat st {};
    fstat(fd, &st);
    if (S_ISREG(st.st_mode) && st.st_size > 0) {
      len_ = static_cast<size_t>(st.st_size);
      void* map = mmap(nullptr, len_, PROT_READ, MAP_PRIVATE, fd, 0);
      if (map != MAP_FAILED) {
        map_ = map;
        madvise(map_, len_, MADV_SEQUENTIAL);
        ::close(fd);
        return std::string_view(static_cast<const char*>(map_), len_);
      }
    }
    char block[1 << 16];
    ssize_t got = 0;
    while ((got = ::read(fd, block, sizeof block)) > 0) held_.append(block, static_cast<size_t>(got));
    const int error = errno;
    ::close(fd);
    if (got < 0) return problem(path, fmt::format("cannot be read: {}", std::strerror(error)));
    return std::string_view(held_);
  }

 private:
  void* map_ = nullptr;
  size_t len_ = 0;
  std::string held_;
};

}  // namespace

std::string_view code_name(LineCode code) noexcept {
  for (const CodeName& c : kCodeNames)
    if (c.code == code) return c.name;
  return {};
}

void ListFile::refuse(uint32_t line, std::string_view column, LineCode code, std::string text) {
  ++lines_bad;
  if (bad.size() < kBadLinesKept) bad.push_back({line, column, code, std::move(text)});
}

void refuse_range(ListFile& list, const lists::RangeConflict& c, const std::string& with) {
  const auto name = [](const RangeEntry& r) { return to_string(r.from) + "-" + to_string(r.to); };
  list.refuse(c.refused.line, kColumns[0], c.same ? LineCode::kRangeRepeated : LineCode::kRangeOverlap,
              c.same ? fmt::format("{} stands in {} already", name(c.refused), with)
                     : fmt::format("{} overlaps partly with {} ({})", name(c.refused), name(c.with), with));
}

base::Result<ListFile, Problem> read_list(std::string_view text, const std::string& name, const Progress& progress) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  return ListReader(text, name, progress).read();
}

base::Result<ListFile, Problem> read_list_file(const std::string& path, const Progress& progress) {
  FileText file;
  const auto text = file.open(path);
  if (!text) return tl::unexpected(text.error());
  return read_list(*text, path, progress);
}

std::string bad_line_report(const ListFile& list) {
  std::string out = "line,column,code,text\n";
  for (const BadLine& b : list.bad) {
    out += fmt::format("{},{},{},\"", b.line, b.column, code_name(b.code));
    for (const char c : b.text) out.append(c == '"' ? 2 : 1, c);
    out += "\"\n";
  }
  if (list.lines_bad > list.bad.size())
    out += fmt::format(",,more,\"{} more lines were refused\"\n", list.lines_bad - list.bad.size());
  return out;
}

}  // namespace eir::store
