// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <future>
#include <mutex>
#include <thread>

#include "registry/engine.h"
#include "registry/queries.h"

namespace eir::registry {

struct RegistryCounters {
  std::atomic<uint64_t> refused_busy{0}, logins{0}, logins_refused{0}, reads_unrecorded{0};
};

/// The central database's business as the rest of the daemon sees it: one thread writes, in groups; any thread reads.
/// Threads: any, for everything. `store` and `clock` outlive it.
class Registry {
 public:
  static constexpr size_t kQueueMax = 20'000;      ///< commands that wait; those after are refused with kBusy
  static constexpr size_t kGroupTasksMax = 5'000;  ///< commands in one transaction
  static constexpr size_t kReadersMax = 64;        ///< kept open between uses
  using Done = std::function<void(const Outcome&)>;

  static base::Result<std::unique_ptr<Registry>, base::Problem> open(Store& store, const base::Clock& clock,
                                                                     feed::SigningKey key, EngineOptions options);
  /// Carries out what was taken, then stops.
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Takes a command. `done` is called once, by the writing thread, when the outcome is durable: it must not wait. When
  /// the queue is full it is called at once.
  void submit(Request request, Command command, Done done);
  /// The same, and waits. Not from `done`.
  Outcome execute(Request request, Command command);
  /// Puts a reading command on record, which happens within a second; nobody waits for it.
  void note(Request request, Read read);

  /// A reader, given back when the lease goes.
  class Lease {
   public:
    Lease(Registry& registry, std::unique_ptr<StoreReader> reader) : registry_(registry), reader_(std::move(reader)) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    explicit operator bool() const { return reader_ != nullptr; }
    StoreReader& operator*() { return *reader_; }
    StoreReader* operator->() { return reader_.get(); }

   private:
    Registry& registry_;
    std::unique_ptr<StoreReader> reader_;
  };
  /// Empty when the store cannot be read.
  Lease reader();

  /// A reader that holds the state of a version exactly, and its manifest; the version is made first if it must be.
  /// Empty when the store failed.
  std::pair<std::unique_ptr<StoreReader>, store::Manifest> reader_at_version();

  /// The user, when name, password and certificate (SHA-256, hexadecimal) are right. Takes the time of one scrypt,
  /// whatever is wrong.
  std::optional<User> authenticate(const std::string& name, const std::string& password,
                                   const std::string& certificate);
  std::shared_ptr<const Users> users() const;

  struct Status {
    lists::Version version;
    bool active = true;
    uint64_t block = 0;
    store::Hash audit_head{};
    size_t jobs_waiting = 0;
    size_t queue_len = 0;
    std::optional<base::Problem> problem;  ///< why the last group was not stored
  };
  Status status() const;
  const EngineCounters& counters() const { return counters_; }
  const RegistryCounters& own_counters() const { return own_; }
  const feed::SigningKey& key() const { return engine_->key(); }

 private:
  struct Waiting {
    Engine::Task task;
    Done done;
  };
  Registry(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
  void work();
  void publish();
  void give_back(std::unique_ptr<StoreReader> reader);

  Store& store_;
  const base::Clock& clock_;
  std::unique_ptr<StoreWriter> writer_;
  EngineCounters counters_;
  RegistryCounters own_;
  std::unique_ptr<Engine> engine_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Waiting> queue_;
  std::deque<std::function<void()>> calls_;  ///< for the writing thread, right after a version was made
  bool stop_ = false;
  Status status_;
  std::shared_ptr<const Users> users_;
  uint64_t users_shown_ = 0;  ///< the writing thread's

  std::mutex readers_mutex_;
  std::vector<std::unique_ptr<StoreReader>> readers_;
  std::string decoy_;  ///< a hash that no password has, for users there are not
  std::thread thread_;
};

}  // namespace eir::registry
