// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/reassembly.h"

#include <algorithm>

namespace eir::sigtran::sccp {

Reassembler::Reassembler(uint32_t places, uint32_t octets_max, std::chrono::milliseconds timeout)
    : timeout_(timeout), share_(share(places)), octets_(size_t{places} * octets_max), entries_(places) {
  for (size_t i = 0; i < places; ++i) entries_[i].room = std::span(octets_).subspan(i * octets_max, octets_max);
}

Reassembler::Entry* Reassembler::find(mtp::Instance instance, const Message& m) noexcept {
  if (running_ == 0) return nullptr;
  const auto it = std::find_if(entries_.begin(), entries_.end(), [&](const Entry& e) {
    return e.used && e.instance == instance &&
           e.first.segmentation->local_reference == m.segmentation->local_reference &&
           std::ranges::equal(e.first.calling, m.calling);
  });
  return it == entries_.end() ? nullptr : &*it;
}

Reassembler::Entry* Reassembler::free_place(mtp::Instance instance, mtp::PointCode opc) noexcept {
  Entry* free = nullptr;
  uint32_t held = 0;
  for (Entry& e : entries_) {
    if (!e.used) {
      if (!free) free = &e;
    } else if (e.instance == instance && e.label.opc == opc && ++held == share_) {
      return nullptr;
    }
  }
  return free;
}

Reassembler::Step Reassembler::start(mtp::Instance instance, const mtp::RoutingLabel& label, const Message& m,
                                     base::MonotonicTime now) noexcept {
  Entry* place = free_place(instance, label.opc);
  if (!place) return {Outcome::kNoRoom, nullptr};
  Entry& e = *place;
  if (m.data.size() > e.room.size()) return {Outcome::kTooLong, nullptr};
  e.used = true;
  ++running_;
  e.instance = instance;
  e.label = label;
  e.first = m;
  std::ranges::copy(m.called, e.called.begin());
  std::ranges::copy(m.calling, e.calling.begin());
  std::ranges::copy(m.data, e.room.begin());
  e.first.called = {e.called.data(), m.called.size()};
  e.first.calling = {e.calling.data(), m.calling.size()};
  e.first.data = e.room.first(m.data.size());
  e.len = static_cast<uint32_t>(m.data.size());
  e.remaining = m.segmentation->remaining;
  e.deadline = now + timeout_;
  return {e.remaining == 0 ? Outcome::kComplete : Outcome::kWaiting, &e};
}

Reassembler::Step Reassembler::add(mtp::Instance instance, const mtp::RoutingLabel& label, const Message& m,
                                   base::MonotonicTime now) noexcept {
  Entry* e = find(instance, m);
  if (m.segmentation->first) {
    if (e) return {Outcome::kOutOfSequence, e};
    return start(instance, label, m, now);
  }
  if (!e || m.segmentation->remaining + 1 != e->remaining) return {Outcome::kOutOfSequence, e};
  if (m.data.size() > e->room.size() - e->len) return {Outcome::kTooLong, e};
  std::ranges::copy(m.data, e->room.begin() + e->len);
  e->len += static_cast<uint32_t>(m.data.size());
  e->remaining = m.segmentation->remaining;
  return {e->remaining == 0 ? Outcome::kComplete : Outcome::kWaiting, e};
}

void Reassembler::release(Entry& entry) noexcept {
  if (!entry.used) return;
  entry.used = false;
  --running_;
}

}  // namespace eir::sigtran::sccp
