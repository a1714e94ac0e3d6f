// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstddef>
#include <cstdint>

namespace eir::diameter::codec {

// RFC 6733 §3: the header.
inline constexpr uint8_t kVersion = 1;
inline constexpr size_t kHeaderLen = 20;
inline constexpr uint8_t kFlagRequest = 0x80;
inline constexpr uint8_t kFlagProxiable = 0x40;
inline constexpr uint8_t kFlagError = 0x20;
inline constexpr uint8_t kFlagRetransmit = 0x10;
inline constexpr uint8_t kFlagsReserved = 0x0F;  ///< ignored in what we receive

// RFC 6733 §4.1: the AVP header.
inline constexpr size_t kAvpHeaderLen = 8;
inline constexpr size_t kAvpVendorHeaderLen = 12;
inline constexpr uint8_t kAvpVendor = 0x80;
inline constexpr uint8_t kAvpMandatory = 0x40;
inline constexpr uint8_t kAvpFlagsReserved = 0x1F;  ///< P (0x20) is history, and harmless

// RFC 6733 §3.1, 3GPP TS 29.272 §7.2.
inline constexpr uint32_t kCmdCapabilitiesExchange = 257;
inline constexpr uint32_t kCmdDeviceWatchdog = 280;
inline constexpr uint32_t kCmdDisconnectPeer = 282;
inline constexpr uint32_t kCmdMeIdentityCheck = 324;

// RFC 6733 §2.4, 3GPP TS 29.272 §7.1.
inline constexpr uint32_t kAppBase = 0;
inline constexpr uint32_t kAppS13 = 16777252;
inline constexpr uint32_t kAppRelay = 0xFFFFFFFF;
inline constexpr uint32_t kVendor3gpp = 10415;
/// What the reader calls vendor 0 under a V bit, so that it is never taken for one of the IETF's.
inline constexpr uint32_t kVendorNobody = 0xFFFFFFFE;

/// An AVP's name on the wire. Vendor 0: the IETF's, no V bit.
struct AvpId {
  uint32_t code = 0;
  uint32_t vendor = 0;
  friend constexpr bool operator==(AvpId, AvpId) = default;
};

namespace avp {
// RFC 6733 §4.5
inline constexpr AvpId kUserName{1};
inline constexpr AvpId kProxyState{33};
inline constexpr AvpId kHostIpAddress{257};
inline constexpr AvpId kAuthApplicationId{258};
inline constexpr AvpId kAcctApplicationId{259};
inline constexpr AvpId kVendorSpecificApplicationId{260};
inline constexpr AvpId kSessionId{263};
inline constexpr AvpId kOriginHost{264};
inline constexpr AvpId kSupportedVendorId{265};
inline constexpr AvpId kVendorId{266};
inline constexpr AvpId kFirmwareRevision{267};
inline constexpr AvpId kResultCode{268};
inline constexpr AvpId kProductName{269};
inline constexpr AvpId kDisconnectCause{273};
inline constexpr AvpId kAuthSessionState{277};
inline constexpr AvpId kOriginStateId{278};
inline constexpr AvpId kFailedAvp{279};
inline constexpr AvpId kProxyHost{280};
inline constexpr AvpId kRouteRecord{282};
inline constexpr AvpId kDestinationRealm{283};
inline constexpr AvpId kProxyInfo{284};
inline constexpr AvpId kDestinationHost{293};
inline constexpr AvpId kOriginRealm{296};
inline constexpr AvpId kExperimentalResult{297};
inline constexpr AvpId kExperimentalResultCode{298};
inline constexpr AvpId kInbandSecurityId{299};
// 3GPP TS 29.272 §7.3
inline constexpr AvpId kSupportedFeatures{628, kVendor3gpp};
inline constexpr AvpId kTerminalInformation{1401, kVendor3gpp};
inline constexpr AvpId kImei{1402, kVendor3gpp};
inline constexpr AvpId kSoftwareVersion{1403, kVendor3gpp};
inline constexpr AvpId kEquipmentStatus{1445, kVendor3gpp};
inline constexpr AvpId kMeid{1471, kVendor3gpp};
}  // namespace avp

// RFC 6733 §7.1
enum class ResultCode : uint32_t {
  kSuccess = 2001,
  kCommandUnsupported = 3001,
  kUnableToDeliver = 3002,
  kRealmNotServed = 3003,
  kTooBusy = 3004,
  kLoopDetected = 3005,
  kApplicationUnsupported = 3007,
  kInvalidHeaderBits = 3008,
  kInvalidAvpBits = 3009,
  kUnknownPeer = 3010,
  kAvpUnsupported = 5001,
  kInvalidAvpValue = 5004,
  kMissingAvp = 5005,
  kAvpOccursTooManyTimes = 5009,
  kNoCommonApplication = 5010,
  kUnsupportedVersion = 5011,
  kUnableToComply = 5012,
  kInvalidAvpLength = 5014,
  kNoCommonSecurity = 5017,
};
constexpr uint32_t number(ResultCode c) { return static_cast<uint32_t>(c); }
/// 3xxx: answered with the E bit and the grammar of RFC 6733 §7.2.
constexpr bool is_protocol_error(ResultCode c) { return number(c) / 1000 == 3; }

/// DIAMETER_ERROR_EQUIPMENT_UNKNOWN, an Experimental-Result. 3GPP TS 29.272 §7.4.3.5.
inline constexpr uint32_t kErrorEquipmentUnknown = 5422;

/// Auth-Session-State, RFC 6733 §8.11.
inline constexpr uint32_t kStateMaintained = 0;
inline constexpr uint32_t kNoStateMaintained = 1;

/// Disconnect-Cause, RFC 6733 §5.4.3.
inline constexpr uint32_t kCauseRebooting = 0;
inline constexpr uint32_t kCauseDoNotWantToTalkToYou = 2;

}  // namespace eir::diameter::codec
