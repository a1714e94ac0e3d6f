// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "core/base/result.h"

namespace eir::sigtran::map {

/// What a fault of our own becomes on the wire.
enum class FaultAs : uint8_t {
  kAnswer,  ///< the configured fault answer: a refused dialogue makes an MSC refuse the subscriber
  kError,   ///< returnError systemFailure
};

/// The MAP responder as an operator configures it. Plain values.
struct Config {
  bool accept_v1 = true;
  bool accept_v2 = true;
  bool accept_v3 = true;
  FaultAs fault_as = FaultAs::kAnswer;
  /// Key of the transaction identities we hand out (tcap/otid.h). Every process of one application
  /// server must have the same, so that any of them can go on with a dialogue another one opened. A
  /// secret: never shown.
  std::array<uint8_t, 16> otid_key{};
  friend bool operator==(const Config&, const Config&) = default;
};

/// Refuses a configuration that accepts no version at all.
base::Result<void, base::Problem> validate(const Config& config);

}  // namespace eir::sigtran::map
