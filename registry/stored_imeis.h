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
/// filed are new, and are known as such by a line of memory instead of a way through the table. Ten to forty bits a
/// row; of places without a row about one in a hundred passes. It is filled from the file on a thread of its own, and
/// anew when the table has outgrown it; until then, and where the file cannot be read, everything passes. Threads:
/// filter() and is_current() any, the rest the writer's.
class StoredImeis {
 public:
  /// What is put in passes. Threads: any.
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

  /// Of a file that nobody else writes until close(). `room`: rows to begin with.
  StoredImeis(std::string file, uint64_t room);
  ~StoredImeis() { close(); }
  StoredImeis(const StoredImeis&) = delete;
  StoredImeis& operator=(const StoredImeis&) = delete;

  /// Every row of the newest state passes it, and as long as it is the current one every row of each state that was the
  /// newest since it was got. Null: there is none yet.
  std::shared_ptr<const Filter> filter() const;
  bool is_current(const Filter& filter) const { return newest_.load(std::memory_order_acquire) == &filter; }

  /// The writer's transaction, and that it is over, whatever became of it.
  void begin();
  void end();
  /// REQUIRES: in a transaction. A row is put there.
  void add(uint64_t place);
  /// REQUIRES: in a transaction. All rows become others.
  void forget();
  /// From now on there is no filter.
  void close();

 private:
  void work();
  /// Puts all that the file has, or until it is outgrown. False: the file cannot be read.
  bool fill(Filter& filter) const;
  void show(std::shared_ptr<Filter> filter);

  const std::string file_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::atomic<bool> stop_{false};
  bool wanted_ = true;  ///< a filter, filled from the beginning
  bool writing_ = false;
  uint64_t forgotten_ = 0;  ///< how often
  uint64_t room_;
  // Replaced only while nobody is writing, or by the writer.
  std::shared_ptr<Filter> filling_, current_;
  std::atomic<const Filter*> newest_{nullptr};  ///< current_
  std::thread thread_;
};

}  // namespace eir::registry
