// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <span>

#include "core/base/bytes.h"

namespace eir::sigtran::sccp {

/// Writes a message from its end to its start into a buffer of the caller: user data first, then what
/// stands in front of it. So every length is known when it is written, and each layer puts its header
/// in front of what the layer above has written, in one buffer and without a copy.
///
/// Once something did not fit, ok() is false and stays so: check once, at the end. Allocates: no.
class BackWriter {
 public:
  explicit BackWriter(std::span<uint8_t> out) : out_(out), pos_(out.size()) {}

  bool ok() const { return ok_; }
  /// Octets written so far.
  size_t size() const { return out_.size() - pos_; }
  base::Octets written() const { return {out_.data() + pos_, size()}; }

  void u8(uint8_t v) {
    if (room(1)) out_[--pos_] = v;
  }
  /// As SCCP wants two octets: the less significant first, ITU-T Q.713 §1.
  void u16_le(uint16_t v) {
    u8(static_cast<uint8_t>(v >> 8));
    u8(static_cast<uint8_t>(v));
  }
  /// What is being written cannot be: from here on as if it had not fitted.
  void fail() { ok_ = false; }
  /// In the order given.
  void bytes(base::Octets data) {
    if (!room(data.size())) return;
    pos_ -= data.size();
    if (!data.empty()) std::memcpy(out_.data() + pos_, data.data(), data.size());
  }

 private:
  bool room(size_t len) {
    if (!ok_ || pos_ < len) ok_ = false;
    return ok_;
  }

  std::span<uint8_t> out_;
  size_t pos_;
  bool ok_ = true;
};

}  // namespace eir::sigtran::sccp
