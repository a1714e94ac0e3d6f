// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <mutex>
#include <thread>

#include "core/store/reader.h"
#include "core/store/states.h"

namespace eir::store {

/// The pass of Reader::recompute(): digests anew from the tables that are answered from. Threads: one but its own.
class Recomputation {
 public:
  ~Recomputation();
  /// Nothing while one is under way. `served` stays alive until the pass ends.
  void start(const ServedStates& served, double share);
  Recomputed result() const;

 private:
  void run(const ServedStates& served, double share);

  std::thread thread_;
  std::atomic<bool> stop_{false};
  std::atomic<bool> running_{false};
  std::atomic<uint64_t> entries_{0};
  mutable std::mutex mutex_;
  Recomputed last_;  ///< under mutex_
};

}  // namespace eir::store
