// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/cdbd/followers.h"
#include "appliance/cdbd/lockout.h"
#include "registry/registry.h"
#include "sync/epp/registry.h"

namespace eir::appliance::cdbd {

/// Stands before the desk: keeps out who is locked out, without telling why, gives everybody their rate, and notes
/// what followers hold.
/// Threads: any. Everything outlives it.
class Gate final : public epp::Registry {
 public:
  struct Allowance {
    uint32_t rate = 0, burst = 0;
  };
  Gate(epp::Registry& desk, registry::Registry& registry, LockOut& lock_out, Followers& followers, Allowance allowance)
      : desk_(desk), registry_(registry), lock_out_(lock_out), followers_(followers), allowance_(allowance) {}

  void login(const epp::LoginAttempt& attempt, LoginDone done) override;
  /// What followers hold is told by polls and questions for versions, which no look answers.
  epp::Maybe<epp::Reply> look(const epp::Request& request) override { return desk_.look(request); }
  void handle(epp::RequestPtr request, Done done) override;
  void answered(const epp::Answered& answered) override { desk_.answered(answered); }

 private:
  epp::Registry& desk_;
  registry::Registry& registry_;
  LockOut& lock_out_;
  Followers& followers_;
  const Allowance allowance_;
};

}  // namespace eir::appliance::cdbd
