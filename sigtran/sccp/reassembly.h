// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "core/base/clock.h"
#include "sigtran/mtp/transfer.h"
#include "sigtran/sccp/address.h"
#include "sigtran/sccp/config.h"
#include "sigtran/sccp/message.h"

namespace eir::sigtran::sccp {

/// Puts segmented XUDT and LUDT messages together, ITU-T Q.714 §4.1.1.2.3. A message is known by its
/// calling address and local reference; its segments must come in sequence. Places and octets are bounded, and
/// one originating point code has a share of the places, so that it cannot take those of all others.
/// Threads: the SIGTRAN thread. Allocates: when configured, never for a segment.
class Reassembler {
 public:
  /// A message under way: what its first segment said, and the data so far.
  struct Entry {
    bool used = false;
    mtp::Instance instance = 0;
    mtp::RoutingLabel label{};
    Message first;  ///< its views lead into the arrays below; data is that of the first segment
    std::array<uint8_t, kAddressOctetsMax> called{};
    std::array<uint8_t, kAddressOctetsMax> calling{};
    uint8_t remaining = 0;
    base::MonotonicTime deadline{};
    uint32_t len = 0;
    std::span<uint8_t> room;
    base::Octets data() const { return room.first(len); }
  };
  enum class Outcome : uint8_t {
    kWaiting,
    kComplete,
    kNoRoom,         ///< no place is free, or the originating point code has its share; nothing is kept
    kOutOfSequence,  ///< a segment is missing or came twice
    kTooLong,
  };
  struct Step {
    Outcome outcome;
    /// The message concerned, where there is one. With an outcome other than kWaiting it is done with:
    /// release() it after use.
    Entry* entry;
  };

  /// Of all places, what one originating point code may hold: a quarter, at least one.
  static constexpr uint32_t share(uint32_t places) { return places < 4 ? 1 : places / 4; }

  Reassembler(uint32_t places, uint32_t octets_max, std::chrono::milliseconds timeout);
  /// REQUIRES: m.segmentation; both addresses at most kAddressOctetsMax.
  Step add(mtp::Instance instance, const mtp::RoutingLabel& label, const Message& m, base::MonotonicTime now) noexcept;
  void release(Entry& entry) noexcept;
  /// Calls f(Entry&) for each whose time is over, then releases it.
  template <class F>
  void expire(base::MonotonicTime now, F&& f) {
    if (running_ == 0) return;
    for (Entry& e : entries_) {
      if (!e.used || e.deadline > now) continue;
      f(e);
      release(e);
    }
  }
  uint32_t running() const { return running_; }

 private:
  Entry* free_place(mtp::Instance instance, mtp::PointCode opc) noexcept;
  Entry* find(mtp::Instance instance, const Message& m) noexcept;
  Step start(mtp::Instance instance, const mtp::RoutingLabel& label, const Message& m,
             base::MonotonicTime now) noexcept;

  std::chrono::milliseconds timeout_;
  uint32_t share_;
  std::vector<uint8_t> octets_;
  std::vector<Entry> entries_;
  uint32_t running_ = 0;
};

}  // namespace eir::sigtran::sccp
