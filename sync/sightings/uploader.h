// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <string>

#include "core/base/clock.h"
#include "sync/sightings/journal_reader.h"
#include "sync/sightings/spool.h"

/// Sightings on their way up: from the journals that the node's answering daemon writes to the centre. What is in a
/// journal arrives there, once for each (node, sequence), whatever crashes, short of one bound: the spool's.
namespace eir::sync::sightings {

/// The way to the centre. Threads: the uploader's; interrupt() any.
class Carrier {
 public:
  enum class Verdict : uint8_t {
    kTaken,    ///< durably; now or before (1000, 1001, 2302)
    kNotNow,   ///< not reached, or it may come right by itself
    kRefused,  ///< the centre finds fault with it
  };
  struct Said {
    Verdict verdict = Verdict::kNotNow;
    std::string text;  ///< why not
  };
  virtual ~Carrier() = default;
  /// Brings the file to the centre; again is harmless.
  virtual Said put(const Spooled& segment) = 0;
  /// Files a job for it.
  virtual Said file(const Spooled& segment) = 0;
  /// Turns to the next site. False when all have been tried since the last success.
  virtual bool another_site() { return false; }
  virtual void interrupt() {}
};

struct UploaderConfig {
  std::string node;      ///< is_node()
  std::string journals;  ///< directory; may be missing
  std::string spool;     ///< directory; made when missing
  /// Segments of more octets are not kept: the oldest are given up, counted and alarmed. The policy "oldest-first".
  uint64_t spool_octets_max = 2'000'000'000;
  uint32_t rows_max = 20'000;  ///< of a segment; at most kRowsMax
  /// Removes journal files once the centre has all of them. The guard and `eirctl check --at` know the less of the
  /// past.
  bool prune = false;
  std::chrono::milliseconds retry_least{1'000}, retry_most{60'000};
};

/// Threads: one, but for status(), interrupt() and hurry(). The carrier and the clock outlive it.
class Uploader {
 public:
  static constexpr unsigned kRefusalsMax = 3;          ///< of one segment; then it is set aside
  static constexpr unsigned kSegmentsPerStep = 1'000;  ///< so that a stop is never far
  /// With so many waiting only full segments are made: a centre that is away for weeks must not leave a file a second.
  static constexpr size_t kPartialMax = 16;
  static constexpr std::chrono::hours kPruneEvery{1};

  struct Status {
    uint64_t waiting = 0, waiting_rows = 0;  ///< segments that have not arrived
    uint64_t set_aside = 0;                  ///< of them, refused by the centre
    uint64_t octets = 0;                     ///< of the spool
    uint64_t made = 0, sent = 0, sent_rows = 0, attempts_failed = 0;
    uint64_t dropped = 0, dropped_rows = 0;               ///< given up for the bound, ever
    uint64_t journals_lost = 0, journal_octets_lost = 0;  ///< that went before they were read
    uint64_t journals_torn = 0, journals_removed = 0;
    uint64_t oldest = 0, newest = 0;  ///< sequences; 0: none waits
    std::chrono::system_clock::time_point last_sent{};
    std::string problem;        ///< why the last attempt failed; empty when all is well
    std::string spool_problem;  ///< why no segment could be made, or the journals not be read
    std::string refusal;        ///< what the centre last found fault with
  };

  Uploader(UploaderConfig config, Carrier& carrier, const base::Clock& clock, Spool::Hook hook = {});
  /// Errors: the spool cannot be used.
  base::Result<void, base::Problem> open();
  /// Makes segments of all there is, keeps the bound, sends what waits. True: there was more to do than fits a step.
  bool step();

  Status status() const;
  /// The next step does not wait for the time of the next attempt, and tries again what was set aside.
  void hurry() { hurry_ = true; }
  void interrupt();

 private:
  bool make();
  void keep_bound();
  bool send();
  bool deliver();
  void prune();
  void failed(std::string text);
  void publish();

  const UploaderConfig config_;
  Carrier& carrier_;
  const base::Clock& clock_;
  const Spool::Hook hook_;
  Spool spool_;
  JournalReader journals_;
  JournalReader::Positions read_ahead_;  ///< files read further than segments stand for: without a sighting
  unsigned refusals_ = 0;                ///< of the first that waits
  std::chrono::milliseconds retry_{};
  base::MonotonicTime retry_at_{}, prune_at_{};
  std::atomic<bool> hurry_{false}, interrupted_{false};
  mutable std::mutex mutex_;
  Status status_;  ///< the thread's own
  Status shown_;   ///< guarded by mutex_
};

}  // namespace eir::sync::sightings
