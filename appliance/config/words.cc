// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/words.h"

#include <fmt/format.h>

#include <charconv>

namespace eir::appliance {

using sigtran::mtp::PointCode;

std::optional<PointCode> parse_point_code(std::string_view text) {
  uint32_t parts[3] = {};
  unsigned count = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  while (count < 3) {
    const auto [next, ec] = std::from_chars(at, end, parts[count]);
    if (ec != std::errc()) return std::nullopt;
    ++count;
    at = next;
    if (at == end || *at != '.') break;
    ++at;
  }
  if (at != end || count == 2) return std::nullopt;
  if (count == 1) return parts[0] <= sigtran::mtp::kPointCodeMax ? std::optional(PointCode{parts[0]}) : std::nullopt;
  if (parts[0] > 7 || parts[1] > 255 || parts[2] > 7) return std::nullopt;
  return PointCode{parts[0] << 11 | parts[1] << 3 | parts[2]};
}

std::string to_text(PointCode pc) {
  const uint32_t v = sigtran::mtp::number(pc);
  return fmt::format("{}.{}.{}", v >> 11, v >> 3 & 0xFF, v & 7);
}

}  // namespace eir::appliance
