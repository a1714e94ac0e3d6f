// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// The test client's own Diameter, written from RFC 6733 and 3GPP TS 29.272 and sharing nothing with the
/// node's rooms, so that it can catch their mistakes. Simple, strict, free to use the heap.
namespace eir::tests::s13 {

inline constexpr uint32_t kApplication = 16777252;  ///< 3GPP TS 29.272 §7.1.5
inline constexpr uint32_t kVendor3gpp = 10415;
inline constexpr uint32_t kCommandEcr = 324;  ///< 3GPP TS 29.272 §7.2.19
inline constexpr uint32_t kCommandCer = 257;
inline constexpr uint32_t kCommandDwr = 280;
inline constexpr uint32_t kCommandDpr = 282;
inline constexpr size_t kHeaderLen = 20;        ///< RFC 6733 §3
inline constexpr size_t kMessageMax = 1 << 20;  ///< longer ones from the node are a fault

inline constexpr uint8_t kFlagRequest = 0x80, kFlagProxiable = 0x40, kFlagError = 0x20, kFlagRetransmitted = 0x10;
inline constexpr uint8_t kAvpVendor = 0x80, kAvpMandatory = 0x40;

/// AVP codes used here. RFC 6733 §4.5; 3GPP TS 29.272 §7.3.
enum AvpCode : uint32_t {
  kUserName = 1,
  kHostIpAddress = 257,
  kAuthApplicationId = 258,
  kVendorSpecificApplicationId = 260,
  kSessionId = 263,
  kOriginHost = 264,
  kSupportedVendorId = 265,
  kVendorId = 266,
  kFirmwareRevision = 267,
  kResultCode = 268,
  kProductName = 269,
  kDisconnectCause = 273,
  kAuthSessionState = 277,
  kOriginStateId = 278,
  kFailedAvp = 279,
  kErrorMessage = 281,
  kDestinationRealm = 283,
  kProxyInfo = 284,
  kDestinationHost = 293,
  kErrorReportingHost = 294,
  kOriginRealm = 296,
  kExperimentalResult = 297,
  kExperimentalResultCode = 298,
  kTerminalInformation = 1401,
  kImei = 1402,
  kSoftwareVersion = 1403,
  kEquipmentStatus = 1445,
};

/// Builds one message, AVP after AVP.
class Builder {
 public:
  Builder(uint8_t flags, uint32_t command, uint32_t application, uint32_t hop_by_hop, uint32_t end_to_end);
  /// `vendor` 0: no Vendor-Id field.
  void avp(uint32_t code, std::string_view data, uint32_t vendor = 0, bool mandatory = true);
  void u32(uint32_t code, uint32_t value, uint32_t vendor = 0, bool mandatory = true);
  void raw(std::string_view octets) { out_.append(octets); }
  /// The message with its length filled in.
  std::string finish();

 private:
  std::string out_;
};

/// One AVP alone, padded. For grouped ones.
std::string make_avp(uint32_t code, std::string_view data, uint32_t vendor = 0, bool mandatory = true);
std::string make_u32(uint32_t code, uint32_t value, uint32_t vendor = 0, bool mandatory = true);

/// What the client says who it is, and to whom it talks.
struct Identity {
  std::string origin_host, origin_realm, destination_realm, destination_host;
  std::vector<uint32_t> applications{kApplication};
  std::string host_ip = "127.0.0.1";
  std::optional<uint32_t> origin_state_id;
};
std::string make_cer(const Identity& who, uint32_t hop_by_hop);
/// DWR and DPR (cause REBOOTING, RFC 6733 §5.4.3).
std::string make_dwr(const Identity& who, uint32_t hop_by_hop);
std::string make_dpr(const Identity& who, uint32_t hop_by_hop);
/// The answer to a DWR or a DPR of the node: same command and identifiers, Result-Code 2001.
std::string make_success(const Identity& who, std::string_view request);

struct Header {
  uint8_t version = 0, flags = 0;
  uint32_t length = 0, command = 0, application = 0, hop_by_hop = 0, end_to_end = 0;
  bool request() const { return flags & kFlagRequest; }
};
/// REQUIRES: at least kHeaderLen octets.
Header header_of(std::string_view message);

/// An answer taken apart. `problems` names each departure from RFC 6733 and 3GPP TS 29.272, in words.
struct Answer {
  Header header;
  std::optional<uint32_t> result_code, experimental_result, equipment_status, auth_session_state;
  std::optional<std::string> session_id;
  std::string origin_host, origin_realm, error_message, failed_avp;
  std::vector<std::string> problems;
};
/// Strict. `request` is what was asked, to compare identifiers, Session-Id and the P bit; may be empty.
Answer parse_answer(std::string_view message, std::string_view request);

/// The data of the first top-level AVP with this code and no vendor, or nothing.
std::optional<std::string_view> find_avp(std::string_view message, uint32_t code);

std::string to_hex(std::string_view octets);
/// Nothing when `hex` is not pairs of hexadecimal digits; blanks between pairs are skipped.
std::optional<std::string> from_hex(std::string_view hex);

}  // namespace eir::tests::s13
