// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <vector>

#include "sync/epp/connection.h"

namespace eir::sync::epp {

/// Of the listeners. One writer.
struct DoorCounters {
  base::Counter not_allowed, connections_hit, handshakes_hit, accept_failures;
};

/// What one thread counts.
struct ThreadCounters {
  const TransportCounters& transport;
  const SessionCounters& session;
  const Codec::Counters& codec;
};

/// Every count, summed over the threads.
void visit_counters(const std::vector<ThreadCounters>& threads, const DoorCounters& door, const SampleVisitor& visit);

}  // namespace eir::sync::epp
