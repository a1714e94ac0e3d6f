// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "core/sightings/files.h"
#include "sync/sightings/segment.h"

namespace eir::sync::sightings {

/// Reads what stands whole in the journals of a directory, from where it was last, while others write them.
/// Threads: one. Allocates: yes.
class JournalReader {
 public:
  explicit JournalReader(std::string directory) : directory_(std::move(directory)) {}

  /// Octets of each journal file that durable segments stand for.
  using Positions = std::map<std::string, uint64_t>;
  void set_positions(const Positions& positions) { scanned_ = positions; }

  struct Batch {
    std::vector<uint8_t> records;  ///< of sightings, as they stand
    uint32_t rows = 0;
    Positions ends;  ///< of the files that were read further
    bool full = false;
  };
  /// The next at most `rows_max` sightings. Errors: the directory cannot be read; one that is not there holds nothing.
  base::Result<Batch, base::Problem> next(uint32_t rows_max);

  struct Losses {
    uint64_t files = 0, octets = 0;  ///< that went before they were read
    uint64_t torn = 0;               ///< files that nobody writes and that end within a record
  };
  const Losses& losses() const { return losses_; }
  /// Files there are now.
  const std::set<std::string>& files() const { return present_; }
  /// Files that nobody writes, and of which `taken` covers all that is whole.
  std::vector<std::string> finished(const Positions& taken) const;
  std::string path_of(const std::string& file) const { return directory_ + "/" + file; }

 private:
  void note_losses(const std::vector<seen::JournalFile>& files);
  void read(const seen::JournalFile& file, uint32_t rows_max, Batch& batch);

  const std::string directory_;
  Positions scanned_;
  std::map<std::string, uint64_t> sizes_;  ///< as they were last seen
  std::set<std::string> torn_;             ///< ends within a record, for good
  std::set<std::string> present_;
  Losses losses_;
};

}  // namespace eir::sync::sightings
