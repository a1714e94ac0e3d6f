// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/identity/digits.h"

#include <array>

namespace eir::identity {
namespace {

constexpr std::array<uint64_t, 17> kPow10 = [] {
  std::array<uint64_t, 17> p{};
  uint64_t v = 1;
  for (auto& e : p) {
    e = v;
    v *= 10;
  }
  return p;
}();

}  // namespace

std::optional<Digits> Digits::parse(std::string_view text) {
  if (text.empty() || text.size() > kLenMax) return std::nullopt;
  uint64_t v = 0;
  for (const char c : text) {
    if (c < '0' || c > '9') return std::nullopt;
    v = v * 10 + static_cast<uint64_t>(c - '0');
  }
  return of(v, static_cast<unsigned>(text.size()));
}

std::optional<Digits> Digits::from_tbcd(std::span<const uint8_t> octets) {
  if (octets.empty() || octets.size() > kLenMax / 2) return std::nullopt;
  uint64_t v = 0;
  unsigned len = 0;
  for (size_t i = 0; i < octets.size(); ++i) {
    const unsigned low = octets[i] & 0x0F;
    const unsigned high = octets[i] >> 4;
    if (low > 9) return std::nullopt;
    v = v * 10 + low;
    ++len;
    if (high == 0x0F && i + 1 == octets.size()) break;
    if (high > 9) return std::nullopt;
    v = v * 10 + high;
    ++len;
  }
  return of(v, len);
}

Digits Digits::prefix(unsigned len) const {
  if (len >= length()) return *this;
  return len == 0 ? Digits() : of(value() / kPow10[length() - len], len);
}

unsigned Digits::write(char* out) const {
  const unsigned len = length();
  uint64_t v = value();
  for (unsigned i = len; i-- > 0; v /= 10) out[i] = static_cast<char>('0' + v % 10);
  return len;
}

std::string Digits::str() const {
  char text[kLenMax];
  return std::string(text, write(text));
}

std::string masked(Digits digits) {
  std::string text = digits.str();
  const size_t head = text.size() > 8 ? 5 : 2;
  const size_t tail = text.size() > 8 ? 3 : 0;
  for (size_t i = head; i + tail < text.size(); ++i) text[i] = '*';
  return text;
}

}  // namespace eir::identity
