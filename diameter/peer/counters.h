// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <cstdint>

#include "core/base/counter.h"
#include "diameter/peer/server.h"
#include "diameter/s13/responder.h"

namespace eir::diameter::peer {

/// Answers by what became of their requests. One writer.
struct OutcomeCounters {
  std::array<base::Counter, s13::kOutcomes> by;
  void add(s13::Outcome o) { by[static_cast<size_t>(o)].add(); }
  uint64_t get(s13::Outcome o) const { return by[static_cast<size_t>(o)].get(); }
  AnswerCounts counts() const;
};

/// What one thread counts; Server::counters() sums nothing, it names the thread.
struct ThreadCounters {
  base::Counter requests;  ///< application requests
  OutcomeCounters outcomes;
  base::Counter octets_read, octets_written;
  base::Counter connections_open;  ///< gauge
  base::Counter cer_accepted;
  base::Counter cer_unknown_peer;           ///< 3010
  base::Counter cer_no_common_application;  ///< 5010
  base::Counter cer_second;                 ///< 5012
  base::Counter cer_no_security;            ///< 5017
  base::Counter cer_malformed;              ///< 3008, 5001 to 5014
  base::Counter watchdogs_sent, watchdogs_received, watchdogs_missed;
  base::Counter disconnects_sent, disconnects_received;
  base::Counter broken_framing;
  base::Counter stray_answers;
  base::Counter reading_stopped;        ///< Limits::output_octets_max hit
  base::Counter peers_unknown_refused;  ///< kUnknownPeersMax hit
  base::Counter spent_buckets_dropped;  ///< kSpentBucketsMax hit
  base::Counter leaving_closed;         ///< kLeavingMax hit
  // Thread 0 only: the door.
  base::Counter accepted;
  base::Counter without_cer;          ///< gauge
  base::Counter without_cer_evicted;  ///< Limits::without_cer_max hit
  base::Counter cer_timeouts;
  base::Counter first_not_cer;
  base::Counter connections_refused;  ///< Limits::connections_max hit
  base::Counter accept_exhausted;     ///< EMFILE and its kin
  base::Counter tls_failures;
  // Latency
  std::array<base::Counter, kLatencyBoundsNs.size() + 1> latency;
  base::Counter latency_sum_ns;

  void add_latency(uint64_t ns);
  void visit(unsigned thread, const SampleVisitor& visitor) const;
};

}  // namespace eir::diameter::peer
