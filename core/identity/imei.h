// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace eir::identity {

/// Number of the reason is the handbook's; the classes a decodable IMEI can be of.
enum class ImeiClass : uint8_t {
  kValid,
  kNull,        ///< absent inside a present Terminal-Information, or no digits at all
  kShort,       ///< under 14 digits
  kLong,        ///< over 16 digits
  kZero,        ///< the first 14 digits are all 0
  kNonDecimal,  ///< a nibble A-E, a filler before the last digit, a character that is no digit
};
inline constexpr unsigned kImeiClasses = 6;
/// "valid", "null", "short", "long", "zero", "non-decimal".
std::string_view to_string(ImeiClass c) noexcept;
std::optional<ImeiClass> imei_class_from(std::string_view name) noexcept;

/// TAC and serial number: 14 decimal digits as a number below 10^14. 3GPP TS 23.003 §6.2.
enum class ImeiKey : uint64_t {};
constexpr uint64_t number(ImeiKey k) { return static_cast<uint64_t>(k); }
inline constexpr uint64_t kImeiKeyEnd = 100'000'000'000'000;  // 10^14
/// Type allocation code: the first 8 digits. 3GPP TS 23.003 §6.2.1.
constexpr uint32_t tac_of(ImeiKey k) { return static_cast<uint32_t>(number(k) / 1'000'000); }
/// The 14 digits, leading zeros kept.
std::string to_string(ImeiKey k);

/// Software version number, the two digits 15 and 16 of an IMEISV: 0 to 99.
using Svn = uint8_t;

/// An IMEI or IMEISV as a network sent it: classed, never refused.
///
/// What is compared is the key; the 15th digit (check digit or spare) is never looked at. With 16 digits
/// the last two are the software version. Precedence of the classes where several fit: null,
/// non-decimal, short, long, zero. Threads: a value. Allocates: no.
class Imei {
 public:
  static constexpr unsigned kTextMax = 20;  ///< characters kept for logs; more are cut

  /// From TBCD octets, 3GPP TS 29.002 §17.7.8 (IMEI ::= TBCD-STRING). 7 octets are 14 digits, 8 octets
  /// with a filler last are 15, without are an IMEISV.
  static Imei from_tbcd(std::span<const uint8_t> octets) noexcept;
  /// From characters, as the IMEI AVP carries them (3GPP TS 29.272 §7.3.2).
  static Imei from_text(std::string_view text) noexcept;

  ImeiClass cls() const { return class_; }
  bool valid() const { return class_ == ImeiClass::kValid; }
  /// REQUIRES: valid().
  ImeiKey key() const { return key_; }
  std::optional<Svn> svn() const { return svn_ == kNoSvn ? std::nullopt : std::optional<Svn>(svn_); }
  /// A Software-Version given beside the IMEI wins over digits 15 and 16.
  void set_svn(Svn svn) { svn_ = svn; }
  /// The digits as they came, hexadecimal where they were no digits. Lives as long as this object.
  std::string_view text() const { return {text_, text_len_}; }

 private:
  static constexpr uint8_t kNoSvn = 0xFF;
  void classify(unsigned digits, bool non_decimal) noexcept;

  ImeiKey key_{};
  ImeiClass class_ = ImeiClass::kNull;
  uint8_t svn_ = kNoSvn;
  uint8_t text_len_ = 0;
  char text_[kTextMax] = {};
};

/// Two characters that are digits, or nothing.
std::optional<Svn> parse_svn(std::string_view text) noexcept;

/// The check digit over 14 digits, 3GPP TS 23.003 annex B. For provisioning only: never for the wire.
unsigned check_digit(ImeiKey key) noexcept;

/// TAC kept, the serial number starred: "35809101******". For logs.
std::string masked(const Imei& imei);

}  // namespace eir::identity
