// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eir::identity {

/// A string of 1 to 16 decimal digits, leading zeros kept, in one word: what IMSI, MSISDN and global
/// titles are. Length 0 means "absent". Ordered by length, then value. Threads: a value. Allocates: no,
/// but for str().
class Digits {
 public:
  static constexpr unsigned kLenMax = 16;

  constexpr Digits() = default;
  /// Nothing for an empty text, a character that is no digit, or more than kLenMax digits.
  static std::optional<Digits> parse(std::string_view text);
  /// TBCD-STRING, 3GPP TS 29.002 §17.7.8: low nibble first, 1111 fills the last. Nothing for a filler
  /// before the end, a nibble A-E, no digit at all, or more than kLenMax digits.
  static std::optional<Digits> from_tbcd(std::span<const uint8_t> octets);
  static constexpr Digits of(uint64_t value, unsigned len) { return Digits(value | uint64_t{len} << kLenShift); }

  constexpr bool empty() const { return word_ == 0; }
  constexpr explicit operator bool() const { return word_ != 0; }
  constexpr unsigned length() const { return static_cast<unsigned>(word_ >> kLenShift); }
  constexpr uint64_t value() const { return word_ & kValueMask; }
  constexpr uint64_t word() const { return word_; }  ///< for hashing and storing
  static constexpr Digits from_word(uint64_t word) { return Digits(word); }

  /// The first `len` digits; all of them when there are fewer.
  Digits prefix(unsigned len) const;
  bool starts_with(Digits prefix) const {
    return prefix.length() <= length() && this->prefix(prefix.length()) == prefix;
  }
  /// Writes the digits without a terminator; returns how many. REQUIRES: out holds length() characters.
  unsigned write(char* out) const;
  std::string str() const;

  friend constexpr auto operator<=>(const Digits&, const Digits&) = default;

 private:
  static constexpr unsigned kLenShift = 56;  // 10^16 < 2^54
  static constexpr uint64_t kValueMask = (uint64_t{1} << kLenShift) - 1;
  constexpr explicit Digits(uint64_t word) : word_(word) {}
  uint64_t word_ = 0;
};

/// International mobile subscriber identity, 3GPP TS 23.003 §2.2: at most 15 digits.
struct Imsi : Digits {
  constexpr Imsi() = default;
  constexpr explicit Imsi(Digits d) : Digits(d) {}
};
/// Subscriber's number in international form without '+', ITU-T E.164: at most 15 digits.
struct Msisdn : Digits {
  constexpr Msisdn() = default;
  constexpr explicit Msisdn(Digits d) : Digits(d) {}
};

/// "25501******789": the first five and the last three digits; shorter ones lose all but the first two.
std::string masked(Digits digits);

}  // namespace eir::identity
