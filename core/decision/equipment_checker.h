// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>

#include "core/decision/latest_time.h"
#include "core/decision/question.h"
#include "core/decision/settings.h"
#include "core/lists/view.h"

namespace eir::decision {

/// What answers are made from: one version of the lists under one set of settings. Published as a whole,
/// so that no answer mixes two.
struct Basis {
  Settings settings;
  std::shared_ptr<const lists::View> lists;  ///< null: nothing proven yet, every question is a fault
  std::shared_ptr<LatestTime> latest;        ///< of an answering process; null: judged at the question's own time
};

/// The one decision function, for every interface: the order of the handbook's "How a question is
/// answered". Threads: pure. Allocates: no.
class EquipmentChecker {
 public:
  static Verdict check(const Question& question, const Basis& basis) noexcept;
  /// The same for several that came together: their memory is asked for at once. REQUIRES: out is as long as questions.
  static void check(std::span<const Question> questions, const Basis& basis, std::span<Verdict> out) noexcept;
  /// The fault or overload answer, observe mode applied. REQUIRES: reason is kFault or kOverload.
  static Verdict give_up(const Question& question, const Basis& basis, Reason reason) noexcept;
};

}  // namespace eir::decision
