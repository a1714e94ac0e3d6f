// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/check_imei.h"

#include <algorithm>

namespace eir::sigtran::map {
namespace {

using base::Cause;
using base::Octets;
using identity::Digits;
using tcap::BerReader;
using Arg = base::Result<CheckImeiArg>;

constexpr uint8_t kOctetString = 0x04;
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

/// A subscriber's number in TBCD. What is no number is ignored: it must not cost the answer.
Digits read_subscriber(Octets value, CheckImeiArg& arg) {
  const auto digits = Digits::from_tbcd(value);
  if (digits && digits->length() <= kSubscriberDigitsMax) return *digits;
  arg.subscriber_ignored = true;
  return {};
}

void take_imsi(Octets value, CheckImeiArg& arg) { arg.imsi = identity::Imsi(read_subscriber(value, arg)); }
void take_msisdn(Octets value, CheckImeiArg& arg) { arg.msisdn = identity::Msisdn(read_subscriber(value, arg)); }

/// What Huawei puts behind a bare IMEI. The tags are no BER: 00 with a length is not an end of contents.
bool read_behind(Octets octets, CheckImeiArg& arg) {
  BerReader in(octets);
  while (!in.only_zeros_left()) {
    const auto tlv = in.next();
    if (!tlv) return false;
    switch (tlv->tag) {
      case kHuaweiImsiAlone:
      case kHuaweiImsi: take_imsi(tlv->value, arg); break;
      case kHuaweiMsisdn: take_msisdn(tlv->value, arg); break;
      default: return false;
    }
  }
  return true;
}

Arg decode_bare(Octets octets) {
  BerReader in(octets);
  const auto imei = in.next(kOctetString);
  if (!imei) return fail(imei.error().cause);
  CheckImeiArg arg;
  arg.imei = identity::Imei::from_tbcd(imei->value);
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
  const auto imei = in.next(kOctetString);
  if (!imei) return fail(imei.error().cause);
  CheckImeiArg arg;
  arg.imei = identity::Imei::from_tbcd(imei->value);
  while (!in.empty()) {
    const auto tlv = in.next();
    if (!tlv) return fail(tlv.error().cause);
    switch (tlv->tag) {
      case kHuaweiImsiV3:
      case kEricssonImsi: take_imsi(tlv->value, arg); break;
      case kHuaweiMsisdnV3: take_msisdn(tlv->value, arg); break;
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
