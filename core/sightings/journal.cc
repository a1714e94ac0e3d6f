// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/sightings/journal.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <limits>

#include "core/base/file.h"
#include "core/sightings/files.h"

namespace eir::sightings {
namespace {

namespace fs = std::filesystem;
using base::Problem;

constexpr unsigned kNamesTried = 1'000;
constexpr size_t kAll = std::numeric_limits<size_t>::max();

uint32_t seconds(base::UnixSeconds t) { return static_cast<uint32_t>(t.time_since_epoch().count()); }

}  // namespace

Journal::Journal(std::string directory, const Limits& limits, const base::Clock& clock)
    : directory_(std::move(directory)),
      limits_(limits),
      clock_(clock),
      started_(std::chrono::floor<std::chrono::seconds>(clock.wall())),
      recent_(kRecentLen) {}

Journal::~Journal() {
  flush();
  end_file();
}

base::Result<void, Problem> Journal::probe(const std::string& directory) {
  if (access(directory.c_str(), F_OK) != 0) return {};
  if (access(directory.c_str(), W_OK | X_OK) == 0 && fs::is_directory(directory)) return {};
  return base::problem(directory, "is no directory that can be written");
}

base::Result<std::unique_ptr<Journal>, Problem> Journal::open(const std::string& directory, const Limits& limits,
                                                              const base::Clock& clock) {
  std::error_code error;
  fs::create_directories(directory, error);
  if (error) return base::problem(directory, fmt::format("cannot be made: {}", error.message()));
  std::unique_ptr<Journal> journal(new Journal(directory, limits, clock));
  if (auto ok = journal->begin_file(); !ok) return tl::unexpected(ok.error());
  return journal;
}

base::Result<void, Problem> Journal::begin_file() {
  end_file();
  for (unsigned tried = 0; tried < kNamesTried; ++tried) {  // one process may keep several journals
    path_ = fmt::format("{}/{}{:010}-{}-{:06}{}", directory_, kJournalPrefix, seconds(started_), getpid(), ++number_,
                        kJournalSuffix);
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_APPEND, 0640);
    if (fd_ >= 0 || errno != EEXIST) break;
  }
  if (fd_ < 0) return base::problem(path_, fmt::format("cannot be made: {}", std::strerror(errno)));
  // Who asks whether the file is idle holds the lock for that moment.
  while (flock(fd_, LOCK_EX) != 0)
    if (errno != EINTR) return base::problem(path_, fmt::format("cannot be locked: {}", std::strerror(errno)));
  std::vector<uint8_t> header;
  put_header(header, std::chrono::floor<std::chrono::seconds>(clock_.wall()), static_cast<uint32_t>(getpid()));
  if (served_noted_) put_record(header, served_);  // each file says what was served when it began
  if (write(fd_, header.data(), header.size()) != static_cast<ssize_t>(header.size()))
    return base::problem(path_, fmt::format("cannot be written: {}", std::strerror(errno)));
  file_octets_ = header.size();
  enforce_limits();
  return {};
}

void Journal::end_file() {
  if (fd_ >= 0) close(fd_);
  fd_ = -1;
}

void Journal::enforce_limits() {
  const auto files = journal_files(directory_);
  if (!files) return;
  uint64_t octets = 0;
  for (const JournalFile& f : *files) octets += f.octets;
  const auto oldest = std::chrono::floor<std::chrono::seconds>(clock_.wall()) - limits_.kept;
  for (const JournalFile& f : *files) {
    if (octets <= limits_.octets_max && f.written >= oldest) continue;
    const base::Fd fd(::open(f.path.c_str(), O_RDONLY | O_CLOEXEC));
    if (f.path == path_ || !fd || !is_idle(fd.get()) || unlink(f.path.c_str()) != 0) continue;
    octets -= f.octets;
    ++removed_;
  }
}

void Journal::add(const Sighting& given) {
  Sighting s = given;
  if (s.visited.empty()) s.visited = network_of(s.node_text());
  const uint64_t hash = s.use_hash();
  Recent& recent = recent_[hash % kRecentLen];
  const uint32_t now = seconds(s.last);
  const auto quiet = static_cast<uint32_t>(std::chrono::seconds(kRepeatAfter).count());
  if (recent.hash == hash) {
    if (now >= recent.last && now - recent.last < quiet) {
      ++repeated_;
      return;
    }
    s.first = base::UnixSeconds(std::chrono::seconds(recent.first));
  } else {
    recent.hash = hash;
    recent.first = seconds(s.first);
  }
  recent.last = now;
  put_record(pending_, s);
  ++pending_records_;
}

void Journal::add(const Served& s) {
  if (served_noted_ && served_.same_but_for_time(s)) return;
  served_ = s;
  served_noted_ = true;
  put_record(pending_, s);
  ++pending_records_;
}

void Journal::flush() {
  if (pending_.empty()) return;
  if (fd_ < 0 || file_octets_ >= limits_.file_octets_max)
    if (const auto ok = begin_file(); !ok) problem_ = ok.error().message();
  const ssize_t n = fd_ < 0 ? -1 : write(fd_, pending_.data(), pending_.size());
  if (n == static_cast<ssize_t>(pending_.size())) {
    written_ += pending_records_;
    file_octets_ += pending_.size();
    problem_.clear();
  } else {
    if (fd_ >= 0) problem_ = fmt::format("{}: cannot be written: {}", path_, n < 0 ? std::strerror(errno) : "no room");
    failed_ += pending_records_;
    end_file();  // nothing may follow a torn record: the next goes to a file of its own
  }
  pending_.clear();
  pending_records_ = 0;
}

base::Result<ReadReport, Problem> read_journals(const std::string& directory, base::UnixSeconds since,
                                                const std::function<void(const Sighting&)>& sighting,
                                                const std::function<void(const Served&)>& served) {
  const auto files = journal_files(directory);
  if (!files) return tl::unexpected(files.error());
  ReadReport report;
  Record record;
  for (const JournalFile& file : *files) {
    if (file.written < since) continue;
    const auto text = base::read_file(file.path, kAll);
    if (!text) continue;  // it went for the limits meanwhile
    ++report.files;
    const base::Octets data = base::as_octets(*text);
    if (!get_header(data)) {
      report.torn.push_back({file.name, "is no journal, or its first write was cut off"});
      continue;
    }
    base::ByteReader in(data);
    in.skip(kHeaderOctets);
    Got got = Got::kEnd;
    while ((got = get_record(in, record)) == Got::kRecord || got == Got::kUnknown) {
      if (got == Got::kUnknown) continue;
      if (record.type == Record::Type::kServed) {
        ++report.served;
        if (served) served(record.served);
      } else if (record.sighting.last >= since) {
        ++report.sightings;
        if (sighting) sighting(record.sighting);
      }
    }
    if (got == Got::kTorn)
      report.torn.push_back({file.name, fmt::format("what stands from octet {} on is no whole record", in.offset())});
  }
  return report;
}

}  // namespace eir::sightings
