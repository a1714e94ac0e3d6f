// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "core/base/bytes.h"
#include "core/base/result.h"
#include "sigtran/sccp/back_writer.h"

namespace eir::sigtran::sccp {

/// Connectionless messages, ITU-T Q.713 §2.1, table 1.
enum class MessageType : uint8_t {
  kUdt = 0x09,
  kUdts = 0x0A,
  kXudt = 0x11,
  kXudts = 0x12,
  kLudt = 0x13,
  kLudts = 0x14,
};
constexpr bool is_service(MessageType t) {
  return t == MessageType::kUdts || t == MessageType::kXudts || t == MessageType::kLudts;
}
constexpr bool is_long(MessageType t) { return t == MessageType::kLudt || t == MessageType::kLudts; }
constexpr bool has_hop_counter(MessageType t) { return t != MessageType::kUdt && t != MessageType::kUdts; }
/// UDTS for UDT, XUDTS for XUDT, LUDTS for LUDT.
constexpr MessageType service_of(MessageType t) { return MessageType(static_cast<uint8_t>(t) + 1); }

/// ITU-T Q.713 §3.12.
enum class ReturnCause : uint8_t {
  kNoTranslationNature = 0,
  kNoTranslationAddress = 1,
  kSubsystemFailure = 3,
  kUnequippedUser = 4,
  kErrorInMessageTransport = 8,
  kCannotReassemble = 10,
  kHopCounterViolation = 12,
};

/// ITU-T Q.713 §3.17.
struct Segmentation {
  bool first = false;
  uint8_t remaining = 0;  ///< segments still to come, 0 to 15
  uint32_t local_reference = 0;
};

/// A connectionless message as it came. Views live as long as the octets it was decoded from.
///
///     UDT    type, class, >called, >calling, >data
///     XUDT   type, class, hop counter, >called, >calling, >data, >optional part
///     LUDT   as XUDT, pointers and the data's length in two octets
///     UDTS, XUDTS, LUDTS: the return cause stands where the class does
///
/// ITU-T Q.713 §4.10, §4.11, §4.18 to §4.21.
struct Message {
  MessageType type = MessageType::kUdt;
  uint8_t protocol_class = 0;  ///< 0 or 1
  bool return_option = false;  ///< "return message on error"
  uint8_t return_cause = 0;    ///< of a service message
  uint8_t hop_counter = 0;     ///< where the type has one
  base::Octets called;
  base::Octets calling;
  base::Octets data;
  std::optional<Segmentation> segmentation;
};

/// Decodes a message. Octets no pointer leads to are not looked at; unknown optional parameters are
/// skipped. Errors: kUnknown for a type that is not connectionless, kTruncated, kBadLength, kBadValue.
/// Threads: pure. Allocates: no.
base::Result<Message> decode_message(base::Octets octets) noexcept;

/// The protocol class octet of a message, ITU-T Q.713 §3.6.
constexpr uint8_t class_octet(const Message& m) {
  return static_cast<uint8_t>(m.protocol_class | (m.return_option ? 0x80 : 0));
}

/// Puts the header in front of the user data, which is all that `w` holds. `second` is the class octet or
/// the return cause. w is not ok() when a part does not fit its length field or the buffer.
void write_header(BackWriter& w, MessageType type, uint8_t second, uint8_t hop_counter, base::Octets called,
                  base::Octets calling) noexcept;

}  // namespace eir::sigtran::sccp
