// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/equipment_checker.h"

#include <strings.h>

#include <algorithm>

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

/// Exact beats prefix, a longer prefix beats a shorter; 0 is no match.
unsigned match_strength(const SubscriberException& e, const Question& q) {
  using Kind = SubscriberException::Kind;
  constexpr unsigned kExact = 100;
  switch (e.kind) {
    case Kind::kImsi: return q.imsi && q.imsi == e.digits ? kExact : 0;
    case Kind::kMsisdn: return q.msisdn && q.msisdn == e.digits ? kExact : 0;
    case Kind::kImsiPrefix: return q.imsi.starts_with(e.digits) ? e.digits.length() : 0;
    case Kind::kMsisdnPrefix: return q.msisdn.starts_with(e.digits) ? e.digits.length() : 0;
  }
  return 0;
}

/// Step 3: exception subscribers, then the home and foreign networks' policy.
MaybeFinding by_subscriber(const Question& q, const Settings& s) {
  const SubscriberException* best = nullptr;
  unsigned best_strength = 0;
  for (const auto& e : s.exceptions) {
    const unsigned strength = match_strength(e, q);
    if (strength > best_strength) {
      best = &e;
      best_strength = strength;
    }
  }
  if (best && best->result) return Finding{*best->result, Reason::kImsiException};
  if (best || !q.imsi || s.home_plmns.empty()) return std::nullopt;
  const bool home = std::any_of(s.home_plmns.begin(), s.home_plmns.end(),
                                [&](const Plmn& p) { return q.imsi.starts_with(p.digits); });
  const StatusOrGoOn& policy = home ? s.home : s.foreign;
  if (!policy) return std::nullopt;
  return Finding{*policy, home ? Reason::kImsiHome : Reason::kImsiForeign};
}

Reason reason_of(const Hit& hit, bool individual) {
  if (individual) return hit.svn_rule ? Reason::kIndividualSvn : Reason::kIndividual;
  return hit.tac ? Reason::kTac : Reason::kRange;
}

/// Step 6. The table of the handbook, "Response types".
Status by_response_type(ListSet set, ResponseType type) {
  if (set.empty()) return type == ResponseType::kType1 ? Status::kWhite : Status::kUnknown;
  if (!set.white() && type == ResponseType::kType3) return Status::kUnknown;
  if (set.black()) return Status::kBlack;
  return set.grey() ? Status::kGrey : Status::kWhite;
}

/// Steps 5 and 6: the entries that hold this device, and what the response type makes of them. The
/// reason is the entry that contributed what decided; the individual one where both did.
void by_lists(const Question& q, const Basis& basis, Verdict& v) {
  const Settings& s = basis.settings;
  const auto svn = q.imei.svn();
  const Hit individual = basis.lists->individual(q.imei.key(), svn ? &*svn : nullptr, q.time);
  const Hit range = !individual.present || s.combine_levels ? basis.lists->range(q.imei.key(), q.time) : Hit{};
  v.lists = individual.lists | range.lists;
  v.judged = by_response_type(v.lists, s.response_type);
  if (!individual.present && !range.present) {
    v.reason = Reason::kNotListed;
    return;
  }
  const auto decisive = [&](const Hit& hit) {
    return v.judged == Status::kBlack ? hit.lists.black() : v.judged == Status::kGrey ? hit.lists.grey() : hit.present;
  };
  const bool by_individual = individual.present && (decisive(individual) || !decisive(range));
  const Hit& hit = by_individual ? individual : range;
  v.reason = reason_of(hit, by_individual);
  v.note = hit.note;
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
  if (const auto f = by_subscriber(q, s)) return found(f->status, f->reason);
  // Step 4, locks, and the subscriber and pair entries of step 5 stand here once the replica carries them.
  if (!basis.lists) return found(s.fault_answer, Reason::kFault);
  by_lists(q, basis, v);
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
