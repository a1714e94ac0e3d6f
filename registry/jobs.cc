// SPDX-License-Identifier: GPL-3.0-or-later
// Jobs: taken whole or not at all, worked on item by item between other commands, told of when done.
#include <fmt/format.h>

#include "registry/engine.h"

namespace eir::registry {
namespace {

constexpr size_t kJobsWaitingMax = 10'000;

uint64_t names_in(const JobItem& item) {
  if (const auto* c = std::get_if<CreateDevices>(&item)) return c->names.size();
  if (const auto* s = std::get_if<FileSightings>(&item)) return s->sightings.size();
  return 1;
}

/// What an item is called in a job's result.
struct NameOf {
  std::string operator()(const CreateDevices& c) { return c.names.empty() ? std::string() : c.names.front(); }
  std::string operator()(const Propose& c) { return c.filing; }
  std::string operator()(const FileSightings& c) { return c.node + ":" + std::to_string(c.sequence); }
  template <class C>
  std::string operator()(const C& c) {
    return c.name;
  }
};

}  // namespace

Outcome Engine::handle(Work& work, const FileJob& c) {
  const Request& rq = work.request;
  if (!allowed(rq, Object::kJob, Verb::kCreate, {}, rq.user, work.outcome)) return work.outcome;
  if (c.items.empty() || c.items.size() > kJobItemsMax || c.filing.empty() || c.filing.size() > kTridMax)
    return refuse(Code::kRange, Why::kTooMany, c.filing);
  if (jobs_.size() >= kJobsWaitingMax) return refuse(Code::kFailed, Why::kBusy, c.filing);
  if (store_.object(Kind::kJob, c.filing, rq.user)) return refuse(Code::kExists, Why::kExists, c.filing);
  Job job;
  job.id = store_.newest_object(Kind::kJob) + 1;
  job.owner = rq.user;
  job.filing = c.filing;
  job.created = job.updated = now_;
  job.items = static_cast<uint32_t>(c.items.size());
  for (const JobItem& item : c.items) {
    if (const auto* s = std::get_if<FileSightings>(&item); s && s->sightings.size() > kSightingsBatchMax)
      return refuse(Code::kRange, Why::kTooMany, c.filing);
    job.names += names_in(item);
  }
  job.sequence = sequence_;
  job.address = rq.address;
  job.cl_trid = rq.cl_trid;
  job.sv_trid = rq.sv_trid;
  store_.put_object(row_of(job));
  store_.put_job_items(job.id, encode(c.items));
  jobs_.push_back(job.id);
  Outcome out;
  out.code = Code::kPending;
  out.id = std::to_string(job.id);
  return out;
}

Outcome Engine::handle(Work& work, const CancelJob& c) {
  const std::string name = std::to_string(c.id);
  const auto row = store_.object(Kind::kJob, c.id);
  auto job = row ? job_of(*row) : std::nullopt;
  if (!job) return refuse(Code::kNoObject, Why::kUnlisted, name);
  if (!allowed(work.request, Object::kJob, Verb::kDelete, {}, job->owner, work.outcome)) return work.outcome;
  if (job->state == JobState::kCancelled) return refuse(Code::kNoObject, Why::kDecided, name);
  if (job->state != JobState::kQueued) return refuse(Code::kStatusProhibits, Why::kStarted, name);
  job->state = JobState::kCancelled;
  job->updated = now_;
  store_.put_object(row_of(*job));
  store_.remove_job_items(job->id);
  std::erase(jobs_, job->id);
  return {};
}

bool Engine::open_job(uint64_t id) {
  const auto row = store_.object(Kind::kJob, id);
  job_ = row ? job_of(*row) : std::nullopt;
  auto items = job_ ? decode_items(store_.job_items(id)) : std::nullopt;
  if (!items) {
    job_.reset();
    audit_.add_event("job " + std::to_string(id) + " cannot be read, and was given up");
    if (row) {
      ObjectRow given_up = *row;
      given_up.state = static_cast<uint8_t>(JobState::kCancelled);
      store_.put_object(given_up);
    }
    return false;
  }
  job_items_ = std::move(*items);
  job_->state = JobState::kRunning;
  return true;
}

void Engine::run_item(const JobItem& item) {
  const bool local = job_->owner == kPolicyUser;  // filed at this machine
  const User* owner = user(job_->owner);
  Request rq;
  rq.user = job_->owner;
  rq.user_name = owner ? owner->name : std::string();
  rq.role = owner ? owner->role : Role::kAdministrator;
  rq.address = job_->address;
  rq.cl_trid = job_->cl_trid;
  rq.sv_trid = job_->sv_trid;
  Work work{rq, true, job_->next_item, {}};
  Outcome out = !local && (!owner || !owner->enabled)
                    ? refuse(Code::kAuthorization, Why::kNotAllowed)
                    : std::visit([&](const auto& c) { return handle(work, c); }, item);
  put_on_record(item, out);
  const uint64_t names = names_in(item);
  if (!out.ok() && out.offenders.empty()) out.offenders = {{std::visit(NameOf(), item), out.code, out.why, 0}};
  const uint64_t failed =
      out.ok() || std::holds_alternative<CreateDevices>(item)
          ? (out.code == Code::kAuthorization || out.code == Code::kRange ? names : out.offenders.size())
          : names;
  job_->failed += std::min(failed, names);
  job_->done += names - std::min(failed, names);
  for (Offender& o : out.offenders) {
    if (job_->failures.size() >= kFailuresKept) break;
    o.item = job_->next_item;
    job_->failures.push_back(std::move(o));
  }
}

/// What an item asked is nowhere else once the job is done; names and sightings are told by what they changed.
void Engine::put_on_record(const JobItem& item, const Outcome& out) {
  if (std::holds_alternative<CreateDevices>(item) || std::holds_alternative<FileSightings>(item)) return;
  const Command command = std::visit([](const auto& c) { return Command(c); }, item);
  const Name name = name_of(command);
  details_.add_item(fmt::format("{}: {} {} {}: {}{}", job_->next_item + 1, name.verb, name.object, asked(command),
                                static_cast<unsigned>(out.code), out.id.empty() ? "" : " as " + out.id));
}

void Engine::finish_job() {
  job_->state = JobState::kDone;
  store_.remove_job_items(job_->id);
  Notice notice;
  notice.what = What::kJob;
  notice.about = std::to_string(job_->id);
  notice.filing = job_->filing;
  notice.state = static_cast<uint8_t>(job_->state);
  notice.done = job_->done;
  notice.failed = job_->failed;
  notice.cl_trid = job_->cl_trid;
  notice.sv_trid = job_->sv_trid;
  message(job_->owner, notice, false);
  counters_.jobs_done.add();
}

void Engine::work_on_jobs() {
  size_t names = 0;
  while (!jobs_.empty() && names < options_.job_names_per_group) {
    if ((!job_ || job_->id != jobs_.front()) && !open_job(jobs_.front())) {
      jobs_.pop_front();
      continue;
    }
    audit_.resume(job_->sequence);
    note_trid(job_->cl_trid, job_->owner);
    note_trid(job_->sv_trid, job_->owner);
    while (job_->next_item < job_items_.size() && names < options_.job_names_per_group) {
      names += names_in(job_items_[job_->next_item]);
      run_item(job_items_[job_->next_item]);
      ++job_->next_item;
    }
    audit_.append(details_);
    job_->updated = now_;
    const bool over = job_->next_item >= job_items_.size();
    if (over) finish_job();
    store_.put_object(row_of(*job_));
    if (!over) continue;
    job_.reset();
    jobs_.pop_front();
  }
}

}  // namespace eir::registry
