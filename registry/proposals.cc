// SPDX-License-Identifier: GPL-3.0-or-later
// Moves between lists: proposed by those who may, realised by the Administrator or a policy of the Administrator's.
#include "registry/engine.h"

namespace eir::registry {

using lists::ListSet;

Outcome Engine::handle(Work& work, const Propose& c) {
  const Request& rq = work.request;
  const ListSet lists = lists_at(c.change);
  if (!allowed(rq, Object::kProposal, Verb::kCreate, lists, rq.user, work.outcome)) return work.outcome;
  Entry judged = c.change.entry;
  if (c.change.remove && judged.lists.empty()) judged.lists = ListSet(ListSet::kWhite);
  if (const Why why = fault_of(judged); why != Why::kNone) return refuse(Code::kValueSyntax, why, c.filing);
  if (c.filing.size() > kTridMax) return refuse(Code::kRange, Why::kTooMany, c.filing);
  if (!c.filing.empty() && store_.object(Kind::kProposal, c.filing, rq.user))
    return refuse(Code::kExists, Why::kExists, c.filing);
  Proposal p;
  p.id = store_.newest_object(Kind::kProposal) + 1;
  p.owner = rq.user;
  p.filing = c.filing;
  p.change = c.change;
  p.created = now_;
  p.cl_trid = rq.cl_trid;
  p.sv_trid = rq.sv_trid;
  const bool own_right = reach(rq.role, Object::kProposal, Verb::kRealise, lists) == Reach::kAll;
  const bool standing = at_once_ && rq.role == Role::kLawEnforcement;
  if (own_right || standing) {
    if (const Why why = apply(rq.user, c.change); why != Why::kNone) return refuse(Code::kPolicyOfValue, why, c.filing);
    p.state = ProposalState::kRealised;
    p.decided = now_;
    p.decided_by = own_right ? rq.user : kPolicyUser;
  }
  store_.put_object(row_of(p));
  Outcome out;
  out.code = p.state == ProposalState::kRealised ? Code::kDone : Code::kPending;
  out.id = std::to_string(p.id);
  return out;
}

Outcome Engine::handle(Work& work, const Decide& c) {
  const std::string name = std::to_string(c.id);
  const auto row = store_.object(Kind::kProposal, c.id);
  auto p = row ? proposal_of(*row) : std::nullopt;
  // Whether there is such a proposal is not told to those who may not decide.
  const ListSet lists = p ? lists_at(p->change) : ListSet();
  if (!allowed(work.request, Object::kProposal, Verb::kRealise, lists, work.request.user, work.outcome))
    return work.outcome;
  if (!p) return refuse(Code::kNoObject, Why::kUnlisted, name);
  if (c.reason.size() > kTextMax) return refuse(Code::kRange, Why::kTooMany, name);
  const ProposalState wanted = c.approve ? ProposalState::kRealised : ProposalState::kRejected;
  if (p->state == wanted) return {};
  if (p->state != ProposalState::kPending) return refuse(Code::kStatusProhibits, Why::kDecided, name);
  if (c.approve)
    if (const Why why = apply(p->owner, p->change); why != Why::kNone) return refuse(Code::kPolicyOfValue, why, name);
  p->state = wanted;
  p->decided = now_;
  p->decided_by = work.request.user;
  p->reason = c.reason;
  store_.put_object(row_of(*p));
  Notice notice{What::kProposal, name, {}, p->filing,  static_cast<uint8_t>(p->state),
                c.reason,        0,    0,  p->cl_trid, p->sv_trid};
  message(p->owner, notice, false);
  return {};
}

Outcome Engine::handle(Work& work, const WithdrawProposal& c) {
  const std::string name = std::to_string(c.id);
  const auto row = store_.object(Kind::kProposal, c.id);
  auto p = row ? proposal_of(*row) : std::nullopt;
  if (reach(work.request.role, Object::kProposal, Verb::kDelete) == Reach::kNone)
    return refuse(Code::kAuthorization, Why::kNotAllowed, name);
  if (!p) return refuse(Code::kNoObject, Why::kUnlisted, name);
  if (!allowed(work.request, Object::kProposal, Verb::kDelete, {}, p->owner, work.outcome)) return work.outcome;
  if (p->state == ProposalState::kWithdrawn) return refuse(Code::kNoObject, Why::kDecided, name);
  if (p->state != ProposalState::kPending) return refuse(Code::kStatusProhibits, Why::kDecided, name);
  p->state = ProposalState::kWithdrawn;
  p->decided = now_;
  p->decided_by = work.request.user;
  store_.put_object(row_of(*p));
  return {};
}

}  // namespace eir::registry
