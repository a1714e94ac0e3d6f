// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/config_file.h"

#include <fmt/format.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "appliance/vty/osmovty.h"
#include "appliance/vty/sandbox.h"

namespace eir::appliance {
namespace {

constexpr unsigned kProblemsMax = 100;
constexpr uint64_t kFileOctetsMax = 4'000'000;

using Lines = std::vector<std::string>;

/// What lines are about. One for the process: libosmovty's commands are global.
struct Marks {
  unsigned line = 0;  ///< being read; 0: none
  std::map<std::string, unsigned> lines;
};
Marks& marks() {
  static Marks all;
  return all;
}

base::Result<Lines, base::Problem> read_lines(const std::string& path) {
  std::ifstream in(path);
  if (!in) return base::problem(path, std::strerror(errno));
  Lines lines;
  uint64_t octets = 0;
  for (std::string line; std::getline(in, line);) {
    octets += line.size() + 1;
    if (octets > kFileOctetsMax) return base::problem(path, "is too large for a configuration file");
    lines.push_back(line);
  }
  if (in.bad()) return base::problem(path, "cannot be read");
  return lines;
}

/// A stdio stream over lines that knows which line its reader is at: it gives out one line a read, and
/// stdio is told not to read ahead.
struct LineStream {
  const Lines& lines;
  size_t next = 0;    ///< the line given out next
  size_t offset = 0;  ///< octets of it already given out

  static ssize_t read(void* cookie, char* buf, size_t size) {
    auto& s = *static_cast<LineStream*>(cookie);
    if (s.next >= s.lines.size() || size == 0) return 0;
    if (s.offset == 0) marks().line = static_cast<unsigned>(s.next + 1);
    const std::string& line = s.lines[s.next];
    const size_t len = std::min(size, line.size() - s.offset);
    std::memcpy(buf, line.data() + s.offset, len);
    s.offset += len;
    if (s.offset < line.size() || len == size) return static_cast<ssize_t>(len);
    buf[len] = '\n';
    ++s.next;
    s.offset = 0;
    return static_cast<ssize_t>(len + 1);
  }
};

/// Reads lines through libosmovty. 0, or the number of the line it stopped at.
unsigned feed(const Lines& lines) {
  LineStream stream{lines};
  FILE* in = fopencookie(&stream, "r", {LineStream::read, nullptr, nullptr, nullptr});
  if (!in) return 1;
  std::setvbuf(in, nullptr, _IONBF, 0);
  const int rc = vty_read_config_filep(in, nullptr);
  std::fclose(in);
  marks().line = 0;
  if (rc == 0) return 0;
  return static_cast<unsigned>(std::max<size_t>(stream.offset == 0 ? stream.next : stream.next + 1, 1));
}

size_t indent_of(const std::string& line) { return std::min(line.find_first_not_of(" \t"), line.size()); }

/// Takes a refused line out, with what is indented below it, so that the rest can be read.
void blank_block(Lines& lines, unsigned line) {
  const size_t at = line - 1;
  const size_t indent = indent_of(lines[at]);
  lines[at].assign(1, '!');
  for (size_t i = at + 1; i < lines.size(); ++i) {
    const size_t in = indent_of(lines[i]);
    if (in < lines[i].size() && in <= indent) break;
    lines[i].assign(1, '!');
  }
}

/// What a child that reads a configuration reports.
struct Reading {
  unsigned stopped_at = 0;
  std::string said;                     ///< what the libraries wrote to stderr meanwhile
  std::vector<base::Problem> problems;  ///< of the validation, when reading went through
  std::vector<unsigned> problem_lines;
};

void read_as_child(const Lines& lines, const Validate& validate, int report_fd, int stderr_fd) {
  dup2(stderr_fd, STDERR_FILENO);
  nlohmann::json report;
  if (const auto ok = forbid_sockets(); !ok) {
    report["fatal"] = ok.error().message();
  } else {
    report["stopped_at"] = feed(lines);
    report["problems"] = nlohmann::json::array();
    if (report["stopped_at"] == 0u)
      for (const auto& p : validate())
        report["problems"].push_back({{"where", p.where}, {"text", p.text}, {"line", marked_line(p.where)}});
  }
  const std::string text = report.dump();
  std::fflush(stderr);
  if (write(report_fd, text.data(), text.size()) < 0) _exit(2);
  _exit(0);
}

std::string drain(int fd) {
  std::string text;
  char buf[4096];
  for (ssize_t n; (n = read(fd, buf, sizeof buf)) > 0;) text.append(buf, static_cast<size_t>(n));
  return text;
}

base::Result<Reading, base::Problem> read_in_child(const Lines& lines, const Validate& validate) {
  int report[2];
  // Not a pipe: nothing reads it while the child runs. Not a file: there may be no place for one.
  const int memory = memfd_create("check", MFD_CLOEXEC);
  FILE* said = memory < 0 ? nullptr : fdopen(memory, "w+");
  if (!said || pipe(report) != 0) return base::problem("", std::string("cannot check: ") + std::strerror(errno));
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child < 0) return base::problem("", std::string("cannot check: ") + std::strerror(errno));
  if (child == 0) {
    close(report[0]);
    read_as_child(lines, validate, report[1], fileno(said));
  }
  close(report[1]);
  const std::string text = drain(report[0]);
  close(report[0]);
  int status = 0;
  waitpid(child, &status, 0);
  Reading r;
  lseek(fileno(said), 0, SEEK_SET);
  r.said = drain(fileno(said));
  std::fclose(said);
  const auto json = nlohmann::json::parse(text, nullptr, false);
  if (json.is_discarded() || json.contains("fatal"))
    return base::problem(
        "", json.is_discarded() ? "the reading process died: " + r.said : json["fatal"].get<std::string>());
  r.stopped_at = json["stopped_at"];
  for (const auto& p : json["problems"]) {
    r.problems.push_back({p["where"], p["text"]});
    r.problem_lines.push_back(p["line"]);
  }
  return r;
}

/// The words about a refused line: what the library printed of it before it named the line, or what the
/// command said, which comes after that because it is flushed last.
std::string reason_for(const std::string& said, const std::string& line) {
  std::istringstream in(said);
  std::string reason;
  bool named = false;
  for (std::string row; std::getline(in, row);) {
    if (row.starts_with("Error occurred")) {
      named = true;
      std::getline(in, row);  // the line itself
      continue;
    }
    while (!row.empty() && std::string_view(" .\r\n").find(row.back()) != std::string_view::npos) row.pop_back();
    const bool log_line = !named && row.starts_with("D");  // "DLSS7 ..." of a library's log
    const size_t text = row.find_first_not_of("% ");
    if (text != std::string::npos && !log_line) reason = row.substr(text);
  }
  const size_t begin = line.find_first_not_of(" \t");
  const std::string command = begin == std::string::npos ? line : line.substr(begin);
  if (reason.empty()) reason = "the command is incomplete or has a bad value";
  if (reason.starts_with("There is no such command")) reason = "no such command here, or a bad value";
  return fmt::format("{}: '{}'", reason, command);
}

std::string place(const std::string& path, unsigned line) { return line ? fmt::format("{}:{}", path, line) : path; }

}  // namespace

void mark_line(const std::string& where) {
  if (marks().line > 0) marks().lines[where] = marks().line;
}

unsigned marked_line(std::string where) {
  const auto& lines = marks().lines;
  while (true) {
    if (const auto at = lines.find(where); at != lines.end()) return at->second;
    const size_t space = where.rfind(' ');
    if (space == std::string::npos) return 0;
    where.resize(space);
  }
}

std::vector<base::Problem> check_config_file(const std::string& path, const Validate& validate) {
  std::vector<base::Problem> problems;
  auto lines = read_lines(path);
  if (!lines) return {lines.error()};
  const Lines original = *lines;
  while (problems.size() < kProblemsMax) {
    const auto reading = read_in_child(*lines, validate);
    if (!reading) {
      problems.push_back({path, reading.error().text});
      return problems;
    }
    if (reading->stopped_at == 0) {
      for (size_t i = 0; i < reading->problems.size(); ++i)
        problems.push_back({place(path, reading->problem_lines[i]), reading->problems[i].message()});
      return problems;
    }
    const unsigned line = std::min<unsigned>(reading->stopped_at, static_cast<unsigned>(lines->size()));
    problems.push_back({place(path, line), reason_for(reading->said, original[line - 1])});
    blank_block(*lines, line);
  }
  problems.push_back({path, fmt::format("more than {} problems; the rest is not reported", kProblemsMax)});
  return problems;
}

base::Result<void, base::Problem> read_config_file(const std::string& path) {
  const auto lines = read_lines(path);
  if (!lines) return tl::unexpected(lines.error());
  if (const unsigned line = feed(*lines)) return base::problem(place(path, line), "refused");
  host_config_set(path.c_str());
  return {};
}

}  // namespace eir::appliance
