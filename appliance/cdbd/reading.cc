// SPDX-License-Identifier: GPL-3.0-or-later
// EPP's reading commands, and the queue of messages.
#include <charconv>

#include "appliance/cdbd/desk.h"

namespace eir::appliance::cdbd {
namespace {

using epp::Ns;
using epp::Reply;
using registry::Outcome;
using registry::Why;

uint64_t id_of(const epp::Text& text) {
  uint64_t id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  return error == std::errc() && end == text.data() + text.size() && id <= uint64_t{INT64_MAX} ? id : 0;
}

Reply with(epp::ReplyData data) {
  Reply reply;
  reply.data = std::move(data);
  return reply;
}

epp::Reason reason_of(Why why) { return {epp::Text(to_string(why)), "", ""}; }

std::vector<epp::Status> status_of(lists::ListSet lists, bool locked) {
  std::vector<epp::Status> out;
  for (const epp::Text& name : names_of(lists)) out.push_back({name, "", ""});
  if (out.empty()) out.push_back({"unlisted", "", ""});
  if (locked) out.push_back({"locked", "", ""});
  return out;
}

epp::PastTransaction past(const std::string& cl_trid, const std::string& sv_trid) {
  return {cl_trid.empty() ? std::nullopt : epp::Maybe<epp::Text>(cl_trid), sv_trid};
}

epp::ReplyData data_of(const registry::Queued& q) {
  const registry::Notice& n = q.notice;
  switch (n.what) {
    case registry::What::kVersion: return epp::version::News{n.about, {n.version.epoch, n.version.number}};
    case registry::What::kProposal:
      return epp::proposal::Decided{n.about, static_cast<epp::proposal::State>(n.state),
                                    n.reason.empty() ? std::nullopt : epp::Maybe<epp::Text>(n.reason),
                                    past(n.cl_trid, n.sv_trid), q.at};
    case registry::What::kJob:
      return epp::job::Done{
          n.about, n.filing, static_cast<epp::job::State>(n.state), n.done, n.failed, past(n.cl_trid, n.sv_trid), q.at};
  }
  return {};
}

epp::Text word_of(registry::What what) {
  return what == registry::What::kVersion ? "version" : what == registry::What::kProposal ? "proposal" : "job";
}

Reply info_of(const registry::ShownDevice& d, const std::string& name,
              const std::function<epp::Text(registry::UserId)>& who) {
  epp::imei::InfoData out;
  out.name = name;
  out.status = status_of(d.lists, d.locked);
  out.device = device_of(d.device);
  for (const registry::ShownEntry& e : d.entries) {
    out.entries.push_back(entry_of(e.entry));
    out.entries.back().author = who(e.author);
    out.entries.back().date = e.at;
  }
  for (const registry::ShownEntry& l : d.locks) {
    if (out.locks.empty() || out.locks.back().policy != l.entry.policy) out.locks.push_back({l.entry.policy, {}});
    out.locks.back().subscribers.push_back(subscriber_of(registry::Subscriber{l.entry.imsi, l.entry.msisdn}));
  }
  out.cl_id = who(d.owner);
  out.created_by = out.cl_id;
  if (d.created != epp::Time{}) out.created = d.created;
  if (d.updated != epp::Time{}) {
    out.updated_by = who(d.updater);
    out.updated = d.updated;
  }
  return with(std::move(out));
}

constexpr size_t kResultsShown = 1'000;

Reply info_of(const registry::Job& j, uint32_t after, epp::Text owner) {
  epp::job::InfoData out;
  out.id = std::to_string(j.id);
  out.filing = j.filing;
  out.state = static_cast<epp::job::State>(j.state);
  out.names = j.names;
  out.done = j.done;
  out.failed = j.failed;
  for (size_t i = after; i < j.failures.size() && out.results.size() < kResultsShown; ++i) {
    const registry::Offender& f = j.failures[i];
    const auto name = f.name.empty() ? std::nullopt : epp::Maybe<epp::Text>(f.name);
    out.results.push_back({f.item + 1, static_cast<uint32_t>(f.code), name, reason_of(f.why)});
  }
  if (after + out.results.size() < j.failures.size()) out.more = static_cast<uint32_t>(after + out.results.size());
  out.cl_id = std::move(owner);
  out.created = j.created;
  out.updated = j.updated;
  return with(std::move(out));
}

}  // namespace

void Desk::poll(const registry::Request& rq, const epp::Poll& poll, Done done) {
  if (poll.acknowledge) {
    const uint64_t id = id_of(poll.message_id.value_or(""));
    return registry_.submit(rq, registry::AckMessage{id}, [this, rq, done = std::move(done)](const Outcome& out) {
      Reply reply = reply_of(out, Ns::kEpp, "msgID");
      registry::Queued next;
      auto store = registry_.reader();
      if (out.ok() && store && first_message(*store, rq, next).ok() && next.count > 0)
        reply.queue = epp::Queue{next.count, std::to_string(next.id), {}, ""};
      done(std::move(reply));
    });
  }
  auto store = registry_.glance();
  registry::Queued q;
  const Outcome out = store ? first_message(*store, rq, q) : registry::refuse(registry::Code::kFailed, Why::kStore);
  Reply reply = reply_of(out, Ns::kEpp, "poll");
  if (out.code == registry::Code::kMessage) {
    reply.queue = epp::Queue{q.count, std::to_string(q.id), q.at, word_of(q.notice.what)};
    reply.data = data_of(q);
  }
  // That there is nothing is asked once a second by every node, and told to the counters alone.
  if (out.code != registry::Code::kNoMessages) note(rq, "poll", reply.code);
  done(std::move(reply));
}

std::optional<Reply> Desk::read(registry::StoreReader& store, const registry::Request& rq,
                                const epp::ObjectCommand& command) {
  const auto who = [this](registry::UserId id) { return name_of(id); };
  if (const auto* c = std::get_if<epp::imei::Check>(&command)) {
    std::vector<registry::Checked> checked;
    const Outcome out = check_devices(store, rq, c->names, registry_.now(), checked);
    if (!out.ok()) return reply_of(out, Ns::kImei, "name");
    epp::imei::CheckData data;
    for (registry::Checked& one : checked)
      data.cd.push_back({std::move(one.name), one.available,
                         one.why == Why::kNone ? std::nullopt : epp::Maybe<epp::Reason>(reason_of(one.why))});
    return with(std::move(data));
  }
  if (const auto* c = std::get_if<epp::imei::Info>(&command)) {
    registry::ShownDevice device;
    const Outcome out = device_info(store, rq, c->name, device);
    return out.ok() ? info_of(device, c->name, who) : reply_of(out, Ns::kImei, "name");
  }
  if (const auto* c = std::get_if<epp::lock::Check>(&command)) {
    epp::lock::CheckData data;
    for (const epp::lock::Key& key : c->keys) {
      Why why{};
      if (const Outcome out = check_lock(store, rq, key.imei, key.policy, why); !out.ok())
        return reply_of(out, Ns::kLock, "imei");
      data.cd.push_back(
          {key, why == Why::kNone, why == Why::kNone ? std::nullopt : epp::Maybe<epp::Reason>(reason_of(why))});
    }
    return with(std::move(data));
  }
  if (const auto* c = std::get_if<epp::lock::Info>(&command)) {
    registry::ShownLock lock;
    if (const Outcome out = lock_info(store, rq, c->key.imei, c->key.policy, lock); !out.ok())
      return reply_of(out, Ns::kLock, "imei");
    epp::lock::InfoData data;
    data.key = c->key;
    data.status = {{"locked", "", ""}};
    for (const registry::Subscriber& s : lock.subscribers) data.subscribers.push_back(subscriber_of(s));
    data.terms = terms_of(lock.grounds);
    data.cl_id = who(lock.owner);
    data.created = lock.at;
    return with(std::move(data));
  }
  if (const auto* c = std::get_if<epp::proposal::Info>(&command)) {
    registry::Proposal p;
    if (const Outcome out = proposal_info(store, rq, id_of(c->id), p); !out.ok())
      return reply_of(out, Ns::kProposal, "id");
    epp::proposal::InfoData data;
    data.id = c->id;
    if (!p.filing.empty()) data.filing = p.filing;
    data.state = static_cast<epp::proposal::State>(p.state);
    data.change = change_of(p.change);
    data.cl_id = who(p.owner);
    data.created = p.created;
    if (p.decided != epp::Time{}) {
      data.updated_by = who(p.decided_by);
      data.updated = p.decided;
    }
    if (!p.reason.empty()) data.reason = p.reason;
    return with(std::move(data));
  }
  if (const auto* c = std::get_if<epp::job::Info>(&command)) {
    registry::Job job;
    const Outcome out = job_info(store, rq, id_of(c->id), job);
    return out.ok() ? info_of(job, c->after.value_or(0), who(job.owner)) : reply_of(out, Ns::kJob, "id");
  }
  return std::nullopt;
}

}  // namespace eir::appliance::cdbd
