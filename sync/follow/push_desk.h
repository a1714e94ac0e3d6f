// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "sync/epp/registry.h"
#include "sync/follow/follow.h"

namespace eir::sync::follow {

/// Who may push: a site of the centre, by its certificate. Passwords are not looked at.
struct PushAccount {
  std::string user;
  std::string fingerprint;  ///< SHA-256 of its certificate's DER form, 64 lower-case hexadecimal digits
};

/// Behind a node's own EPP server: takes pushes of versions from the centre, and nothing else. The server should offer
/// kPushObjects alone and have a handful of sessions.
///
/// create of version: 1000 when it, or a later one, is durable here; 1001 when it is being pulled; 2303 of an unknown
/// list, 2306 of an epoch that is over. poll: 1300. Everything else: 2101.
/// Threads: any. The follow outlives it, it outlives the server.
class PushDesk final : public epp::Registry {
 public:
  static constexpr unsigned kSessionsMax = 4;  ///< of one user
  static constexpr uint32_t kRate = 50;        ///< commands a second of one user

  PushDesk(Follow& follow, std::vector<PushAccount> accounts) : follow_(follow), accounts_(std::move(accounts)) {}

  void login(const epp::LoginAttempt& attempt, LoginDone done) override;
  void handle(epp::RequestPtr request, Done done) override;

 private:
  Follow& follow_;
  const std::vector<PushAccount> accounts_;
};
inline const std::vector<epp::Ns> kPushObjects = {epp::Ns::kVersion};

}  // namespace eir::sync::follow
