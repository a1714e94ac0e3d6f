// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/identity/imei.h"

#include <algorithm>
#include <array>

namespace eir::identity {
namespace {

constexpr std::array<std::string_view, kImeiClasses> kClassNames = {"valid", "null", "short",
                                                                    "long",  "zero", "non-decimal"};
constexpr unsigned kKeyDigits = 14;
constexpr unsigned kImeisvDigits = 16;

}  // namespace

std::string_view to_string(ImeiClass c) noexcept { return kClassNames[static_cast<size_t>(c)]; }

std::optional<ImeiClass> imei_class_from(std::string_view name) noexcept {
  for (size_t i = 0; i < kClassNames.size(); ++i)
    if (kClassNames[i] == name) return static_cast<ImeiClass>(i);
  return std::nullopt;
}

std::string to_string(ImeiKey k) {
  std::string text(kKeyDigits, '0');
  uint64_t v = number(k);
  for (size_t i = kKeyDigits; i-- > 0; v /= 10) text[i] = static_cast<char>('0' + v % 10);
  return text;
}

void Imei::classify(unsigned digits, bool non_decimal) noexcept {
  if (digits == 0 && !non_decimal) {
    class_ = ImeiClass::kNull;
  } else if (non_decimal) {
    class_ = ImeiClass::kNonDecimal;
  } else if (digits < kKeyDigits) {
    class_ = ImeiClass::kShort;
  } else if (digits > kImeisvDigits) {
    class_ = ImeiClass::kLong;
  } else {
    uint64_t key = 0;
    for (unsigned i = 0; i < kKeyDigits; ++i) key = key * 10 + static_cast<uint64_t>(text_[i] - '0');
    key_ = ImeiKey{key};
    class_ = key == 0 ? ImeiClass::kZero : ImeiClass::kValid;
    if (digits == kImeisvDigits) svn_ = static_cast<uint8_t>((text_[14] - '0') * 10 + (text_[15] - '0'));
  }
}

Imei Imei::from_tbcd(std::span<const uint8_t> octets) noexcept {
  static constexpr char kHex[] = "0123456789ABCDEF";
  Imei imei;
  unsigned digits = 0;
  bool non_decimal = false;
  bool filler_seen = false;
  for (const uint8_t octet : octets) {
    for (const unsigned nibble : {octet & 0x0Fu, unsigned{octet} >> 4}) {
      if (nibble == 0x0F) {
        filler_seen = true;
        continue;
      }
      if (filler_seen || nibble > 9) non_decimal = true;
      if (digits < kTextMax) imei.text_[digits] = kHex[nibble];
      ++digits;
    }
  }
  imei.text_len_ = static_cast<uint8_t>(std::min(digits, kTextMax));
  imei.classify(digits, non_decimal);
  return imei;
}

Imei Imei::from_text(std::string_view text) noexcept {
  Imei imei;
  bool non_decimal = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c < '0' || c > '9') non_decimal = true;
    // Only what can stand in a log line; the class already says that it is no number.
    if (i < kTextMax) imei.text_[i] = c > ' ' && c < 0x7F && c != '"' && c != ',' ? c : '?';
  }
  imei.text_len_ = static_cast<uint8_t>(std::min<size_t>(text.size(), kTextMax));
  imei.classify(static_cast<unsigned>(std::min<size_t>(text.size(), 1000)), non_decimal);
  return imei;
}

std::optional<Svn> parse_svn(std::string_view text) noexcept {
  if (text.size() != 2 || text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9') return std::nullopt;
  return static_cast<Svn>((text[0] - '0') * 10 + (text[1] - '0'));
}

unsigned check_digit(ImeiKey key) noexcept {
  uint64_t v = number(key);
  unsigned sum = 0;
  for (unsigned position = kKeyDigits; position > 0; --position, v /= 10) {
    unsigned d = static_cast<unsigned>(v % 10);
    if (position % 2 == 0) d = d * 2 > 9 ? d * 2 - 9 : d * 2;
    sum += d;
  }
  return (10 - sum % 10) % 10;
}

std::string masked(const Imei& imei) {
  std::string text(imei.text());
  for (size_t i = text.size() > 8 ? 8 : text.size() / 2; i < text.size(); ++i) text[i] = '*';
  return text;
}

}  // namespace eir::identity
