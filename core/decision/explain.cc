// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/explain.h"

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/decision/entries.h"
#include "core/decision/locks.h"

namespace eir::decision {
namespace {

std::string time_of(base::UnixSeconds t) { return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(t)); }

/// "stolen, from ..., until ..., then grey", with a colon before; empty when there is nothing to say.
std::string terms_of(const lists::Hit& hit) {
  std::string text(hit.note);
  const auto add = [&](std::string part) { text += (text.empty() ? "" : ", ") + std::move(part); };
  if (hit.from != base::UnixSeconds{}) add("from " + time_of(hit.from));
  if (hit.until != base::UnixSeconds{})
    add("until " + time_of(hit.until) + (hit.next.empty() ? "" : " and then " + hit.next.str()));
  return text.empty() ? text : ": " + text;
}

std::string text_of(const lists::Hit& hit, std::string_view what) {
  if (!hit.present) return fmt::format("no {}", what);
  return fmt::format("{}{} on {}{}", what,
                     hit.svn_rule ? " (rule for this software version)"
                     : hit.tac    ? " (whole TAC)"
                                  : "",
                     hit.lists.str(), terms_of(hit));
}

std::string of_subscriber(const Question& q, const Basis& basis, base::UnixSeconds at, const Verdict& v) {
  if (!q.imsi && !q.msisdn) return "not known, go on";
  const ExceptionMatch match = match_exceptions(q, basis, at, {});
  if (match.strength > 0)
    return fmt::format(
        "exception ({}, {}){}: {}", match.configured ? "configured" : "from the lists",
        match.strength == lists::kExactMatch ? "the whole number" : fmt::format("first {} digits", match.strength),
        match.note.empty() ? "" : fmt::format(" {}", match.note), match.result ? to_string(*match.result) : "go on");
  if (v.reason == Reason::kImsiHome || v.reason == Reason::kImsiForeign)
    return fmt::format("{} makes it {}", to_string(v.reason), to_string(v.judged));
  return "go on";
}

std::string of_locks(const LockJudgement& j) {
  std::string text;
  for (size_t i = 0; i < lists::kLockPolicies; ++i) {
    if (j.findings[i] == LockFinding::kNone) continue;
    text += fmt::format("{}{} {}{}", text.empty() ? "" : ", ", to_string(static_cast<lists::LockPolicy>(i + 1)),
                        to_string(j.findings[i]), j.notes[i].empty() ? "" : fmt::format(" ({})", j.notes[i]));
  }
  if (text.empty()) return "none name device or subscriber";
  return text + ": " + (j.status ? std::string(to_string(*j.status)) : "go on");
}

class Explainer {
 public:
  Explainer(const Question& q, const Basis& basis)
      : q_(q), basis_(basis), at_(basis.latest ? basis.latest->look(q.time) : q.time) {
    e_.verdict = EquipmentChecker::check(q, basis);
  }
  Explanation run() {
    const Verdict& v = e_.verdict;
    step("override", v.reason == Reason::kOverride ? fmt::format("everybody is {}", to_string(v.judged)) : "off");
    if (v.reason != Reason::kOverride) judged();
    if (v.observed) step("observe", fmt::format("the network is told white, judged was {}", to_string(v.judged)));
    return std::move(e_);
  }

 private:
  void step(std::string_view name, std::string finding) { e_.steps.push_back({name, std::move(finding)}); }

  void judged() {
    const Verdict& v = e_.verdict;
    step("imei", q_.imei.valid() ? fmt::format("valid, {}", identity::to_string(q_.imei.key()))
                                 : fmt::format("{}: configured answer {}", identity::to_string(q_.imei.cls()),
                                               to_string(v.judged)));
    if (!q_.imei.valid()) return;
    step("subscriber", of_subscriber(q_, basis_, at_, v));
    if (v.reason == Reason::kImsiException || v.reason == Reason::kImsiHome || v.reason == Reason::kImsiForeign) return;
    if (!basis_.lists) return step("lists", "no proven version of the lists: fault-answer");
    const auto device = basis_.lists->device_class(identity::tac_of(q_.imei.key()), at_);
    if (!device.empty()) step("device-class", std::string(device));
    const LockJudgement locks = judge_locks(q_, basis_.settings, *basis_.lists, at_, {});
    if (basis_.lists->has_locks()) step("locks", of_locks(locks));
    if (!locks.status) listed();
  }

  void listed() {
    const Settings& s = basis_.settings;
    lists::Look look;
    const lists::Sought sought = sought_of(q_, at_);
    basis_.lists->look({&sought, 1}, {&look, 1});
    Entries found(look, s);
    found.add_subscriber(q_, basis_, at_, {});  // every table is asked
    if (q_.imsi || q_.msisdn) {
      step("subscriber-list", text_of(found[Entries::kSubscriber], "entry for this subscriber"));
      step("pair", text_of(found[Entries::kPair], "entry for this device with this subscriber"));
    }
    if (found[Entries::kPair].present) {
      step("individual", "not looked at: the pair wins");
    } else {
      step("individual", text_of(found[Entries::kIndividual], "entry for this IMEI"));
      step("range", found.range_looked_at() ? text_of(found[Entries::kRange], "range or TAC")
                                            : "not looked at: combine-levels is off and there is an individual entry");
    }
    const Verdict& v = e_.verdict;
    if (found[Entries::kSubscriber].lists.black() && s.black_subscriber_wins)
      return step("black-subscriber", "a black subscriber makes it black");
    step("response-type", fmt::format("type {} makes {} of lists {}", static_cast<int>(s.response_type),
                                      to_string(v.judged), v.lists.str()));
  }

  const Question& q_;
  const Basis& basis_;
  const base::UnixSeconds at_;
  Explanation e_;
};

}  // namespace

Explanation explain(const Question& q, const Basis& basis) { return Explainer(q, basis).run(); }

}  // namespace eir::decision
