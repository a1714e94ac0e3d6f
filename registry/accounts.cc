// SPDX-License-Identifier: GPL-3.0-or-later
// Users, policies, sites, and the acknowledgement of messages.
#include <fmt/format.h>

#include <charconv>

#include "registry/engine.h"
#include "registry/password.h"

namespace eir::registry {
namespace {

constexpr size_t kNameMin = 3, kNameMax = 16;          // RFC 5730 §4, clIDType
constexpr size_t kPasswordMin = 6, kPasswordMax = 16;  // RFC 5730 §4, pwType
constexpr unsigned kUnlistedDaysMax = 3650;

bool good_password(std::string_view p) { return p.size() >= kPasswordMin && p.size() <= kPasswordMax; }

bool good_certificate(std::string_view c) { return c.empty() || base::hash_from_hex(c).has_value(); }

bool good_name(std::string_view name) {
  if (name.size() < kNameMin || name.size() > kNameMax) return false;
  for (const char c : name)
    if (c <= ' ' || c > '~') return false;
  return true;
}

/// "off" is 0, "grey-90-black" 90; nothing for anything else.
std::optional<unsigned> unlisted_days(std::string_view value) {
  constexpr std::string_view kHead = "grey-", kTail = "-black";
  if (value == "off") return 0;
  if (!value.starts_with(kHead) || !value.ends_with(kTail) || value.size() <= kHead.size() + kTail.size())
    return std::nullopt;
  value.remove_prefix(kHead.size());
  value.remove_suffix(kTail.size());
  unsigned days = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), days);
  if (error != std::errc() || end != value.data() + value.size() || days == 0 || days > kUnlistedDaysMax)
    return std::nullopt;
  return days;
}

}  // namespace

void Engine::read_policies() {
  at_once_ = store_.setting("policy.law-enforcement-at-once").value_or("off") == "on";
  unlisted_days_ = unlisted_days(store_.setting("policy.unlisted").value_or("off")).value_or(0);
  active_ = store_.setting("site.state").value_or("active") == "active";
  sync_ = store_.setting("site.standby-sync").value_or("off") == "on";
  alone_ = store_.setting("site.alone").value_or("off") == "on";
}

Outcome Engine::handle(Work& work, const AckMessage& c) {
  const std::string name = std::to_string(c.id);
  if (!store_.message(work.request.user, c.id)) return refuse(Code::kNoObject, Why::kUnlisted, name);
  store_.remove_message(work.request.user, c.id);
  Outcome out;
  out.id = name;
  return out;
}

Outcome Engine::handle(Work& work, const PutUser& c) {
  if (!allowed(work.request, Object::kUser, Verb::kUpdate, {}, kPolicyUser, work.outcome)) return work.outcome;
  const auto old = users_.find(c.user.name);
  const bool fresh = old == users_.end();
  if (!good_name(c.user.name) || !good_certificate(c.user.certificate) ||
      !(c.new_password.empty() ? !fresh : good_password(c.new_password)))
    return refuse(Code::kValueSyntax, Why::kForm, c.user.name);
  User user = c.user;
  user.id = fresh ? static_cast<UserId>(store_.newest_object(Kind::kUser) + 1) : old->second.id;
  user.password = c.new_password.empty() ? old->second.password : hash_password(c.new_password);
  if (user.password.empty()) return refuse(Code::kFailed, Why::kStore, c.user.name);
  store_.put_object(row_of(user));
  user_names_[user.id] = user.name;
  users_[user.name] = user;
  ++users_changed_;
  // Whoever begins to follow is told where the lists stand.
  if (user.follows && manifest_.version != lists::Version{}) {
    Notice notice;
    notice.what = What::kVersion;
    notice.about = feed::kCentre;
    notice.version = manifest_.version;
    message(user.id, notice, true);
  }
  Outcome out;
  out.id = std::to_string(user.id);
  return out;
}

Outcome Engine::handle(Work& work, const DisableUser& c) {
  if (!allowed(work.request, Object::kUser, Verb::kDelete, {}, kPolicyUser, work.outcome)) return work.outcome;
  const auto it = users_.find(c.name);
  if (it == users_.end()) return refuse(Code::kNoObject, Why::kUnlisted, c.name);
  it->second.enabled = false;
  ++users_changed_;
  store_.put_object(row_of(it->second));
  return {};
}

Outcome Engine::handle(Work& work, const ChangePassword& c) {
  const auto it = users_.find(work.request.user_name);
  if (it == users_.end() || it->second.id != work.request.user) return refuse(Code::kNoObject, Why::kUnlisted);
  if (!good_password(c.new_password)) return refuse(Code::kValueSyntax, Why::kForm);
  std::string hashed = hash_password(c.new_password);
  if (hashed.empty()) return refuse(Code::kFailed, Why::kStore);
  it->second.password = std::move(hashed);
  ++users_changed_;
  store_.put_object(row_of(it->second));
  return {};
}

Outcome Engine::handle(Work& work, const Promote& c) {
  if (!allowed(work.request, Object::kSite, Verb::kUpdate, {}, kPolicyUser, work.outcome)) return work.outcome;
  if (c.reason.empty() || c.reason.size() > kTextMax) return refuse(Code::kMissing, Why::kForm);
  // Above every epoch that was ever heard of.
  epoch_ = std::max(epoch_, heard_epoch()) + 1;
  store_.put_setting("epoch", std::to_string(epoch_));
  store_.put_setting("site.state", "active");
  store_.put_setting("site.new-epoch", "1");
  active_ = true;
  new_epoch_ = true;
  if (urgent_version(store_)) {
    // Nodes may hold urgent versions of the site that was lost: those of this epoch are above them.
    urgent_.due = true;
    keep_urgent();
  }
  return {};
}

Outcome Engine::handle(Work& work, const StandBy& c) {
  if (!allowed(work.request, Object::kSite, Verb::kUpdate, {}, kPolicyUser, work.outcome)) return work.outcome;
  if (c.reason.empty() || c.reason.size() > kTextMax) return refuse(Code::kMissing, Why::kForm);
  follow();
  return {};
}

Outcome Engine::handle(Work& work, const SetPolicy& c) {
  if (!allowed(work.request, Object::kSite, Verb::kUpdate, {}, kPolicyUser, work.outcome)) return work.outcome;
  const bool good = c.name == "law-enforcement-at-once" ? c.value == "on" || c.value == "off"
                                                        : c.name == "unlisted" && unlisted_days(c.value).has_value();
  if (!good) return refuse(Code::kValueSyntax, Why::kForm, c.name);
  store_.put_setting("policy." + c.name, c.value);
  read_policies();
  return {};
}

Outcome Engine::handle(Work& work, const SetSite& c) {
  if (!allowed(work.request, Object::kSite, Verb::kUpdate, {}, kPolicyUser, work.outcome)) return work.outcome;
  if ((c.name != "standby-sync" && c.name != "alone") || (c.value != "on" && c.value != "off"))
    return refuse(Code::kValueSyntax, Why::kForm, c.name);
  store_.put_setting("site." + c.name, c.value);
  read_policies();
  return {};
}

/// It was answered already; what is left to do is to have it on record.
Outcome Engine::handle(Work&, const Read& c) {
  if (c.issued) store_.put_issued(c.issued->first, c.issued->second);
  return {};
}

}  // namespace eir::registry
