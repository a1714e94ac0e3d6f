// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <string_view>

#include "core/decision/question.h"
#include "core/decision/settings.h"
#include "core/lists/view.h"

namespace eir::decision {

/// What one policy's locks say of a question.
enum class LockFinding : uint8_t {
  kNone,     ///< no lock names device or subscriber
  kKept,     ///< no verdict: the lists decide
  kUnknown,  ///< the device is locked, and no identity of the subscriber can be compared
  kBroken,
};
std::string_view to_string(LockFinding finding) noexcept;  ///< "none", "kept", "unknown", "broken"

/// The locks as judged: the handbook's "Locks".
struct LockJudgement {
  std::array<LockFinding, lists::kLockPolicies> findings{};  ///< by policy, from the first
  std::array<std::string_view, lists::kLockPolicies> notes{};
  identity::Imsi imsi;  ///< the subscriber, completed from the mirror
  identity::Msisdn msisdn;
  StatusOrGoOn status;     ///< the strictest of what was broken or could not be judged; nothing: go on
  lists::LockPolicy by{};  ///< whose status that is
  bool unknown = false;    ///< a lock of the device could not be judged

  Reason reason() const;  ///< REQUIRES: status
};

/// `worth`: of View::look(); where its locks() is false nothing is found. Threads: pure. Allocates: no. REQUIRES: the
/// question's IMEI is valid.
LockJudgement judge_locks(const Question& question, const Settings& settings, const lists::View& lists,
                          base::UnixSeconds at, const lists::Worth& worth) noexcept;

}  // namespace eir::decision
