// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"

/// The M3UA messages that the binding reads and writes itself. RFC 4666.
/// Threads: pure. Allocates: no.
namespace eir::sigtran::mtp::m3ua {

//   0               1               2               3
//   +---------------+---------------+---------------+---------------+
//   | version = 1   | reserved      | class         | type          |   common header, §3.1
//   +---------------+---------------+---------------+---------------+
//   | message length, header and padding counted                    |
//   +-------------------------------+-------------------------------+
//   | parameter tag                 | length, padding not counted   |   §3.2
//   +-------------------------------+-------------------------------+
inline constexpr size_t kHeaderLen = 8;
inline constexpr uint8_t kVersion = 1;
inline constexpr uint32_t kSctpPayloadProtocol = 3;  ///< §7.1

// Message classes, §3.1.2.
inline constexpr uint8_t kClassManagement = 0;
inline constexpr uint8_t kClassTransfer = 1;
inline constexpr uint8_t kClassSsnm = 2;
inline constexpr uint8_t kClassAspsm = 3;
inline constexpr uint8_t kClassAsptm = 4;
inline constexpr uint8_t kClassRkm = 9;

inline constexpr uint8_t kTypeData = 1;  ///< of kClassTransfer
/// Of kClassSsnm, §3.4.
enum class Ssnm : uint8_t { kDuna = 1, kDava = 2, kDaud = 3, kScon = 4, kDupu = 5, kDrst = 6 };

/// Codes of an ERR message, §3.8.1.
enum class ErrorCode : uint32_t {
  kUnsupportedMessageClass = 0x03,
  kUnexpectedMessage = 0x06,
  kParameterFieldError = 0x12,
  kInvalidRoutingContext = 0x19,
};

/// Octets that DATA adds to the MTP user's message: header, routing context, protocol data's own header,
/// padding.
inline constexpr size_t kDataOverhead = kHeaderLen + 8 + 4 + 12 + 3;

/// Longest management message that is looked at. Larger ones are of no use to us, and the library echoes
/// heartbeats into a buffer of 1,536 octets.
inline constexpr size_t kManagementOctetsMax = 1024;
/// Point codes in one SSNM message.
inline constexpr size_t kAffectedMax = 64;

struct Header {
  uint8_t message_class;
  uint8_t type;
};

/// DATA, §3.3.1.
struct Data {
  std::optional<uint32_t> routing_context;
  uint32_t opc = 0;
  uint32_t dpc = 0;
  uint8_t si = 0;          ///< service indicator
  uint8_t ni = 0;          ///< network indicator
  uint8_t mp = 0;          ///< message priority
  uint8_t sls = 0;         ///< signalling link selection
  base::Octets user_data;  ///< a view into the message
};

/// Decodes DATA. Parameters in any order, unknown ones passed over; the last one's padding may be missing.
/// Errors: kTruncated, kBadLength, kUnknown (not DATA, or another version), kTooMany (a parameter twice),
/// kBadTag (no protocol data).
base::Result<Data> decode_data(base::Octets message);

/// Writes DATA with the routing context before the protocol data. False when it does not fit `out`.
bool encode_data(const Data& data, base::ByteWriter& out);

/// Writes an ERR with its code alone. False when it does not fit.
bool encode_error(ErrorCode code, base::ByteWriter& out);

/// Checks a message that is not DATA for all that would stop the library: lengths of the header and of
/// every known parameter, the whole below kManagementOctetsMax.
/// Errors: kTruncated, kBadLength, kUnknown (a version or class nobody defined), kTooMany (kAffectedMax).
base::Result<Header> check_management(base::Octets message);

/// What an SSNM message says, §3.4.
struct SsnmMessage {
  Ssnm type;
  base::Octets affected;  ///< four octets each: mask, point code
  uint16_t user = 0;      ///< of DUPU: the service indicator
  uint16_t cause = 0;     ///< of DUPU
};

/// Decodes an SSNM message that check_management() accepted.
/// Errors: kUnknown (another class, or a type nobody defined), kBadTag (no affected point code).
base::Result<SsnmMessage> decode_ssnm(base::Octets message);

}  // namespace eir::sigtran::mtp::m3ua
