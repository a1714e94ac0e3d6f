// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/users.h"

#include <algorithm>

namespace eir::sync::epp {
namespace {

double burst_of(const Users::Allowance& a) { return a.burst ? a.burst : a.rate; }

}  // namespace

Users::Admission Users::admit(const std::string& client_id, const Allowance& allowance, base::MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  if (total_ >= total_max_) return Admission::kTotalLimit;
  const auto known = users_.find(client_id);
  if ((known == users_.end() ? 0 : known->second.sessions) >= allowance.sessions_max) return Admission::kUserLimit;
  User& user = users_[client_id];
  user.allowance = allowance;
  if (user.tokens < 0) {
    user.tokens = burst_of(allowance);
    user.last = now;
  }
  ++user.sessions;
  ++total_;
  return Admission::kAdmitted;
}

void Users::leave(const std::string& client_id) {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(client_id);
  if (at == users_.end() || at->second.sessions == 0) return;
  --at->second.sessions;
  --total_;
}

bool Users::take(const std::string& client_id, base::MonotonicTime now) {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(client_id);
  if (at == users_.end()) return false;
  User& user = at->second;
  if (user.allowance.rate == 0) return true;
  if (now > user.last) {
    const double seconds = std::chrono::duration<double>(now - user.last).count();
    user.tokens = std::min(burst_of(user.allowance), user.tokens + user.allowance.rate * seconds);
    user.last = now;
  }
  if (user.tokens < 1) return false;
  user.tokens -= 1;
  return true;
}

unsigned Users::sessions() const {
  const std::lock_guard lock(mutex_);
  return total_;
}

unsigned Users::sessions_of(const std::string& client_id) const {
  const std::lock_guard lock(mutex_);
  const auto at = users_.find(client_id);
  return at == users_.end() ? 0 : at->second.sessions;
}

}  // namespace eir::sync::epp
