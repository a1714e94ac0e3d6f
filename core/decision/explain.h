// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "core/decision/equipment_checker.h"

namespace eir::decision {

/// One step of the order in which a question is judged, and what it found.
struct Step {
  /// "override", "imei", "subscriber", "device-class", "locks", "subscriber-list", "pair", "individual", "range",
  /// "black-subscriber", "response-type", "observe", "lists"
  std::string_view name;
  std::string finding;
};

/// A verdict with the way to it, for a person. The verdict is EquipmentChecker's own.
struct Explanation {
  Verdict verdict;
  std::vector<Step> steps;  ///< up to and with the one that decided
};

/// Threads: pure; not for answering, it allocates.
Explanation explain(const Question& question, const Basis& basis);

}  // namespace eir::decision
