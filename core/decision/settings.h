// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "core/decision/reason.h"
#include "core/identity/digits.h"
#include "core/identity/imei.h"
#include "core/lists/entry.h"

namespace eir::decision {

/// Bounds of the lists that are searched for each question; the console refuses more.
inline constexpr size_t kExceptionsMax = 1000;
inline constexpr size_t kHomePlmnsMax = 100;
inline constexpr size_t kObserveEntriesMax = 1000;  ///< of each kind

enum class ResponseType : uint8_t { kType1 = 1, kType2 = 2, kType3 = 3 };

/// A status, or nothing: "go on" to the next step.
using StatusOrGoOn = std::optional<Status>;

/// Statuses and rulings have the same numbers, but for "go on".
constexpr lists::Ruling ruling_of(Status s) { return static_cast<lists::Ruling>(s); }
constexpr StatusOrGoOn status_of(lists::Ruling r) {
  return r == lists::Ruling::kGoOn ? StatusOrGoOn() : static_cast<Status>(r);
}

/// An exception subscriber: judged by who asks for service, whatever the device.
struct SubscriberException {
  enum class Kind : uint8_t { kImsi, kImsiPrefix, kMsisdn, kMsisdnPrefix };
  Kind kind;
  identity::Digits digits;
  StatusOrGoOn result;
  friend bool operator==(const SubscriberException&, const SubscriberException&) = default;
};

/// Mobile country code and network code, the first 5 or 6 digits of an IMSI. 3GPP TS 23.003 §2.2.
struct Plmn {
  identity::Digits digits;
  friend bool operator==(const Plmn&, const Plmn&) = default;
};

/// Where the network is told white whatever the true decision: how an operator goes live.
struct Observe {
  bool node = false;
  std::vector<std::string> peers;  ///< Origin-Host, or point code as text; exact, DiameterIdentity case-blind
  std::vector<identity::Digits> gt_prefixes;
  std::vector<identity::Digits> imsi_prefixes;
  bool any() const { return node || !peers.empty() || !gt_prefixes.empty() || !imsi_prefixes.empty(); }
  friend bool operator==(const Observe&, const Observe&) = default;
};

/// How a question is answered; all that is not the lists themselves. Immutable once published.
struct Settings {
  StatusOrGoOn override_status;
  std::array<Status, identity::kImeiClasses> invalid_imei;  ///< by ImeiClass; kValid's is not used
  std::vector<SubscriberException> exceptions;              ///< the longest match wins; exact before prefix
  std::vector<Plmn> home_plmns;                             ///< none: nobody is home and nobody foreign
  StatusOrGoOn home;                                        ///< what holds for home subscribers
  StatusOrGoOn foreign;                                     ///< what holds for the others
  StatusOrGoOn lock_unknown;                                ///< a lock that cannot be judged
  std::array<Status, lists::kLockPolicies> lock_break;      ///< a broken lock, by policy from the first
  bool black_subscriber_wins = true;                        ///< black whatever the device; else one list of several
  bool combine_levels = true;
  ResponseType response_type = ResponseType::kType1;
  Status fault_answer = Status::kWhite;
  Status overload_answer = Status::kWhite;
  Observe observe;

  Settings() {
    invalid_imei.fill(Status::kUnknown);
    lock_break.fill(Status::kBlack);
  }
};

}  // namespace eir::decision
