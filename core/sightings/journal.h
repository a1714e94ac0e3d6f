// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "core/base/result.h"
#include "core/sightings/record.h"

namespace eir::sightings {

/// How much the journals of a directory may hold. Above it, or when they are older, the oldest files that nobody
/// writes any more are removed: the policy "oldest-first". What is new is never refused for it.
struct Limits {
  uint64_t octets_max = 20'000'000'000;   ///< of all files of the directory, every process's
  uint64_t file_octets_max = 64'000'000;  ///< a new file from then on
  std::chrono::days kept{90};
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// The same use of a device is written again only so long after it was written last: a sighting's last time is exact to
/// that.
inline constexpr std::chrono::hours kRepeatAfter{24};

/// Writes the journal of one process into a directory that others write theirs into.
///
/// A file is `seen-STARTED-PROCESS-NUMBER.journal`, locked (flock) as long as it is written. What flush() wrote
/// outlives the process, not the machine: a sighting is worth no fsync. Threads: the worker only. Allocates: yes.
class Journal {
 public:
  /// Makes the directory when it is missing. Errors: it cannot be written.
  static base::Result<std::unique_ptr<Journal>, base::Problem> open(const std::string& directory, const Limits& limits,
                                                                    const base::Clock& clock);
  /// Whether what stands there already can be used; makes nothing.
  static base::Result<void, base::Problem> probe(const std::string& directory);
  ~Journal();
  Journal(const Journal&) = delete;
  Journal& operator=(const Journal&) = delete;

  const std::string& directory() const { return directory_; }
  const Limits& limits() const { return limits_; }

  /// Notes a sighting, unless the same use was written within kRepeatAfter.
  void add(const Sighting& s);
  /// Notes what is served from now on, when it is not what was noted last.
  void add(const Served& s);
  /// Hands what was noted to the kernel.
  void flush();

  uint64_t written() const { return written_; }            ///< records the kernel has
  uint64_t repeated() const { return repeated_; }          ///< sightings not written again
  uint64_t failed() const { return failed_; }              ///< records it refused
  uint64_t removed() const { return removed_; }            ///< files that went for the limits
  const std::string& problem() const { return problem_; }  ///< of the last failure; empty when all is well

 private:
  Journal(std::string directory, const Limits& limits, const base::Clock& clock);
  base::Result<void, base::Problem> begin_file();
  void end_file();
  void enforce_limits();

  /// What was written last of a use; a slot is shared by uses of one hash, and the newer one takes it.
  struct Recent {
    uint64_t hash = 0;
    uint32_t first = 0, last = 0;  ///< Unix seconds
  };
  static constexpr size_t kRecentLen = size_t{1} << 20;

  const std::string directory_;
  const Limits limits_;
  const base::Clock& clock_;
  const base::UnixSeconds started_;
  std::vector<Recent> recent_;
  std::vector<uint8_t> pending_;
  uint64_t pending_records_ = 0;
  Served served_;
  bool served_noted_ = false;
  int fd_ = -1;
  std::string path_;
  unsigned number_ = 0;
  uint64_t file_octets_ = 0;
  uint64_t written_ = 0, repeated_ = 0, failed_ = 0, removed_ = 0;
  std::string problem_;
};

/// What was found in a directory of journals.
struct ReadReport {
  uint64_t files = 0;
  uint64_t sightings = 0;
  uint64_t served = 0;
  /// Files that end within a record, or are none. A process that was killed leaves one such; nothing whole is lost.
  std::vector<base::Problem> torn;
};

/// Reads every journal of a directory, file by file in the order they were begun. Sightings whose last time is before
/// `since` are passed over, and so are files not written since then. Either function may be empty.
/// Errors: the directory cannot be read; a directory that is not there holds nothing.
/// Threads: pure; while others write, too. Allocates: a file at a time.
base::Result<ReadReport, base::Problem> read_journals(const std::string& directory, base::UnixSeconds since,
                                                      const std::function<void(const Sighting&)>& sighting,
                                                      const std::function<void(const Served&)>& served);

}  // namespace eir::sightings
