// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "appliance/vty/command.h"
#include "sigtran/mtp/transfer.h"

namespace eir::appliance {

/// "1.2.3" (3-8-3, ITU-T Q.704) or a plain number, 14 bits.
std::optional<sigtran::mtp::PointCode> parse_point_code(std::string_view text);
/// 3-8-3.
std::string to_text(sigtran::mtp::PointCode pc);

}  // namespace eir::appliance
