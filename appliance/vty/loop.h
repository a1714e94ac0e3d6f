// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <chrono>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>

#include "core/base/result.h"

namespace eir::appliance {

/// The loop of a daemon's first thread, which libosmovty's console and its log belong to, and the signals. SIGTERM
/// and SIGINT end it; a second one ends the process at once, with exit status 1. SIGHUP calls what was given for it.
/// SIGPIPE is ignored.
/// Threads: post(), say() and stop() from any; all else from the loop's. One in a process.
class Loop {
 public:
  static constexpr size_t kPostsMax = 4096;  ///< waiting at a time; more are refused and counted

  Loop();
  /// REQUIRES: the threads that post have ended.
  ~Loop();
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  /// Catches the signals; the loop's descriptor is registered. Errors: the system.
  base::Result<void, base::Problem> open();
  void on_hangup(std::function<void()> f) { hangup_ = std::move(f); }
  /// Calls f every `interval`, first after one.
  void every(std::chrono::milliseconds interval, std::function<void()> f);
  /// Turns until a signal, or stop(). Once more afterwards: until `done` is true, whatever signals come.
  void run();
  void run_until(const std::function<bool()>& done);

  /// Has f called in the loop's thread. False when kPostsMax wait already; then it will not be.
  bool post(std::function<void()> f);
  /// Writes one line to the log.
  void say(bool bad, std::string line);
  void stop();
  bool stopping() const;
  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  class Timer;
  struct Descriptor;
  void turn();
  void take_posts();

  std::unique_ptr<Descriptor> descriptor_;
  std::function<void()> hangup_;
  std::deque<std::unique_ptr<Timer>> timers_;
  std::mutex mutex_;
  std::deque<std::function<void()>> posts_;
  std::atomic<uint64_t> refused_{0};
};

}  // namespace eir::appliance
