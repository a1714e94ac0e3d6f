// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "appliance/cdbd/mapping.h"
#include "appliance/cdbd/versions.h"
#include "registry/registry.h"
#include "sync/epp/registry.h"

namespace eir::appliance::cdbd {

class Segments;

/// The registry behind the EPP server. Reading commands are answered at once, in the caller's thread; changing ones
/// when they are durable, by the registry's, which carries them out in the order they were given. So the commands of a
/// session take effect in their order as long as the server has only such in flight together as all read or all change
/// something: it does, Limits::in_flight_max at most.
/// Threads: any. The registry and the versions outlive it, it outlives the server.
class Desk final : public epp::Registry {
 public:
  static constexpr size_t kLoginsWaitingMax = 256;  ///< those after are answered 2400 and counted

  /// Without `versions` nobody can ask for one.
  explicit Desk(registry::Registry& registry, Versions* versions = nullptr);
  ~Desk() override;
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  /// Jobs with files of sightings go there; without it they are refused. REQUIRES: before the first command; it
  /// outlives the desk.
  void take_sightings(Segments& segments) { segments_ = &segments; }

  /// What is read is marked with the version it stands at while this site follows another. REQUIRES: before the first
  /// command.
  void mark_reads() { marks_reads_ = true; }

  /// Passwords take their time to check, which is spent in a thread of its own.
  void login(const epp::LoginAttempt& attempt, LoginDone done) override;
  epp::Maybe<epp::Reply> look(const epp::Request& request) override;
  void handle(epp::RequestPtr request, Done done) override;
  void answered(const epp::Answered& answered) override;
  uint64_t logins_refused_busy() const { return refused_busy_.load(std::memory_order_relaxed); }

 private:
  struct Attempt {
    epp::LoginAttempt attempt;
    LoginDone done;
  };
  void check_logins();
  void check(Attempt attempt);
  void change(const epp::RequestPtr& request, const epp::ObjectCommand& command, registry::Request rq, Done done);
  void poll(const registry::Request& rq, const epp::Poll& poll, Done done);
  epp::Reply look(registry::Request rq, const epp::ObjectCommand& command);
  std::optional<epp::Reply> read(registry::StoreReader& store, const registry::Request& rq,
                                 const epp::ObjectCommand& command);
  epp::Maybe<epp::site::Follows> follows() const;
  registry::Request request_of(const epp::Request& request) const;
  registry::Request request_of(const epp::Text& client_id, const epp::Text& address,
                               const epp::Maybe<epp::Text>& cl_trid, const epp::Text& sv_trid) const;
  /// On record, with its answer, though it changes nothing.
  void note(registry::Request rq, const epp::ObjectCommand& command, epp::ResultCode code);
  void note(registry::Request rq, std::string_view verb, epp::ResultCode code);
  epp::Reply refuse_nobody(registry::Request rq, const epp::Body& body);
  epp::Text name_of(registry::UserId id) const;

  registry::Registry& registry_;
  Versions* const versions_;
  Segments* segments_ = nullptr;
  bool marks_reads_ = false;
  std::atomic<uint64_t> refused_busy_{0};
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Attempt> attempts_;
  bool stop_ = false;
  std::thread thread_;
};

}  // namespace eir::appliance::cdbd
