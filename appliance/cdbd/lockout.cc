// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/lockout.h"

namespace eir::appliance::cdbd {
namespace {

constexpr const char* kUser = "user";
constexpr const char* kAddress = "address";

std::string subject(const char* what, const std::string& name) { return fmt::format("{} {}", what, name); }

}  // namespace

bool LockOut::locked(Side& side, const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto it = side.records.find(name);
  if (it == side.records.end() || !it->second.locked || clock_.monotonic() >= it->second.until) return false;
  ++refused_;
  return true;
}

bool LockOut::user_locked(const std::string& user) { return locked(users_, user); }
bool LockOut::address_locked(const std::string& address) { return locked(addresses_, address); }

void LockOut::failed(Side& side, const char* what, const std::string& name) {
  if (side.rule.failures == 0 || name.empty()) return;
  const auto now = clock_.monotonic();
  if (side.records.size() >= kTrackedMax && !side.records.contains(name)) {
    ++untracked_;
    return;
  }
  Record& r = side.records[name];
  if (r.locked && now < r.until) return;
  r.locked = false;
  while (!r.failures.empty() && now - r.failures.front() >= side.rule.within) r.failures.pop_front();
  r.failures.push_back(now);
  if (r.failures.size() < side.rule.failures) return;
  r.failures.clear();
  r.locked = true;
  r.until = now + side.rule.locked;
  ++lock_outs_;
  alarms_.set(base::AlarmId::kLockedOut, subject(what, name),
              fmt::format("{} failed logins within {} s; for {} s", side.rule.failures, side.rule.within.count(),
                          side.rule.locked.count()));
}

void LockOut::failed(const std::string& user, const std::string& address) {
  const std::lock_guard lock(mutex_);
  failed(users_, kUser, user);
  failed(addresses_, kAddress, address);
}

void LockOut::succeeded(const std::string& user, const std::string&) {
  const std::lock_guard lock(mutex_);
  // Not the address's: whoever has one good password there could guess at the others.
  users_.records.erase(user);
}

bool LockOut::unlock(Side& side, const char* what, const std::string& name) {
  const auto it = side.records.find(name);
  if (it == side.records.end()) return false;
  const bool was = it->second.locked;
  side.records.erase(it);
  if (was) alarms_.clear(base::AlarmId::kLockedOut, subject(what, name));
  return was;
}

bool LockOut::unlock(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const bool user = unlock(users_, kUser, name);
  return unlock(addresses_, kAddress, name) || user;
}

void LockOut::tick(Side& side, const char* what) {
  const auto now = clock_.monotonic();
  for (auto it = side.records.begin(); it != side.records.end();) {
    Record& r = it->second;
    if (r.locked && now < r.until) {
      ++it;
      continue;
    }
    if (r.locked) alarms_.clear(base::AlarmId::kLockedOut, subject(what, it->first));
    r.locked = false;
    while (!r.failures.empty() && now - r.failures.front() >= side.rule.within) r.failures.pop_front();
    it = r.failures.empty() ? side.records.erase(it) : std::next(it);
  }
}

void LockOut::tick() {
  const std::lock_guard lock(mutex_);
  tick(users_, kUser);
  tick(addresses_, kAddress);
}

std::vector<LockOut::Locked> LockOut::locked() const {
  const std::lock_guard lock(mutex_);
  std::vector<Locked> out;
  const auto now = clock_.monotonic();
  for (const Side* side : {&users_, &addresses_})
    for (const auto& [name, r] : side->records)
      if (r.locked && now < r.until)
        out.push_back({side == &users_, name, std::chrono::duration_cast<std::chrono::seconds>(r.until - now)});
  return out;
}

uint64_t LockOut::lock_outs() const {
  const std::lock_guard lock(mutex_);
  return lock_outs_;
}
uint64_t LockOut::refused() const {
  const std::lock_guard lock(mutex_);
  return refused_;
}
uint64_t LockOut::untracked() const {
  const std::lock_guard lock(mutex_);
  return untracked_;
}

}  // namespace eir::appliance::cdbd
