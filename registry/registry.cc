// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/registry.h"

#include <algorithm>
#include <utility>

#include "registry/password.h"

namespace eir::registry {

using base::Problem;

namespace {

constexpr std::string_view kRecords = "site.records";

/// From now on the reader holds no state.
void let_go(Registry::Kept& kept) {
  if (std::exchange(kept.since, std::nullopt)) kept.reader->release();
}

/// What the options say that the store does not say yet. False: the store failed.
bool settle_site(StoreWriter& store, const EngineOptions& options) {
  const bool records = store.setting(kRecords).value_or("0") == "1";
  const bool follow = options.begins_following && !store.newest_block() && !store.setting("site.state");
  if (!follow && options.record.value_or(records) == records) return store.ok();
  if (!store.begin()) return false;
  if (follow) store.put_setting("site.state", "following");
  if (options.record) {
    store.put_setting(kRecords, *options.record ? "1" : "0");
    // Records with a hole before the newest are of no use to anybody.
    if (!*options.record) store.remove_stream(INT64_MAX);
  }
  return store.commit();
}

}  // namespace

base::Result<std::unique_ptr<Registry>, Problem> Registry::open(Store& store, const base::Clock& clock,
                                                                feed::SigningKey key, EngineOptions options) {
  std::unique_ptr<Registry> r(new Registry(store, clock));
  auto writer = store.writer();
  if (!writer) return tl::unexpected(writer.error());
  r->writer_ = std::move(*writer);
  r->options_ = options;
  if (!settle_site(*r->writer_, options)) return tl::unexpected(r->writer_->problem());
  StoreWriter* through = r->writer_.get();
  if (r->writer_->setting(kRecords).value_or("0") == "1") {
    r->recorder_ = std::make_unique<RecordingStore>(*r->writer_, options.stream_octets);
    through = r->recorder_.get();
  }
  r->engine_ = std::make_unique<Engine>(*through, clock, std::move(key), options, r->counters_, r->recorder_.get());
  if (auto ok = r->engine_->load(); !ok) return tl::unexpected(ok.error());
  // The newest version may be one that no other site has; the one before was shown.
  const lists::Version newest = r->engine_->newest();
  if (newest.number > 1) r->shown_ = {newest.epoch, newest.number - 1};
  r->decoy_ = hash_password("no such user here");
  r->publish();
  r->thread_ = std::thread([raw = r.get()] { raw->work(); });
  return r;
}

Registry::~Registry() {
  {
    std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  if (thread_.joinable()) thread_.join();
}

void Registry::submit(Request request, Command command, Done done) {
  enqueue(std::move(request), std::move(command), std::move(done), true);
}

void Registry::enqueue(Request request, Command command, Done done, bool presses) {
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueMax && !stop_) {
      queue_.push_back({{std::move(request), std::move(command), {}}, std::move(done)});
      done = nullptr;
      const bool first = queue_.size() == 1;
      presses = presses || queue_.size() >= kReadsGathered;
      // Under the lock: once it is released the command may be done, and whoever waited for it end the registry.
      if (first || (presses && !pressing_)) wake_.notify_one();
      pressing_ = pressing_ || presses;
    }
  }
  if (done) {
    own_.refused_busy.fetch_add(1, std::memory_order_relaxed);
    done(refuse(Code::kFailed, Why::kBusy));
  }
}

Outcome Registry::execute(Request request, Command command) {
  std::promise<Outcome> promise;
  auto future = promise.get_future();
  submit(std::move(request), std::move(command), [&promise](const Outcome& outcome) { promise.set_value(outcome); });
  return future.get();
}

void Registry::note(Request request, Read read) {
  const auto done = [this](const Outcome& outcome) {
    if (!outcome.ok()) own_.reads_unrecorded.fetch_add(1, std::memory_order_relaxed);
  };
  enqueue(std::move(request), std::move(read), done, false);
}

Registry::Taken Registry::take() {
  constexpr std::chrono::milliseconds kTick(20);
  Taken taken;
  std::unique_lock lock(mutex_);
  const auto ready = [this] {
    return stop_ || (pressing_ && held_.size() < kHeldMax) || !orders_.empty() || acknowledged_news_;
  };
  const auto called = [&] { return ready() || !calls_.empty(); };
  const bool calls = !calls_.empty();
  if (!engine_->work_left() && !(calls && !engine_->unissued())) {
    if ((engine_->active() && engine_->unissued()) || calls || !held_.empty()) {
      wake_.wait_for(lock, kTick, ready);
    } else {
      wake_.wait(lock, [&] { return called() || !queue_.empty(); });
      wake_.wait_for(lock, kReadsWait, called);
    }
  }
  acknowledged_news_ = false;
  taken.stop = stop_ && queue_.empty() && orders_.empty();
  // Those who hand over wait for this lock.
  const size_t room = held_.size() < kHeldMax ? kGroupTasksMax : 0;
  if (queue_.size() <= room) taken.commands.swap(queue_);
  while (!queue_.empty() && taken.commands.size() < room) {
    taken.commands.push_back(std::move(queue_.front()));
    queue_.pop_front();
  }
  pressing_ = !queue_.empty();
  taken.orders.assign(std::make_move_iterator(orders_.begin()), std::make_move_iterator(orders_.end()));
  orders_.clear();
  return taken;
}

/// While a change is written no reader holds a state for the next look: it would be an old one, and in the way when the
/// log is written back.
class Registry::Writing {
 public:
  explicit Writing(Registry& registry) : registry_(registry) {
    const std::lock_guard lock(registry_.readers_mutex_);
    ++registry_.change_;
    registry_.writing_ = true;
    for (Kept& kept : registry_.readers_) let_go(kept);
  }
  ~Writing() {
    const std::lock_guard lock(registry_.readers_mutex_);
    registry_.writing_ = false;
  }
  Writing(const Writing&) = delete;
  Writing& operator=(const Writing&) = delete;

 private:
  Registry& registry_;
};

/// Whether looks may keep their state over this group: it does no more than put reads on record, and the log will not
/// be written back.
bool Registry::may_keep_states(const Taken& taken) const {
  return taken.orders.empty() && !engine_->work_left() && !writer_->log_nearly_full() &&
         std::all_of(taken.commands.begin(), taken.commands.end(),
                     [](const Waiting& w) { return std::holds_alternative<Read>(w.task.command); });
}

void Registry::work() {
  constexpr std::chrono::milliseconds kAfterFailure(200);
  for (;;) {
    Taken taken = take();
    if (taken.stop) break;
    // One version at a time is on its way to the second site.
    engine_->allow_issue(!engine_->waits_for_standby() || shown_ == engine_->newest());
    std::optional<Writing> writing;
    if (!may_keep_states(taken)) writing.emplace(*this);
    for (const auto& order : taken.orders) order();
    bool ok = true;
    if (!taken.commands.empty() || engine_->work_left()) {
      std::vector<Engine::Task*> tasks;
      for (Waiting& w : taken.commands) tasks.push_back(&w.task);
      ok = engine_->run(tasks);
    }
    publish();
    serve_calls(ok, writing);
    answer(std::move(taken.commands));
    release();
    if (!ok) {
      std::unique_lock lock(mutex_);
      status_.problem = writer_->problem();
      wake_.wait_for(lock, kAfterFailure, [this] { return stop_; });
    }
  }
  give_up(held_.size(), "the site is stopping");
  std::lock_guard lock(mutex_);
  for (Call& call : calls_) call.run(false);
  calls_.clear();
}

void Registry::serve_calls(bool& ok, std::optional<Writing>& writing) {
  {
    std::lock_guard lock(mutex_);
    if (calls_.empty()) return;
  }
  if (engine_->active() && engine_->unissued() && ok &&
      (!engine_->waits_for_standby() || shown_ == engine_->newest())) {
    if (!writing) writing.emplace(*this);
    ok = engine_->issue_now();
    publish();
  }
  const bool good = ok && !engine_->unissued();
  std::deque<Call> now;
  {
    std::lock_guard lock(mutex_);
    for (auto it = calls_.begin(); it != calls_.end();)
      if (good || !ok || it->until <= clock_.monotonic()) {
        now.push_back(std::move(*it));
        it = calls_.erase(it);
      } else {
        ++it;
      }
  }
  for (Call& call : now) call.run(good);
}

void Registry::publish() {
  std::shared_ptr<const Users> users;
  if (!users_ || users_shown_ != engine_->users_changed()) users = std::make_shared<const Users>(engine_->users());
  users_shown_ = engine_->users_changed();
  const bool active = engine_->active();
  std::lock_guard lock(mutex_);
  if (users) users_ = std::move(users);
  // What others had of the chain before a change of roles says nothing of the one after.
  if (active != was_active_) acknowledged_ = 0;
  was_active_ = active;
  if (!engine_->waits_for_standby() || acknowledged_ >= engine_->version_block()) shown_ = engine_->newest();
  status_.version = engine_->newest();
  status_.shown = shown_;
  status_.epoch = engine_->epoch();
  status_.heard_epoch = engine_->heard_epoch();
  status_.sync = engine_->sync();
  status_.alone = engine_->alone();
  status_.acknowledged = acknowledged_;
  status_.held = held_.size();
  status_.active = engine_->active();
  status_.block = engine_->block();
  status_.audit_head = engine_->audit_head();
  status_.unissued = engine_->unissued();
  status_.jobs_waiting = engine_->jobs_waiting();
  if (writer_->ok()) status_.problem.reset();
  moved_.notify_all();
}

Registry::Status Registry::status() const {
  std::lock_guard lock(mutex_);
  Status status = status_;
  status.queue_len = queue_.size();
  return status;
}

std::shared_ptr<const Users> Registry::users() const {
  std::lock_guard lock(mutex_);
  return users_;
}

Registry::Lease::~Lease() {
  if (kept_.reader && kept_.reader->ok()) registry_.give_back(std::move(kept_));
}

void Registry::give_back(Kept kept) {
  std::unique_lock lock(readers_mutex_);
  if (kept.since && (writing_ || kept.since != change_)) {
    lock.unlock();
    let_go(kept);
    lock.lock();
  }
  if (readers_.size() < kReadersMax) readers_.push_back(std::move(kept));
}

Registry::Kept Registry::take_reader() {
  {
    const std::lock_guard lock(readers_mutex_);
    while (!readers_.empty()) {
      Kept kept = std::move(readers_.back());
      readers_.pop_back();
      if (kept.reader->ok()) return kept;
    }
  }
  auto made = store_.reader();
  return {made ? std::move(*made) : nullptr, std::nullopt, {}};
}

Registry::Lease Registry::reader() {
  Kept kept = take_reader();
  let_go(kept);
  return Lease(*this, std::move(kept));
}

Registry::Lease Registry::glance() {
  constexpr std::chrono::seconds kStateKept(1);
  Kept kept = take_reader();
  const base::MonotonicTime now = clock_.monotonic();
  if (now - kept.at >= kStateKept) let_go(kept);
  if (kept.reader && !kept.since) {
    {
      const std::lock_guard lock(readers_mutex_);
      if (!writing_) kept.since = change_;
    }
    // The state is taken with the first read: should a change have begun meanwhile, it is at least as new.
    if (kept.since) kept.reader->hold();
    kept.at = now;
  }
  return Lease(*this, std::move(kept));
}

std::pair<std::unique_ptr<StoreReader>, store::Manifest> Registry::reader_at_version() {
  constexpr std::chrono::seconds kVersionWait(10);
  std::promise<std::pair<std::unique_ptr<StoreReader>, store::Manifest>> promise;
  auto future = promise.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stop_) return {};
    calls_.push_back({clock_.monotonic() + kVersionWait, [this, &promise](bool good) {
                        auto reader = good ? store_.reader() : base::problem("", "no version");
                        store::Manifest manifest;
                        if (reader) {
                          (*reader)->hold();
                          // The state is taken with the first read.
                          (void)(*reader)->newest_version();
                          manifest = engine_->manifest();
                        }
                        good = reader && (*reader)->ok() && manifest.version != lists::Version{};
                        promise.set_value({good ? std::move(*reader) : nullptr, manifest});
                      }});
  }
  wake_.notify_one();
  auto out = future.get();
  if (!out.first) return out;
  std::unique_lock lock(mutex_);
  const auto shown = [&] { return status_.shown >= out.second.version || stop_; };
  if (!moved_.wait_for(lock, options_.sync_timeout, shown)) return {};
  return out;
}

std::optional<User> Registry::authenticate(const std::string& name, const std::string& password,
                                           const std::string& certificate) {
  const auto users = this->users();
  const auto it = users->find(name);
  const User* user = it == users->end() ? nullptr : &it->second;
  const bool right = verify_password(password, user ? user->password : decoy_);
  const bool bound = user && (user->certificate.empty() || user->certificate == certificate);
  if (!user || !right || !bound || !user->enabled) {
    own_.logins_refused.fetch_add(1, std::memory_order_relaxed);
    return std::nullopt;
  }
  own_.logins.fetch_add(1, std::memory_order_relaxed);
  return *user;
}

}  // namespace eir::registry
