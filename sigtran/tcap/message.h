// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>

#include "sigtran/tcap/ber.h"

namespace eir::sigtran::tcap {

/// ITU-T Q.773 §3.1, table 8.
enum class MessageType : uint8_t {
  kUnidirectional = 0x61,
  kBegin = 0x62,
  kEnd = 0x64,
  kContinue = 0x65,
  kAbort = 0x67,
};

/// ITU-T Q.773 §3.1, P-AbortCause.
enum class PAbortCause : uint8_t {
  kUnrecognizedMessageType = 0,
  kUnrecognizedTransactionId = 1,
  kBadlyFormattedTransactionPortion = 2,
  kIncorrectTransactionPortion = 3,
};

/// Transaction identities are 1 to 4 octets, ITU-T Q.773 §3.1.
inline constexpr size_t kTransactionIdOctetsMax = 4;

/// The transaction portion. Views live as long as the octets it was decoded from.
struct Message {
  MessageType type = MessageType::kBegin;
  Octets otid;                       ///< empty where there is none
  Octets dtid;                       ///< empty where there is none
  std::optional<Octets> dialogue;    ///< contents of the dialogue portion
  std::optional<Octets> components;  ///< contents of the component portion; none where it is empty
};

/// Decodes the transaction portion. Only Begin and Continue are looked into: of the others the type is
/// all that is read. A fault names the P-Abort it deserves; out.otid is then what could be read of it
/// even from a broken message, and empty where nothing could, which means: discard. ITU-T Q.774 §3.3.3.
/// Threads: pure. Allocates: no.
std::optional<PAbortCause> decode_message(Octets octets, Message& out) noexcept;

/// Puts the transaction portion in front of what the writer holds: dialogue and component portion.
void write_end(BackWriter& w, Octets dtid) noexcept;
void write_continue(BackWriter& w, Octets otid, Octets dtid) noexcept;
/// A U-Abort, with what the writer holds as its dialogue portion.
void write_u_abort(BackWriter& w, Octets dtid) noexcept;
/// A whole P-Abort. REQUIRES: nothing written yet.
void write_p_abort(BackWriter& w, Octets dtid, PAbortCause cause) noexcept;

}  // namespace eir::sigtran::tcap
