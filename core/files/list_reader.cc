// SPDX-License-Identifier: GPL-3.0-or-later
// Reading list files: pieces of a file are parsed on several threads and put together in their order.

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <filesystem>
#include <future>
#include <thread>

#include "core/files/list_file.h"
#include "core/files/row_reader.h"
#include "core/files/settle.h"

namespace eir::files {
namespace {

using base::Problem;
using base::problem;

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr unsigned kThreadsMax = 16;

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
  /// What came before `octets` is not looked at again.
  void let_go(size_t octets) {
    const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
    if (map_) madvise(map_, octets / page * page, MADV_DONTNEED);
  }

 private:
  void* map_ = nullptr;
  size_t len_ = 0;
  std::string held_;
};

/// Where a piece of a file begins and ends: at lines.
struct Piece {
  size_t begin = 0;
  size_t end = 0;
};
struct ParsedPiece {
  Piece piece;
  Rows rows;
  size_t stopped_at = 0;  ///< behind its last record, which may reach beyond the piece
  uint64_t lines = 0;     ///< line ends in it
};

/// Parses the records that begin in the piece.
ParsedPiece parse(std::string_view text, const Layout& layout, Piece piece) {
  ParsedPiece out;
  out.piece = piece;
  out.stopped_at = piece.end;
  CsvReader csv(text, piece.begin);
  RowReader rows(layout, out.rows);
  while (csv.end() < piece.end) {
    const auto outcome = csv.next();
    if (outcome == CsvReader::Outcome::kEnd || csv.begin() >= piece.end) break;
    rows.take(csv, outcome);
    out.stopped_at = std::max(piece.end, csv.end());
  }
  out.lines = static_cast<uint64_t>(std::count(text.begin() + static_cast<ptrdiff_t>(piece.begin),
                                               text.begin() + static_cast<ptrdiff_t>(piece.end), '\n'));
  return out;
}

/// One file's rows, appended to a list.
class ListReader {
 public:
  ListReader(std::string_view text, std::string name, const Progress& progress, ListFile& out, size_t chunk)
      : whole_(text.size()), text_(text), name_(std::move(name)), progress_(progress), out_(out), chunk_(chunk) {
    if (text_.starts_with(kByteOrderMark)) text_.remove_prefix(kByteOrderMark.size());
  }

  /// `let_go` is told how much of the text is read for good.
  base::Result<void, Problem> read(uint64_t line_base, const std::function<void(size_t)>& let_go) {
    out_.parts.push_back({name_, static_cast<uint32_t>(line_base)});
    lines_ = line_base;
    const auto layout = header();
    if (!layout) return tl::unexpected(layout.error());
    const unsigned threads = std::clamp(std::thread::hardware_concurrency(), 1u, kThreadsMax);
    std::deque<std::future<ParsedPiece>> working;
    size_t from = next_;
    const auto start = [&] {
      const Piece piece{from, line_begin_after(from + chunk_)};
      from = piece.end;
      working.push_back(std::async(std::launch::async, parse, text_, std::cref(*layout), piece));
    };
    while (next_ < text_.size()) {
      while (working.size() <= threads && from < text_.size()) start();
      ParsedPiece parsed = working.front().get();
      working.pop_front();
      // A record of the piece before may reach into this one: only then was its beginning guessed wrongly.
      if (parsed.piece.begin != next_) parsed = parse(text_, *layout, {next_, std::max(next_, parsed.piece.end)});
      if (auto ok = take(parsed); !ok) return ok;
      if (let_go) let_go(next_);
    }
    return {};
  }
  uint64_t lines() const { return lines_; }

 private:
  size_t line_begin_after(size_t at) const {
    if (at >= text_.size()) return text_.size();
    const size_t end = text_.find('\n', at);
    return end == std::string_view::npos ? text_.size() : end + 1;
  }

  base::Result<Layout, Problem> header() {
    CsvReader csv(text_);
    const auto outcome = csv.next();
    if (outcome == CsvReader::Outcome::kEnd) return problem(name_, "the header line is missing, one of " + headers());
    std::vector<std::string_view> names;
    for (size_t i = 0; i < csv.fields(); ++i) names.push_back(csv.field(i));
    const auto layout = outcome == CsvReader::Outcome::kRecord ? Layout::of_header(names) : std::nullopt;
    if (!layout) return problem(fmt::format("{}:{}", name_, csv.line()), "the header line must be one of " + headers());
    next_ = csv.end();
    lines_ += static_cast<uint64_t>(std::count(text_.begin(), text_.begin() + static_cast<ptrdiff_t>(next_), '\n'));
    return *layout;
  }
  static std::string headers() { return Layout::all_headers(); }

  base::Result<void, Problem> take(ParsedPiece& parsed) {
    Rows& rows = parsed.rows;
    out_.rows += rows.count;
    const uint64_t skipped = static_cast<uint64_t>(
        std::count(text_.begin() + static_cast<ptrdiff_t>(parsed.piece.end),
                   text_.begin() + static_cast<ptrdiff_t>(std::max(parsed.piece.end, parsed.stopped_at)), '\n'));
    if (lines_ + parsed.lines + skipped >= UINT32_MAX || out_.entries.size() + rows.entries.size() > kEntriesMax ||
        out_.terms.size() + rows.terms.size() > kTermsMax)
      return problem(name_, fmt::format("more than {} entries or {} reasons: split the file", kEntriesMax, kTermsMax));
    const auto line = static_cast<uint32_t>(lines_);
    for (BadLine& b : rows.bad) out_.refuse(line + b.line, b.column, b.code, std::move(b.text));
    std::vector<lists::TermsId> ids(rows.terms.size());
    for (lists::TermsId i = 0; i < ids.size(); ++i) ids[i] = out_.terms.intern(rows.terms.of(i));
    lists::Entries::for_each(rows.entries, [&]<class Entry>(std::vector<Entry>& more) {
      auto& all = out_.entries.of<Entry>();
      make_room(all, more.size(), parsed);
      for (Entry& e : more) {
        e.terms = ids[e.terms];
        e.line += line;
      }
      all.insert(all.end(), more.begin(), more.end());
    });
    next_ = parsed.stopped_at;
    lines_ += parsed.lines + skipped;
    if (progress_) progress_({"reading", out_.rows, whole_ - text_.size() + next_, whole_});
    return {};
  }

  /// As much as the whole file will need if it goes on as so far: a vector that doubles would hold three times that.
  template <class Entry>
  void make_room(std::vector<Entry>& all, size_t more, const ParsedPiece& parsed) {
    if (all.size() + more <= all.capacity()) return;
    const double octets = static_cast<double>(parsed.stopped_at - parsed.piece.begin);
    const double left = static_cast<double>(text_.size() - parsed.piece.begin);
    constexpr double kSpare = 1.02;
    all.reserve(all.size() + std::max(more, static_cast<size_t>(static_cast<double>(more) * left / octets * kSpare)));
  }

  const size_t whole_;
  std::string_view text_;
  const std::string name_;
  const Progress& progress_;
  ListFile& out_;
  const size_t chunk_;
  size_t next_ = 0;     ///< the octet behind what was taken
  uint64_t lines_ = 0;  ///< line ends before it, of all files
};

/// How much there is to read; 0 when a pipe is among them.
uint64_t octets_of(std::span<const std::string> paths) {
  uint64_t all = 0;
  for (const std::string& path : paths) {
    std::error_code error;
    const uint64_t octets = std::filesystem::file_size(path, error);
    if (error) return 0;
    all += octets;
  }
  return all;
}

base::Result<ListFile, Problem> finish(ListFile& list, const Progress& progress) {
  if (progress) progress({"sorting", list.rows, 0, 0});
  settle(list);
  return std::move(list);
}

}  // namespace

base::Result<ListFile, Problem> read_list(std::string_view text, const std::string& name, const Progress& progress,
                                          size_t chunk_octets) {
  ListFile list;
  ListReader reader(text, name, progress, list, chunk_octets);
  if (auto ok = reader.read(0, {}); !ok) return tl::unexpected(ok.error());
  return finish(list, progress);
}

base::Result<ListFile, Problem> read_list_files(std::span<const std::string> paths, const Progress& progress) {
  ListFile list;
  uint64_t lines = 0, octets_before = 0;
  const uint64_t octets_all = octets_of(paths);
  Progress of_all;
  if (progress)
    of_all = [&](ProgressReport r) {
      r.octets_done += octets_before;
      if (paths.size() > 1) r.octets_all = octets_all;
      progress(r);
    };
  for (const std::string& path : paths) {
    FileText file;
    const auto text = file.open(path);
    if (!text) return tl::unexpected(text.error());
    ListReader reader(*text, path, of_all, list, kChunkOctets);
    if (auto ok = reader.read(lines, [&](size_t octets) { file.let_go(octets); }); !ok)
      return tl::unexpected(ok.error());
    lines = reader.lines() + 1;  // a last line may have no end
    octets_before += text->size();
  }
  return finish(list, progress);
}

base::Result<ListFile, Problem> read_list_file(const std::string& path, const Progress& progress) {
  return read_list_files({&path, 1}, progress);
}

}  // namespace eir::files
