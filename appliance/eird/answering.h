// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "appliance/eird/ledger.h"
#include "appliance/eird/transaction_log.h"
#include "core/base/published.h"
#include "core/decision/equipment_checker.h"
#include "core/sightings/sighting.h"

namespace eir::appliance {

/// What every answer is made from, for all threads.
using PublishedBasis = base::Published<decision::Basis>;

/// Questions a node may answer each second before it gives the overload answer, shared by all threads.
/// A fixed window of a tenth of a second: coarse, but it needs no lock.
class HighWater {
 public:
  /// 0: no limit.
  void set_rate(uint64_t questions_per_s) noexcept {
    limit_.store((questions_per_s + 9) / 10, std::memory_order_relaxed);
  }
  /// True if this question is above it.
  bool exceeded(base::MonotonicTime now) noexcept;

 private:
  std::atomic<uint64_t> limit_{0};
  std::atomic<int64_t> window_{0};
  std::atomic<uint64_t> taken_{0};
};

/// The Answerer of one answering thread: decides, counts, hands the record to the log's queue.
/// Threads: its own. Allocates: no, after construction.
class Answering final : public decision::Answerer {
 public:
  Answering(PublishedBasis& basis, HighWater& high_water, const base::Clock& clock);

  decision::Verdict answer(const decision::Question& question) noexcept override;
  decision::Verdict give_up(const decision::Question& question, decision::Reason reason) noexcept override;

  /// White answers are logged only on request. Threads: any.
  void log_white(bool on) noexcept { log_white_.store(on, std::memory_order_relaxed); }
  void log_nothing(bool on) noexcept { log_nothing_.store(on, std::memory_order_relaxed); }
  /// Whether it is noted who was seen. Threads: any.
  void note_sightings(bool on) noexcept { note_sightings_.store(on, std::memory_order_relaxed); }
  const Ledger& ledger() const { return *ledger_; }
  TransactionQueue& queue() { return *queue_; }
  sightings::SightingQueue& sightings() { return *sightings_; }

 private:
  void record(const decision::Question& question, const decision::Verdict& verdict) noexcept;

  PublishedBasis& basis_;
  HighWater& high_water_;
  const base::Clock& clock_;
  const int slot_;
  std::atomic<bool> log_white_{false};
  std::atomic<bool> log_nothing_{true};
  std::atomic<bool> note_sightings_{false};
  std::unique_ptr<Ledger> ledger_;
  std::unique_ptr<TransactionQueue> queue_;
  std::unique_ptr<sightings::SightingQueue> sightings_;
};

}  // namespace eir::appliance
