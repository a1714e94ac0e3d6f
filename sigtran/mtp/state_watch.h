// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "sigtran/mtp/ss7.h"

namespace eir::sigtran::mtp {

/// Finds out what changed among AS and ASPs since the last look, and tells it. The library has no call for it.
/// Threads: the SIGTRAN thread. Allocates: only for an AS or ASP it sees the first time.
class StateWatch {
 public:
  /// `on_own_active` is called when an AS of ours becomes active after it was not.
  explicit StateWatch(std::function<void(Instance)> on_own_active) : on_own_active_(std::move(on_own_active)) {}

  void listen(StatusListener& listener) { listener_ = &listener; }
  /// Tells every change; all there is at the first time. REQUIRES for anything to be told: listen().
  void look();
  /// The library destroyed this ASP: another one may get its address.
  void forget(const osmo_ss7_asp* asp);

 private:
  static constexpr size_t kAspsMax = 64;

  /// Names are copied: the library may free its own.
  struct KnownAs {
    const osmo_ss7_as* as;
    Instance instance;
    std::string name;
    AsState state;
    bool seen;
  };
  struct KnownAsp {
    const osmo_ss7_asp* asp;
    AspState state;
  };
  bool stands_again(const KnownAs& gone) const;
  void look_at(Instance instance, const osmo_ss7_as* as);
  void look_at(Instance instance, const osmo_ss7_asp* asp);

  std::function<void(Instance)> on_own_active_;
  StatusListener* listener_ = nullptr;
  std::vector<KnownAs> known_as_;
  std::vector<KnownAsp> known_asps_;
};

}  // namespace eir::sigtran::mtp
