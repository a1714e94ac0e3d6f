// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/address.h"

namespace eir::sigtran::sccp {
namespace {

using base::ByteReader;
using base::ByteWriter;
using base::Cause;
using base::Octets;

// The address indicator, Q.713 §3.4.1.
constexpr uint8_t kHasPc = 0x01;
constexpr uint8_t kHasSsn = 0x02;
constexpr unsigned kGtShift = 2;
constexpr uint8_t kGtMask = 0x0F;
constexpr uint8_t kRouteOnSsn = 0x40;
// Encoding scheme, Q.713 §3.4.2.3.3.
constexpr uint8_t kBcdOdd = 1;
constexpr uint8_t kBcdEven = 2;
constexpr uint8_t kOddIndicator = 0x80;  // with GT indicator 1, Q.713 §3.4.2.3.1
constexpr uint8_t kNatureMask = 0x7F;
constexpr uint8_t kSignalEnd = 0x0F;  // ST

/// The address signals, low nibble first. Q.713 §3.4.2.3.1, figure 10.
void read_signals(Octets octets, bool odd, Address& out) {
  if (octets.empty()) return;
  const uint8_t last = octets.back();
  odd = odd || last >> 4 == kSignalEnd;
  const size_t count = octets.size() * 2 - (odd ? 1 : 0);
  out.gt_has_address = true;
  if (count > identity::Digits::kLenMax) return;
  uint64_t value = 0;
  bool decimal = true;
  for (const uint8_t pair : octets.first(count / 2)) {
    const unsigned low = pair & 0x0F;
    const unsigned high = pair >> 4;
    decimal = decimal && low <= 9 && high <= 9;
    value = value * 100 + low * 10 + high;
  }
  if (odd) {
    decimal = decimal && (last & 0x0F) <= 9;
    value = value * 10 + (last & 0x0F);
  }
  if (decimal) out.digits = identity::Digits::of(value, static_cast<unsigned>(count));
}

/// The fields in front of the signals, by indicator. Q.713 §3.4.2.3.1 to §3.4.2.3.4.
bool read_title(ByteReader& in, Address& out) {
  out.gt = in.rest();
  bool odd = false;
  uint8_t octet = 0;
  if (out.gt_indicator >= 2 && !in.u8(out.translation_type)) return false;
  if (out.gt_indicator >= 3) {
    if (!in.u8(octet)) return false;
    out.numbering_plan = octet >> 4;
    odd = (octet & 0x0F) == kBcdOdd;
  }
  if (out.gt_indicator == 1 || out.gt_indicator == 4) {
    if (!in.u8(octet)) return false;
    out.nature = octet & kNatureMask;
    if (out.gt_indicator == 1) odd = octet & kOddIndicator;
  }
  read_signals(in.rest(), odd, out);
  return true;
}

void write_signals(ByteWriter& w, identity::Digits digits) {
  char text[identity::Digits::kLenMax];
  const unsigned len = digits.write(text);
  for (unsigned i = 0; i < len; i += 2) {
    const unsigned low = static_cast<unsigned>(text[i] - '0');
    const unsigned high = i + 1 < len ? static_cast<unsigned>(text[i + 1] - '0') : 0;
    w.u8(static_cast<uint8_t>(high << 4 | low));
  }
}

}  // namespace

base::Result<Address> decode_address(Octets octets) noexcept {
  if (octets.size() > kAddressOctetsMax) return base::fail(base::Room::kSccp, Cause::kBadLength, 0);
  Address out;
  out.raw = octets;
  if (octets.empty()) return out;
  ByteReader in(octets);
  const auto truncated = [&] { return base::fail(base::Room::kSccp, Cause::kTruncated, in.offset()); };
  uint8_t indicator = 0;
  in.u8(indicator);
  out.route_on_ssn = indicator & kRouteOnSsn;
  out.gt_indicator = indicator >> kGtShift & kGtMask;
  if (indicator & kHasPc) {
    uint8_t low = 0;
    uint8_t high = 0;
    if (!in.u8(low) || !in.u8(high)) return truncated();
    out.pc = mtp::PointCode{(uint32_t{high} << 8 | low) & mtp::kPointCodeMax};
  }
  if (indicator & kHasSsn) {
    uint8_t ssn = 0;
    if (!in.u8(ssn)) return truncated();
    out.ssn = Ssn{ssn};
  }
  if (out.gt_indicator > 4) {
    out.gt = in.rest();
  } else if (out.gt_indicator != 0 && !read_title(in, out)) {
    return truncated();
  }
  return out;
}

OwnAddress make_address(mtp::PointCode pc, Ssn ssn) noexcept {
  const uint32_t n = mtp::number(pc);
  return {{kHasPc | kHasSsn | kRouteOnSsn, static_cast<uint8_t>(n), static_cast<uint8_t>(n >> 8), number(ssn)}, 4};
}

OwnAddress make_address(bool route_on_ssn, std::optional<mtp::PointCode> pc, Ssn ssn, uint8_t indicator,
                        Octets gt) noexcept {
  OwnAddress out;
  ByteWriter w(out.octets);
  w.u8(static_cast<uint8_t>((pc ? kHasPc : 0) | kHasSsn | indicator << kGtShift | (route_on_ssn ? kRouteOnSsn : 0)));
  if (pc) {
    w.u8(static_cast<uint8_t>(mtp::number(*pc)));
    w.u8(static_cast<uint8_t>(mtp::number(*pc) >> 8));
  }
  w.u8(number(ssn));
  w.bytes(gt);
  if (w.ok()) out.len = static_cast<uint8_t>(w.size());
  return out;
}

OwnAddress make_address(Ssn ssn, const GlobalTitle& title) noexcept {
  const bool odd = title.digits.length() % 2;
  std::array<uint8_t, kAddressOctetsMax> gt{};
  ByteWriter w(gt);
  if (title.indicator >= 2) w.u8(title.translation_type);
  if (title.indicator >= 3) w.u8(static_cast<uint8_t>(title.numbering_plan << 4 | (odd ? kBcdOdd : kBcdEven)));
  if (title.indicator == 1) w.u8(static_cast<uint8_t>((odd ? kOddIndicator : 0) | (title.nature & kNatureMask)));
  if (title.indicator == 4) w.u8(title.nature & kNatureMask);
  write_signals(w, title.digits);
  return make_address(false, std::nullopt, ssn, title.indicator, w.written());
}

}  // namespace eir::sigtran::sccp
