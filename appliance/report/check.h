// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <span>
#include <string>

#include "appliance/report/json.h"
#include "core/base/result.h"
#include "core/decision/explain.h"

namespace eir::appliance {

/// Words of `check imei`: the IMEI, then "sv NN", "imsi I", "msisdn M", "gt D", "peer P" in any order.
struct CheckWords {
  std::string imei, sv, imsi, msisdn, calling_gt, peer;
  /// Problem: an unknown or repeated word, or one without its value.
  static base::Result<CheckWords, base::Problem> parse(std::string_view imei, std::span<const char* const> words);
};

/// The question the words ask. Views of it live as long as `words`.
base::Result<decision::Question, base::Problem> question_of(const CheckWords& words, base::UnixSeconds now);

/// The verdict and the way to it: {"imei", "class", "answer", "decision", "reason", "lists", "note",
/// "observed", "list_version", "steps": [{"step", "finding"}]}. What the node's console, CTRL and
/// `eirctl check --offline` all print.
Json explanation_json(const decision::Question& question, const decision::Basis& basis);

}  // namespace eir::appliance
