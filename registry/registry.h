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
  std::atomic<uint64_t> unacknowledged{0};  ///< stored here, and refused because no second site had them in time
  std::atomic<uint64_t> records_applied{0}, copies_adopted{0}, stepped_down{0};
};

/// The central database's business as the rest of the daemon sees it: one thread writes, in groups; any thread reads.
/// Threads: any, for everything. `store` and `clock` outlive it.
class Registry {
 public:
  static constexpr size_t kQueueMax = 20'000;      ///< commands that wait; those after are refused with kBusy
  static constexpr size_t kGroupTasksMax = 5'000;  ///< commands in one transaction
  static constexpr size_t kReadersMax = 64;        ///< kept open between uses
  /// Reading commands wait for each other, up to so many and so long, to be put on record in one transaction.
  static constexpr size_t kReadsGathered = 2'000;
  static constexpr std::chrono::milliseconds kReadsWait{20};
  static constexpr size_t kHeldMax = 20'000;  ///< that wait for a second site; then no more are begun
  using Done = std::function<void(const Outcome&)>;

  static base::Result<std::unique_ptr<Registry>, base::Problem> open(Store& store, const base::Clock& clock,
                                                                     feed::SigningKey key, EngineOptions options);
  /// Carries out what was taken, then stops.
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  /// Takes a command. `done` is called once, by the writing thread, when the outcome is durable, with standby-sync at
  /// a second site, too: it must not wait. When the queue is full it is called at once.
  void submit(Request request, Command command, Done done);
  /// The same, and waits. Not from `done`.
  Outcome execute(Request request, Command command);
  /// Puts a reading command on record, which happens within a second; nobody waits for it.
  void note(Request request, Read read);

  /// A reader that is kept open between uses.
  struct Kept {
    std::unique_ptr<StoreReader> reader;
    std::optional<uint64_t> since;  ///< of glance(): the newest change that had begun when it took the state it holds
    base::MonotonicTime at{};       ///< then
  };
  /// A reader, given back when the lease goes.
  class Lease {
   public:
    Lease(Registry& registry, Kept kept) : registry_(registry), kept_(std::move(kept)) {}
    ~Lease();
    Lease(const Lease&) = delete;
    Lease& operator=(const Lease&) = delete;
    explicit operator bool() const { return kept_.reader != nullptr; }
    StoreReader& operator*() { return *kept_.reader; }
    StoreReader* operator->() { return kept_.reader.get(); }

   private:
    Registry& registry_;
    Kept kept_;
  };
  /// Empty when the store cannot be read.
  Lease reader();
  /// The same for one short look, which sees everything that was answered before; what happened by itself it may see a
  /// second late. Those that come while nothing but reads is put on record share a state, which spares each the begin
  /// and the end of a transaction, and the pages it read before.
  Lease glance();

  /// A reader that holds the state of a version exactly, and its manifest; the version is made first if it must be.
  /// At a following site it waits for the next record that makes a version. Empty when the store failed, or the wait
  /// was too long.
  std::pair<std::unique_ptr<StoreReader>, store::Manifest> reader_at_version();

  /// The user, when name, password and certificate (SHA-256, hexadecimal) are right. Takes the time of one scrypt,
  /// whatever is wrong.
  std::optional<User> authenticate(const std::string& name, const std::string& password,
                                   const std::string& certificate);
  std::shared_ptr<const Users> users() const;

  // standby.cc: what the sites do with each other.
  using Stored = base::Result<void, base::Problem>;
  /// Commits what another site recorded, in as few transactions as may be. Errors: Engine::apply(). Waits.
  Stored apply(std::vector<StreamRecord> records);
  /// Takes over a copy of another site, once the own commands behind block `ancestor` are on `lost`, a file, which goes
  /// on record with how many they are. Errors: Engine::adopt(); the file. Waits.
  Stored cut_back(const std::string& copy, uint64_t ancestor, const std::string& lost, uint32_t epoch);
  /// Follows from now on, since another site has a higher epoch. Commands that wait for a second site are refused.
  Stored step_down(uint32_t epoch, const std::string& text);
  /// Another site's epoch, which a promotion here must be above.
  Stored hear(uint32_t epoch);
  /// Puts an event on record. Does not wait.
  void note_event(std::string text);
  /// A second site has that block durably. REQUIRES: it is a block of the chain here.
  void acknowledge(uint64_t block);
  /// Waits until the newest block is above `block`, at most for `most`. False: it is not.
  bool wait_for_block(uint64_t block, std::chrono::milliseconds most) const;

  struct Status {
    lists::Version version;
    lists::Version shown;  ///< the newest that may be shown: with standby-sync a second site has it
    bool active = true;
    uint32_t epoch = 0, heard_epoch = 0;
    bool sync = false, alone = false;
    uint64_t acknowledged = 0;  ///< the newest block a second site has, since this one became active
    size_t held = 0;            ///< commands that wait for that
    uint64_t block = 0;
    base::Hash audit_head{};
    bool unissued = false;  ///< something was changed that no version has yet
    size_t jobs_waiting = 0;
    size_t queue_len = 0;
    std::optional<base::Problem> problem;  ///< why the last group was not stored
  };
  Status status() const;
  base::UnixSeconds now() const { return std::chrono::floor<std::chrono::seconds>(clock_.wall()); }
  const EngineCounters& counters() const { return counters_; }
  const RegistryCounters& own_counters() const { return own_; }
  const feed::SigningKey& key() const { return engine_->key(); }

 private:
  struct Waiting {
    Engine::Task task;
    Done done;
  };
  Registry(Store& store, const base::Clock& clock) : store_(store), clock_(clock) {}
  /// A command that is stored, and not at a second site.
  struct Held {
    uint64_t block;
    base::MonotonicTime until;
    Outcome outcome;
    std::string sv_trid;
    Done done;
  };
  /// Somebody waits for the state of a version.
  struct Call {
    base::MonotonicTime until;
    std::function<void(bool)> run;
  };
  struct Taken {
    std::deque<Waiting> commands;
    std::vector<std::function<void()>> orders;
    bool stop = false;
  };
  void enqueue(Request request, Command command, Done done, bool presses);
  Taken take();
  void work();
  void answer(std::deque<Waiting> commands);
  class Writing;
  void serve_calls(bool& ok, std::optional<Writing>& writing);
  void publish();
  // standby.cc
  void release();
  void give_up(size_t count, std::string_view why);
  /// Runs it on the writing thread between groups, and waits.
  Stored order(const std::function<Stored()>& what);
  base::Result<uint64_t, base::Problem> list_lost(uint64_t ancestor, const std::string& file);
  bool may_keep_states(const Taken& taken) const;
  Kept take_reader();
  void give_back(Kept kept);

  Store& store_;
  const base::Clock& clock_;
  std::unique_ptr<StoreWriter> writer_;
  std::unique_ptr<RecordingStore> recorder_;  ///< while this is one of several sites
  EngineOptions options_;
  EngineCounters counters_;
  RegistryCounters own_;
  std::unique_ptr<Engine> engine_;

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  mutable std::condition_variable moved_;  ///< blocks came, or acknowledgements
  std::deque<Waiting> queue_;
  bool pressing_ = false;  ///< somebody waits for what is queued, or there is much of it
  std::deque<Call> calls_;
  std::deque<std::function<void()>> orders_;
  uint64_t acknowledged_ = 0;
  bool acknowledged_news_ = false;
  bool stop_ = false;
  Status status_;
  std::shared_ptr<const Users> users_;
  // The writing thread's.
  uint64_t users_shown_ = 0;
  std::deque<Held> held_;  ///< ascending by block
  bool was_active_ = false;
  lists::Version shown_;

  std::mutex readers_mutex_;
  std::vector<Kept> readers_;  ///< those that hold a state do so until the next change begins
  uint64_t change_ = 0;        ///< number of the newest change that began
  bool writing_ = false;
  std::string decoy_;  ///< a hash that no password has, for users there are not
  std::thread thread_;
};

}  // namespace eir::registry
