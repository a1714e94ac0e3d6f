// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/backlog.h"

#include <algorithm>
#include <array>

namespace eir::sigtran::mtp {

void Backlog::put(size_t at, base::Octets data) {
  at %= capacity_;
  const size_t first = std::min(data.size(), capacity_ - at);
  std::copy_n(data.begin(), first, ring_.get() + at);
  std::copy_n(data.begin() + static_cast<ptrdiff_t>(first), data.size() - first, ring_.get());
}

void Backlog::get(size_t at, std::span<uint8_t> out) const {
  at %= capacity_;
  const size_t first = std::min(out.size(), capacity_ - at);
  std::copy_n(ring_.get() + at, first, out.begin());
  std::copy_n(ring_.get(), out.size() - first, out.begin() + static_cast<ptrdiff_t>(first));
}

size_t Backlog::front_len() const {
  std::array<uint8_t, kLengthLen> length{};
  get(head_, length);
  return size_t{length[0]} << 24 | size_t{length[1]} << 16 | size_t{length[2]} << 8 | length[3];
}

bool Backlog::push(base::Octets message) {
  const size_t cost = message.size() + kLengthLen;
  if (message.empty() || cost > capacity_ - used_) return false;
  const auto len = static_cast<uint32_t>(message.size());
  const std::array<uint8_t, kLengthLen> length{static_cast<uint8_t>(len >> 24), static_cast<uint8_t>(len >> 16),
                                               static_cast<uint8_t>(len >> 8), static_cast<uint8_t>(len)};
  put(head_ + used_, length);
  put(head_ + used_ + kLengthLen, message);
  used_ += cost;
  ++messages_;
  return true;
}

size_t Backlog::front(std::span<uint8_t> out) const {
  if (empty()) return 0;
  const size_t len = front_len();
  if (len > out.size()) return 0;
  get(head_ + kLengthLen, out.first(len));
  return len;
}

void Backlog::pop() {
  const size_t cost = front_len() + kLengthLen;
  head_ = (head_ + cost) % capacity_;
  used_ -= cost;
  --messages_;
}

}  // namespace eir::sigtran::mtp
