// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/files/text.h"

#include <fmt/format.h>

namespace eir::files {
namespace {

using lists::SubscriberKey;
using Days = std::chrono::sys_days;

constexpr unsigned kSubscriberDigitsMax = 15;  // 3GPP TS 23.003 §2.2, ITU-T E.164
constexpr int kYearFirst = 1971, kYearLast = 2099;
constexpr std::string_view kImsi = "imsi:", kMsisdn = "msisdn:";

std::optional<Days> date_of(std::string_view year, std::string_view month, std::string_view day) {
  const auto y = number_of(year), m = number_of(month), d = number_of(day);
  if (!y || !m || !d) return std::nullopt;
  const std::chrono::year_month_day date{std::chrono::year(static_cast<int>(*y)),
                                         std::chrono::month(static_cast<unsigned>(*m)),
                                         std::chrono::day(static_cast<unsigned>(*d))};
  if (!date.ok() || static_cast<int>(date.year()) < kYearFirst || static_cast<int>(date.year()) > kYearLast)
    return std::nullopt;
  return Days(date);
}

}  // namespace

std::optional<uint64_t> number_of(std::string_view text) {
  uint64_t v = 0;
  for (const char c : text) {
    const auto digit = static_cast<unsigned char>(c - '0');
    if (digit > 9) return std::nullopt;
    v = v * 10 + digit;
  }
  return v;
}

bool printable_utf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto c = static_cast<uint8_t>(text[i]);
    if (c < 0x20 || c == 0x7F) return false;
    const size_t more = c < 0x80 ? 0 : c < 0xC2 ? 4 : c < 0xE0 ? 1 : c < 0xF0 ? 2 : c < 0xF5 ? 3 : 4;
    if (more == 4 || i + more >= text.size()) return false;
    uint32_t point = more == 0 ? c : c & (0x3Fu >> more);
    for (size_t k = 1; k <= more; ++k) {
      const auto next = static_cast<uint8_t>(text[i + k]);
      if ((next & 0xC0) != 0x80) return false;
      point = point << 6 | (next & 0x3F);
    }
    if ((more == 1 && point < 0xA0) || (more == 2 && (point < 0x800 || (point >= 0xD800 && point < 0xE000))) ||
        (more == 3 && (point < 0x10000 || point > 0x10FFFF)))
      return false;
    i += more + 1;
  }
  return true;
}

std::string_view cut_utf8(std::string_view text, size_t octets) {
  if (text.size() <= octets) return text;
  while (octets > 0 && (static_cast<uint8_t>(text[octets]) & 0xC0) == 0x80) --octets;
  return text.substr(0, octets);
}

std::optional<base::UnixSeconds> parse_date(std::string_view t) {
  if (t.size() == 8) return date_of(t.substr(0, 4), t.substr(4, 2), t.substr(6));
  if ((t.size() != 10 && t.size() != 20) || t[4] != '-' || t[7] != '-') return std::nullopt;
  const auto day = date_of(t.substr(0, 4), t.substr(5, 2), t.substr(8, 2));
  if (!day || t.size() == 10) return day;
  if (t[10] != 'T' || t[13] != ':' || t[16] != ':' || t[19] != 'Z') return std::nullopt;
  const auto h = number_of(t.substr(11, 2)), m = number_of(t.substr(14, 2)), s = number_of(t.substr(17, 2));
  if (!h || !m || !s || *h > 23 || *m > 59 || *s > 59) return std::nullopt;
  return *day + std::chrono::seconds((*h * 60 + *m) * 60 + *s);
}

std::string date_text(base::UnixSeconds t) {
  const auto day = std::chrono::floor<std::chrono::days>(t);
  const std::chrono::year_month_day date(day);
  std::string out = fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                                static_cast<unsigned>(date.day()));
  const auto s = (t - day).count();
  if (s != 0) out += fmt::format("T{:02}:{:02}:{:02}Z", s / 3600, s / 60 % 60, s % 60);
  return out;
}

std::optional<SubscriberKey> parse_subscriber(std::string_view text) {
  const bool imsi = text.starts_with(kImsi);
  if (!imsi && !text.starts_with(kMsisdn)) return std::nullopt;
  text.remove_prefix(imsi ? kImsi.size() : kMsisdn.size());
  const bool prefix = text.ends_with('*');
  if (prefix) text.remove_suffix(1);
  const auto digits = identity::Digits::parse(text);
  if (!digits || digits->length() > kSubscriberDigitsMax) return std::nullopt;
  if (prefix) return SubscriberKey::prefix(imsi ? SubscriberKey::Type::kImsi : SubscriberKey::Type::kMsisdn, *digits);
  return imsi ? SubscriberKey::exact(identity::Imsi(*digits)) : SubscriberKey::exact(identity::Msisdn(*digits));
}

std::string subscriber_text(SubscriberKey who) {
  return fmt::format("{}{}{}", who.type() == SubscriberKey::Type::kImsi ? kImsi : kMsisdn, who.digits().str(),
                     who.is_prefix() ? "*" : "");
}

std::string shown(std::string_view text) {
  constexpr size_t kShownMax = 40;
  std::string out(text.substr(0, kShownMax));
  for (char& c : out)
    if (static_cast<uint8_t>(c) < 0x20 || static_cast<uint8_t>(c) >= 0x7F) c = '?';
  return out;
}

}  // namespace eir::files
