// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/base/clock.h"
#include "core/lists/entries.h"

namespace eir::guard {

/// One device as the network was seen to use it.
struct SeenDevice {
  static constexpr uint8_t kNoSvn = 0xFF;
  identity::ImeiKey imei{};
  identity::Imsi imsi;      ///< empty: not sent
  identity::Msisdn msisdn;  ///< empty: not sent
  uint8_t svn = kNoSvn;

  constexpr auto place() const { return std::tuple(imei, svn, imsi.word(), msisdn.word()); }
  friend constexpr bool operator==(const SeenDevice&, const SeenDevice&) = default;
};

/// Bound of what is kept: 40 octets each.
inline constexpr size_t kSeenMax = 30'000'000;

/// The devices seen in the last days, each way a device was used once: a device in two hands is there twice.
/// Filled once, then immutable. Threads: one while filled, any after. Allocates: yes.
class SeenDevices {
 public:
  void add(const SeenDevice& device);
  /// Sorts, drops repeats, and makes it ready for the questions below.
  void finish();

  size_t uses() const { return uses_.size(); }
  uint64_t devices() const { return devices_; }        ///< different IMEIs
  uint64_t over_bound() const { return over_bound_; }  ///< not kept: over kSeenMax
  /// Sorted by place.
  std::span<const SeenDevice> all() const { return uses_; }
  /// The positions in all(), sorted, each once, of what a change may turn: the devices it names, those in its ranges,
  /// and those whose subscribers it names. REQUIRES: finish().
  std::vector<uint32_t> touched(const lists::Change& change) const;

 private:
  void compact();
  void touch_imeis(uint64_t from, uint64_t to, std::vector<uint32_t>& out) const;
  void touch_subscriber(const lists::SubscriberKey& who, std::vector<uint32_t>& out) const;
  void touch(const lists::Entries& entries, std::vector<uint32_t>& out) const;

  std::vector<SeenDevice> uses_;
  std::vector<uint32_t> by_imsi_, by_msisdn_;  ///< positions, those that have one, in its order
  size_t compact_at_ = size_t{1} << 20;  ///< repeats are dropped when there are so many, so that they take no room
  bool full_ = false;
  uint64_t devices_ = 0;
  uint64_t over_bound_ = 0;
};

}  // namespace eir::guard
