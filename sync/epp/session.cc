// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/session.h"

#include <algorithm>
#include <atomic>

namespace eir::sync::epp {
namespace {

constexpr std::string_view kVersion = "1.0";

uint64_t next_session() {
  static std::atomic<uint64_t> last{0};
  return ++last;
}

/// A reply's data of an object the client did not ask for, such as a message about a job, stays out.
bool asked_for(const ReplyData& data, NsSet objects) {
  return std::visit(
      [&](const auto& d) {
        if constexpr (requires { d.kTag; })
          return objects.has(d.kTag.ns);
        else
          return true;
      },
      data);
}

Offender named(std::string_view name, std::string_view content, std::string_view reason) {
  return {Text(uri_of(Ns::kEpp)), Text(name), Text(content.substr(0, Offender::kContentMax)), Text(reason)};
}

bool among(Ns ns, const std::vector<Ns>& offered) {
  return std::find(offered.begin(), offered.end(), ns) != offered.end();
}

/// Whether it takes effect; unlike transforms() this is so of acknowledging a message, too.
bool changes(const Body& body) {
  const auto* poll = std::get_if<Poll>(&body);
  return poll ? poll->acknowledge : transforms(body);
}

}  // namespace

Session::Session(Desk& desk, std::shared_ptr<Line> line, Peer peer)
    : desk_(desk), line_(std::move(line)), since_(desk.clock.monotonic()), active_(since_) {
  user_->certificate = std::move(peer.certificate);
  user_->address = std::move(peer.address);
  user_->language = desk.messages.fallback().language();
  user_->session = next_session();
}

Session::~Session() { lost(); }

std::string Session::greeting() {
  Greeting g;
  g.server_id = desk_.config.server_id;
  g.date = desk_.clock.wall();
  g.versions = {Text(kVersion)};
  g.languages = desk_.messages.languages();
  for (const Ns ns : desk_.config.objects) g.objects.emplace_back(uri_of(ns));
  for (const Ns ns : desk_.config.extensions) g.extensions.emplace_back(uri_of(ns));
  return desk_.codec.write(g);
}

void Session::start() { line_->send(greeting()); }

void Session::receive(std::string_view xml) {
  if (closing_ || finished_) return;
  active_ = desk_.clock.monotonic();
  waiting_.emplace_back(xml);
  if (waiting_.size() >= desk_.config.limits.pipeline_max) desk_.counters.pipeline_hit.add();
  pump();
}

bool Session::can_take() const {
  const Limits& limits = desk_.config.limits;
  return !closing_ && !logging_in_ && !held_ && in_flight_ < limits.in_flight_max &&
         slots_.size() < limits.pipeline_max && !waiting_.empty();
}

void Session::pump() {
  flush();
  while (can_take()) {
    const std::string xml = std::move(waiting_.front());
    waiting_.pop_front();
    take(xml);
    flush();
  }
}

void Session::take(std::string_view xml) {
  auto frame = desk_.codec.read(xml);
  if (!frame) return take_refusal(std::move(frame.error()));
  if (logged_in_) bad_frames_ = 0;
  if (std::holds_alternative<Hello>(*frame)) {
    take_hello();
  } else if (auto* command = std::get_if<Command>(&*frame)) {
    take_command(std::move(*command));
  } else {
    answer_here(refuse(ResultCode::kUnknownCommand), std::nullopt, "");
  }
}

/// A user's are commands like others; a stranger's are as many as bad frames may be.
void Session::take_hello() {
  if (!logged_in_ && bad_frames_are_over()) return answer_here(refuse(ResultCode::kFailedBye), std::nullopt, "hello");
  if (logged_in_ && is_over_rate())
    return answer_here(refuse(ResultCode::kPolicy, named("hello", "", "rate")), std::nullopt, "hello");
  open_slot();
  slots_.back() = {true, greeting(), false};
}

/// Counts one: not valid, or of no use before login.
bool Session::bad_frames_are_over() {
  if (++bad_frames_ < desk_.config.limits.bad_frames_max) return false;
  desk_.counters.bad_frames_hit.add();
  return true;
}

/// Counts a command of the user. REQUIRES: logged in.
bool Session::is_over_rate() {
  if (desk_.users.take(user_->client_id, desk_.clock.monotonic())) return false;
  desk_.counters.rate_hit.add();
  return true;
}

void Session::take_refusal(Refusal refusal) {
  const bool bad_frame = refusal.code == ResultCode::kSyntax;
  if (!logged_in_ && !bad_frame && refusal.code != ResultCode::kUnknownCommand) {
    // A stranger learns nothing of what there is.
    refusal.code = ResultCode::kUse;
    refusal.offenders.clear();
    desk_.counters.before_login.add();
  }
  if ((bad_frame || !logged_in_) && bad_frames_are_over()) {
    refusal.code = ResultCode::kFailedBye;
  } else if (logged_in_ && is_over_rate()) {
    refusal.code = ResultCode::kPolicy;
    refusal.offenders = {named("command", "", "rate")};
  }
  Reply reply = refuse(refusal.code);
  reply.offenders = std::move(refusal.offenders);
  answer_here(std::move(reply), std::move(refusal.cl_trid), "");
}

void Session::take_command(Command command) {
  desk_.counters.commands.add();
  if (std::holds_alternative<Login>(command.body)) return take_login(std::move(command));
  const std::string_view verb = verb_of(command.body);
  if (!logged_in_) {
    desk_.counters.before_login.add();
    const ResultCode code = bad_frames_are_over() ? ResultCode::kFailedBye : ResultCode::kUse;
    return answer_here(refuse(code, named(verb, "", "before-login")), command.cl_trid, verb);
  }
  if (std::holds_alternative<Logout>(command.body)) {
    desk_.counters.logouts.add();
    return answer_here(refuse(ResultCode::kBye), command.cl_trid, verb);
  }
  if (is_over_rate()) return answer_here(refuse(ResultCode::kPolicy, named(verb, "", "rate")), command.cl_trid, verb);
  if (const auto object = object_of(command.body); object && !user_->objects.has(*object)) {
    const bool ours = among(*object, desk_.config.objects);
    const ResultCode code = ours ? ResultCode::kUse : ResultCode::kUnimplementedObject;
    return answer_here(refuse(code, named("objURI", uri_of(*object), ours ? "not-chosen" : "unknown-service")),
                       command.cl_trid, verb);
  }
  if (const auto* poll = std::get_if<Poll>(&command.body); poll && poll->acknowledge && !poll->message_id)
    return answer_here(refuse(ResultCode::kMissing, named("poll", "msgID", "")), command.cl_trid, verb);
  dispatch(std::move(command));
}

void Session::dispatch(Command command) {
  const uint64_t slot = open_slot();
  // What only reads must see what was changed before it, and nothing of what is changed after it.
  if (in_flight_ > 0 && changes(command.body) != changing_in_flight_)
    held_.emplace(std::move(command), slot);
  else
    hand_over(std::move(command), slot);
}

void Session::hand_over(Command command, uint64_t slot) {
  const bool changing = changes(command.body);
  auto request = std::make_shared<Request>();
  request->command = std::move(command);
  request->user = user_;
  request->sv_trid = desk_.transactions.next();
  if (!changing)
    if (auto reply = desk_.registry.look(*request))
      return settle(slot, std::move(*reply), request->command.cl_trid, request->sv_trid);
  ++in_flight_;
  changing_in_flight_ = changing;
  desk_.registry.handle(request, [weak = weak_from_this(), post = desk_.post, request, slot](Reply reply) {
    post([weak, request, slot, reply = std::move(reply)]() mutable {
      const auto self = weak.lock();
      if (!self || self->finished_) return;
      --self->in_flight_;
      self->complete(slot, std::move(reply), request->command.cl_trid, request->sv_trid);
    });
  });
}

Reply Session::login_options_refused(const Login& login, NsSet& objects, const Catalogue*& language) const {
  if (logged_in_) return refuse(ResultCode::kUse, named("login", "", "logged-in"));
  if (login.version != kVersion)
    return refuse(ResultCode::kVersion, named("version", login.version, "unknown-version"));
  language = desk_.messages.find(login.language);
  if (!language) return refuse(ResultCode::kUnimplementedOption, named("lang", login.language, "unknown-language"));
  for (const Text& uri : login.objects) {
    const auto ns = ns_from(uri);
    if (!ns || !among(*ns, desk_.config.objects))
      return refuse(ResultCode::kUnimplementedObject, named("objURI", uri, "unknown-service"));
    objects.add(*ns);
  }
  for (const Text& uri : login.extensions) {
    const auto ns = ns_from(uri);
    if (!ns || !among(*ns, desk_.config.extensions))
      return refuse(ResultCode::kUnimplementedExtension, named("extURI", uri, "unknown-service"));
    objects.add(*ns);
  }
  return {};
}

void Session::take_login(Command command) {
  Login& login = std::get<Login>(command.body);
  NsSet objects;
  const Catalogue* language = nullptr;
  Reply refused = login_options_refused(login, objects, language);
  if (!logged_in_ && language) user_->language = language->language();
  if (!succeeded(refused.code)) return answer_here(std::move(refused), command.cl_trid, "login");
  user_->objects = objects;
  logging_in_ = true;
  const uint64_t slot = open_slot();
  const LoginAttempt attempt{login, user_->certificate, user_->address, desk_.transactions.next(), command.cl_trid};
  desk_.registry.login(attempt, [weak = weak_from_this(), post = desk_.post, client_id = login.client_id,
                                 cl_trid = command.cl_trid, sv_trid = attempt.sv_trid, slot](LoginVerdict verdict) {
    post([=] {
      if (const auto self = weak.lock(); self && !self->finished_)
        self->login_done(client_id, cl_trid, sv_trid, slot, verdict);
    });
  });
}

Reply Session::failed_login(ResultCode code) {
  desk_.counters.logins_failed.add();
  if (++failed_logins_ < desk_.config.limits.failed_logins_max || ends_session(code)) return refuse(code);
  desk_.counters.failed_logins_hit.add();
  return refuse(ResultCode::kAuthenticationBye);
}

void Session::login_done(const Text& client_id, Maybe<Text> cl_trid, Text sv_trid, uint64_t slot,
                         LoginVerdict verdict) {
  logging_in_ = false;
  Reply reply;
  if (!succeeded(verdict.code)) {
    reply = failed_login(verdict.code);
  } else {
    const Limits& limits = desk_.config.limits;
    const unsigned of_user = verdict.sessions_max ? verdict.sessions_max : limits.user_sessions_max;
    switch (desk_.users.admit(client_id, {of_user, verdict.rate, verdict.burst}, desk_.clock.monotonic())) {
      case Users::Admission::kAdmitted:
        logged_in_ = true;
        bad_frames_ = 0;
        user_->client_id = client_id;
        user_->role = std::move(verdict.role);
        desk_.counters.logins.add();
        break;
      case Users::Admission::kUserLimit:
        desk_.counters.user_sessions_hit.add();
        reply = refuse(ResultCode::kSessionsBye);
        break;
      case Users::Admission::kTotalLimit:
        desk_.counters.sessions_hit.add();
        reply = refuse(ResultCode::kSessionsBye);
        break;
    }
  }
  desk_.registry.answered({client_id, user_->address, "login", cl_trid, sv_trid, reply.code, logged_in_});
  complete(slot, std::move(reply), std::move(cl_trid), std::move(sv_trid));
}

void Session::answer_here(Reply reply, Maybe<Text> cl_trid, std::string_view verb) {
  if (!succeeded(reply.code)) desk_.counters.refused.add();
  Text sv_trid = desk_.transactions.next();
  desk_.registry.answered({user_->client_id, user_->address, Text(verb), cl_trid, sv_trid, reply.code, logged_in_});
  settle(open_slot(), std::move(reply), std::move(cl_trid), std::move(sv_trid));
}

/// Puts an answer in its place.
void Session::settle(uint64_t slot, Reply reply, Maybe<Text> cl_trid, Text sv_trid) {
  reply.cl_trid = std::move(cl_trid);
  reply.sv_trid = std::move(sv_trid);
  reply.language = user_->language;
  if (!asked_for(reply.data, user_->objects)) reply.data = {};
  if (!user_->objects.has(Ns::kSite)) reply.follows.reset();
  const bool last = ends_session(reply.code);
  slots_[slot - first_slot_] = {true, desk_.codec.write(reply), last};
  closing_ = closing_ || last;
}

/// An answer that was waited for.
void Session::complete(uint64_t slot, Reply reply, Maybe<Text> cl_trid, Text sv_trid) {
  const bool last = ends_session(reply.code);
  settle(slot, std::move(reply), std::move(cl_trid), std::move(sv_trid));
  active_ = desk_.clock.monotonic();
  if (held_ && in_flight_ == 0 && !last) {
    auto [command, its_slot] = std::move(*held_);
    held_.reset();
    hand_over(std::move(command), its_slot);
  }
  pump();
}

uint64_t Session::open_slot() {
  slots_.emplace_back();
  return first_slot_ + slots_.size() - 1;
}

void Session::flush() {
  while (!finished_ && !slots_.empty() && slots_.front().ready) {
    Slot slot = std::move(slots_.front());
    slots_.pop_front();
    ++first_slot_;
    line_->send(std::move(slot.xml));
    if (slot.last) return finish();
  }
  if (closing_ && slots_.empty() && !finished_) finish();
}

void Session::tick() {
  if (finished_) return;
  const base::MonotonicTime now = desk_.clock.monotonic();
  const Limits& limits = desk_.config.limits;
  if (!logged_in_ && now - since_ >= limits.login_timeout) {
    desk_.counters.login_timeouts.add();
    finish();
  } else if (slots_.empty() && now - active_ >= limits.idle_timeout) {
    desk_.counters.idle_timeouts.add();
    finish();
  }
}

void Session::drain() {
  closing_ = true;
  waiting_.clear();
  flush();
}

SessionInfo Session::info() const {
  const base::MonotonicTime now = desk_.clock.monotonic();
  const auto since = [now](base::MonotonicTime t) { return std::chrono::duration_cast<std::chrono::seconds>(now - t); };
  return {user_->session, logged_in_,     user_->client_id, user_->role,    user_->address,
          since(since_),  since(active_), in_flight_,       waiting_.size()};
}

void Session::finish() {
  if (finished_) return;
  lost();
  line_->finish();
}

void Session::lost() {
  if (!finished_ && logged_in_) desk_.users.leave(user_->client_id);
  finished_ = true;
  waiting_.clear();
  held_.reset();
  slots_.clear();
}

}  // namespace eir::sync::epp
