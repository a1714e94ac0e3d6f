// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/sightings/journal_reader.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/base/fd.h"

namespace eir::sync::sightings {
namespace {

constexpr size_t kReadOctets = size_t{1} << 20;

}  // namespace

void JournalReader::note_losses(const std::vector<seen::JournalFile>& files) {
  present_.clear();
  for (const seen::JournalFile& f : files) present_.insert(f.name);
  for (auto it = sizes_.begin(); it != sizes_.end();) {
    if (present_.count(it->first)) {
      ++it;
      continue;
    }
    const auto at = scanned_.find(it->first);
    const uint64_t read = at == scanned_.end() ? 0 : at->second;
    if (read < it->second && !torn_.count(it->first)) {
      ++losses_.files;
      losses_.octets += it->second - read;
    }
    if (at != scanned_.end()) scanned_.erase(at);
    torn_.erase(it->first);
    it = sizes_.erase(it);
  }
}

base::Result<JournalReader::Batch, base::Problem> JournalReader::next(uint32_t rows_max) {
  const auto files = seen::journal_files(directory_);
  if (!files) return tl::unexpected(files.error());
  note_losses(*files);
  Batch batch;
  for (const seen::JournalFile& file : *files) {
    sizes_[file.name] = file.octets;
    const auto at = scanned_.find(file.name);
    if (at != scanned_.end() && at->second >= file.octets) continue;
    // Shorter than its header: just begun, and perhaps not locked yet.
    if (torn_.count(file.name) || file.octets < seen::kHeaderOctets) continue;
    if (batch.rows >= rows_max || batch.ends.size() >= kCoversMax) {
      batch.full = true;
      break;
    }
    read(file, rows_max, batch);
  }
  if (batch.rows >= rows_max) batch.full = true;
  return batch;
}

void JournalReader::read(const seen::JournalFile& file, uint32_t rows_max, Batch& batch) {
  const base::Fd fd(::open(file.path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!fd) return;                            // it went meanwhile
  const bool idle = seen::is_idle(fd.get());  // before it is read: then what is read is all there will be
  std::vector<uint8_t> block(kReadOctets);
  uint64_t at = 0;
  if (const auto known = scanned_.find(file.name); known != scanned_.end()) at = known->second;
  const uint64_t from = at;
  seen::Record record;
  bool torn = false;
  for (bool end = false; !end && !torn && batch.rows < rows_max;) {
    const ssize_t n = ::pread(fd.get(), block.data(), block.size(), static_cast<off_t>(at));
    if (n <= 0) break;
    end = static_cast<size_t>(n) < block.size();
    const base::Octets octets(block.data(), static_cast<size_t>(n));
    base::ByteReader in(octets);
    if (at == 0 && (!seen::get_header(octets) || !in.skip(seen::kHeaderOctets))) {
      torn = true;
      break;
    }
    size_t whole = in.offset();
    seen::Got got = seen::Got::kEnd;
    while (batch.rows < rows_max &&
           ((got = seen::get_record(in, record)) == seen::Got::kRecord || got == seen::Got::kUnknown)) {
      if (got == seen::Got::kRecord && record.type == seen::Record::Type::kSighting) {
        const base::Octets one = octets.subspan(whole, in.offset() - whole);
        batch.records.insert(batch.records.end(), one.begin(), one.end());
        ++batch.rows;
      }
      whole = in.offset();
    }
    // A block may end within a record; a file, or a block from which nothing came, may not.
    torn = got == seen::Got::kTorn && (end || whole == 0);
    at += whole;
  }
  if (torn && idle) {
    torn_.insert(file.name);
    ++losses_.torn;
  }
  if (at == from) return;
  scanned_[file.name] = at;
  batch.ends[file.name] = at;
}

std::vector<std::string> JournalReader::finished(const Positions& taken) const {
  std::vector<std::string> out;
  for (const std::string& name : present_) {
    const auto at = taken.find(name);
    if (at == taken.end()) continue;
    const base::Fd fd(::open(path_of(name).c_str(), O_RDONLY | O_CLOEXEC));
    struct stat st {};
    if (!fd || !seen::is_idle(fd.get()) || ::fstat(fd.get(), &st) != 0) continue;
    const auto scanned = scanned_.find(name);
    const bool all = at->second >= static_cast<uint64_t>(st.st_size) ||
                     (torn_.count(name) && scanned != scanned_.end() && at->second >= scanned->second);
    if (all) out.push_back(name);
  }
  return out;
}

}  // namespace eir::sync::sightings
