// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/message.h"

namespace eir::sigtran::tcap {
namespace {

// ITU-T Q.773 §3.1, tables 9 to 13.
constexpr uint8_t kOtid = 0x48;
constexpr uint8_t kDtid = 0x49;
constexpr uint8_t kPAbortCause = 0x4A;
constexpr uint8_t kDialoguePortion = 0x6B;
constexpr uint8_t kComponentPortion = 0x6C;

bool known(uint32_t tag) {
  switch (tag) {
    case static_cast<uint32_t>(MessageType::kUnidirectional):
    case static_cast<uint32_t>(MessageType::kBegin):
    case static_cast<uint32_t>(MessageType::kEnd):
    case static_cast<uint32_t>(MessageType::kContinue):
    case static_cast<uint32_t>(MessageType::kAbort): return true;
    default: return false;
  }
}

bool valid_id(Octets id) { return !id.empty() && id.size() <= kTransactionIdOctetsMax; }

/// The originating identity of a message whose own length may be wrong: the element behind the message's
/// identifier and length octets.
Octets salvage_otid(Octets octets) {
  base::ByteReader in(octets);
  uint8_t length = 0;
  if (!in.skip(1) || !in.u8(length)) return {};
  if (length > 0x80 && !in.skip(length & 0x7F)) return {};
  const auto otid = BerReader(in.rest()).next(kOtid);
  return otid && valid_id(otid->value) ? otid->value : Octets{};
}

/// Behind the identities: a dialogue portion, a component portion, nothing else, in this order.
std::optional<PAbortCause> read_portions(BerReader& in, Message& out) {
  while (!in.only_zeros_left()) {
    const auto tlv = in.next();
    if (!tlv) return PAbortCause::kBadlyFormattedTransactionPortion;
    if (tlv->tag == kDialoguePortion && !out.dialogue && !out.components) {
      out.dialogue = tlv->value;
    } else if (tlv->tag == kComponentPortion && !out.components) {
      out.components = tlv->value;
    } else {
      return PAbortCause::kIncorrectTransactionPortion;
    }
  }
  if (out.components && out.components->empty()) out.components.reset();
  return std::nullopt;
}

std::optional<PAbortCause> read_identity(BerReader& in, uint8_t tag, Octets& out) {
  const auto tlv = in.next();
  if (!tlv)
    return in.empty() ? PAbortCause::kIncorrectTransactionPortion : PAbortCause::kBadlyFormattedTransactionPortion;
  if (tlv->tag != tag) return PAbortCause::kIncorrectTransactionPortion;
  if (!valid_id(tlv->value)) return PAbortCause::kBadlyFormattedTransactionPortion;
  out = tlv->value;
  return std::nullopt;
}

std::optional<PAbortCause> read_message(Octets octets, Message& out) {
  if (octets.empty()) return PAbortCause::kBadlyFormattedTransactionPortion;
  if (!known(octets[0])) return PAbortCause::kUnrecognizedMessageType;
  out.type = MessageType{octets[0]};
  if (out.type != MessageType::kBegin && out.type != MessageType::kContinue) return std::nullopt;
  BerReader outer(octets);
  const auto whole = outer.next();
  if (!whole || !outer.only_zeros_left()) return PAbortCause::kBadlyFormattedTransactionPortion;
  BerReader in(whole->value);
  if (const auto fault = read_identity(in, kOtid, out.otid)) return fault;
  if (out.type == MessageType::kContinue)
    if (const auto fault = read_identity(in, kDtid, out.dtid)) return fault;
  return read_portions(in, out);
}

}  // namespace

std::optional<PAbortCause> decode_message(Octets octets, Message& out) noexcept {
  out = Message{};
  const auto fault = read_message(octets, out);
  if (fault && out.otid.empty()) out.otid = salvage_otid(octets);
  return fault;
}

void write_end(BackWriter& w, Octets dtid) noexcept {
  put(w, kDtid, dtid);
  wrap(w, 0, static_cast<uint8_t>(MessageType::kEnd));
}

void write_continue(BackWriter& w, Octets otid, Octets dtid) noexcept {
  put(w, kDtid, dtid);
  put(w, kOtid, otid);
  wrap(w, 0, static_cast<uint8_t>(MessageType::kContinue));
}

void write_u_abort(BackWriter& w, Octets dtid) noexcept {
  put(w, kDtid, dtid);
  wrap(w, 0, static_cast<uint8_t>(MessageType::kAbort));
}

void write_p_abort(BackWriter& w, Octets dtid, PAbortCause cause) noexcept {
  put(w, kPAbortCause, static_cast<uint8_t>(cause));
  write_u_abort(w, dtid);
}

}  // namespace eir::sigtran::tcap
