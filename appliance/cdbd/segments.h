// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>

#include "registry/registry.h"
#include "sync/epp/frames.h"
#include "sync/transfer/server.h"

namespace eir::appliance::cdbd {

namespace epp = sync::epp;

struct SegmentsOptions {
  std::string directory;                     ///< where nodes put their files: DIRECTORY/uUSER/NAME; made when missing
  uint64_t user_octets_max = 4'000'000'000;  ///< of one user, waiting for their jobs
  unsigned user_files_max = 1'000;
  std::chrono::hours kept{7 * 24};  ///< a file for which no job came is removed so long after
};

struct SegmentsCounters {
  std::atomic<uint64_t> jobs{0}, rows{0}, octets{0};
  std::atomic<uint64_t> refused_busy{0}, refused{0}, no_file{0}, left{0};  ///< left: files removed for want of a job
};

/// What nodes saw, as files (sync/sightings/segment.h): who may put one here, and the jobs that file them. A job's
/// files are read, proven by octets, SHA-256 and rows, decoded, and filed with the registry as sightings, in a thread
/// of its own; they are removed when the job is durable. Threads: any. The registry outlives it, it outlives the desk
/// and the file server.
class Segments {
 public:
  static constexpr size_t kJobsWaitingMax = 64;  ///< those after are answered 2400 and counted
  using Done = std::function<void(const registry::Outcome&)>;

  static base::Result<std::unique_ptr<Segments>, base::Problem> open(registry::Registry& registry,
                                                                     const base::Clock& clock, SegmentsOptions options);
  /// Refuses what waits.
  ~Segments();
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;

  /// Whether a job has an item with a file.
  static bool concerns(const epp::job::Create& job);
  /// Files the job, once. `done` is called once, by the thread of its own, or at once when too many wait. Refused with
  /// 2303 when a file is not there, 2306 when it is not what the item says, 2004 above the registry's bounds.
  void file(registry::Request rq, epp::job::Create job, Done done);
  /// Where the file server puts what comes: for users that may file sightings, as SEGMENT's name alone.
  sync::transfer::Area area();
  const SegmentsCounters& counters() const { return counters_; }

 private:
  struct Waiting {
    registry::Request rq;
    epp::job::Create job;
    Done done;
  };
  Segments(registry::Registry& registry, const base::Clock& clock, SegmentsOptions options);
  void work();
  void file(Waiting& w);
  base::Result<registry::FileSightings, registry::Outcome> read(registry::UserId user, const epp::job::Sightings& item);
  base::Result<sync::transfer::Area::Place, sync::transfer::Refusal> place(std::string_view name,
                                                                           const epp::Certificate& certificate);
  std::string folder(registry::UserId user) const;
  void tidy();

  registry::Registry& registry_;
  const base::Clock& clock_;
  const SegmentsOptions options_;
  SegmentsCounters counters_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> waiting_;
  bool stop_ = false;
  base::MonotonicTime tidy_at_{};
  std::thread thread_;
};

/// The user of a certificate; nothing when nobody enabled has it. Of several the first by name.
std::optional<registry::User> user_of(const registry::Registry& registry, const epp::Certificate& certificate);

}  // namespace eir::appliance::cdbd
