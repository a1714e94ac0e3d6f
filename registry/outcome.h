// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"

namespace eir::registry {

/// What became of a command: the numbers of RFC 5730 §3 that the registry itself gives.
enum class Code : uint16_t {
  kDone = 1000,
  kPending = 1001,  ///< taken; what it comes to is a message in the queue
  kNoMessages = 1300,
  kMessage = 1301,
  kMissing = 2003,
  kRange = 2004,
  kValueSyntax = 2005,
  kAuthentication = 2200,
  kAuthorization = 2201,
  kExists = 2302,
  kNoObject = 2303,
  kStatusProhibits = 2304,
  kPolicyOfValue = 2306,
  kPolicy = 2308,
  kFailed = 2400,
};
constexpr bool succeeded(Code code) { return static_cast<unsigned>(code) < 2000; }

/// Why, for machines; the text for people is the catalogues'. Numbers are fixed: they stand in databases.
enum class Why : uint8_t {
  kNone = 0,
  kExists,      ///< the object is registered
  kForm,        ///< not 14 to 16 digits, or another value that has no meaning
  kCheckDigit,  ///< the check digit is wrong
  kRefiled,     ///< it stands on grey or black and stays there; the attempt is on record
  kNotAllowed,  ///< the role does not allow this
  kNotOwner,    ///< the role allows it for the user's own objects
  kNotActive,   ///< this site follows another one
  kRepeated,    ///< the clTRID was used before, and the user wants that refused
  kTwice,       ///< named twice in one command
  kUnlisted,    ///< there is no such object
  kPending,     ///< it waits for a decision
  kDecided,     ///< it waits for none any more
  kTooMany,     ///< more than a bound allows
  kBusy,        ///< the queue of commands is full
  kStore,       ///< the store failed
  kInGroup,     ///< the group was refused because of another name
  kEpoch,       ///< of an epoch that is over
  kOverlap,     ///< the range overlaps another in part
  kStarted,     ///< the job runs already, or is done
  kStandby,     ///< it is stored here, but no second site has it
};
inline constexpr unsigned kWhys = 21;
/// "exists", "form", "check-digit", "refiled", "not-allowed", "not-owner", "not-active", "repeated", "twice",
/// "unlisted", "pending", "decided", "too-many", "busy", "store", "in-group", "epoch", "overlap", "started", "standby";
/// "none".
std::string_view to_string(Why why) noexcept;

/// One of a command's names that was refused.
struct Offender {
  std::string name;
  Code code{};
  Why why{};
  uint32_t item = 0;  ///< of a job: the item's number, from 0
  friend bool operator==(const Offender&, const Offender&) = default;
};

/// A command's result.
struct Outcome {
  Code code = Code::kDone;
  Why why = Why::kNone;
  std::vector<Offender> offenders;  ///< at most kOffendersMax; of a group the refused names alone
  std::string id;                   ///< of what was created: a proposal, a job
  base::UnixSeconds at{};           ///< when it was decided
  bool repeated = false;            ///< this user had used the clTRID before, or gave none

  bool ok() const { return succeeded(code); }
};
inline constexpr size_t kOffendersMax = 1'000;

inline Outcome refuse(Code code, Why why) { return {code, why, {}, {}, {}, false}; }
inline Outcome refuse(Code code, Why why, std::string name) {
  return {code, why, {{std::move(name), code, why, 0}}, {}, {}, false};
}

}  // namespace eir::registry
