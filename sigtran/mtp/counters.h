// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "core/base/counter.h"

namespace eir::sigtran::mtp {

/// What the binding counts. Written by the SIGTRAN thread, read by any.
struct Counters {
  base::Counter data_received;
  base::Counter data_sent;
  base::Counter data_malformed;
  base::Counter data_refused;
  base::Counter sent_no_route;
  base::Counter sent_no_asp;
  base::Counter sent_too_long;
  base::Counter send_deferred;
  base::Counter backlog_full;
  base::Counter backlog_lost;
  base::Counter send_failed;
  base::Counter control_screened;
  base::Counter messages_cut;
  base::Counter management_over_bound;
  base::Counter associations_up;
  base::Counter associations_refused;
  base::Counter associations_over_bound;
  base::Counter accepts_failed;
  base::Counter destinations_over_bound;
  base::Counter congestion_received;
  base::Counter user_unavailable_received;
  base::Counter errors_received;

  /// Calls f(name, help, value) for each. Names are stable; the exporter puts its own prefix before them.
  template <class F>
  void visit(F&& f) const {
    f("data_received", "M3UA DATA delivered to the MTP user", data_received.get());
    f("data_sent", "M3UA DATA given to SCTP", data_sent.get());
    f("data_malformed", "M3UA DATA discarded: no protocol data, a length or a point code out of range",
      data_malformed.get());
    f("data_refused", "M3UA DATA discarded: not our routing context, point code or service, or the ASP not active",
      data_refused.get());
    f("sent_no_route", "Not sent: no route to the point code and no own AS", sent_no_route.get());
    f("sent_no_asp", "Not sent: no ASP of the AS active", sent_no_asp.get());
    f("sent_too_long", "Not sent: longer than one M3UA DATA may be", sent_too_long.get());
    f("send_deferred", "Kept in an association's backlog because SCTP took no more", send_deferred.get());
    f("backlog_full", "Not sent: the association's backlog was at its bound", backlog_full.get());
    f("backlog_lost", "Lost in a backlog because the association ended", backlog_lost.get());
    f("send_failed", "Lost because SCTP refused the message", send_failed.get());
    f("control_screened", "Management messages discarded: malformed, or longer than the bound", control_screened.get());
    f("messages_cut", "Messages discarded because SCTP delivered them in pieces", messages_cut.get());
    f("management_over_bound", "Management messages discarded: the peer sends them and reads none of the answers",
      management_over_bound.get());
    f("associations_up", "SCTP associations established", associations_up.get());
    f("associations_refused", "SCTP associations closed: no configured ASP has these addresses",
      associations_refused.get());
    f("associations_over_bound", "ASPs left alone: more than the bound", associations_over_bound.get());
    f("accepts_failed", "accept() failed, such as for want of file descriptors", accepts_failed.get());
    f("destinations_over_bound", "DUNA not kept: more unavailable destinations than the bound",
      destinations_over_bound.get());
    f("congestion_received", "SCON received", congestion_received.get());
    f("user_unavailable_received", "DUPU received", user_unavailable_received.get());
    f("errors_received", "M3UA ERR received", errors_received.get());
  }
};

}  // namespace eir::sigtran::mtp
