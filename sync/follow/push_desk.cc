// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/follow/push_desk.h"

#include <algorithm>

namespace eir::sync::follow {
namespace {

using epp::Ns;
using epp::Reply;
using epp::ResultCode;

Reply refused(ResultCode code, const epp::Text& list, const char* why) {
  return epp::refuse(code, {epp::Text(epp::uri_of(Ns::kVersion)), "list", list, why});
}

Reply answer_of(const PushAnswer& answer, const epp::Text& list) {
  if (answer.kind == PushAnswer::Kind::kUnknown) return refused(ResultCode::kNoObject, list, "unlisted");
  if (answer.kind == PushAnswer::Kind::kLowerEpoch) return refused(ResultCode::kPolicyOfValue, list, "epoch");
  Reply reply;
  reply.code = answer.kind == PushAnswer::Kind::kHeld ? ResultCode::kDone : ResultCode::kPending;
  epp::version::CreateData data;
  data.list = list;
  const lists::Version& v = answer.holding.version;
  data.at = {{v.epoch, v.number}, {}};
  if (v != lists::Version{}) data.at.manifest = base::hex(answer.holding.manifest);
  reply.data = std::move(data);
  return reply;
}

}  // namespace

void PushDesk::login(const epp::LoginAttempt& attempt, LoginDone done) {
  epp::LoginVerdict verdict;
  const bool known = std::any_of(accounts_.begin(), accounts_.end(), [&](const PushAccount& a) {
    return a.user == attempt.login.client_id && !a.fingerprint.empty() &&
           a.fingerprint == attempt.certificate.fingerprint;
  });
  if (known) verdict = {ResultCode::kDone, "centre", kSessionsMax, kRate, 0};
  done(verdict);
}

void PushDesk::handle(epp::RequestPtr request, Done done) {
  const epp::Body& body = request->command.body;
  if (const auto* poll = std::get_if<epp::Poll>(&body))
    return done(epp::refuse(poll->acknowledge ? ResultCode::kNoObject : ResultCode::kNoMessages));
  const auto* object = std::get_if<epp::ObjectCommand>(&body);
  const auto* push = object ? std::get_if<epp::version::Create>(object) : nullptr;
  if (!push) return done(epp::refuse(ResultCode::kUnimplementedCommand));
  follow_.push(
      *push, [list = push->list, done = std::move(done)](const PushAnswer& answer) { done(answer_of(answer, list)); });
}

}  // namespace eir::sync::follow
