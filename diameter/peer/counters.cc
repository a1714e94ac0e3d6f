// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/peer/counters.h"

#include <algorithm>
#include <string>

namespace eir::diameter::peer {
namespace {

constexpr std::array<std::string_view, s13::kOutcomes> kOutcomeNames = {
    "white", "black", "grey", "unknown", "protocol-error", "too-busy", "permanent-error", "dropped"};

}  // namespace

AnswerCounts OutcomeCounters::counts() const {
  using s13::Outcome;
  return {get(Outcome::kWhite),         get(Outcome::kBlack),   get(Outcome::kGrey),          get(Outcome::kUnknown),
          get(Outcome::kProtocolError), get(Outcome::kTooBusy), get(Outcome::kPermanentError)};
}

void ThreadCounters::add_latency(uint64_t ns) {
  const auto at = std::lower_bound(kLatencyBoundsNs.begin(), kLatencyBoundsNs.end(), ns);
  latency[static_cast<size_t>(at - kLatencyBoundsNs.begin())].add();
  latency_sum_ns.add(ns);
}

void ThreadCounters::visit(unsigned thread, const SampleVisitor& visitor) const {
  const std::string number = std::to_string(thread);
  const Label thread_label{"thread", number};
  const auto one = [&](std::string_view name, std::string_view help, const base::Counter& c, bool gauge = false) {
    visitor({name, help, gauge, {&thread_label, 1}, c.get()});
  };
  const auto labelled = [&](std::string_view name, std::string_view help, std::string_view label,
                            std::string_view value, const base::Counter& c) {
    const Label labels[] = {thread_label, {label, value}};
    visitor({name, help, false, labels, c.get()});
  };
  one("eir_diameter_requests_total", "Application requests received", requests);
  for (size_t i = 0; i < outcomes.by.size(); ++i)
    labelled("eir_diameter_answers_total", "Answers by result", "result", kOutcomeNames[i], outcomes.by[i]);
  one("eir_diameter_read_octets_total", "Octets read from peers", octets_read);
  one("eir_diameter_written_octets_total", "Octets written to peers", octets_written);
  one("eir_diameter_connections", "Connections past their CER", connections_open, true);
  static constexpr std::string_view kCer = "eir_diameter_cer_total";
  static constexpr std::string_view kCerHelp = "Capabilities exchanges by result";
  labelled(kCer, kCerHelp, "result", "accepted", cer_accepted);
  labelled(kCer, kCerHelp, "result", "unknown-peer", cer_unknown_peer);
  labelled(kCer, kCerHelp, "result", "no-common-application", cer_no_common_application);
  labelled(kCer, kCerHelp, "result", "second-connection", cer_second);
  labelled(kCer, kCerHelp, "result", "no-common-security", cer_no_security);
  labelled(kCer, kCerHelp, "result", "malformed", cer_malformed);
  one("eir_diameter_watchdogs_sent_total", "DWR sent", watchdogs_sent);
  one("eir_diameter_watchdogs_received_total", "DWR received", watchdogs_received);
  one("eir_diameter_watchdogs_missed_total", "Watchdog intervals without an answer", watchdogs_missed);
  one("eir_diameter_disconnects_sent_total", "DPR sent", disconnects_sent);
  one("eir_diameter_disconnects_received_total", "DPR received", disconnects_received);
  one("eir_diameter_broken_framing_total", "Connections closed for a message length that cannot be", broken_framing);
  one("eir_diameter_stray_answers_total", "Answers to nothing we asked", stray_answers);
  static constexpr std::string_view kBound = "eir_diameter_bound_hit_total";
  static constexpr std::string_view kBoundHelp = "Times a bound was hit";
  labelled(kBound, kBoundHelp, "bound", "output", reading_stopped);
  labelled(kBound, kBoundHelp, "bound", "unknown-peers", peers_unknown_refused);
  labelled(kBound, kBoundHelp, "bound", "spent-buckets", spent_buckets_dropped);
  labelled(kBound, kBoundHelp, "bound", "leaving", leaving_closed);
  if (thread != 0) return;
  labelled(kBound, kBoundHelp, "bound", "without-cer", without_cer_evicted);
  labelled(kBound, kBoundHelp, "bound", "connections", connections_refused);
  labelled(kBound, kBoundHelp, "bound", "descriptors", accept_exhausted);
  one("eir_diameter_accepted_total", "Connections accepted", accepted);
  one("eir_diameter_connections_without_cer", "Connections that have not sent their CER", without_cer, true);
  one("eir_diameter_cer_timeouts_total", "Connections closed for no CER in time", cer_timeouts);
  one("eir_diameter_first_not_cer_total", "Connections closed for a first message other than CER", first_not_cer);
  one("eir_diameter_tls_failures_total", "TLS handshakes that failed", tls_failures);
}

}  // namespace eir::diameter::peer
