// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/peers/epp_registry.h"

#include <algorithm>

#include "core/identity/imei.h"

namespace eir::peers {

using namespace sync::epp;

namespace {

/// Nothing when the name can be provisioned: 14 digits, or 15 with the right check digit.
Maybe<Text> fault_of(const Text& name) {
  const identity::Imei imei = identity::Imei::from_text(name);
  if (!imei.valid() || name.size() > 15) return "form";
  if (name.size() == 15 && identity::check_digit(imei.key()) != static_cast<unsigned>(name[14] - '0'))
    return "check-digit";
  return std::nullopt;
}

Offender offender(Ns ns, Text name, Text content, Text reason = {}) {
  return {Text(uri_of(ns)), std::move(name), std::move(content), std::move(reason)};
}
Reply with(ReplyData data, ResultCode code = ResultCode::kDone) {
  Reply reply;
  reply.code = code;
  reply.data = std::move(data);
  return reply;
}
Text key_of(const lock::Key& key) { return key.imei.substr(0, 14) + "/" + Text(lists::to_string(key.policy)); }
Reply no_lock(const lock::Key& key) { return refuse(ResultCode::kNoObject, offender(Ns::kLock, "imei", key.imei)); }
Reply no_id(Ns ns, const Text& id) { return refuse(ResultCode::kNoObject, offender(ns, "id", id)); }
bool same(const Subscriber& a, const Subscriber& b) { return a.imsi == b.imsi && a.msisdn == b.msisdn; }

}  // namespace

void MemoryRegistry::add_account(const std::string& client_id, Account account) {
  const std::lock_guard guard(mutex_);
  accounts_[client_id] = std::move(account);
}

std::string MemoryRegistry::password_of(const std::string& client_id) const {
  const std::lock_guard guard(mutex_);
  const auto at = accounts_.find(client_id);
  return at == accounts_.end() ? std::string() : at->second.password;
}

std::vector<Answered> MemoryRegistry::answered_elsewhere() const {
  const std::lock_guard guard(mutex_);
  return answered_;
}

size_t MemoryRegistry::handled() const {
  const std::lock_guard guard(mutex_);
  return handled_;
}

void MemoryRegistry::answered(const Answered& answered) {
  const std::lock_guard guard(mutex_);
  answered_.push_back(answered);
}

void MemoryRegistry::login(const LoginAttempt& attempt, LoginDone done) {
  LoginVerdict verdict;
  {
    const std::lock_guard guard(mutex_);
    const auto at = accounts_.find(attempt.login.client_id);
    const bool known = at != accounts_.end() && at->second.password == attempt.login.password;
    // One relative name may stand alone or among others.
    const auto bears = [&](const std::string& cn) {
      const std::string subject = "," + attempt.certificate.subject + ",";
      return cn.empty() || subject.find(",CN=" + cn + ",") != std::string::npos;
    };
    if (known && bears(at->second.common_name)) {
      if (attempt.login.new_password) at->second.password = *attempt.login.new_password;
      verdict = {ResultCode::kDone, at->second.role, at->second.sessions_max, at->second.rate, 0};
    }
  }
  done(std::move(verdict));
}

void MemoryRegistry::tell(const std::string& client_id, std::string word, ReplyData data) {
  queues_[client_id].push_back({std::to_string(++last_id_), std::move(word), now(), std::move(data)});
}

Reply MemoryRegistry::poll(const Poll& command, const std::string& client_id) {
  auto& queue = queues_[client_id];
  if (command.acknowledge) {
    if (queue.empty() || queue.front().id != command.message_id)
      return refuse(ResultCode::kNoObject, offender(Ns::kEpp, "msgID", *command.message_id));
    queue.pop_front();
    Reply reply;
    if (!queue.empty()) reply.queue = Queue{queue.size(), queue.front().id, {}, ""};
    return reply;
  }
  if (queue.empty()) return refuse(ResultCode::kNoMessages);
  const Message& head = queue.front();
  Reply reply = with(head.data, ResultCode::kMessage);
  reply.queue = Queue{queue.size(), head.id, head.date, head.word};
  return reply;
}

template <>
Reply MemoryRegistry::on(const imei::Check& c, const Context&) {
  imei::CheckData data;
  for (const Text& name : c.names) {
    imei::Checked& cd = data.cd.emplace_back();
    cd.name = name;
    if (imeis_.count(name.substr(0, 14)))
      cd.reason = Reason{"exists", "", ""};
    else if (const auto fault = fault_of(name))
      cd.reason = Reason{*fault, "", ""};
    cd.avail = !cd.reason;
  }
  return with(std::move(data));
}
template <>
Reply MemoryRegistry::on(const imei::Info& c, const Context&) {
  const auto at = imeis_.find(c.name.substr(0, 14));
  if (at == imeis_.end()) return refuse(ResultCode::kNoObject, offender(Ns::kImei, "name", c.name));
  const Imei& i = at->second;
  imei::InfoData data{c.name, {{"ok", "", ""}}, i.device, {}, {}, i.owner, i.owner, i.created, {}, i.updated};
  for (const auto& [key, l] : locks_)
    if (key.starts_with(at->first)) data.locks.push_back({l.key.policy, l.subscribers});
  return with(std::move(data));
}
template <>
Reply MemoryRegistry::on(const imei::Create& c, const Context& x) {
  Reply refused = refuse(ResultCode::kExists);
  for (const Text& name : c.names) {
    if (const auto fault = fault_of(name)) {
      refused.code = ResultCode::kPolicyOfValue;
      refused.offenders.push_back(offender(Ns::kImei, "name", name, *fault));
    } else if (imeis_.count(name.substr(0, 14))) {
      refused.offenders.push_back(offender(Ns::kImei, "name", name, "exists"));
    }
  }
  if (!refused.offenders.empty()) return refused;
  for (const Text& name : c.names) imeis_[name.substr(0, 14)] = {c.device, x.user->client_id, now(), {}};
  return with(imei::CreateData{c.names, now()});
}
template <>
Reply MemoryRegistry::on(const imei::Update& c, const Context&) {
  const auto at = imeis_.find(c.name.substr(0, 14));
  if (at == imeis_.end()) return refuse(ResultCode::kNoObject, offender(Ns::kImei, "name", c.name));
  at->second.device = c.change;
  at->second.updated = now();
  return {};
}
template <>
Reply MemoryRegistry::on(const imei::Delete& c, const Context&) {
  const Text key = c.name.substr(0, 14);
  const auto lock = locks_.lower_bound(key + "/");
  if (lock != locks_.end() && lock->first.starts_with(key))
    return refuse(ResultCode::kAssociationProhibits, offender(Ns::kImei, "name", c.name));
  return imeis_.erase(key) ? Reply() : refuse(ResultCode::kNoObject, offender(Ns::kImei, "name", c.name));
}

template <>
Reply MemoryRegistry::on(const lock::Check& c, const Context&) {
  lock::CheckData data;
  for (const lock::Key& key : c.keys) {
    const bool there = locks_.count(key_of(key));
    data.cd.push_back({key, !there, there ? Maybe<Reason>({"exists", "", ""}) : std::nullopt});
  }
  return with(std::move(data));
}
template <>
Reply MemoryRegistry::on(const lock::Info& c, const Context&) {
  const auto at = locks_.find(key_of(c.key));
  return at == locks_.end() ? no_lock(c.key) : with(at->second);
}
template <>
Reply MemoryRegistry::on(const lock::Create& c, const Context& x) {
  if (!imeis_.count(c.key.imei.substr(0, 14))) return no_lock(c.key);
  lock::InfoData l{c.key, {{"locked", "", ""}}, c.subscribers, c.terms, x.user->client_id, x.user->client_id, now(), {},
                   {}};
  if (!locks_.emplace(key_of(c.key), std::move(l)).second)
    return refuse(ResultCode::kExists, offender(Ns::kLock, "imei", c.key.imei));
  return with(lock::CreateData{c.key, now()});
}
template <>
Reply MemoryRegistry::on(const lock::Update& c, const Context& x) {
  const auto at = locks_.find(key_of(c.key));
  if (at == locks_.end()) return no_lock(c.key);
  lock::InfoData l = at->second;
  if (c.remove)
    for (const Subscriber& gone : c.remove->subscribers)
      std::erase_if(l.subscribers, [&](const Subscriber& s) { return same(s, gone); });
  if (c.add) l.subscribers.insert(l.subscribers.end(), c.add->subscribers.begin(), c.add->subscribers.end());
  if (l.subscribers.empty() || l.subscribers.size() > kSubscribersMax) return refuse(ResultCode::kPolicyOfValue);
  if (c.change) l.terms = c.change;
  l.updated_by = x.user->client_id;
  l.updated = now();
  at->second = std::move(l);
  return {};
}
template <>
Reply MemoryRegistry::on(const lock::Delete& c, const Context&) {
  return locks_.erase(key_of(c.key)) ? Reply() : no_lock(c.key);
}

template <>
Reply MemoryRegistry::on(const version::Info& c, const Context&) {
  const auto at = versions_.find(c.list);
  if (at == versions_.end()) return refuse(ResultCode::kNoObject, offender(Ns::kVersion, "list", c.list));
  version::InfoData data;
  data.list = c.list;
  data.form = c.from ? version::Form::kDelta : version::Form::kFull;
  data.from = c.from;
  data.to = at->second;
  data.date = now();
  data.digest = Text(32, '0');
  data.data = Binary{};
  return with(std::move(data));
}
template <>
Reply MemoryRegistry::on(const version::Create& c, const Context& x) {
  version::Point& at = versions_[c.list];
  at = std::max(at, c.to);
  tell(x.user->client_id, "version", version::News{c.list, at});
  return with(version::CreateData{c.list, {at, {}}}, c.data ? ResultCode::kDone : ResultCode::kPending);
}

template <>
Reply MemoryRegistry::on(const proposal::Info& c, const Context&) {
  const auto at = proposals_.find(c.id);
  return at == proposals_.end() ? no_id(Ns::kProposal, c.id) : with(at->second);
}
template <>
Reply MemoryRegistry::on(const proposal::Create& c, const Context& x) {
  const Text id = "P-" + std::to_string(++last_id_);
  const auto state = proposal::State::kPending;
  proposals_[id] = {id, c.filing, state, c.change, x.user->client_id, now(), {}, {}, {}};
  return with(proposal::CreateData{id, state, now()}, ResultCode::kPending);
}
template <>
Reply MemoryRegistry::on(const proposal::Update& c, const Context& x) {
  const auto at = proposals_.find(c.id);
  if (at == proposals_.end()) return no_id(Ns::kProposal, c.id);
  if (x.user->role != "administrator") return refuse(ResultCode::kAuthorization);
  if (at->second.state != proposal::State::kPending) return refuse(ResultCode::kStatusProhibits);
  at->second.state = c.verdict == proposal::Verdict::kApprove ? proposal::State::kRealised : proposal::State::kRejected;
  at->second.updated_by = x.user->client_id;
  at->second.updated = now();
  at->second.reason = c.reason;
  tell(at->second.cl_id, "proposal",
       proposal::Decided{c.id, at->second.state, c.reason, {x.command.cl_trid, x.sv_trid}, now()});
  return {};
}
template <>
Reply MemoryRegistry::on(const proposal::Delete& c, const Context& x) {
  const auto at = proposals_.find(c.id);
  if (at == proposals_.end()) return no_id(Ns::kProposal, c.id);
  if (at->second.cl_id != x.user->client_id) return refuse(ResultCode::kAuthorization);
  if (at->second.state != proposal::State::kPending) return refuse(ResultCode::kStatusProhibits);
  at->second.state = proposal::State::kWithdrawn;
  return {};
}

template <>
Reply MemoryRegistry::on(const job::Info& c, const Context&) {
  const auto at = jobs_.find(c.id);
  return at == jobs_.end() ? no_id(Ns::kJob, c.id) : with(at->second);
}
template <>
Reply MemoryRegistry::on(const job::Create& c, const Context& x) {
  for (const auto& [id, known] : jobs_)
    if (known.filing == c.filing && known.cl_id == x.user->client_id)
      return refuse(ResultCode::kExists, offender(Ns::kJob, "filing", c.filing));
  // Done here and now, unless the filing number says that it shall wait to be cancelled.
  const bool waits = c.filing.starts_with("wait");
  job::InfoData info;
  info.id = "J-" + std::to_string(++last_id_);
  info.filing = c.filing;
  info.cl_id = x.user->client_id;
  info.created = now();
  info.names = c.items.size();
  uint32_t number = 0;
  if (!waits)
    for (const job::Item& item : c.items) {
      ++number;
      const Reply reply = std::visit(
          [&]<class T>(const T& work) {
            if constexpr (std::is_same_v<T, job::Sightings>)
              return Reply();
            else
              return on(work, x);
          },
          item.work);
      ++(succeeded(reply.code) ? info.done : info.failed);
      info.results.push_back({number, sync::epp::number(reply.code), {}, {}});
    }
  info.state = waits ? job::State::kQueued : job::State::kDone;
  jobs_[info.id] = info;
  if (!waits)
    tell(x.user->client_id, "job",
         job::Done{info.id, c.filing, info.state, info.done, info.failed, {x.command.cl_trid, x.sv_trid}, now()});
  return with(job::CreateData{info.id, c.filing, info.state, info.created}, ResultCode::kPending);
}
template <>
Reply MemoryRegistry::on(const job::Delete& c, const Context&) {
  const auto at = jobs_.find(c.id);
  if (at == jobs_.end()) return no_id(Ns::kJob, c.id);
  if (at->second.state != job::State::kQueued) return refuse(ResultCode::kStatusProhibits);
  at->second.state = job::State::kCancelled;
  return {};
}

void MemoryRegistry::handle(RequestPtr request, Done done) {
  Reply reply;
  {
    const std::lock_guard guard(mutex_);
    ++handled_;
    if (const auto* p = std::get_if<Poll>(&request->command.body))
      reply = poll(*p, request->user->client_id);
    else if (const auto* command = std::get_if<ObjectCommand>(&request->command.body))
      reply = std::visit([&](const auto& c) { return on(c, *request); }, *command);
  }
  done(std::move(reply));
}

}  // namespace eir::peers
