// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/check_imei.h"

#include <algorithm>
#include <array>

namespace eir::sigtran::map {
namespace {

using base::Cause;
using base::Octets;
using identity::Digits;
using tcap::BerReader;
using Arg = base::Result<CheckImeiArg>;

constexpr uint8_t kOctetString = 0x04;
constexpr uint8_t kConstructed = 0x20;  // in the identifier octet, X.690 §8.1.2.5
constexpr uint8_t kBitString = 0x03;
constexpr uint8_t kEnumerated = 0x0A;
constexpr uint8_t kSequence = 0x30;
constexpr uint8_t kHuaweiImsiAlone = 0x00;
constexpr uint8_t kHuaweiImsi = 0x01;
constexpr uint8_t kHuaweiMsisdn = 0x02;
constexpr uint8_t kHuaweiImsiV3 = 0x80;
constexpr uint8_t kHuaweiMsisdnV3 = 0x81;
constexpr uint8_t kEricssonImsi = 0xC1;        // [PRIVATE 1]
constexpr unsigned kSubscriberDigitsMax = 15;  // IMSI and E.164 number alike
constexpr uint8_t kEquipmentStatusBit = 0x80;  // bit 0 of requestedEquipmentInfo

auto fail(Cause cause) { return base::fail(base::Room::kMap, cause, 0); }

/// The octets of an OCTET STRING in whatever form it came, X.690 §8.7: those of a constructed one are put
/// together here. What read() gives lives as long as this and what was read.
class OctetString {
 public:
  base::Result<Octets> read(const tcap::Tlv& tlv) noexcept {
    if (!(tlv.tag & kConstructed)) return tlv.value;
    if (const auto whole = gather(tlv.value, 1); !whole) return tl::unexpected(whole.error());
    return Octets(octets_).first(len_);
  }

 private:
  /// A piece may be constructed of pieces again.
  static constexpr unsigned kDepthMax = 4;

  base::Result<void> gather(Octets contents, unsigned depth) noexcept {
    if (depth > kDepthMax) return fail(Cause::kTooDeep);
    BerReader in(contents);
    while (!in.empty()) {
      const auto piece = in.next();
      if (!piece) return fail(piece.error().cause);
      if ((piece->tag & ~uint32_t{kConstructed}) != kOctetString) return fail(Cause::kBadTag);
      if (++pieces_ > kStringPiecesMax) return fail(Cause::kTooMany);
      if (piece->tag & kConstructed) {
        if (const auto inner = gather(piece->value, depth + 1); !inner) return inner;
        continue;
      }
      const Octets kept = piece->value.first(std::min(piece->value.size(), octets_.size() - len_));
      std::ranges::copy(kept, octets_.begin() + static_cast<ptrdiff_t>(len_));
      len_ += kept.size();
    }
    return {};
  }

  std::array<uint8_t, kStringOctetsMax> octets_{};
  size_t len_ = 0;
  unsigned pieces_ = 0;
};

base::Result<identity::Imei> read_imei(BerReader& in) {
  const auto tlv = in.next();
  if (!tlv) return fail(tlv.error().cause);
  if ((tlv->tag & ~uint32_t{kConstructed}) != kOctetString) return fail(Cause::kBadTag);
  OctetString string;
  const auto octets = string.read(*tlv);
  if (!octets) return tl::unexpected(octets.error());
  return identity::Imei::from_tbcd(*octets);
}

/// A subscriber's number in TBCD. What is no number is ignored: it must not cost the answer.
Digits read_subscriber(const tcap::Tlv& tlv, CheckImeiArg& arg) {
  OctetString string;
  const auto octets = string.read(tlv);
  const auto digits = octets ? Digits::from_tbcd(*octets) : std::nullopt;
  if (digits && digits->length() <= kSubscriberDigitsMax) return *digits;
  arg.subscriber_ignored = true;
  return {};
}

void take_imsi(const tcap::Tlv& tlv, CheckImeiArg& arg) { arg.imsi = identity::Imsi(read_subscriber(tlv, arg)); }
void take_msisdn(const tcap::Tlv& tlv, CheckImeiArg& arg) { arg.msisdn = identity::Msisdn(read_subscriber(tlv, arg)); }

/// What Huawei puts behind a bare IMEI. The tags are no BER: 00 with a length is not an end of contents.
bool read_behind(Octets octets, CheckImeiArg& arg) {
  BerReader in(octets);
  while (!in.only_zeros_left()) {
    const auto tlv = in.next();
    if (!tlv) return false;
    switch (tlv->tag) {
      case kHuaweiImsiAlone:
      case kHuaweiImsi: take_imsi(*tlv, arg); break;
      case kHuaweiMsisdn: take_msisdn(*tlv, arg); break;
      default: return false;
    }
  }
  return true;
}

Arg decode_bare(Octets octets) {
  BerReader in(octets);
  const auto imei = read_imei(in);
  if (!imei) return tl::unexpected(imei.error());
  CheckImeiArg arg;
  arg.imei = *imei;
  if (!read_behind(in.rest(), arg)) return fail(Cause::kTrailing);
  return arg;
}

/// BIT STRING {equipmentStatus(0), bmuef(1)}, X.690 §8.6.
bool read_requested_info(Octets value, CheckImeiArg& arg) {
  constexpr uint8_t kUnusedMax = 7;
  if (value.empty() || value[0] > kUnusedMax || (value.size() == 1 && value[0] != 0)) return false;
  arg.status_asked = value.size() > 1 && value[1] & kEquipmentStatusBit;
  return true;
}

Arg decode_sequence(Octets octets) {
  BerReader outer(octets);
  const auto sequence = outer.next(kSequence);
  if (!sequence) return fail(sequence.error().cause);
  if (!outer.only_zeros_left()) return fail(Cause::kTrailing);
  BerReader in(sequence->value);
  const auto imei = read_imei(in);
  if (!imei) return tl::unexpected(imei.error());
  CheckImeiArg arg;
  arg.imei = *imei;
  while (!in.empty()) {
    const auto tlv = in.next();
    if (!tlv) return fail(tlv.error().cause);
    switch (tlv->tag) {
      case kHuaweiImsiV3:
      case kHuaweiImsiV3 | kConstructed:
      case kEricssonImsi:
      case kEricssonImsi | kConstructed: take_imsi(*tlv, arg); break;
      case kHuaweiMsisdnV3:
      case kHuaweiMsisdnV3 | kConstructed: take_msisdn(*tlv, arg); break;
      case kBitString:
        if (!read_requested_info(tlv->value, arg)) return fail(Cause::kBadValue);
        break;
      default: break;  // extensionContainer, Ericsson's location, and what "..." leaves room for
    }
  }
  return arg;
}

}  // namespace

Arg decode_check_imei(uint8_t version, Octets octets) noexcept {
  return version >= 3 ? decode_sequence(octets) : decode_bare(octets);
}

tcap::Reply make_check_imei_result(tcap::InvokeId id, uint8_t version, bool status_asked,
                                   decision::Status status) noexcept {
  tcap::Reply reply;
  reply.kind = tcap::Reply::Kind::kResult;
  reply.id = id;
  reply.operation = kCheckImei;
  base::ByteWriter w(reply.parameter);
  if (version >= 3) {
    w.u8(kSequence);
    w.u8(status_asked ? 3 : 0);
  }
  if (version < 3 || status_asked) {
    w.u8(kEnumerated);
    w.u8(1);
    w.u8(static_cast<uint8_t>(status));
  }
  reply.parameter_len = static_cast<uint8_t>(w.size());
  return reply;
}

}  // namespace eir::sigtran::map
