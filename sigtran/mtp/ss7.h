// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "sigtran/mtp/status.h"

extern "C" {
#include <osmocom/core/fsm.h>
#include <osmocom/core/select.h>
#include <osmocom/netif/stream.h>
#include <osmocom/sigtran/osmo_ss7.h>
}

/// The library's structures, read. Internal to this room. Threads: the SIGTRAN thread.
namespace eir::sigtran::mtp::ss7 {

/// The library's lists as ranges: for (osmo_ss7_as* as : each(inst->as_list, &osmo_ss7_as::list)). The
/// element in hand may be taken out of the list within the loop.
template <class T>
class List {
 public:
  class Iterator {
   public:
    Iterator(llist_head* at, size_t offset) : at_(at), next_(at->next), offset_(offset) {}
    T* operator*() const { return reinterpret_cast<T*>(reinterpret_cast<char*>(at_) - offset_); }
    Iterator& operator++() {
      at_ = next_;
      next_ = at_->next;
      return *this;
    }
    bool operator!=(const Iterator& other) const { return at_ != other.at_; }

   private:
    llist_head* at_;
    llist_head* next_;
    size_t offset_;
  };
  List(llist_head& head, size_t offset) : head_(head), offset_(offset) {}
  Iterator begin() const { return Iterator(head_.next, offset_); }
  Iterator end() const { return Iterator(&head_, offset_); }

 private:
  llist_head& head_;
  size_t offset_;
};

inline List<osmo_ss7_instance> instances() { return {osmo_ss7_instances, offsetof(osmo_ss7_instance, list)}; }
inline List<osmo_ss7_as> application_servers(osmo_ss7_instance* inst) {
  return {inst->as_list, offsetof(osmo_ss7_as, list)};
}
inline List<osmo_ss7_asp> asps(osmo_ss7_instance* inst) { return {inst->asp_list, offsetof(osmo_ss7_asp, list)}; }
inline List<osmo_ss7_asp> asps(osmo_xua_server* server) { return {server->asp_list, offsetof(osmo_ss7_asp, siblings)}; }
inline List<osmo_xua_server> servers(osmo_ss7_instance* inst) {
  return {inst->xua_servers, offsetof(osmo_xua_server, list)};
}
inline List<osmo_ss7_route> routes(osmo_ss7_instance* inst) {
  return {inst->rtable_system->routes, offsetof(osmo_ss7_route, list)};
}

AspState state_of(const osmo_ss7_asp* asp) noexcept;
AsState state_of(const osmo_ss7_as* as) noexcept;
Role role_of(const osmo_ss7_asp* asp) noexcept;
/// Of its first ASP; an AS without any is ours.
Role role_of(const osmo_ss7_as* as) noexcept;
bool is_m3ua(const osmo_ss7_asp* asp) noexcept;
bool is_connected(const osmo_ss7_asp* asp) noexcept;
/// The association's descriptor in the loop; nullptr when there is no socket object.
osmo_fd* descriptor_of(const osmo_ss7_asp* asp) noexcept;

/// What a layer manager asks of the ASP's state machine. RFC 4666 §1.6.3.
enum class Request : uint8_t { kAspUp, kAspActive, kAspInactive, kAspDown };
/// False when the state machine does not take it now. The library has no call for it: the event is
/// looked up by its name.
bool request(osmo_ss7_asp* asp, Request what) noexcept;

/// The AS that carries traffic to `dpc`, the first active one of: the configured route's; the one an MSC
/// behind us with this point code stands in; our own. Of one STP's route the answers thus go by the other
/// STP when it is lost. Without an active one the first of them; nullptr when there is none.
osmo_ss7_as* route(osmo_ss7_instance* inst, uint32_t dpc) noexcept;
/// The ASP for a message: among the active ones by SLS, so that one SLS keeps its order; in override mode
/// the first. nullptr when none is active.
osmo_ss7_asp* choose_asp(const osmo_ss7_as* as, uint8_t sls) noexcept;
/// Another active ASP of an override-mode AS makes this one a standby. RFC 4666 §4.3.4.3.
bool is_override(const osmo_ss7_as* as) noexcept;

Status status();

}  // namespace eir::sigtran::mtp::ss7
