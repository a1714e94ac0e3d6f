// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <fmt/chrono.h>

#include <nlohmann/json.hpp>
#include <string>

namespace eir::appliance {

/// Members keep the order in which they are written.
using Json = nlohmann::ordered_json;

/// "2026-01-31T23:59:59Z".
template <class Time>
std::string utc(Time t) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%S}Z", std::chrono::time_point_cast<std::chrono::seconds>(t));
}

/// One line, whatever octets a peer put into a name.
inline std::string one_line(const Json& j) { return j.dump(-1, ' ', false, Json::error_handler_t::replace); }

}  // namespace eir::appliance
