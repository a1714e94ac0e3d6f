// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/state_watch.h"

#include <algorithm>

namespace eir::sigtran::mtp {

void StateWatch::look() {
  if (!listener_) return;
  for (KnownAs& known : known_as_) known.seen = false;
  for (osmo_ss7_instance* inst : ss7::instances()) {
    for (const osmo_ss7_as* as : ss7::application_servers(inst)) look_at(inst->cfg.id, as);
    for (const osmo_ss7_asp* asp : ss7::asps(inst)) look_at(inst->cfg.id, asp);
  }
  for (const KnownAs& known : known_as_) {
    if (!known.seen && !stands_again(known)) listener_->on_as_removed(known.instance, known.name);
  }
  std::erase_if(known_as_, [](const KnownAs& known) { return !known.seen; });
}

/// Removed and configured anew under the same name since the last look: its state has been told.
bool StateWatch::stands_again(const KnownAs& gone) const {
  return std::ranges::any_of(known_as_, [&](const KnownAs& known) {
    return known.seen && known.instance == gone.instance && known.name == gone.name;
  });
}

void StateWatch::look_at(Instance instance, const osmo_ss7_as* as) {
  const AsState now = ss7::state_of(as);
  KnownAs* known = nullptr;
  for (KnownAs& k : known_as_) {
    if (k.as == as && k.instance == instance && k.name == as->cfg.name) known = &k;
  }
  if (!known) {
    known_as_.push_back({as, instance, as->cfg.name, now, true});
    listener_->on_as_state(instance, as->cfg.name, now);
    return;
  }
  known->seen = true;
  if (known->state == now) return;
  known->state = now;
  listener_->on_as_state(instance, as->cfg.name, now);
  if (now == AsState::kActive && ss7::role_of(as) == Role::kAsp) on_own_active_(instance);
}

void StateWatch::look_at(Instance instance, const osmo_ss7_asp* asp) {
  const AspState now = ss7::state_of(asp);
  for (KnownAsp& known : known_asps_) {
    if (known.asp != asp) continue;
    if (known.state != now) {
      known.state = now;
      listener_->on_asp_state(instance, asp->cfg.name, now);
    }
    return;
  }
  if (known_asps_.size() == kAspsMax) return;
  known_asps_.push_back({asp, now});
  listener_->on_asp_state(instance, asp->cfg.name, now);
}

void StateWatch::forget(const osmo_ss7_asp* asp) {
  std::erase_if(known_asps_, [&](const KnownAsp& known) { return known.asp == asp; });
}

}  // namespace eir::sigtran::mtp
