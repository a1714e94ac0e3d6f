// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <memory>

#include "core/base/bytes.h"

namespace eir::sigtran::mtp {

/// Messages that wait for SCTP, oldest first, in one ring of octets of fixed size.
/// Threads: one. Allocates: when made.
class Backlog {
 public:
  /// `capacity` octets, four of which each message costs besides its own.
  explicit Backlog(size_t capacity) : ring_(new uint8_t[capacity]), capacity_(capacity) {}

  bool empty() const { return used_ == 0; }
  size_t octets() const { return used_; }
  size_t messages() const { return messages_; }

  /// Copies the message to the end. False, and nothing changed, when it does not fit.
  bool push(base::Octets message);
  /// Copies the oldest message to `out` and returns its length; 0 when there is none or it does not fit.
  size_t front(std::span<uint8_t> out) const;
  /// Drops the oldest message. REQUIRES: !empty().
  void pop();
  void clear() { head_ = used_ = messages_ = 0; }

 private:
  static constexpr size_t kLengthLen = 4;
  void put(size_t at, base::Octets data);
  void get(size_t at, std::span<uint8_t> out) const;
  size_t front_len() const;

  std::unique_ptr<uint8_t[]> ring_;
  size_t capacity_;
  size_t head_ = 0;  ///< of the oldest message
  size_t used_ = 0;
  size_t messages_ = 0;
};

}  // namespace eir::sigtran::mtp
