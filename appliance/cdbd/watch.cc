// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/watch.h"

#include <algorithm>

namespace eir::appliance::cdbd {
namespace {

using base::AlarmId;

constexpr std::chrono::minutes kCertificatesPeriod{10};

}  // namespace

void Watch::tick() {
  lock_out_.tick();
  look_at_registry();
  look_at_followers();
  look_at_nodes();
  look_at_certificates();
}

void Watch::look_at_registry() {
  const auto status = registry_.status();
  alarms_.now_wrong(AlarmId::kStoreFailing, status.problem ? Wrong{{"", status.problem->message()}} : Wrong{});
  const uint64_t refused = registry_.own_counters().refused_busy.load(std::memory_order_relaxed);
  const bool busy = refused_.lately(refused, clock_.monotonic());
  alarms_.now_wrong(
      AlarmId::kCommandsRefused,
      busy ? Wrong{{"", fmt::format("{} since the start; {} wait", refused, status.queue_len)}} : Wrong{});
}

void Watch::look_at_followers() {
  Wrong stale;
  const auto newest = registry_.status().version;
  const auto now = clock_.wall();
  const auto users = registry_.users();
  for (const auto& [name, user] : *users) {
    if (!user.follows || !user.enabled || config_.stale_after.count() == 0) continue;
    const auto f = followers_.of(name);
    const auto silent = std::chrono::floor<std::chrono::minutes>(now - f.heard);
    if (silent < config_.stale_after) continue;
    stale[name] = fmt::format("silent for {} minutes; {}, the newest is {}.{}", silent.count(),
                              f.holds == lists::Version{} ? std::string("what it holds is not known")
                                                          : fmt::format("it held {}.{}", f.holds.epoch, f.holds.number),
                              newest.epoch, newest.number);
  }
  alarms_.now_wrong(AlarmId::kFollowerStale, stale);
}

void Watch::look_at_nodes() {
  if (!pusher_) return;
  Wrong untold;
  const auto now = clock_.monotonic();
  for (const PushStatus& s : pusher_->status()) {
    const auto config =
        std::find_if(config_.nodes.begin(), config_.nodes.end(), [&](const auto& n) { return n.name == s.name; });
    if (s.problem.empty() || config == config_.nodes.end() || config->alarm_after.count() == 0) continue;
    if (now - s.wrong_since < config->alarm_after) continue;
    untold[s.name] = fmt::format("{} at {} port {}: {}", config->name, config->host, config->port, s.problem);
  }
  alarms_.now_wrong(AlarmId::kNodeUntold, untold);
}

void Watch::look_at_certificates() {
  const auto now = clock_.monotonic();
  if (certificates_due_ != base::MonotonicTime{} && now < certificates_due_) return;
  certificates_due_ = now + kCertificatesPeriod;
  auto all = tls::first_to_end(config_.epp.server.tls);
  // Sites may have certificates of their own.
  if (!config_.sites.peers.empty())
    for (auto& one : tls::first_to_end(config_.sites.tls))
      if (std::none_of(all.begin(), all.end(), [&](const auto& known) { return known.file == one.file; }))
        all.push_back(std::move(one));
  alarms_.now_wrong(AlarmId::kCertificateEnding, ending(all, clock_.wall()));
  const std::lock_guard lock(mutex_);
  certificates_ = std::move(all);
}

std::vector<tls::CertificateStatus> Watch::certificates() const {
  const std::lock_guard lock(mutex_);
  return certificates_;
}

}  // namespace eir::appliance::cdbd
