// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "core/base/result.h"
#include "core/decision/reason.h"
#include "core/identity/digits.h"
#include "core/identity/imei.h"
#include "sigtran/tcap/component.h"

namespace eir::sigtran::map {

/// Local operation code of CheckIMEI, 3GPP TS 29.002 §17.5.
inline constexpr int32_t kCheckImei = 43;

/// Local error codes, 3GPP TS 29.002 §17.5. CheckIMEI also knows dataMissing (35, above version 1) and
/// unexpectedDataValue (36, version 1); we have no use for them: an IMEI of any content is judged, and an
/// argument that is none is rejected.
inline constexpr uint8_t kUnknownEquipment = 7;
inline constexpr uint8_t kSystemFailure = 34;

/// Bounds of a constructed OCTET STRING. An IMEI, IMSI or MSISDN has at most 8 octets: of one that is above,
/// what is kept is already too long.
inline constexpr unsigned kStringPiecesMax = 16;
inline constexpr size_t kStringOctetsMax = 20;

/// What a CheckIMEI asks, of any version and vendor.
struct CheckImeiArg {
  identity::Imei imei;
  identity::Imsi imsi;              ///< empty where the vendor sends none
  identity::Msisdn msisdn;          ///< empty where the vendor sends none
  bool status_asked = true;         ///< false when requestedEquipmentInfo leaves equipmentStatus out
  bool subscriber_ignored = false;  ///< an IMSI or MSISDN was there and is no number
};

/// Decodes the CheckIMEI argument. 3GPP TS 29.002 §8.7.1, §17.7.1; beside it the places where vendors put
/// the subscriber:
///
///     v1, v2        04 imei
///     Huawei        04 imei, 00 or 01 imsi, 02 msisdn, zeros                      (TBCD all)
///     v3            30 { 04 imei, 03 requestedEquipmentInfo, 30 extensionContainer, ... }
///     Huawei v3     30 { 04 imei, 80 imsi, 81 msisdn, 03 requestedEquipmentInfo }, zeros
///     Ericsson v3   30 { 04 imei, 03 requestedEquipmentInfo optional, C1 imsi, C3 location, ... }
///
/// The IMEI, and the subscriber where his tags are BER, may be constructed, X.690 §8.7.3: the pieces are
/// put together. An IMEI of more than kStringPiecesMax is kTooMany, such a subscriber is ignored.
///
/// Input: all that follows the operation code; not retained. An IMEI of any length and content is taken,
/// its class says what it is. Without requestedEquipmentInfo the status is asked.
/// Errors: kTruncated, kBadTag, kBadLength, kBadValue, kTooDeep, kTooMany, kTrailing. Threads: pure. Allocates: no.
base::Result<CheckImeiArg> decode_check_imei(uint8_t version, base::Octets octets) noexcept;

/// The CheckIMEI result: a bare EquipmentStatus up to version 2, else a SEQUENCE with it or, where it was not
/// asked, without. 3GPP TS 29.002 §17.7.1. REQUIRES: status is not kUnknown.
tcap::Reply make_check_imei_result(tcap::InvokeId id, uint8_t version, bool status_asked,
                                   decision::Status status) noexcept;

}  // namespace eir::sigtran::map
