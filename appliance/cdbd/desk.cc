// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/desk.h"

#include "appliance/cdbd/segments.h"

namespace eir::appliance::cdbd {

using epp::Ns;
using epp::Reply;
using epp::ResultCode;
using registry::Outcome;

namespace {

struct Place {
  Ns ns;
  const char* element;  ///< that names the object
};
Place place_of(const epp::ObjectCommand& command) {
  switch (epp::tag_of(command).ns) {
    case Ns::kLock: return {Ns::kLock, "imei"};
    case Ns::kVersion: return {Ns::kVersion, "list"};
    case Ns::kProposal: return {Ns::kProposal, "id"};
    case Ns::kJob: return {Ns::kJob, std::holds_alternative<epp::job::Create>(command) ? "filing" : "id"};
    default: return {Ns::kImei, "name"};
  }
}

/// A user that is no longer there, or no longer may: not the operator of this machine.
bool is_nobody(const registry::Request& rq) { return rq.user == registry::kPolicyUser; }

std::string text_of(const epp::lock::Key& key) { return key.imei + " " + std::string(lists::to_string(key.policy)); }

/// What was asked, as the audit tells of commands that change nothing.
struct Asked {
  template <class Command>
  std::string operator()(const Command& c) const {
    std::string out;
    const auto add = [&out](const std::string& text) { out += (out.empty() ? "" : " ") + text; };
    if constexpr (requires { c.names; })
      for (const epp::Text& name : c.names) add(name);
    if constexpr (requires { c.keys; })
      for (const epp::lock::Key& key : c.keys) add(text_of(key));
    if constexpr (requires { c.name; }) add(c.name);
    if constexpr (requires { c.key; }) add(text_of(c.key));
    if constexpr (requires { c.id; }) add(c.id);
    if constexpr (requires { c.filing.size(); }) add(c.filing);
    if constexpr (requires { c.filing->size(); })
      if (c.filing) add(*c.filing);
    return out;
  }
};

registry::Object object_of(Ns ns) {
  switch (ns) {
    case Ns::kLock: return registry::Object::kLock;
    case Ns::kVersion: return registry::Object::kVersion;
    case Ns::kProposal: return registry::Object::kProposal;
    case Ns::kJob: return registry::Object::kJob;
    default: return registry::Object::kDevice;
  }
}

registry::Verb verb_of(std::string_view name) {
  using registry::Verb;
  return name == "check"    ? Verb::kCheck
         : name == "create" ? Verb::kCreate
         : name == "update" ? Verb::kUpdate
         : name == "delete" ? Verb::kDelete
                            : Verb::kInfo;
}

registry::Code code_of(ResultCode code) { return static_cast<registry::Code>(epp::number(code)); }

/// What an answer to a change carries besides its code.
struct Carried {
  const Outcome& out;
  epp::ReplyData operator()(const epp::imei::Create& c) const { return epp::imei::CreateData{c.names, out.at}; }
  epp::ReplyData operator()(const epp::lock::Create& c) const { return epp::lock::CreateData{c.key, out.at}; }
  epp::ReplyData operator()(const epp::proposal::Create&) const {
    const auto state =
        out.code == registry::Code::kPending ? epp::proposal::State::kPending : epp::proposal::State::kRealised;
    return epp::proposal::CreateData{out.id, state, out.at};
  }
  epp::ReplyData operator()(const epp::job::Create& c) const {
    return epp::job::CreateData{out.id, c.filing, epp::job::State::kQueued, out.at};
  }
  template <class Other>
  epp::ReplyData operator()(const Other&) const {
    return {};
  }
};

}  // namespace

Desk::Desk(registry::Registry& registry, Versions* versions)
    : registry_(registry), versions_(versions), thread_([this] { check_logins(); }) {}

Desk::~Desk() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Desk::login(const epp::LoginAttempt& attempt, LoginDone done) {
  {
    const std::lock_guard lock(mutex_);
    if (attempts_.size() < kLoginsWaitingMax && !stop_) {
      attempts_.push_back({attempt, std::move(done)});
      done = nullptr;
    }
  }
  if (!done) return wake_.notify_one();
  refused_busy_.fetch_add(1, std::memory_order_relaxed);
  epp::LoginVerdict verdict;
  verdict.code = ResultCode::kFailed;
  done(verdict);
}

void Desk::check_logins() {
  for (;;) {
    std::unique_lock lock(mutex_);
    wake_.wait(lock, [this] { return stop_ || !attempts_.empty(); });
    if (attempts_.empty()) return;
    Attempt next = std::move(attempts_.front());
    attempts_.pop_front();
    lock.unlock();
    check(std::move(next));
  }
}

void Desk::check(Attempt a) {
  const epp::Login& login = a.attempt.login;
  const auto user = registry_.authenticate(login.client_id, login.password, a.attempt.certificate.fingerprint);
  epp::LoginVerdict verdict;
  if (!user) return a.done(verdict);
  verdict.code = ResultCode::kDone;
  verdict.role = registry::to_string(user->role);
  if (!login.new_password) return a.done(verdict);
  registry::Request rq{user->id,         user->name, user->role, a.attempt.address, a.attempt.cl_trid.value_or(""),
                       a.attempt.sv_trid};
  registry_.submit(std::move(rq), registry::ChangePassword{*login.new_password},
                   [verdict, done = std::move(a.done)](const Outcome& out) mutable {
                     if (!out.ok()) verdict.code = code_of(out.code);
                     done(verdict);
                   });
}

registry::Request Desk::request_of(const epp::Text& client_id, const epp::Text& address,
                                   const epp::Maybe<epp::Text>& cl_trid, const epp::Text& sv_trid) const {
  registry::Request rq;
  // Nobody has no right: on record under the name alone.
  rq.role = registry::Role::kPointOfSale;
  const auto users = registry_.users();
  if (const auto it = users->find(client_id); it != users->end() && it->second.enabled) {
    rq.user = it->second.id;
    rq.role = it->second.role;
  }
  rq.user_name = client_id;
  rq.address = address;
  rq.cl_trid = cl_trid.value_or("");
  rq.sv_trid = sv_trid;
  return rq;
}

registry::Request Desk::request_of(const epp::Request& request) const {
  return request_of(request.user->client_id, request.user->address, request.command.cl_trid, request.sv_trid);
}

void Desk::note(registry::Request rq, const epp::ObjectCommand& command, ResultCode code) {
  const epp::Tag tag = epp::tag_of(command);
  registry_.note(std::move(rq),
                 {object_of(tag.ns), verb_of(tag.name), std::visit(Asked(), command), code_of(code), {}});
}

/// What is no command on an object, by its name.
void Desk::note(registry::Request rq, std::string_view verb, ResultCode code) {
  registry_.note(std::move(rq),
                 {registry::Object::kUser, registry::Verb::kCheck, std::string(verb), code_of(code), {}});
}

Reply Desk::refuse_nobody(registry::Request rq, const epp::Body& body) {
  constexpr ResultCode kCode = ResultCode::kAuthorization;
  if (const auto* command = std::get_if<epp::ObjectCommand>(&body))
    note(std::move(rq), *command, kCode);
  else
    note(std::move(rq), epp::verb_of(body), kCode);
  return epp::refuse(kCode);
}

epp::Text Desk::name_of(registry::UserId id) const {
  if (id != registry::kPolicyUser)
    for (const auto& [name, user] : *registry_.users())
      if (user.id == id) return name;
  return "registry";
}

epp::Maybe<epp::site::Follows> Desk::follows() const {
  if (!marks_reads_) return std::nullopt;
  const auto status = registry_.status();
  if (status.active) return std::nullopt;
  return epp::site::Follows{epp::Text(feed::kCentre), {status.version.epoch, status.version.number}};
}

epp::Maybe<Reply> Desk::look(const epp::Request& request) {
  const auto* command = std::get_if<epp::ObjectCommand>(&request.command.body);
  if (!command || std::holds_alternative<epp::version::Info>(*command)) return std::nullopt;
  registry::Request rq = request_of(request);
  if (is_nobody(rq)) return refuse_nobody(std::move(rq), request.command.body);
  return look(std::move(rq), *command);
}

Reply Desk::look(registry::Request rq, const epp::ObjectCommand& command) {
  // Before it is read: what comes meanwhile makes the answer newer than its mark, never older.
  auto stands_at = follows();
  std::optional<Reply> reply = epp::refuse(ResultCode::kFailed);
  if (auto store = registry_.glance()) reply = read(*store, rq, command);
  if (!reply) reply = epp::refuse(ResultCode::kUnimplementedOption);
  reply->follows = std::move(stands_at);
  note(std::move(rq), command, reply->code);
  return std::move(*reply);
}

void Desk::handle(epp::RequestPtr request, Done done) {
  registry::Request rq = request_of(*request);
  if (is_nobody(rq)) return done(refuse_nobody(std::move(rq), request->command.body));
  if (const auto* p = std::get_if<epp::Poll>(&request->command.body)) return poll(rq, *p, std::move(done));
  const auto* command = std::get_if<epp::ObjectCommand>(&request->command.body);
  if (!command) return done(epp::refuse(ResultCode::kUnimplementedCommand));
  if (epp::transforms(request->command.body)) return change(request, *command, std::move(rq), std::move(done));
  if (const auto* version = std::get_if<epp::version::Info>(command); version && versions_)
    return versions_->info(std::move(rq), *version, std::move(done));
  done(look(std::move(rq), *command));
}

void Desk::change(const epp::RequestPtr& request, const epp::ObjectCommand& command, registry::Request rq, Done done) {
  const Place place = place_of(command);
  auto answer = [request, place, done](const Outcome& out) {
    Reply reply = reply_of(out, place.ns, place.element);
    const auto& object = std::get<epp::ObjectCommand>(request->command.body);
    if (out.ok()) reply.data = std::visit(Carried{out}, object);
    done(std::move(reply));
  };
  if (const auto* job = std::get_if<epp::job::Create>(&command); job && segments_ && Segments::concerns(*job))
    return segments_->file(std::move(rq), *job, std::move(answer));
  auto made = command_of(command);
  if (!made) {
    const bool push = std::holds_alternative<epp::version::Create>(command);
    const ResultCode code = push ? ResultCode::kUnimplementedCommand : ResultCode::kValueSyntax;
    note(std::move(rq), command, code);
    return done(epp::refuse(code));
  }
  registry_.submit(std::move(rq), std::move(*made), std::move(answer));
}

void Desk::answered(const epp::Answered& a) {
  // A name that was only claimed is nobody's.
  registry::Request rq = request_of(a.logged_in ? a.client_id : "", a.address, a.cl_trid, a.sv_trid);
  rq.user_name = a.client_id;
  note(std::move(rq), a.verb, a.code);
}

}  // namespace eir::appliance::cdbd
