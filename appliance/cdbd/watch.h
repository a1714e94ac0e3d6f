// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/alarms/standing.h"
#include "appliance/cdbd/config.h"
#include "appliance/cdbd/followers.h"
#include "appliance/cdbd/lockout.h"
#include "registry/registry.h"

namespace eir::appliance::cdbd {

/// Looks at what an operator must be alarmed of, and sets and clears the alarms. Threads: one, but for certificates().
class Watch {
 public:
  static constexpr std::chrono::minutes kQuiet{1};  ///< after the last refusal

  Watch(const Config& config, registry::Registry& registry, const Followers& followers, LockOut& lock_out,
        const base::Clock& clock, base::AlarmSink& alarms)
      : config_(config),
        registry_(registry),
        followers_(followers),
        lock_out_(lock_out),
        clock_(clock),
        alarms_(alarms) {}

  /// At the nodes that are told of versions, too. It outlives this.
  void look_at(const Pusher& pusher) { pusher_ = &pusher; }
  /// Call it about twice a second.
  void tick();
  /// The files were exchanged: they are looked at again with the next tick().
  void certificates_renewed() { certificates_due_ = {}; }
  std::vector<tls::CertificateStatus> certificates() const;

 private:
  using Wrong = StandingAlarms::Wrong;
  void look_at_registry();
  void look_at_followers();
  void look_at_nodes();
  void look_at_certificates();

  const Config& config_;
  registry::Registry& registry_;
  const Followers& followers_;
  LockOut& lock_out_;
  const base::Clock& clock_;
  StandingAlarms alarms_;
  const Pusher* pusher_ = nullptr;
  Growth refused_{kQuiet, 0};
  base::MonotonicTime certificates_due_{};
  mutable std::mutex mutex_;
  std::vector<tls::CertificateStatus> certificates_;
};

}  // namespace eir::appliance::cdbd
