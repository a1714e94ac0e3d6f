// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/gate.h"

namespace eir::appliance::cdbd {

using epp::ResultCode;

void Gate::login(const epp::LoginAttempt& attempt, LoginDone done) {
  const std::string& name = attempt.login.client_id;
  if (lock_out_.address_locked(attempt.address)) return done({});
  if (lock_out_.user_locked(name)) {
    // It takes the time of any other, and comes to nothing.
    epp::LoginAttempt nothing = attempt;
    nothing.login.new_password.reset();
    return desk_.login(nothing, [done = std::move(done)](const epp::LoginVerdict&) { done({}); });
  }
  const auto users = registry_.users();
  const auto it = users->find(name);
  const bool guessed = it != users->end() &&
                       (it->second.certificate.empty() || it->second.certificate == attempt.certificate.fingerprint);
  desk_.login(attempt,
              [this, name, guessed, address = attempt.address, done = std::move(done)](epp::LoginVerdict verdict) {
                if (verdict.code == ResultCode::kAuthentication)
                  lock_out_.failed(guessed ? name : std::string(), address);
                else if (epp::succeeded(verdict.code))
                  lock_out_.succeeded(name, address);
                if (verdict.rate == 0) {
                  verdict.rate = allowance_.rate;
                  verdict.burst = allowance_.burst;
                }
                done(std::move(verdict));
              });
}

void Gate::handle(epp::RequestPtr request, Done done) {
  const epp::Body& body = request->command.body;
  const std::string& name = request->user->client_id;
  if (const auto* object = std::get_if<epp::ObjectCommand>(&body)) {
    if (const auto* info = std::get_if<epp::version::Info>(object); info && info->from && info->list == feed::kCentre)
      followers_.holds(name, version_of(*info->from).value_or(lists::Version{}));
  } else if (const auto* poll = std::get_if<epp::Poll>(&body)) {
    if (!poll->acknowledge)
      done = [this, name, done = std::move(done)](epp::Reply reply) {
        const auto* news = std::get_if<epp::version::News>(&reply.data);
        if (news && news->list == feed::kCentre && reply.queue)
          followers_.told(name, reply.queue->id, version_of(news->newest).value_or(lists::Version{}));
        done(std::move(reply));
      };
    else if (poll->message_id)
      done = [this, name, id = *poll->message_id, done = std::move(done)](epp::Reply reply) {
        if (epp::succeeded(reply.code)) followers_.acknowledged(name, id);
        done(std::move(reply));
      };
  }
  desk_.handle(std::move(request), std::move(done));
}

}  // namespace eir::appliance::cdbd
