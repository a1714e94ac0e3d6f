// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/followers.h"

namespace eir::appliance::cdbd {

Followers::Follower& Followers::at(const std::string& name) {
  Follower& f = followers_[name];
  f.heard = clock_.wall();
  return f;
}

void Followers::holds(const std::string& name, lists::Version version) {
  const std::lock_guard lock(mutex_);
  at(name).holds = version;
}

void Followers::told(const std::string& name, const std::string& message, lists::Version version) {
  const std::lock_guard lock(mutex_);
  Follower& f = at(name);
  f.told = version;
  f.message = message;
}

void Followers::acknowledged(const std::string& name, const std::string& message) {
  const std::lock_guard lock(mutex_);
  Follower& f = at(name);
  if (!message.empty() && f.message == message) f.holds = f.told;
}

Followers::Follower Followers::of(const std::string& name) const {
  const std::lock_guard lock(mutex_);
  const auto it = followers_.find(name);
  if (it != followers_.end()) return it->second;
  Follower never;
  never.heard = since_;
  return never;
}

}  // namespace eir::appliance::cdbd
