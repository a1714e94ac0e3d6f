// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "sigtran/mtp/transfer.h"

namespace eir::sigtran::mtp {

/// The destinations that DUNA made unavailable and DAVA did not make available again. RFC 4666 §3.4.1, §3.4.2.
/// Threads: one. Allocates: no.
template <size_t kMax>
class Destinations {
 public:
  enum class Change : uint8_t { kNone, kChanged, kFull };

  Change set_unavailable(Instance instance, PointCode pc) {
    if (find(instance, pc) != used_) return Change::kNone;
    if (used_ == kMax) return Change::kFull;
    entries_[used_++] = {instance, pc};
    return Change::kChanged;
  }

  Change set_available(Instance instance, PointCode pc) {
    const size_t at = find(instance, pc);
    if (at == used_) return Change::kNone;
    entries_[at] = entries_[--used_];
    return Change::kChanged;
  }

  /// Takes one unavailable destination of the instance out. False when there is none.
  bool take(Instance instance, PointCode& pc) {
    for (size_t i = 0; i < used_; ++i) {
      if (entries_[i].instance != instance) continue;
      pc = entries_[i].pc;
      entries_[i] = entries_[--used_];
      return true;
    }
    return false;
  }

  /// Calls f(pc) for each unavailable destination of the instance.
  template <class F>
  void each(Instance instance, F&& f) const {
    for (size_t i = 0; i < used_; ++i) {
      if (entries_[i].instance == instance) f(entries_[i].pc);
    }
  }

 private:
  struct Entry {
    Instance instance;
    PointCode pc;
  };
  size_t find(Instance instance, PointCode pc) const {
    size_t i = 0;
    while (i < used_ && !(entries_[i].instance == instance && entries_[i].pc == pc)) ++i;
    return i;
  }

  std::array<Entry, kMax> entries_{};
  size_t used_ = 0;
};

}  // namespace eir::sigtran::mtp
