// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "core/identity/digits.h"
#include "sigtran/sccp/config.h"

namespace eir::sigtran::sccp {

/// Longest address we take: indicator, point code, SSN, four octets of a global title's fields, and 24
/// octets of digits. The format allows 255; nobody's numbering plan needs them.
inline constexpr size_t kAddressOctetsMax = 32;

/// A called or calling party address, ITU-T Q.713 §3.4:
///
///     | indicator | point code (2, LE)? | SSN? | global title? |
///     indicator: bit 1 PC, bit 2 SSN, bits 3-6 GT indicator, bit 7 routing (1: SSN), bit 8 national
///
/// Views live as long as the octets it was decoded from.
struct Address {
  base::Octets raw;  ///< the whole address, for sending it back
  bool route_on_ssn = false;
  std::optional<mtp::PointCode> pc;
  Ssn ssn = kSsnUnknown;  ///< kSsnUnknown where there is none
  uint8_t gt_indicator = 0;
  uint8_t translation_type = 0;
  uint8_t numbering_plan = 0;
  uint8_t nature = 0;
  base::Octets gt;              ///< the global title, fields and digits
  bool gt_has_address = false;  ///< at least one address signal
  /// The title's digits; empty where it has none, more than 16, or signals that are no decimal digit.
  identity::Digits digits;

  /// A global title of a form that can be translated, ITU-T Q.713 §3.4.2.3.
  bool gt_usable() const { return gt_indicator >= 1 && gt_indicator <= 4 && gt_has_address; }
  /// An answer can be sent to this address.
  bool usable() const { return route_on_ssn ? ssn != kSsnUnknown : gt_usable(); }
};

/// Decodes an address. An empty one is an address without anything. Unknown GT indicators are kept as
/// octets. Errors: kTruncated, and kBadLength above kAddressOctetsMax. Threads: pure. Allocates: no.
base::Result<Address> decode_address(base::Octets octets) noexcept;

/// An address we made, by value.
struct OwnAddress {
  std::array<uint8_t, kAddressOctetsMax> octets{};
  uint8_t len = 0;
  base::Octets view() const { return {octets.data(), len}; }
};

/// Point code and SSN, routed on SSN.
OwnAddress make_address(mtp::PointCode pc, Ssn ssn) noexcept;
/// A global title in its encoded form under `indicator`, with SSN and, where given, a point code.
/// Without room for the title the result is empty. REQUIRES: indicator 1 to 4.
OwnAddress make_address(bool route_on_ssn, std::optional<mtp::PointCode> pc, Ssn ssn, uint8_t indicator,
                        base::Octets gt) noexcept;
/// A global title of our own, routed on GT.
OwnAddress make_address(Ssn ssn, const GlobalTitle& title) noexcept;

}  // namespace eir::sigtran::sccp
