// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/stored_imeis.h"

#include "core/store/sqlite.h"

namespace eir::registry {
namespace {

constexpr uint64_t kGrowth = 4;

/// The bits of a place, and the two words that they stand in.
struct Spot {
  Spot(uint64_t place, size_t words)
      : order(lists::scramble64(place)),
        bits(order),
        first(lists::Sieve::line_of(order, words) + bits.first()),
        second(lists::Sieve::line_of(order, words) + bits.second()) {}
  uint64_t order;
  lists::Sieve::Bits bits;
  size_t first, second;
};

}  // namespace

bool StoredImeis::Filter::passes(uint64_t place) const noexcept {
  const Spot spot(place, words_.size());
  return spot.bits.in(words_[spot.first].load(std::memory_order_relaxed),
                      words_[spot.second].load(std::memory_order_relaxed));
}

void StoredImeis::Filter::put(uint64_t place) noexcept {
  if (passes(place)) return;
  const Spot spot(place, words_.size());
  words_[spot.first].fetch_or(spot.bits.first_mask());
  words_[spot.second].fetch_or(spot.bits.second_mask());
  rows_.fetch_add(1, std::memory_order_relaxed);
}

StoredImeis::StoredImeis(std::string file, uint64_t room)
    : file_(std::move(file)), room_(room), thread_([this] { work(); }) {}

void StoredImeis::close() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
    show(nullptr);
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::shared_ptr<const StoredImeis::Filter> StoredImeis::filter() const {
  const std::lock_guard lock(mutex_);
  return current_;
}

void StoredImeis::show(std::shared_ptr<Filter> filter) {
  current_ = std::move(filter);
  newest_.store(current_.get(), std::memory_order_release);
}

void StoredImeis::begin() {
  const std::lock_guard lock(mutex_);
  writing_ = true;
}

void StoredImeis::end() {
  const std::lock_guard lock(mutex_);
  writing_ = false;
  if (current_ && current_->outgrown() && !filling_ && !wanted_) {
    room_ = current_->rows() * kGrowth;
    wanted_ = true;
  }
  if (wanted_ || filling_) wake_.notify_all();
}

void StoredImeis::add(uint64_t place) {
  if (filling_) filling_->put(place);
  if (current_) current_->put(place);
}

void StoredImeis::forget() {
  const std::lock_guard lock(mutex_);
  show(nullptr);
  wanted_ = true;
  ++forgotten_;
}

bool StoredImeis::fill(Filter& filter) const {
  store::Database db;
  if (!db.open(file_, true)) return false;
  store::Statement rows(db, "select place from imei where place > ? order by place limit ?");
  // In parts, so that nobody waits for a state to be given up.
  constexpr int64_t kPart = 10'000;
  int64_t last = -1, met = kPart;
  while (met == kPart && rows.ok() && !stop_ && !filter.outgrown()) {
    rows.bind(last).bind(kPart);
    for (met = 0; rows.step(); ++met) filter.put(static_cast<uint64_t>(last = rows.integer(0)));
    rows.reset();
  }
  return rows.ok();
}

void StoredImeis::work() {
  std::unique_lock lock(mutex_);
  const auto idle = [this] { return stop_ || !writing_; };
  for (;;) {
    wake_.wait(lock, [this] { return stop_ || wanted_; });
    if (stop_) return;
    const uint64_t room = room_;
    lock.unlock();
    // The writer need not wait for so much memory.
    const auto filter = std::make_shared<Filter>(room);
    lock.lock();
    wake_.wait(lock, idle);
    if (stop_) return;
    // Nothing is on its way into the file: what is there is read from here on, and what will be is added.
    wanted_ = false;
    const uint64_t forgotten = forgotten_;
    filling_ = filter;
    lock.unlock();
    const bool filled = fill(*filter);
    lock.lock();
    wake_.wait(lock, idle);
    filling_ = nullptr;
    if (stop_) return;
    if (!filled || forgotten != forgotten_) continue;
    if (filter->outgrown()) {
      room_ = filter->rows() * kGrowth;
      wanted_ = true;
      continue;
    }
    show(filter);
  }
}

}  // namespace eir::registry
