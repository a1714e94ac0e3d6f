// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace eir::decision {

/// What the network is told. MAP EquipmentStatus (3GPP TS 29.002 §17.7.2) and the Equipment-Status AVP
/// (3GPP TS 29.272 §7.3.51) number the first three alike; unknown is an error there.
enum class Status : uint8_t { kWhite = 0, kBlack = 1, kGrey = 2, kUnknown = 3 };
inline constexpr unsigned kStatuses = 4;
/// "white", "black", "grey", "unknown".
std::string_view to_string(Status s) noexcept;
std::optional<Status> status_from(std::string_view name) noexcept;

/// Why. Numbers and names are fixed and never reused; the same in VTY, log, metrics and handbook.
enum class Reason : uint8_t {
  kOverride = 1,
  kImeiNull = 2,
  kImeiShort = 3,
  kImeiLong = 4,
  kImeiZero = 5,
  kImeiNonDecimal = 6,
  kImsiException = 7,
  kImsiHome = 8,
  kImsiForeign = 9,
  kLockMutual = 10,
  kLockDevice = 11,
  kLockSubscriber = 12,
  kPair = 13,
  kSubscriber = 14,
  kIndividual = 15,
  kIndividualSvn = 16,
  kRange = 17,
  kTac = 18,
  kNotListed = 19,
  kFault = 20,
  kOverload = 21,
};
inline constexpr unsigned kReasons = 22;  ///< one past the last number
std::string_view to_string(Reason r) noexcept;
std::optional<Reason> reason_from(std::string_view name) noexcept;

}  // namespace eir::decision
