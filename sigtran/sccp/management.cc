// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/management.h"

namespace eir::sigtran::sccp {

base::Result<Management> decode_management(base::Octets octets) noexcept {
  base::ByteReader in(octets);
  const auto fail = [&](base::Cause cause) { return base::fail(base::Room::kSccp, cause, in.offset()); };
  uint8_t format = 0;
  uint8_t ssn = 0;
  uint8_t pc_low = 0;
  uint8_t pc_high = 0;
  if (!in.peek(format)) return fail(base::Cause::kTruncated);
  if (format < static_cast<uint8_t>(ManagementType::kAllowed) ||
      format > static_cast<uint8_t>(ManagementType::kCongested))
    return fail(base::Cause::kUnknown);
  in.skip(1);
  const size_t multiplicity_and_level = ManagementType{format} == ManagementType::kCongested ? 2 : 1;
  if (!in.u8(ssn) || !in.u8(pc_low) || !in.u8(pc_high) || !in.skip(multiplicity_and_level))
    return fail(base::Cause::kTruncated);
  if (!in.empty()) return fail(base::Cause::kTrailing);
  return Management{ManagementType{format}, Ssn{ssn},
                    mtp::PointCode{(uint32_t{pc_high} << 8 | pc_low) & mtp::kPointCodeMax}};
}

void write_management(BackWriter& w, const Management& m) noexcept {
  constexpr uint8_t kMultiplicityUnknown = 0;  // Q.713 §5.2.3
  w.u8(kMultiplicityUnknown);
  w.u16_le(static_cast<uint16_t>(mtp::number(m.affected_pc)));
  w.u8(number(m.affected_ssn));
  w.u8(static_cast<uint8_t>(m.type));
}

}  // namespace eir::sigtran::sccp
