// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <span>

#include "core/base/clock.h"
#include "core/base/counter.h"
#include "core/feed/feed.h"
#include "core/feed/signature.h"
#include "core/store/manifest.h"
#include "registry/changes.h"
#include "registry/records.h"
#include "registry/stream.h"
#include "registry/urgent.h"

namespace eir::registry {

struct EngineOptions {
  std::chrono::milliseconds version_interval{500};  ///< changes are gathered for so long
  size_t job_names_per_group = 20'000;              ///< so that a command never waits long behind a job
  std::chrono::days versions_kept{90};
  std::chrono::days sightings_kept{0};  ///< since the last of them; 0: for ever
  /// Whether to keep for other sites what is committed (stream.h); nothing: as the store was left. Kept: the newest.
  std::optional<bool> record;
  uint64_t stream_octets = uint64_t{1} << 30;
  bool begins_following = false;                  ///< an empty store is one that follows, until it is promoted
  std::chrono::milliseconds sync_timeout{5'000};  ///< how long a command waits until a second site has it
};

struct EngineCounters {
  base::Counter groups, commands, refused, imeis_changed, imeis_refused, jobs_done, versions, versions_places;
  base::Counter messages_dropped, messages_expired, sightings, sightings_repeated, store_failures, repeated_trids;
  base::Counter sightings_expired, versions_expired, issued_expired;
};

using Users = std::map<std::string, User, std::less<>>;

/// The business of the central database on its one writing connection: takes commands in groups, each group one
/// transaction, one block of the audit and at most one version. Nothing is answered before it is durable.
/// While it follows another site it takes that one's records instead, and writes what it is asked and told itself to a
/// chain of its own.
/// Threads: one, but for counters() and users().
class Engine {
 public:
  /// `store`, `clock` and `counters` outlive it, and so does `recorder`: it is the store, where there is one.
  Engine(StoreWriter& store, const base::Clock& clock, feed::SigningKey key, EngineOptions options,
         EngineCounters& counters, RecordingStore* recorder = nullptr);

  /// Reads what it goes on from. Errors: the store.
  base::Result<void, base::Problem> load() { return load(false); }

  struct Task {
    Request request;
    Command command;
    Outcome outcome;
  };
  /// Carries out the tasks in their order, some of the jobs' work, and makes a version when one is due. False: nothing
  /// was done, every outcome is kFailed, kStore.
  bool run(std::span<Task*> tasks);
  /// Whether run() without tasks would do something now.
  bool work_left() const;
  /// Something was changed that no version has yet.
  bool unissued() const { return active_ ? !parts_.empty() : parts_behind_ > 0; }
  /// Makes a version of what was changed, now. False: the store failed.
  bool issue_now();

  // following.cc
  /// Commits another site's records as they are, in one transaction: all, or with `to_version` up to the first after
  /// which nothing is unissued. Returns how many. Errors: this site is active or keeps no records; a record does not
  /// go on from the newest block, or is damaged; the store. Then nothing was done.
  base::Result<size_t, base::Problem> apply(std::span<const StreamRecord> records, bool to_version);
  /// Takes over a copy of another site (StoreWriter::adopt). REQUIRES: following.
  base::Result<void, base::Problem> adopt(const std::string& file);
  /// Another site has a higher epoch: nothing transforms here any more. False: the store failed.
  bool step_down(uint32_t epoch, std::string_view text);
  /// An epoch of another site, which a promotion here must be above.
  bool hear(uint32_t epoch);
  /// Goes on record with the next group.
  void note_event(std::string text) { events_.push_back(std::move(text)); }
  /// Whether versions may be made; they may at first.
  void allow_issue(bool allowed) { may_issue_ = allowed; }
  uint32_t epoch() const { return epoch_; }
  uint32_t heard_epoch() const { return heard_epoch_; }
  /// The block the newest version was committed with, or a later one.
  uint64_t version_block() const { return version_block_; }
  bool sync() const { return sync_; }
  bool alone() const { return alone_; }
  /// A command counts only once a second site has it.
  bool waits_for_standby() const { return active_ && sync_ && !alone_; }

  const store::Manifest& manifest() const { return manifest_; }  ///< of the newest version
  lists::Version newest() const { return manifest_.version; }
  bool active() const { return active_; }
  const base::Hash& audit_head() const { return head_; }
  uint64_t block() const { return block_; }
  size_t jobs_waiting() const { return jobs_.size(); }
  const Users& users() const { return users_; }
  /// Grows with every change of users().
  uint64_t users_changed() const { return users_changed_; }
  const feed::SigningKey& key() const { return key_; }

 private:
  /// One command at work.
  struct Work {
    const Request& request;
    bool job = false;  ///< partial acceptance
    uint32_t item = 0;
    Outcome outcome;
    void refuse(const std::string& name, Code code, Why why);
  };

  // engine.cc
  /// `to_promote`: with the changes that no version has yet, which a site that follows does not keep in memory.
  base::Result<void, base::Problem> load(bool to_promote);
  bool group(std::span<Task*> tasks, bool issue);
  bool run_following(std::span<Task*> tasks);
  void execute(Task& task);
  Outcome dispatch(Work& work, const Command& command);
  void record(const Task& task, bool missing, bool repeated);
  /// Whether the user had used the clTRID before.
  bool known(const Request& request);
  /// It stands in the block that is being written.
  void note_trid(std::string_view trid, UserId user);
  /// Begins a transaction on what was read of the store, which after a failure is read anew. False: the store failed.
  bool begin();
  bool write_block();
  bool write_site_block(int64_t at_ms);
  void fail(std::span<Task*> tasks);
  void message(UserId user, const Notice& notice, bool replace);
  // sweep.cc
  void sweep();
  uint64_t sweep_sightings();
  const User* user(UserId id) const;
  static bool allowed(const Request& request, Object object, Verb verb, lists::ListSet lists, UserId owner,
                      Outcome& out);
  int64_t now_s() const { return now_.time_since_epoch().count(); }

  // devices.cc
  Outcome handle(Work& work, const CreateDevices& c);
  Outcome handle(Work& work, const UpdateDevice& c);
  Outcome handle(Work& work, const DeleteDevice& c);
  void put_imei(const std::optional<ImeiRow>& before, const ImeiRow& after);
  void remove_imei(const ImeiRow& before);
  // entries: lists.cc
  /// kNone, or why it must not be.
  Why apply(UserId author, const Change& change);
  void apply_judged(UserId author, const Change& change);
  void apply_imei(UserId author, const Change& change);
  void put_entry(UserId author, const Entry& entry);
  void remove_entry(lists::EntryKind kind, const std::string& key);
  lists::ListSet lists_at(const Change& change);
  Ranges& ranges();
  /// Whether locks would be more of one device or subscriber than nodes take. Of those that go, the ones that come
  /// again stay.
  bool crowded(std::span<const Entry> come, std::span<const Entry> go);
  Outcome handle(Work& work, const ChangeEntries& c);
  // locks.cc
  std::vector<EntryRow> lock_rows(identity::ImeiKey imei, lists::LockPolicy policy);
  std::optional<Outcome> find_lock(Work& work, const std::string& name, lists::LockPolicy policy, Verb verb,
                                   identity::ImeiKey& imei, std::vector<EntryRow>& rows);
  Outcome handle(Work& work, const CreateLock& c);
  Outcome handle(Work& work, const UpdateLock& c);
  Outcome handle(Work& work, const DeleteLock& c);
  // proposals.cc
  Outcome handle(Work& work, const Propose& c);
  Outcome handle(Work& work, const Decide& c);
  Outcome handle(Work& work, const WithdrawProposal& c);
  // jobs.cc
  Outcome handle(Work& work, const FileJob& c);
  Outcome handle(Work& work, const CancelJob& c);
  void work_on_jobs();
  bool open_job(uint64_t id);
  void run_item(const JobItem& item);
  void put_on_record(const JobItem& item, const Outcome& out);
  void finish_job();
  // urgent.cc
  Outcome handle(Work& work, const MarkUrgent& c);
  void keep_urgent();
  void touch_urgent(uint64_t place);
  std::optional<ImeiRow> urgent_row(uint64_t place);
  bool urgent_due() const;
  void issue_urgent();
  // sightings.cc
  Outcome handle(Work& work, const FileSightings& c);
  void first_seen(const Sighting& sighting);
  /// When the time of a device that the policy made grey, and nobody filed, is over; nothing of any other.
  std::optional<base::UnixSeconds> unlisted_until(const ImeiRow& row);
  // accounts.cc
  Outcome handle(Work& work, const AckMessage& c);
  Outcome handle(Work& work, const PutUser& c);
  Outcome handle(Work& work, const DisableUser& c);
  Outcome handle(Work& work, const ChangePassword& c);
  Outcome handle(Work& work, const Promote& c);
  Outcome handle(Work& work, const StandBy& c);
  Outcome handle(Work& work, const SetPolicy& c);
  Outcome handle(Work& work, const SetSite& c);
  Outcome handle(Work& work, const Read& c);
  void read_policies();
  // issue.cc
  bool due() const;
  void issue();
  void tell_followers(std::string_view source, lists::Version version);
  base::Result<void, base::Problem> load_versions(bool to_promote);
  base::Result<void, base::Problem> take_manifest(const VersionRow& row);
  // following.cc
  void follow();
  base::Result<void, base::Problem> take(const Replayed& seen);

  StoreWriter& store_;
  RecordingStore* const recorder_;
  const base::Clock& clock_;
  const feed::SigningKey key_;
  const EngineOptions options_;
  EngineCounters& counters_;
  AuditBlock audit_;
  /// Of a run (audit.h) and a user, a bit for each.
  struct Trids {
    std::optional<uint64_t> before;  ///< used in earlier blocks, once somebody asked
    uint64_t now = 0;                ///< in this one
  };
  std::map<std::pair<uint64_t, UserId>, Trids> trids_;  ///< of the group at work
  bool loaded_ = false;                                 ///< what is here is what the store holds
  AuditBlock details_;  ///< what the command at work changes: it comes after the command's own record
  Words words_;
  ChangeBuilder changes_;
  Users users_;
  uint64_t users_changed_ = 0;
  std::map<UserId, std::string> user_names_;
  base::UnixSeconds now_{};

  uint64_t sequence_ = 0, block_ = 0;
  bool trids_by_key_ = false;  ///< kTridsByKey
  base::Hash head_{};
  uint64_t site_sequence_ = 0, site_block_ = 0;
  base::Hash site_head_{};
  bool active_ = true;
  bool main_ = true;  ///< the group at work goes to the chain that all sites share
  bool sync_ = false, alone_ = false;
  std::vector<std::string> events_;  ///< for the next group
  bool at_once_ = false;             ///< law enforcement's proposals
  unsigned unlisted_days_ = 0;       ///< 0: unlisted devices stay so
  std::optional<Ranges> ranges_;     ///< loaded when first needed

  std::deque<uint64_t> jobs_;
  std::optional<Job> job_;  ///< at work
  std::vector<JobItem> job_items_;

  store::Manifest manifest_;          ///< of the newest version
  std::vector<lists::Change> parts_;  ///< committed since then
  size_t parts_behind_ = 0;           ///< how many there are while this site follows
  uint32_t epoch_ = 0;
  uint32_t heard_epoch_ = 0;
  uint64_t version_block_ = 0;
  bool may_issue_ = true;
  bool new_epoch_ = false;
  base::MonotonicTime issued_at_{};
  static constexpr int64_t kUrgentKept = feed::kUrgentWindow.count();
  UrgentMarks urgent_;
  int64_t swept_at_ = 0;
  std::optional<uint64_t> swept_imei_;  ///< up to where sightings were looked at; none: as the store has it
};

}  // namespace eir::registry
