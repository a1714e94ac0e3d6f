// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/explain.h"

#include <fmt/format.h>

namespace eir::decision {
namespace {

std::string text_of(const lists::Hit& hit, std::string_view what) {
  if (!hit.present) return fmt::format("no {}", what);
  return fmt::format("{}{} on {}{}", what,
                     hit.svn_rule ? " (rule for this software version)"
                     : hit.tac    ? " (whole TAC)"
                                  : "",
                     hit.lists.str(), hit.note.empty() ? "" : fmt::format(": {}", hit.note));
}

bool decided_by_subscriber(Reason r) {
  return r == Reason::kImsiException || r == Reason::kImsiHome || r == Reason::kImsiForeign;
}

void explain_lists(const Question& q, const Basis& basis, Explanation& e) {
  const auto svn = q.imei.svn();
  const auto individual = basis.lists->individual(q.imei.key(), svn ? &*svn : nullptr, q.time);
  e.steps.push_back({"individual", text_of(individual, "entry for this IMEI")});
  if (individual.present && !basis.settings.combine_levels)
    e.steps.push_back({"range", "not looked at: combine-levels is off and there is an individual entry"});
  else
    e.steps.push_back({"range", text_of(basis.lists->range(q.imei.key(), q.time), "range or TAC")});
  e.steps.push_back(
      {"response-type", fmt::format("type {} makes {} of lists {}", static_cast<int>(basis.settings.response_type),
                                    to_string(e.verdict.judged), e.verdict.lists.str())});
}

}  // namespace

Explanation explain(const Question& q, const Basis& basis) {
  Explanation e{EquipmentChecker::check(q, basis), {}};
  const Reason reason = e.verdict.reason;
  const auto step = [&](std::string_view name, std::string finding) { e.steps.push_back({name, std::move(finding)}); };

  step("override", reason == Reason::kOverride ? fmt::format("everybody is {}", to_string(e.verdict.judged)) : "off");
  if (reason != Reason::kOverride) {
    step("imei", q.imei.valid() ? fmt::format("valid, {}", identity::to_string(q.imei.key()))
                                : fmt::format("{}: configured answer {}", identity::to_string(q.imei.cls()),
                                              to_string(e.verdict.judged)));
    if (q.imei.valid()) {
      step("subscriber", decided_by_subscriber(reason)
                             ? fmt::format("{} makes it {}", to_string(reason), to_string(e.verdict.judged))
                         : q.imsi || q.msisdn ? "go on"
                                              : "not known, go on");
      if (reason == Reason::kFault)
        step("lists", "no proven version of the lists: fault-answer");
      else if (!decided_by_subscriber(reason))
        explain_lists(q, basis, e);
    }
  }
  if (e.verdict.observed)
    step("observe", fmt::format("the network is told white, judged was {}", to_string(e.verdict.judged)));
  return e;
}

}  // namespace eir::decision
