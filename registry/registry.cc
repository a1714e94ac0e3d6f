// SPDX-License-Identifier: GPL-3.0-or-later
#include "registry/registry.h"

#include "registry/password.h"

namespace eir::registry {

using base::Problem;

base::Result<std::unique_ptr<Registry>, Problem> Registry::open(Store& store, const base::Clock& clock,
                                                                feed::SigningKey key, EngineOptions options) {
  std::unique_ptr<Registry> r(new Registry(store, clock));
  auto writer = store.writer();
  if (!writer) return tl::unexpected(writer.error());
  r->writer_ = std::move(*writer);
  r->engine_ = std::make_unique<Engine>(*r->writer_, clock, std::move(key), options, r->counters_);
  if (auto ok = r->engine_->load(); !ok) return tl::unexpected(ok.error());
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
  {
    std::lock_guard lock(mutex_);
    if (queue_.size() < kQueueMax && !stop_) {
      queue_.push_back({{std::move(request), std::move(command), {}}, std::move(done)});
      done = nullptr;
    }
  }
  if (done) {
    own_.refused_busy.fetch_add(1, std::memory_order_relaxed);
    done(refuse(Code::kFailed, Why::kBusy));
    return;
  }
  wake_.notify_one();
}

Outcome Registry::execute(Request request, Command command) {
  std::promise<Outcome> promise;
  auto future = promise.get_future();
  submit(std::move(request), std::move(command), [&promise](const Outcome& outcome) { promise.set_value(outcome); });
  return future.get();
}

void Registry::note(Request request, Read read) {
  submit(std::move(request), std::move(read), [this](const Outcome& outcome) {
    if (!outcome.ok()) own_.reads_unrecorded.fetch_add(1, std::memory_order_relaxed);
  });
}

void Registry::work() {
  constexpr std::chrono::milliseconds kTick(20), kAfterFailure(200);
  for (;;) {
    std::vector<Waiting> taken;
    std::vector<std::function<void()>> calls;
    {
      std::unique_lock lock(mutex_);
      const auto ready = [this] { return stop_ || !queue_.empty() || !calls_.empty(); };
      if (!engine_->work_left()) {
        if (engine_->unissued())
          wake_.wait_for(lock, kTick, ready);
        else
          wake_.wait(lock, ready);
      }
      if (stop_ && queue_.empty() && calls_.empty()) return;
      while (!queue_.empty() && taken.size() < kGroupTasksMax) {
        taken.push_back(std::move(queue_.front()));
        queue_.pop_front();
      }
      calls.assign(std::make_move_iterator(calls_.begin()), std::make_move_iterator(calls_.end()));
      calls_.clear();
    }
    bool ok = true;
    if (!taken.empty() || engine_->work_left()) {
      std::vector<Engine::Task*> tasks;
      for (Waiting& w : taken) tasks.push_back(&w.task);
      ok = engine_->run(tasks);
    }
    if (!calls.empty() && ok) ok = engine_->issue_now();
    publish();
    for (auto& call : calls) call();
    for (Waiting& w : taken) w.done(w.task.outcome);
    if (!ok) {
      std::unique_lock lock(mutex_);
      status_.problem = writer_->problem();
      wake_.wait_for(lock, kAfterFailure, [this] { return stop_; });
    }
  }
}

void Registry::publish() {
  std::shared_ptr<const Users> users;
  if (!users_ || users_shown_ != engine_->users_changed()) users = std::make_shared<const Users>(engine_->users());
  users_shown_ = engine_->users_changed();
  std::lock_guard lock(mutex_);
  if (users) users_ = std::move(users);
  status_.version = engine_->newest();
  status_.active = engine_->active();
  status_.block = engine_->block();
  status_.audit_head = engine_->audit_head();
  status_.jobs_waiting = engine_->jobs_waiting();
  if (writer_->ok()) status_.problem.reset();
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
  if (reader_ && reader_->ok()) registry_.give_back(std::move(reader_));
}

void Registry::give_back(std::unique_ptr<StoreReader> reader) {
  std::lock_guard lock(readers_mutex_);
  if (readers_.size() < kReadersMax) readers_.push_back(std::move(reader));
}

Registry::Lease Registry::reader() {
  {
    std::lock_guard lock(readers_mutex_);
    if (!readers_.empty()) {
      auto reader = std::move(readers_.back());
      readers_.pop_back();
      return Lease(*this, std::move(reader));
    }
  }
  auto reader = store_.reader();
  return Lease(*this, reader ? std::move(*reader) : nullptr);
}

std::pair<std::unique_ptr<StoreReader>, store::Manifest> Registry::reader_at_version() {
  std::promise<std::pair<std::unique_ptr<StoreReader>, store::Manifest>> promise;
  auto future = promise.get_future();
  {
    std::lock_guard lock(mutex_);
    if (stop_) return {};
    calls_.push_back([this, &promise] {
      auto reader = store_.reader();
      store::Manifest manifest;
      if (reader && !engine_->unissued()) {
        (*reader)->hold();
        // The state is taken with the first read.
        (void)(*reader)->newest_version();
        manifest = engine_->manifest();
      }
      const bool good = reader && (*reader)->ok() && manifest.version != lists::Version{};
      promise.set_value({good ? std::move(*reader) : nullptr, manifest});
    });
  }
  wake_.notify_one();
  return future.get();
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
