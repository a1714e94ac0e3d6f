// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sigtran/mtp/association.h"

namespace eir::sigtran::mtp {

/// Where the layer manager finds associations, and whom it tells that something may have changed.
class LayerManagerHost {
 public:
  virtual ~LayerManagerHost() = default;
  virtual Association* find(const osmo_ss7_asp* asp) noexcept = 0;
  /// States may have changed. Called from within the library's state machines.
  virtual void on_states_may_have_changed() noexcept = 0;
};

/// Layer management of M3UA (RFC 4666 §1.6.3) in place of the library's: ASP Active follows ASP Up at once,
/// without waiting for a NOTIFY that some gateways never send; in override mode one ASP of an AS carries
/// the traffic and the others stand by, ready; an ASP that another one overrode comes back when the
/// gateway says that nobody is active.
/// Threads: the SIGTRAN thread. Allocates: no.
class LayerManager {
 public:
  LayerManager(LayerManagerHost& host, Counters& counters);
  LayerManager(const LayerManager&) = delete;
  LayerManager& operator=(const LayerManager&) = delete;
  ~LayerManager();

  /// Becomes the layer manager of the ASP; what is connected already goes on from its state.
  void adopt(Association& association);
  bool is_manager_of(const osmo_ss7_asp* asp) const noexcept;
  /// From time to time, and not from within the library: begins anew what has to be, keeps the library's
  /// wait after a refused connect (5 s) at kReconnectSeconds.
  void keep(Association& association);
  static constexpr int kReconnectSeconds = 1;

  /// From now on ASPs go down and stay down.
  void stop() { stopping_ = true; }
  /// The next step of an ASP's end: inactive, down, closed. True once it is closed. As SG there is only the
  /// close; while `patient`, not before all that came was read.
  bool step_down(Association& association, bool patient);
  /// Closes it whatever its state.
  void close(Association& association);

  /// Held inactive because another ASP of its override-mode AS carries the traffic.
  bool is_standby(const Association& association) const;

 private:
  static int on_primitive(osmo_prim_hdr* oph, void* asp);
  void on_indication(Association& association, osmo_prim_hdr* oph);
  void on_notify(Association& association, uint16_t type, uint16_t info);
  void activate(Association& association);
  void activate_standbys();
  bool another_carries(const Association& association) const;

  LayerManagerHost& host_;
  Counters& counters_;
  bool stopping_ = false;
};

}  // namespace eir::sigtran::mtp
