// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

#include "core/base/bytes.h"

namespace eir::diameter::codec {

/// Octets waiting to be sent. Grows by doubling and keeps its room, so that in the steady state nothing
/// allocates. Whoever appends asks for room first; the bound is the owner's (it stops asking). Threads: a
/// value, movable.
class Output {
 public:
  /// A place for `len` more octets; the content is not set. Valid until the next call.
  std::span<uint8_t> room(size_t len) {
    if (capacity_ - end_ < len) grow(len);
    return {data_.get() + end_, len};
  }
  /// REQUIRES: len octets of the last room() were written.
  void commit(size_t len) { end_ += len; }
  void append(base::Octets octets) {
    if (octets.empty()) return;
    std::memcpy(room(octets.size()).data(), octets.data(), octets.size());
    commit(octets.size());
  }

  base::Octets unsent() const { return {data_.get() + begin_, end_ - begin_}; }
  size_t size() const { return end_ - begin_; }
  bool empty() const { return begin_ == end_; }
  size_t capacity() const { return capacity_; }
  /// The first `len` octets are sent.
  void consume(size_t len) {
    begin_ += len;
    if (begin_ == end_) begin_ = end_ = 0;
  }
  /// Gives the room back. REQUIRES: empty().
  void release() {
    data_.reset();
    capacity_ = begin_ = end_ = 0;
  }

 private:
  void grow(size_t len) {
    const size_t used = size();
    size_t capacity = capacity_ ? capacity_ : 4096;
    while (capacity - used < len) capacity *= 2;
    std::unique_ptr<uint8_t[]> next(capacity == capacity_ ? nullptr : new uint8_t[capacity]);
    uint8_t* to = next ? next.get() : data_.get();
    if (used) std::memmove(to, data_.get() + begin_, used);
    if (next) data_ = std::move(next);
    capacity_ = capacity;
    begin_ = 0;
    end_ = used;
  }

  std::unique_ptr<uint8_t[]> data_;
  size_t capacity_ = 0;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace eir::diameter::codec
