// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <vector>

#include "core/lists/index.h"

/// How many locks name one device or one subscriber: a question reads them all, so that they are counted wherever
/// entries come in.
namespace eir::lists {

/// Of one source, the locks of one device, of one IMSI, and of one MSISDN. Snapshots of before hold more and are read.
inline constexpr size_t kLocksOfOneMax = 4'096;
/// Of one device, in the overlays of one source, those gone counted: above it they are folded into a snapshot.
inline constexpr size_t kLockPlacesOfOneMax = 2 * kLocksOfOneMax;

/// What a lock names.
enum class LockName : uint8_t { kDevice, kImsi, kMsisdn };
/// "device", "IMSI", "MSISDN".
std::string_view to_string(LockName name) noexcept;

/// A lock that cannot stand: there would be more than kLocksOfOneMax of what it names.
struct LockCrowd {
  LockEntry refused;
  LockName of{};
};

/// Which of a whole list's locks cannot stand, by line: the first ones stand. Threads: pure. Allocates: 4 MB for a
/// list of more than kLocksOfOneMax, and what the crowds need.
std::vector<LockCrowd> find_crowds(std::span<const LockEntry> locks);

/// Which locks of a change cannot stand in a state, by line: those that it adds beyond the bound. `after` is put
/// where `before`, and what stood in its own places, was. Sorted by place. Threads: pure. Allocates: 16 octets for
/// each thing named.
std::vector<LockCrowd> find_crowds(const Index& state, std::span<const LockEntry> before,
                                   std::span<const LockEntry> after);

/// Whether one device's locks in the overlays would be more than kLockPlacesOfOneMax with a change's. Sorted by place.
bool locks_pile_up(const Index& state, std::span<const LockEntry> before, std::span<const LockEntry> after);

}  // namespace eir::lists
