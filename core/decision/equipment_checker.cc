// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/equipment_checker.h"

#include <strings.h>

#include <algorithm>
#include <utility>

#include "core/decision/entries.h"
#include "core/decision/locks.h"

namespace eir::decision {
namespace {

using identity::ImeiClass;
using lists::Hit;
using lists::ListSet;

/// A status with why; nothing means "go on".
struct Finding {
  Status status;
  Reason reason;
};
using MaybeFinding = std::optional<Finding>;

Reason reason_of(ImeiClass c) {
  switch (c) {
    case ImeiClass::kNull: return Reason::kImeiNull;
    case ImeiClass::kShort: return Reason::kImeiShort;
    case ImeiClass::kLong: return Reason::kImeiLong;
    case ImeiClass::kZero: return Reason::kImeiZero;
    case ImeiClass::kNonDecimal: return Reason::kImeiNonDecimal;
    case ImeiClass::kValid: break;
  }
  return Reason::kFault;
}

/// Step 3: exception subscribers, configured and from the lists, then the home and foreign networks' policy.
MaybeFinding by_subscriber(const Question& q, const Basis& basis, base::UnixSeconds at, Verdict& v) {
  if (q.imsi.empty() && q.msisdn.empty()) return std::nullopt;
  const ExceptionMatch best = match_exceptions(q, basis, at);
  if (best.strength > 0) {
    if (!best.result) return std::nullopt;
    v.note = best.note;
    return Finding{*best.result, Reason::kImsiException};
  }
  const Settings& s = basis.settings;
  if (!q.imsi || s.home_plmns.empty()) return std::nullopt;
  const bool home = std::any_of(s.home_plmns.begin(), s.home_plmns.end(),
                                [&](const Plmn& p) { return q.imsi.starts_with(p.digits); });
  const StatusOrGoOn& policy = home ? s.home : s.foreign;
  if (!policy) return std::nullopt;
  return Finding{*policy, home ? Reason::kImsiHome : Reason::kImsiForeign};
}

/// Step 6. The table of the handbook, "Response types".
Status by_response_type(ListSet set, ResponseType type) {
  if (set.empty()) return type == ResponseType::kType1 ? Status::kWhite : Status::kUnknown;
  if (!set.white() && type == ResponseType::kType3) return Status::kUnknown;
  if (set.black()) return Status::kBlack;
  return set.grey() ? Status::kGrey : Status::kWhite;
}

/// Steps 5 and 6: the entries that hold this device and subscriber, and what the response type makes of them.
/// The reason is the entry that contributed what decided: of several that did the pair, the individual one, the
/// range, the subscriber's.
void by_lists(const Question& q, const Basis& basis, base::UnixSeconds at, Verdict& v) {
  const Entries e = find_entries(q, basis, at);
  v.lists = e.all();
  const bool black_subscriber = e.subscriber.lists.black() && basis.settings.black_subscriber_wins;
  v.judged = black_subscriber ? Status::kBlack : by_response_type(v.lists, basis.settings.response_type);
  const auto decisive = [&](const Hit& hit) {
    return v.judged == Status::kBlack ? hit.lists.black() : v.judged == Status::kGrey ? hit.lists.grey() : hit.present;
  };
  const auto range = e.range.tac ? Reason::kTac : Reason::kRange;
  const auto individual = e.individual.svn_rule ? Reason::kIndividualSvn : Reason::kIndividual;
  const std::pair<const Hit*, Reason> by_rank[] = {
      {&e.pair, Reason::kPair}, {&e.individual, individual}, {&e.range, range}, {&e.subscriber, Reason::kSubscriber}};
  v.reason = Reason::kNotListed;
  for (const bool wants_decisive : {true, false})
    for (const auto& [hit, reason] : by_rank) {
      if (!hit->present || (wants_decisive && !decisive(*hit))) continue;
      if (black_subscriber && hit != &e.subscriber) continue;
      v.reason = reason;
      v.note = hit->note;
      return;
    }
}

bool equal_ignoring_case(std::string_view a, std::string_view b) {
  return a.size() == b.size() && strncasecmp(a.data(), b.data(), a.size()) == 0;
}

bool observed(const Question& q, const Observe& o) {
  if (o.node) return true;
  const auto starts = [](identity::Digits digits) {
    return [digits](const identity::Digits& prefix) { return digits.starts_with(prefix); };
  };
  return std::any_of(o.peers.begin(), o.peers.end(),
                     [&](const std::string& p) { return equal_ignoring_case(p, q.asker.peer); }) ||
         std::any_of(o.gt_prefixes.begin(), o.gt_prefixes.end(), starts(q.asker.calling_gt)) ||
         std::any_of(o.imsi_prefixes.begin(), o.imsi_prefixes.end(), starts(q.imsi));
}

void judge(const Question& q, const Basis& basis, Verdict& v) {
  const Settings& s = basis.settings;
  const auto found = [&](Status status, Reason reason) {
    v.judged = status;
    v.reason = reason;
  };
  if (s.override_status) return found(*s.override_status, Reason::kOverride);
  if (!q.imei.valid()) return found(s.invalid_imei[static_cast<size_t>(q.imei.cls())], reason_of(q.imei.cls()));
  const base::UnixSeconds at = basis.latest ? basis.latest->judge(q.time) : q.time;
  if (const auto f = by_subscriber(q, basis, at, v)) return found(f->status, f->reason);
  if (!basis.lists) return found(s.fault_answer, Reason::kFault);
  const LockJudgement locks = judge_locks(q, s, *basis.lists, at);
  v.lock_unknown = locks.unknown;
  if (locks.status) {
    v.note = locks.notes[static_cast<size_t>(locks.by) - 1];
    return found(*locks.status, locks.reason());
  }
  by_lists(q, basis, at, v);
}

Verdict tell(const Question& q, const Basis& basis, Verdict v) {
  if (basis.lists) v.version = basis.lists->version();
  v.observed = basis.settings.observe.any() && observed(q, basis.settings.observe);
  v.told = v.observed ? Status::kWhite : v.judged;
  return v;
}

}  // namespace

Verdict EquipmentChecker::check(const Question& question, const Basis& basis) noexcept {
  Verdict v;
  judge(question, basis, v);
  return tell(question, basis, v);
}

Verdict EquipmentChecker::give_up(const Question& question, const Basis& basis, Reason reason) noexcept {
  Verdict v;
  v.reason = reason;
  v.judged = reason == Reason::kOverload ? basis.settings.overload_answer : basis.settings.fault_answer;
  return tell(question, basis, v);
}

}  // namespace eir::decision
