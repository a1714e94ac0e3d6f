// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/lists/list_set.h"

namespace eir::store {

/// Why a version of a source was not taken. Numbers and names are fixed: they stand in databases and alarms.
enum class Refusal : uint8_t {
  kGap = 1,        ///< versions between the newest stored and this one are missing
  kRepeat,         ///< it, or a later one, is stored already
  kWrongBase,      ///< it applies to another version than the newest stored
  kLowerEpoch,     ///< its epoch is over
  kForeignParent,  ///< the manifest before it is another than the one stored
  kBadDigest,      ///< the state after it is not the one its manifest names
  kBadCounts,      ///< nor are the numbers of entries
  kBadBefore,      ///< what it says stood there before does not
  kBadData,        ///< its data is damaged, of another length, or breaks a rule of the lists
  kBadSignature,   ///< the manifest is not signed with the centre's key
  kNotStored,      ///< nothing is wrong with it: this node's disk or database failed
  kDamaged,        ///< what it builds on is damaged here
};
inline constexpr unsigned kRefusals = 12;  ///< numbered from 1

/// "gap", "repeat", "wrong-base", "lower-epoch", "foreign-parent", "bad-digest", "bad-counts", "bad-before",
/// "bad-data", "bad-signature", "not-stored", "damaged".
std::string_view name(Refusal what) noexcept;
std::optional<Refusal> refusal_from(std::string_view name) noexcept;
/// One sentence each, for the operator.
std::string_view cause(Refusal what) noexcept;
std::string_view remedy(Refusal what) noexcept;
/// Whether a full version mends it: not of a repeat, a lower epoch, or a failure of this node.
bool wants_repair(Refusal what) noexcept;

/// A version that was refused.
struct Refused {
  Refusal what{};
  lists::Version version;  ///< the one refused
  std::string detail;      ///< one sentence: the place, the numbers
  base::UnixSeconds at{};  ///< filled in when it is stored
};

}  // namespace eir::store
