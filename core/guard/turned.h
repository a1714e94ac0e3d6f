// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "core/decision/equipment_checker.h"
#include "core/guard/seen.h"

namespace eir::guard {

inline constexpr size_t kSamplesMax = 20;  ///< devices named as examples

/// What a change of lists or settings does to devices seen.
struct Turned {
  struct Device {
    SeenDevice use;
    decision::Status before{}, after{};
    decision::Reason reason{};  ///< of the answer after
  };
  uint64_t seen = 0;        ///< different devices seen in all
  uint64_t checked = 0;     ///< uses asked about both ways
  uint64_t to_black = 0;    ///< different devices that would turn black, and were not
  uint64_t to_unknown = 0;  ///< that would turn unknown, and were white or grey
  std::vector<Device> samples;

  uint64_t devices() const { return to_black + to_unknown; }
};

/// Asks the decision function both ways about the devices a change may turn; about all that were seen when `change` is
/// null. A device used in several ways counts once, as black when any of them would turn black. Observe mode hides
/// nothing here. Threads: pure. Allocates: yes; never on an answering thread.
Turned count_turned(const SeenDevices& seen, const decision::Basis& now, const decision::Basis& then,
                    const lists::Change* change, base::UnixSeconds at);

}  // namespace eir::guard
