// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sigtran/mtp/counters.h"
#include "sigtran/mtp/ss7.h"

extern "C" {
#include <osmocom/core/timer.h>
}

namespace eir::sigtran::mtp {

/// Guards the SG side's listening sockets: only associations of configured ASPs stay. What the library
/// does with others by itself closes their descriptor twice, which in a process of several threads can be
/// somebody else's by then; and a failed accept() would be tried again at once, forever.
/// Threads: the SIGTRAN thread.
class Listeners {
 public:
  static constexpr long kAcceptPauseUs = 200'000;  ///< after accept() failed

  explicit Listeners(Counters& counters);
  Listeners(const Listeners&) = delete;
  Listeners& operator=(const Listeners&) = delete;
  ~Listeners();

  /// Takes over the listeners that are configured now. Again and again harmless.
  void review();
  /// Closes all; those that the configuration opens later are closed by the next review().
  void close();

 private:
  static int on_descriptor(osmo_fd* ofd, unsigned what);
  static void on_pause_over(void* self);
  int on_ready(osmo_fd* ofd, unsigned what);

  Counters& counters_;
  osmo_timer_list pause_{};
  bool closed_ = false;
};

}  // namespace eir::sigtran::mtp
