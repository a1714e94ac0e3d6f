// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/lists/sieve.h"

namespace eir::registry {

/// Says of a place in the table of IMEIs that no row stands there, or that one may: most names that are asked for or
/// filed are new, and are known as such by a line of memory instead of a way through the table. Ten bits a row; of
/// places without a row about one in a hundred passes. It is filled from the file on a thread of its own, and anew when
/// the table has outgrown it; until then everything passes.
/// Threads: passes() any, the rest the writer's.
class StoredImeis {
 public:
  static constexpr uint64_t kRoom = 1'000'000;
  /// Of a file that nobody else writes until close(). `room`: rows to begin with.
  explicit StoredImeis(std::string file, uint64_t room = kRoom);
  ~StoredImeis() { close(); }
  StoredImeis(const StoredImeis&) = delete;
  StoredImeis& operator=(const StoredImeis&) = delete;

  /// False: no row stands there, in the newest state as in those before.
  bool passes(uint64_t place) const noexcept {
    const Filter* filter = current_.load(std::memory_order_acquire);
    return !filter || filter->passes(place);
  }
  /// Whether it is filled; until then everything passes.
  bool known() const { return current_.load() != nullptr; }

  /// The writer's transaction; what is begun is ended, whatever became of it.
  void begin();
  void end();
  /// REQUIRES: in a transaction. A row is put there.
  void add(uint64_t place);
  /// REQUIRES: in a transaction. All rows become others.
  void forget();
  /// From now on everything passes.
  void close();

 private:
  class Filter {
   public:
    explicit Filter(uint64_t room) : room_(room), words_(lists::Sieve::words_for(room)) {}
    bool passes(uint64_t place) const noexcept;
    void put(uint64_t place) noexcept;
    uint64_t rows() const { return rows_.load(std::memory_order_relaxed); }
    bool outgrown() const { return rows() > room_; }

   private:
    const uint64_t room_;
    std::vector<std::atomic<uint64_t>> words_;
    std::atomic<uint64_t> rows_{0};  ///< put, of those that did not pass before
  };

  void work();
  /// Puts all that the file has. False: it cannot be read, or there is no more use for it.
  bool fill(Filter& filter) const;

  const std::string file_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  bool wanted_ = true;  ///< a filter, filled from the beginning
  bool writing_ = false;
  uint64_t forgotten_ = 0;                       ///< how often
  std::unique_ptr<Filter> filling_;              ///< changes while nobody is writing
  std::atomic<const Filter*> current_{nullptr};  ///< the last of those kept, or none
  std::vector<std::unique_ptr<Filter>> kept_;    ///< whoever looks into one may do so for ever
  uint64_t room_;
  std::thread thread_;
};

}  // namespace eir::registry
