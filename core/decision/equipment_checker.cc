// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/decision/equipment_checker.h"

#include <strings.h>

#include <algorithm>
#include <array>
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

/// Whether settings judge by who uses the device, whatever is listed.
bool judges_subscribers(const Settings& s) { return !s.exceptions.empty() || !s.home_plmns.empty(); }

/// Step 3: exception subscribers, configured and from the lists, then the home and foreign networks' policy.
MaybeFinding by_subscriber(const Question& q, const Basis& basis, base::UnixSeconds at, const lists::Worth& worth,
                           Verdict& v) {
  const Settings& s = basis.settings;
  if (!worth.exceptions() && !judges_subscribers(s)) return std::nullopt;
  if (q.imsi.empty() && q.msisdn.empty()) return std::nullopt;
  const ExceptionMatch best = match_exceptions(q, basis, at, worth);
  if (best.strength > 0) {
    if (!best.result) return std::nullopt;
    v.note = best.note;
    return Finding{*best.result, Reason::kImsiException};
  }
  if (!q.imsi || s.home_plmns.empty()) return std::nullopt;
  const bool home = std::any_of(s.home_plmns.begin(), s.home_plmns.end(),
                                [&](const Plmn& p) { return q.imsi.starts_with(p.digits); });
  const StatusOrGoOn& policy = home ? s.home : s.foreign;
  if (!policy) return std::nullopt;
  return Finding{*policy, home ? Reason::kImsiHome : Reason::kImsiForeign};
}

/// Step 6, by response type and ListSet::bits(). The table of the handbook, "Response types".
constexpr std::array<std::array<Status, 8>, 3> kByResponseType = [] {
  std::array<std::array<Status, 8>, 3> table{};
  for (uint8_t bits = 0; bits < 8; ++bits) {
    const ListSet set(bits);
    const Status listed = set.black() ? Status::kBlack : set.grey() ? Status::kGrey : Status::kWhite;
    table[0][bits] = listed;
    table[1][bits] = set.empty() ? Status::kUnknown : listed;
    table[2][bits] = set.white() ? listed : Status::kUnknown;
  }
  return table;
}();
Status by_response_type(ListSet set, ResponseType type) {
  return kByResponseType[static_cast<size_t>(type) - 1][set.bits()];
}

/// Steps 5 and 6: what the response type makes of the entries that hold this device and subscriber.
/// The reason is the entry that contributed what decided: of several that did the pair, the individual one, the
/// range, the subscriber's. Without branches where what is listed would have to be guessed.
void by_lists(const Entries& e, const Settings& settings, Verdict& v) {
  v.lists = e.all();
  const bool black_subscriber = e[Entries::kSubscriber].lists.black() && settings.black_subscriber_wins;
  v.judged = black_subscriber ? Status::kBlack : by_response_type(v.lists, settings.response_type);
  constexpr std::array<uint8_t, kStatuses> kDecisive = {7, ListSet::kBlack, ListSet::kGrey, 7};  // by Status
  const uint8_t decisive = kDecisive[static_cast<size_t>(v.judged)];
  auto by = Entries::kNone;
  for (const auto rank : {Entries::kSubscriber, Entries::kRange, Entries::kIndividual, Entries::kPair})
    by = e[rank].lists.bits() & decisive ? rank : by;
  if (black_subscriber) by = Entries::kSubscriber;
  const std::array<Reason, Entries::kRanks> reasons = {
      Reason::kPair, e[Entries::kIndividual].svn_rule ? Reason::kIndividualSvn : Reason::kIndividual,
      e[Entries::kRange].tac ? Reason::kTac : Reason::kRange, Reason::kSubscriber, Reason::kNotListed};
  v.reason = reasons[by];
  v.note = e[by].note;
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

/// Steps 1 and 2: what needs no look at the lists.
MaybeFinding by_form(const Question& q, const Settings& s) {
  if (s.override_status) return Finding{*s.override_status, Reason::kOverride};
  if (q.imei.valid()) return std::nullopt;
  return Finding{s.invalid_imei[static_cast<size_t>(q.imei.cls())], reason_of(q.imei.cls())};
}

/// Steps 3 to 6.
void judge(const Question& q, const Basis& basis, base::UnixSeconds at, const lists::Look& look, Verdict& v) {
  const Settings& s = basis.settings;
  const auto found = [&](Status status, Reason reason) {
    v.judged = status;
    v.reason = reason;
  };
  if (const auto f = by_subscriber(q, basis, at, look.worth, v)) return found(f->status, f->reason);
  if (!basis.lists) return found(s.fault_answer, Reason::kFault);
  if (look.worth.locks()) {
    const LockJudgement locks = judge_locks(q, s, *basis.lists, at, look.worth);
    v.lock_unknown = locks.unknown;
    if (locks.status) {
      v.note = locks.notes[static_cast<size_t>(locks.by) - 1];
      return found(*locks.status, locks.reason());
    }
  }
  Entries entries(look, s);
  entries.add_subscriber(q, basis, at, look.worth);
  by_lists(entries, s, v);
}

/// What the network is told of what was judged, and from which lists.
class Teller {
 public:
  explicit Teller(const Basis& basis)
      : observe_(basis.settings.observe.any() ? &basis.settings.observe : nullptr),
        version_(basis.lists ? basis.lists->version() : lists::Version()) {}
  void tell(const Question& q, Verdict& v) const {
    v.version = version_;
    v.observed = observe_ && observed(q, *observe_);
    v.told = v.observed ? Status::kWhite : v.judged;
  }

 private:
  const Observe* const observe_;  ///< null: nobody is observed
  const lists::Version version_;
};

template <size_t kMax>
void check_together(std::span<const Question> questions, const Basis& basis, std::span<Verdict> out) noexcept {
  const Teller teller(basis);
  std::array<lists::Sought, kMax> sought;
  std::array<size_t, kMax> whose{};
  size_t seeking = 0;
  for (size_t i = 0; i < questions.size(); ++i) {
    const Question& q = questions[i];
    out[i] = {};
    if (const auto f = by_form(q, basis.settings)) {
      out[i].judged = f->status;
      out[i].reason = f->reason;
      teller.tell(q, out[i]);
    } else {
      sought[seeking] = sought_of(q, basis.latest ? basis.latest->judge(q.time) : q.time);
      whose[seeking++] = i;
    }
  }
  std::array<lists::Look, kMax> looks;
  if (basis.lists) basis.lists->look(std::span(sought).first(seeking), std::span(looks).first(seeking));
  // Where Worth::anything() is false, all that judge() comes to is the device's entries. Of several questions most are
  // such, but nobody can guess which: by these all are decided, and the others again, wholly. Without lists all are
  // others: a Look that nothing filled in is worth everything.
  const Settings& s = basis.settings;
  const bool all = kMax == 1 || judges_subscribers(s);
  std::array<size_t, kMax> others;
  size_t left = 0;
  for (size_t n = 0; n < seeking; ++n) {
    if (!all) by_lists(Entries(looks[n], s), s, out[whose[n]]);
    others[left] = n;
    left += all | looks[n].worth.anything();
  }
  for (const size_t n : std::span(others).first(left)) {
    Verdict& v = out[whose[n]];
    v = {};
    judge(questions[whose[n]], basis, sought[n].at, looks[n], v);
  }
  for (size_t n = 0; n < seeking; ++n) teller.tell(questions[whose[n]], out[whose[n]]);
}

}  // namespace

Verdict EquipmentChecker::check(const Question& question, const Basis& basis) noexcept {
  Verdict v;
  check_together<1>({&question, 1}, basis, {&v, 1});
  return v;
}

void EquipmentChecker::check(std::span<const Question> questions, const Basis& basis, std::span<Verdict> out) noexcept {
  constexpr size_t kTogether = 32;
  for (size_t at = 0; at < questions.size(); at += kTogether) {
    const size_t n = std::min(kTogether, questions.size() - at);
    check_together<kTogether>(questions.subspan(at, n), basis, out.subspan(at, n));
  }
}

Verdict EquipmentChecker::give_up(const Question& question, const Basis& basis, Reason reason) noexcept {
  Verdict v;
  v.reason = reason;
  v.judged = reason == Reason::kOverload ? basis.settings.overload_answer : basis.settings.fault_answer;
  Teller(basis).tell(question, v);
  return v;
}

}  // namespace eir::decision
