// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/text.h"

#include <fmt/compile.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace eir::sync::epp {
namespace {

constexpr std::string_view kReplacement = "\xEF\xBF\xBD";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
/// Of each octet its value as a symbol; 64 for none.
constexpr std::array<uint8_t, 256> kBase64Values = [] {
  std::array<uint8_t, 256> values{};
  values.fill(64);
  for (size_t i = 0; i < kBase64.size(); ++i) values[static_cast<uint8_t>(kBase64[i])] = static_cast<uint8_t>(i);
  return values;
}();

/// Octets of the character at the start of `s`; 0 when XML does not allow it, or it is none.
size_t character(std::string_view s) noexcept {
  const auto at = [&](size_t i) { return static_cast<uint8_t>(s[i]); };
  const uint8_t first = at(0);
  if (first < 0x80) return first >= 0x20 || first == '\t' || first == '\n' || first == '\r' ? 1 : 0;
  const size_t len = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || s.size() < len) return 0;
  uint32_t code = first & (0xFFu >> (len + 1));
  for (size_t i = 1; i < len; ++i) {
    if ((at(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (at(i) & 0x3Fu);
  }
  constexpr uint32_t kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < kLeast[len] || code > 0x10FFFF || surrogate || code == 0xFFFE || code == 0xFFFF) return 0;
  return len;
}

/// A number of exactly `len` digits, taken off the front.
bool digits(std::string_view& s, size_t len, int& out) {
  if (s.size() < len) return false;
  const auto [end, ec] = std::from_chars(s.data(), s.data() + len, out);
  if (ec != std::errc{} || end != s.data() + len || s[0] == '-') return false;
  s.remove_prefix(len);
  return true;
}

bool take(std::string_view& s, char c) {
  if (s.empty() || s[0] != c) return false;
  s.remove_prefix(1);
  return true;
}

}  // namespace

bool is_xml_text(std::string_view text) noexcept {
  for (;;) {
    // Nearly all of it is ASCII without control characters.
    const auto plain = [](char c) { return static_cast<int8_t>(c) >= 0x20; };
    text.remove_prefix(static_cast<size_t>(std::find_if_not(text.begin(), text.end(), plain) - text.begin()));
    if (text.empty()) return true;
    const size_t len = character(text);
    if (len == 0) return false;
    text.remove_prefix(len);
  }
}

bool append_escaped(std::string& out, std::string_view text) {
  bool same = true;
  for (;;) {
    const auto itself = [](char c) {
      return static_cast<int8_t>(c) >= 0x20 && c != '&' && c != '<' && c != '>' && c != '"';
    };
    const auto plain = static_cast<size_t>(std::find_if_not(text.begin(), text.end(), itself) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) return same;
    const size_t len = character(text);
    switch (text[0]) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '"': out += "&quot;"; break;
      default: out += len == 0 ? kReplacement : text.substr(0, len); same = same && len > 1;
    }
    text.remove_prefix(len == 0 ? 1 : len);
  }
}

void collapse(std::string& text) {
  size_t to = 0;
  bool space = false;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      space = to != 0;
      continue;
    }
    if (space) text[to++] = ' ';
    space = false;
    text[to++] = c;
  }
  text.resize(to);
}

std::string format_time(base::UnixSeconds t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day ymd(day);
  const std::chrono::hh_mm_ss<std::chrono::seconds> hms(t - day);
  return fmt::format(FMT_COMPILE("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z"), static_cast<int>(ymd.year()),
                     static_cast<unsigned>(ymd.month()), static_cast<unsigned>(ymd.day()), hms.hours().count(),
                     hms.minutes().count(), hms.seconds().count());
}

std::string format_time_ms(std::chrono::system_clock::time_point t) {
  const auto whole = std::chrono::floor<std::chrono::seconds>(t);
  std::string out = format_time(whole);
  const auto ms = std::chrono::floor<std::chrono::milliseconds>(t - whole).count();
  out.insert(out.size() - 1, fmt::format(".{:03}", ms));
  return out;
}

std::optional<base::UnixSeconds> parse_time(std::string_view s) {
  int year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0;
  const bool read = digits(s, 4, year) && take(s, '-') && digits(s, 2, month) && take(s, '-') && digits(s, 2, day) &&
                    take(s, 'T') && digits(s, 2, hour) && take(s, ':') && digits(s, 2, minute) && take(s, ':') &&
                    digits(s, 2, second);
  if (!read || hour > 24 || minute > 59 || second > 59) return std::nullopt;
  if (take(s, '.')) s.remove_prefix(std::min(s.size(), s.find_first_not_of("0123456789")));
  const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!date.ok()) return std::nullopt;
  base::UnixSeconds t = std::chrono::sys_days(date) + std::chrono::hours(hour) + std::chrono::minutes(minute) +
                        std::chrono::seconds(second);
  if (s.empty() || s == "Z") return t;
  const int sign = take(s, '+') ? 1 : take(s, '-') ? -1 : 0;
  int zone_hours = 0, zone_minutes = 0;
  if (sign == 0 || !digits(s, 2, zone_hours) || !take(s, ':') || !digits(s, 2, zone_minutes) || !s.empty())
    return std::nullopt;
  return t - sign * (std::chrono::hours(zone_hours) + std::chrono::minutes(zone_minutes));
}

std::string to_base64(std::string_view octets) {
  std::string out;
  out.reserve((octets.size() + 2) / 3 * 4);
  const auto octet = [&](size_t at) { return at < octets.size() ? static_cast<uint8_t>(octets[at]) : 0u; };
  for (size_t at = 0; at < octets.size(); at += 3) {
    const uint32_t three = octet(at) << 16 | octet(at + 1) << 8 | octet(at + 2);
    for (unsigned n = 0; n < 4; ++n) out += at + n > octets.size() ? '=' : kBase64[three >> (18 - 6 * n) & 0x3F];
  }
  return out;
}

std::optional<std::string> from_base64(std::string_view text) {
  std::string out;
  out.reserve(text.size() / 4 * 3);
  uint32_t bits = 0;
  unsigned symbols = 0, padding = 0;
  for (const char c : text) {
    if (c == ' ' || c == '\t' || c == '\n' || c == '\r') continue;
    const uint8_t value = kBase64Values[static_cast<uint8_t>(c)];
    const bool pad = c == '=' && symbols % 4 >= 2;
    if (!pad && (value == 64 || padding != 0)) return std::nullopt;
    padding += pad;
    bits = bits << 6 | (pad ? 0u : value);
    if (++symbols % 4 != 0) continue;
    const uint32_t unused = padding == 2 ? 0xFFFF : padding == 1 ? 0xFF : 0;
    if (bits & unused & 0xFFFFFF) return std::nullopt;
    for (unsigned n = 0; n < 3 - padding; ++n) out += static_cast<char>(bits >> (16 - 8 * n) & 0xFF);
    bits = 0;
  }
  if (symbols % 4 != 0) return std::nullopt;
  return out;
}

}  // namespace eir::sync::epp
