// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/base/clock.h"
#include "sigtran/tcap/message.h"

namespace eir::sigtran::tcap {

using OtidKey = std::array<uint8_t, 16>;
using TransactionId = std::array<uint8_t, kTransactionIdOctetsMax>;

/// How long after its opening a dialogue may go on.
inline constexpr std::chrono::seconds kDialogueLife{60};

/// A keyed hash of short input: SipHash-2-4.
uint64_t siphash(const OtidKey& key, Octets data) noexcept;

/// Makes the originating transaction identity of a dialogue we opened and keep nothing of:
///
///     | version, 2 bits | time / 4 s, 6 bits | keyed check over both and the peer's identity, 24 bits |
///
/// Any process with the same key can go on with it. REQUIRES: version 1 to 3. Threads: pure.
TransactionId make_otid(const OtidKey& key, uint8_t version, Octets peer_otid, base::UnixSeconds now) noexcept;

/// The version of a dialogue one of us opened with this peer's identity, not longer than kDialogueLife ago
/// (clocks of two machines may be 4 s apart); nothing for any other identity.
std::optional<uint8_t> check_otid(const OtidKey& key, Octets otid, Octets peer_otid, base::UnixSeconds now) noexcept;

}  // namespace eir::sigtran::tcap
