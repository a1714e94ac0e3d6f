// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <boost/lockfree/queue.hpp>
#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "core/base/alarm.h"

namespace eir::appliance {

/// One alarm that is set.
struct Alarm {
  base::AlarmId id;
  std::string subject;
  std::string detail;
  std::chrono::system_clock::time_point since;
};

/// Takes alarms from any thread without waiting, and keeps which are set.
class AlarmBoard final : public base::AlarmSink {
 public:
  static constexpr size_t kQueueLenMax = 8192;
  static constexpr size_t kSubjectMax = 128;
  static constexpr size_t kDetailMax = 512;
  static constexpr size_t kActiveMax = 5000;

  void set(base::AlarmId id, std::string_view subject, std::string_view detail) noexcept override;
  void clear(base::AlarmId id, std::string_view subject) noexcept override;
  /// Events the full queue or the full board lost.
  uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

  /// Takes what was queued; calls `changed(alarm, set)` for each that was not so before. True if any
  /// changed. Threads: the worker.
  template <class F>
  bool drain(std::chrono::system_clock::time_point now, F&& changed) {
    bool any = false;
    Event e;
    while (queue_.pop(e)) any |= apply(e, now, changed);
    return any;
  }
  /// Threads: the worker.
  std::vector<Alarm> active() const;

 private:
  struct Event {
    base::AlarmId id;
    bool set;
    std::array<char, kSubjectMax> subject;
    std::array<char, kDetailMax> detail;
  };
  void post(base::AlarmId id, bool set, std::string_view subject, std::string_view detail) noexcept;
  template <class F>
  bool apply(const Event& e, std::chrono::system_clock::time_point now, F&& changed) {
    const std::pair<base::AlarmId, std::string> key{e.id, e.subject.data()};
    const auto at = active_.find(key);
    if (e.set && at == active_.end()) {
      if (active_.size() >= kActiveMax) {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return false;
      }
      const auto& alarm = active_[key] = Alarm{e.id, key.second, e.detail.data(), now};
      changed(alarm, true);
      return true;
    }
    if (e.set && at != active_.end() && at->second.detail != e.detail.data()) {
      at->second.detail = e.detail.data();
      return true;
    }
    if (!e.set && at != active_.end()) {
      changed(at->second, false);
      active_.erase(at);
      return true;
    }
    return false;
  }

  boost::lockfree::queue<Event, boost::lockfree::capacity<kQueueLenMax>> queue_;
  std::atomic<uint64_t> dropped_{0};
  std::map<std::pair<base::AlarmId, std::string>, Alarm> active_;
};

}  // namespace eir::appliance
