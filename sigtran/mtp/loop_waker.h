// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <memory>
#include <mutex>

#include "core/base/result.h"

struct osmo_fd;

namespace eir::sigtran::mtp {

/// Lets other threads have a function called in the thread that owns osmo_select_main, whose library is
/// neither locked nor lockable.
/// Threads: post() from any; everything else from the loop's thread. Must outlive the posting threads.
class LoopWaker {
 public:
  using Call = void (*)(void* context);
  static constexpr size_t kPostsMax = 1024;    ///< waiting at a time; more are refused and counted
  static constexpr size_t kCallsPerTurn = 64;  ///< run per loop turn, so that signalling is not held up

  LoopWaker();
  LoopWaker(const LoopWaker&) = delete;
  LoopWaker& operator=(const LoopWaker&) = delete;
  ~LoopWaker();

  /// Opens the eventfd and registers it with the loop.
  base::Result<void, base::Problem> open();

  /// Has call(context) run in the loop's thread, in the order of posting. False when kPostsMax wait already
  /// or before open(); then it will not be called. Never blocks for long; allocates nothing.
  bool post(Call call, void* context) noexcept;
  /// Makes the loop turn once, with nothing to call. Async-signal-safe.
  void wake() noexcept;

  uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

 private:
  struct Entry {
    Call call;
    void* context;
  };
  static int on_readable(osmo_fd* ofd, unsigned what);
  void run();

  std::unique_ptr<osmo_fd> ofd_;
  std::atomic<int> fd_{-1};
  std::atomic<uint64_t> refused_{0};
  std::mutex mutex_;
  std::array<Entry, kPostsMax> entries_{};
  size_t head_ = 0;
  size_t waiting_ = 0;
};

}  // namespace eir::sigtran::mtp
