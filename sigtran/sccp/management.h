// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "sigtran/sccp/back_writer.h"
#include "sigtran/sccp/config.h"

namespace eir::sigtran::sccp {

/// SCCP management messages, ITU-T Q.713 §5.1.1.
enum class ManagementType : uint8_t {
  kAllowed = 1,       ///< SSA
  kProhibited = 2,    ///< SSP
  kStatusTest = 3,    ///< SST
  kOutOfService = 4,  ///< SOR, out-of-service request
  kOutOfServiceGrant = 5,
  kCongested = 6,  ///< SSC
};

/// The user data of a message between the subsystems 1, ITU-T Q.713 §5.1, §5.3:
///
///     | format | affected SSN | affected PC (2, LE) | multiplicity | congestion level, SSC only |
struct Management {
  ManagementType type = ManagementType::kStatusTest;
  Ssn affected_ssn = kSsnUnknown;
  mtp::PointCode affected_pc{};
};

/// Errors: kTruncated, kUnknown for the format, kTrailing. Threads: pure. Allocates: no.
base::Result<Management> decode_management(base::Octets octets) noexcept;
/// Any but SSC, as the user data.
void write_management(BackWriter& w, const Management& m) noexcept;

}  // namespace eir::sigtran::sccp
