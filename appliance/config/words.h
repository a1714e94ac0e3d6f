// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <charconv>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sigtran/mtp/transfer.h"

namespace eir::appliance {

/// A decimal word that libosmovty has already found to be in its range.
inline uint64_t number(std::string_view text) {
  uint64_t v = 0;
  std::from_chars(text.data(), text.data() + text.size(), v);
  return v;
}

inline std::string_view on_off(bool on) { return on ? "on" : "off"; }

/// "1.2.3" (3-8-3, ITU-T Q.704) or a plain number, 14 bits.
std::optional<sigtran::mtp::PointCode> parse_point_code(std::string_view text);
/// 3-8-3.
std::string to_text(sigtran::mtp::PointCode pc);

}  // namespace eir::appliance
