// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "core/tls/certificates.h"
#include "sync/epp/frames.h"

namespace eir::sync::epp {

using Certificate = tls::Certificate;

/// Who is at the other end of a session.
struct SessionUser {
  Text client_id;
  Text role;  ///< as the registry named it
  Certificate certificate;
  Text address;          ///< without the port
  Text language;         ///< of a catalogue
  NsSet objects;         ///< asked for at login, extensions too
  uint64_t session = 0;  ///< unique within this process
};

struct LoginAttempt {
  Login login;
  Certificate certificate;
  Text address;
  Text sv_trid;
  Maybe<Text> cl_trid;
};

/// What the registry says to an attempt. kDone: let in, and a new password has been set. kAuthentication
/// for every cause a stranger must not tell apart: no such user, another's certificate, a wrong password.
struct LoginVerdict {
  ResultCode code = ResultCode::kAuthentication;
  Text role;
  unsigned sessions_max = 0;  ///< of this user at a time; 0: the server's default
  uint32_t rate = 0;          ///< commands a second over all sessions; 0: no limit
  uint32_t burst = 0;         ///< at once; 0: one second's worth
};

/// A command that passed the session: valid, authenticated, of an object the user asked for. Whether the user
/// may is the registry's question.
struct Request {
  Command command;
  std::shared_ptr<const SessionUser> user;  ///< never null
  Text sv_trid;
};
using RequestPtr = std::shared_ptr<const Request>;

/// An answer the session gave without the registry: refusals, logins, logouts. For the audit.
struct Answered {
  Text client_id;  ///< as claimed, where nobody is logged in; may be empty
  Text address;
  Text verb;  ///< may be empty
  Maybe<Text> cl_trid;
  Text sv_trid;
  ResultCode code;
  bool logged_in = false;
};

/// The business behind the protocol.
///
/// Threads: called from every thread of the server, at once; commands of one session come in their order.
/// A command may come before the one ahead of it was answered when both only read, or both change something;
/// changes must still take effect in their order. Each `done` is called exactly once, from any thread, at once or
/// later; the registry must outlive the server. Nothing may throw.
class Registry {
 public:
  using LoginDone = std::function<void(LoginVerdict)>;
  using Done = std::function<void(Reply)>;

  virtual ~Registry() = default;
  virtual void login(const LoginAttempt& attempt, LoginDone done) = 0;
  /// REQUIRES: the command only reads. The answer, when it takes no waiting; nothing: ask handle().
  virtual Maybe<Reply> look(const Request&) { return std::nullopt; }
  virtual void handle(RequestPtr request, Done done) = 0;
  virtual void answered(const Answered&) {}
};

}  // namespace eir::sync::epp
