// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <atomic>
#include <cassert>
#include <cstdint>
#include <memory>
#include <thread>

namespace eir::base {

/// One immutable value that a slow thread replaces and answering threads read without a lock.
///
/// A reader takes a slot once, and pins around each use: two stores and a load. publish() swaps the
/// pointer and then waits, in the publisher, until no reader can still hold the old value; readers never
/// wait. Threads: publish() from one thread at a time; each slot belongs to one reader thread.
/// Allocates: not when pinning.
template <class T>
class Published {
 public:
  static constexpr size_t kSlotsMax = 64;

  /// Keeps the value alive while it lives. Short: a publisher waits for it.
  class Pin {
   public:
    Pin(Pin&& other) noexcept : turns_(other.turns_), value_(other.value_) { other.turns_ = nullptr; }
    Pin& operator=(Pin&&) = delete;
    ~Pin() {
      if (turns_) turns_->store(turns_->load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }
    const T* get() const { return value_; }
    const T* operator->() const { return value_; }
    const T& operator*() const { return *value_; }
    explicit operator bool() const { return value_ != nullptr; }

   private:
    friend class Published;
    Pin(std::atomic<uint32_t>* turns, const T* value) : turns_(turns), value_(value) {}
    std::atomic<uint32_t>* turns_;
    const T* value_;
  };

  Published() = default;
  Published(const Published&) = delete;
  Published& operator=(const Published&) = delete;
  /// REQUIRES: no reader is pinned.
  ~Published() { delete current_.load(); }

  /// Takes a reader's slot for the life of this object; -1 when all kSlotsMax are taken.
  int take_slot() {
    const uint32_t i = slots_used_.fetch_add(1);
    assert(i < kSlotsMax);
    return i < kSlotsMax ? static_cast<int>(i) : -1;
  }

  /// Pins the value for a reader. REQUIRES: slot from take_slot(), not pinned already.
  Pin pin(int slot) const noexcept {
    auto& turns = slots_[static_cast<size_t>(slot)].turns;
    assert(turns.load(std::memory_order_relaxed) % 2 == 0);
    // The store must be visible before the load of the pointer: publish() looks at turns after swapping.
    turns.store(turns.load(std::memory_order_relaxed) + 1, std::memory_order_seq_cst);
    return Pin(&turns, current_.load(std::memory_order_seq_cst));
  }

  /// Replaces the value; returns once nobody can hold the old one, which is destroyed.
  void publish(std::unique_ptr<const T> next) {
    std::unique_ptr<const T> old(current_.exchange(next.release(), std::memory_order_seq_cst));
    for (uint32_t i = 0; i < slots_used_.load() && i < kSlotsMax; ++i) {
      const uint32_t seen = slots_[i].turns.load(std::memory_order_seq_cst);
      if (seen % 2 == 0) continue;
      while (slots_[i].turns.load(std::memory_order_acquire) == seen) std::this_thread::yield();
    }
  }

 private:
  /// Odd while its reader is pinned; every pin and unpin is one turn.
  struct alignas(64) SlotState {
    mutable std::atomic<uint32_t> turns{0};
  };
  std::atomic<const T*> current_{nullptr};
  std::atomic<uint32_t> slots_used_{0};
  mutable std::array<SlotState, kSlotsMax> slots_;
};

}  // namespace eir::base
