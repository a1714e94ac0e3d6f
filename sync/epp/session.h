// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "core/base/clock.h"
#include "core/base/counter.h"
#include "sync/epp/codec.h"
#include "sync/epp/framing.h"
#include "sync/epp/registry.h"
#include "sync/epp/transaction.h"
#include "sync/epp/users.h"

namespace eir::sync::epp {

/// Bounds of sessions; each has a counter that tells when it was hit.
struct Limits {
  std::chrono::milliseconds login_timeout{30'000};  ///< from connecting to being logged in
  std::chrono::milliseconds idle_timeout{600'000};  ///< without a frame
  unsigned failed_logins_max = 3;                   ///< of a connection; the last one is answered 2501
  unsigned bad_frames_max = 10;                     ///< in a row, not valid or of no use before login; then 2500
  unsigned sessions_max = 1000;                     ///< of all users
  unsigned user_sessions_max = 10;                  ///< of one, where the registry names no other number
  unsigned in_flight_max = 32;  ///< commands of a session with the registry at a time: all reading, or all changing
  unsigned pipeline_max = 64;   ///< frames waiting; above it the peer is not read
  uint32_t frame_max = kFrameMax;
};

/// What a session says of its server.
struct SessionConfig {
  std::string server_id = "Turnstile";
  std::vector<Ns> objects = {Ns::kImei, Ns::kLock, Ns::kVersion, Ns::kProposal, Ns::kJob};
  std::vector<Ns> extensions;  ///< of answers; RFC 5730 §2.7.3
  Limits limits;
};

/// One writer: the thread of the sessions.
struct SessionCounters {
  base::Counter commands;
  base::Counter logins, logins_failed, logouts;
  base::Counter refused;       ///< without the registry
  base::Counter before_login;  ///< 2002
  base::Counter login_timeouts, idle_timeouts;
  base::Counter failed_logins_hit, bad_frames_hit, sessions_hit, user_sessions_hit, rate_hit, pipeline_hit;
};

/// What the sessions of one thread share. Everything must outlive them.
struct Desk {
  const SessionConfig& config;
  const Messages& messages;
  Codec& codec;
  Registry& registry;
  TransactionIds& transactions;
  Users& users;
  const base::Clock& clock;
  SessionCounters& counters;
  /// Runs it in the sessions' thread, soon, never before it returns; not at all once that thread has ended.
  /// Threads: any; copies of it may outlive the desk.
  std::function<void(std::function<void()>)> post;
};

/// The transport, seen from the session.
class Line {
 public:
  virtual ~Line() = default;
  /// One frame's XML. May be called from within receive().
  virtual void send(std::string xml) = 0;
  /// Nothing more will be sent: close once the last frame is out.
  virtual void finish() = 0;
};

/// What an operator may see of a session.
struct SessionInfo {
  uint64_t session = 0;  ///< as SessionUser::session
  bool logged_in = false;
  Text client_id, role, address;
  std::chrono::seconds connected{}, idle{};
  unsigned in_flight = 0;  ///< commands at work
  size_t waiting = 0;      ///< frames not looked at yet
};

/// A session from greeting to logout: the state machine of RFC 5730 §2. Knows no sockets; time comes from
/// the desk's clock. Answers go out in the order of the frames. Threads: one; the registry may complete
/// anywhere.
class Session : public std::enable_shared_from_this<Session> {
 public:
  struct Peer {
    Certificate certificate;
    Text address;
  };
  Session(Desk& desk, std::shared_ptr<Line> line, Peer peer);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  /// Sends the greeting. REQUIRES: once, before all else.
  void start();
  /// A frame's XML.
  void receive(std::string_view xml);
  /// False: let the peer wait. True again after an answer.
  bool wants_more() const { return !finished_ && !logging_in_ && waiting_.size() < desk_.config.limits.pipeline_max; }
  uint32_t frame_max() const { return logged_in_ ? desk_.config.limits.frame_max : kFrameBeforeLoginMax; }
  /// Looks at the time-outs; call it several times a second.
  void tick();
  /// Takes no more commands; ends once those taken are answered.
  void drain();
  /// The line is gone.
  void lost();

  bool logged_in() const { return logged_in_; }
  bool finished() const { return finished_; }
  const SessionUser& user() const { return *user_; }
  SessionInfo info() const;

 private:
  /// An answer in its place.
  struct Slot {
    bool ready = false;
    std::string xml;
    bool last = false;  ///< the session ends behind it
  };

  void pump();
  bool can_take() const;
  void take(std::string_view xml);
  void take_command(Command command);
  void take_login(Command command);
  void login_done(const Text& client_id, Maybe<Text> cl_trid, Text sv_trid, uint64_t slot, LoginVerdict verdict);
  void dispatch(Command command);
  void hand_over(Command command, uint64_t slot);
  void take_hello();
  bool bad_frames_are_over();
  bool is_over_rate();
  void take_refusal(Refusal refusal);
  void answer_here(Reply reply, Maybe<Text> cl_trid, std::string_view verb);
  void settle(uint64_t slot, Reply reply, Maybe<Text> cl_trid, Text sv_trid);
  void complete(uint64_t slot, Reply reply, Maybe<Text> cl_trid, Text sv_trid);
  uint64_t open_slot();
  void flush();
  void finish();
  std::string greeting();
  Reply login_options_refused(const Login& login, NsSet& objects, const Catalogue*& language) const;
  Reply failed_login(ResultCode code);

  Desk& desk_;
  std::shared_ptr<Line> line_;
  const std::shared_ptr<SessionUser> user_ = std::make_shared<SessionUser>();  ///< settled with the login
  base::MonotonicTime since_;
  base::MonotonicTime active_;
  std::deque<std::string> waiting_;
  std::deque<Slot> slots_;
  uint64_t first_slot_ = 0;  ///< the number of slots_.front()
  unsigned in_flight_ = 0;
  bool changing_in_flight_ = false;                   ///< what is in flight changes something
  std::optional<std::pair<Command, uint64_t>> held_;  ///< and its slot: it waits for what is in flight
  unsigned failed_logins_ = 0;
  unsigned bad_frames_ = 0;
  bool logged_in_ = false;
  bool logging_in_ = false;
  bool closing_ = false;  ///< takes nothing more
  bool finished_ = false;
};

}  // namespace eir::sync::epp
