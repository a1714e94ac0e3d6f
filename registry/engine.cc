// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/engine.h"

#include <fmt/format.h>

#include "core/store/codec.h"
#include "registry/octets.h"

namespace eir::registry {

Engine::Engine(StoreWriter& store, const base::Clock& clock, feed::SigningKey key, EngineOptions options,
               EngineCounters& counters, RecordingStore* recorder)
    : store_(store),
      recorder_(recorder),
      clock_(clock),
      key_(std::move(key)),
      options_(options),
      counters_(counters),
      words_(store, audit_) {}

void Engine::Work::refuse(const std::string& name, Code code, Why why) {
  if (outcome.offenders.size() < kOffendersMax) outcome.offenders.push_back({name, code, why, item});
}

base::Result<void, base::Problem> Engine::load(bool to_promote) {
  loaded_ = false;
  audit_.clear();
  details_.clear();
  trids_.clear();
  words_.forget();
  changes_.clear();
  ranges_.reset();
  swept_imei_.reset();
  jobs_.clear();
  job_.reset();
  users_.clear();
  ++users_changed_;
  user_names_.clear();
  const auto newest = store_.newest_block();
  block_ = newest ? newest->number : 0;
  head_ = newest ? newest->hash : base::Hash{};
  const auto sequence = store_.setting("audit.sequence");
  sequence_ = sequence ? Unpack(*sequence).u64() : 0;
  trids_by_key_ = store_.setting(kTridsByKey).has_value();
  const auto own = store_.newest_site_block();
  site_block_ = own ? own->number : 0;
  site_head_ = own ? own->hash : base::Hash{};
  const auto own_sequence = store_.setting("site.sequence");
  site_sequence_ = own_sequence ? Unpack(*own_sequence).u64() : 0;
  const auto heard = store_.setting("site.heard-epoch");
  heard_epoch_ = heard ? Unpack(*heard).u32() : 0;
  for (const ObjectRow& row : store_.objects(Kind::kUser, std::nullopt, 0, SIZE_MAX >> 1)) {
    auto user = user_of(row);
    if (!user) return base::problem("user " + row.name, "its row is damaged");
    user_names_.emplace(user->id, user->name);
    users_.emplace(user->name, std::move(*user));
  }
  for (const JobState state : {JobState::kRunning, JobState::kQueued})
    for (const ObjectRow& row : store_.objects(Kind::kJob, static_cast<uint8_t>(state), 0, SIZE_MAX >> 1))
      jobs_.push_back(row.id);
  read_policies();
  urgent_ = urgent_marks(store_);
  if (auto ok = load_versions(to_promote); !ok) return ok;
  if (!store_.ok()) return tl::unexpected(store_.problem());
  loaded_ = true;
  return {};
}

const User* Engine::user(UserId id) const {
  const auto name = user_names_.find(id);
  if (name == user_names_.end()) return nullptr;
  const auto it = users_.find(name->second);
  return it == users_.end() ? nullptr : &it->second;
}

bool Engine::allowed(const Request& request, Object object, Verb verb, lists::ListSet lists, UserId owner,
                     Outcome& out) {
  const Reach r = reach(request.role, object, verb, lists);
  if (r == Reach::kAll || (r == Reach::kOwn && owner == request.user)) return true;
  out = refuse(Code::kAuthorization, r == Reach::kOwn ? Why::kNotOwner : Why::kNotAllowed);
  return false;
}

bool Engine::work_left() const { return !events_.empty() || (active_ && !jobs_.empty()) || due() || urgent_due(); }

bool Engine::run(std::span<Task*> tasks) {
  if (!active_) return run_following(tasks);
  if (!recorder_ || !due()) return group(tasks, due());
  // A version is a record of its own, so that a site that follows has its state exactly after that record.
  if (group({}, true)) return group(tasks, false);
  for (Task* task : tasks) task->outcome = refuse(Code::kFailed, Why::kStore);
  return false;
}

bool Engine::issue_now() { return group({}, true); }

bool Engine::begin() {
  if (!loaded_) {
    store_.rollback();
    if (!load()) return false;
  }
  return store_.begin();
}

bool Engine::group(std::span<Task*> tasks, bool make_version) {
  now_ = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  if (!begin()) {
    fail(tasks);
    return false;
  }
  main_ = active_;
  for (const std::string& event : events_) audit_.add_event(event);
  // A version carries the head of what is durable, so it comes before this group's own changes.
  if (make_version && active_) issue();
  if (urgent_due()) issue_urgent();
  for (Task* task : tasks) execute(*task);
  if (active_ && main_) work_on_jobs();
  if (!changes_.empty()) {
    lists::Change change = changes_.take(words_);
    if (change.places() > 0) {
      const auto octets = store::encode_change(change);
      store_.put_part(as_text(octets));
      if (active_)
        parts_.push_back(std::move(change));
      else
        ++parts_behind_;
    }
  }
  if (main_) sweep();
  if (!write_block() || !store_.commit()) {
    fail(tasks);
    return false;
  }
  events_.clear();
  counters_.groups.add();
  return true;
}

void Engine::fail(std::span<Task*> tasks) {
  counters_.store_failures.add();
  for (Task* task : tasks) task->outcome = refuse(Code::kFailed, Why::kStore);
  store_.rollback();
  (void)load();  // if it fails, begin() does
}

bool Engine::write_block() {
  if (audit_.empty()) return store_.ok();
  const int64_t at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
  if (!main_) {
    trids_.clear();
    return write_site_block(at_ms);
  }
  if (block_ == 0) {
    store_.put_setting(kTridsByKey, "1");
    trids_by_key_ = true;
  }
  const BlockRow block = audit_.finish(block_ + 1, head_, at_ms);
  for (const auto& [name, run] : std::exchange(trids_, {}))
    if (run.now != 0) store_.put_trids(name.first, name.second, block_ + 1, run.now);
  std::string sequence;
  Pack(sequence).u64(sequence_);
  store_.put_setting("audit.sequence", sequence);
  // The last: a record ends with its block.
  store_.put_block(block);
  block_ = block.number;
  head_ = block.hash;
  return store_.ok();
}

void Engine::execute(Task& task) {
  const Request& rq = task.request;
  counters_.commands.add();
  const bool missing = rq.cl_trid.empty();
  const bool read = std::holds_alternative<Read>(task.command);
  const bool repeated = !missing && known(rq);
  if (repeated) counters_.repeated_trids.add();
  Work work{rq, false, 0, {}};
  const bool mine = main_;
  if (mine) ++sequence_;
  const User* who = rq.user == kPolicyUser ? nullptr : user(rq.user);
  if (rq.user != kPolicyUser && (!who || !who->enabled)) {
    task.outcome = refuse(Code::kAuthorization, Why::kNotAllowed);
  } else if (repeated && who && who->refuse_repeats && !read) {
    task.outcome = refuse(Code::kPolicy, Why::kRepeated);
  } else if (!active_ && !read && !std::holds_alternative<Promote>(task.command) &&
             !std::holds_alternative<SetSite>(task.command)) {
    task.outcome = refuse(Code::kFailed, Why::kNotActive);
  } else {
    task.outcome = dispatch(work, task.command);
  }
  // What makes this site the active one stands in the chain that goes on from here.
  if (!mine && active_) main_ = true;
  if (!mine) ++(main_ ? sequence_ : site_sequence_);
  task.outcome.at = now_;
  task.outcome.repeated = repeated || missing;
  if (!task.outcome.ok()) counters_.refused.add();
  record(task, missing, repeated);
}

bool Engine::known(const Request& rq) {
  const uint64_t key = trid_key(rq.cl_trid);
  Trids& run = trids_[{key / kTridRun, rq.user}];
  if (!run.before) run.before = store_.trids_of(key / kTridRun, rq.user);
  return ((*run.before | run.now) >> key % kTridRun & 1) != 0 ||
         (!trids_by_key_ && !store_.blocks_of(trid_hash(rq.cl_trid), rq.user, 1).empty());
}

void Engine::note_trid(std::string_view trid, UserId user) {
  if (trid.empty()) return;
  const uint64_t key = trid_key(trid);
  trids_[{key / kTridRun, user}].now |= uint64_t{1} << key % kTridRun;
}

Outcome Engine::dispatch(Work& work, const Command& command) {
  return std::visit([&](const auto& c) { return handle(work, c); }, command);
}

void Engine::record(const Task& task, bool missing, bool repeated) {
  const Request& rq = task.request;
  CommandRecord r;
  r.sequence = main_ ? sequence_ : site_sequence_;
  r.at_ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.wall().time_since_epoch()).count();
  r.user = rq.user;
  r.user_name = rq.user_name;
  r.role = rq.role;
  r.address = rq.address;
  r.cl_trid = rq.cl_trid.substr(0, kTridMax);
  r.sv_trid = rq.sv_trid.substr(0, kTridMax);
  r.missing = missing;
  r.repeated = repeated;
  const Name name = name_of(task.command);
  r.verb = name.verb;
  r.object = name.object;
  r.asked = asked(task.command);
  r.code = task.outcome.code;
  r.why = task.outcome.why;
  if (const auto* read = std::get_if<Read>(&task.command)) r.code = read->code;
  for (const Offender& o : task.outcome.offenders) {
    if (r.refused.size() >= kAskedMax) break;
    r.refused += (r.refused.empty() ? "" : " ") + o.name + ":" + std::string(to_string(o.why));
  }
  audit_.add(r);
  audit_.append(details_);
  if (!main_) return;
  note_trid(r.cl_trid, rq.user);
  note_trid(r.sv_trid, rq.user);
}

void Engine::message(UserId to, const Notice& notice, bool replace) {
  if (!replace && store_.count_messages(to) >= kMessagesPerUserMax) {
    counters_.messages_dropped.add();
    audit_.add_event(fmt::format("message dropped: user {} has {} already", to, kMessagesPerUserMax));
    return;
  }
  store_.put_message({0, to, now_s(), static_cast<uint8_t>(notice.what), notice.about, encode(notice)}, replace);
}

}  // namespace eir::registry
