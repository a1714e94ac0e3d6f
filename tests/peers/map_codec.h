// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// SCCP, TCAP and MAP CheckIMEI as an MSC writes and reads them. Shares nothing with the node's codecs, so
/// that it sees their mistakes: it writes what it is told to, and reads strictly.
/// ITU-T Q.713, Q.773; 3GPP TS 29.002 §8.7.1, §17.
namespace eir::tests::map {

using Bytes = std::vector<uint8_t>;
using View = std::span<const uint8_t>;

std::string to_hex(View data);
/// nullopt for an odd number of digits or another character; blanks are passed over.
std::optional<Bytes> from_hex(std::string_view text);

/// Two digits an octet, the first in the low half, F where the last is missing. `*#abc` as in TS 29.002.
Bytes tbcd(std::string_view digits);

// ---- SCCP ---------------------------------------------------------------------------------------------

enum class Message : uint8_t { kUdt = 0x09, kUdts = 0x0A, kXudt = 0x11, kXudts = 0x12, kLudt = 0x13, kLudts = 0x14 };

struct Address {
  bool route_on_gt = false;
  std::optional<uint32_t> point_code;
  uint8_t ssn = 0;
  std::string gt;  ///< E.164, international; empty for none
};
Bytes encode(const Address& address);

struct Unitdata {
  Message type = Message::kUdt;
  uint8_t protocol_class = 0;  ///< with the return option in its upper half
  uint8_t hop_counter = 15;
  Bytes called, calling, data;
  /// XUDT and LUDT, ITU-T Q.713 §3.17: first, remaining, local reference.
  std::optional<std::array<uint8_t, 4>> segmentation;
};
Bytes encode(const Unitdata& message);
/// The message as several with at most `segment_len` octets of data each. Q.714 §4.1.1.
std::vector<Bytes> encode_segmented(const Unitdata& message, size_t segment_len, uint32_t reference);

struct Received {
  Message type{};
  uint8_t protocol_class = 0;  ///< of service messages: the return cause
  Bytes called, calling, data;
};
/// "" or what is wrong with the message.
std::string decode(View message, Received& out);

// ---- TCAP and MAP -------------------------------------------------------------------------------------

enum class Vendor : uint8_t { kNone, kHuawei, kEricsson };

struct CheckImei {
  unsigned version = 3;
  Bytes imei;
  std::string imsi, msisdn;
  Vendor vendor = Vendor::kNone;
  Bytes requested = {0x06, 0x80};  ///< requestedEquipmentInfo's contents: equipmentStatus; empty for none
};
/// The Invoke component's parameter.
Bytes argument(const CheckImei& question);

Bytes tlv(uint8_t tag, View content);
Bytes invoke(uint8_t id, const Bytes& operation, const Bytes& parameter);
/// Application context equipmentMngtContext, its contents. TS 29.002 §17.3.3.
Bytes application_context(unsigned version);
Bytes aarq(const Bytes& context);
Bytes begin(const Bytes& otid, const Bytes& dialogue, const Bytes& components);
Bytes carry_on(const Bytes& otid, const Bytes& dtid, const Bytes& components);

/// What came back.
struct Answer {
  std::string kind;    ///< begin, continue, end, abort
  std::string result;  ///< white, black, grey, no status, "error 7", "reject invoke 1", "p-abort 2", "u-abort ..."
  Bytes otid, dtid;
  Bytes context, user_information;  ///< of the dialogue portion
  bool dialogue = false, accepted = false;
  std::vector<std::string> problems;  ///< what it does against the specifications
};
Answer decode_answer(View tcap, unsigned version);

}  // namespace eir::tests::map
