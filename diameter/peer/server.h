// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/alarm.h"
#include "core/base/clock.h"
#include "core/base/result.h"
#include "core/decision/question.h"
#include "core/tls/certificates.h"
#include "diameter/peer/config.h"

namespace eir::diameter::peer {

/// Where a peer stands. RFC 6733 §5.6 as far as it concerns a node that only listens, and RFC 3539 §3.4.
enum class PeerState : uint8_t {
  kDown,  ///< configured, not connected
  kOpen,
  kSuspect,        ///< open, and a watchdog request stands unanswered
  kDisconnecting,  ///< DPR sent or answered
};
/// "down", "open", "suspect", "disconnecting".
std::string_view to_string(PeerState s) noexcept;

/// Answers of a peer or a thread, by what they said.
struct AnswerCounts {
  uint64_t white = 0, black = 0, grey = 0, unknown = 0;
  uint64_t protocol_errors = 0;   ///< 3xxx, but for 3004
  uint64_t too_busy = 0;          ///< 3004
  uint64_t permanent_errors = 0;  ///< 5xxx
};

/// One line of `show diameter peers`. A value; taken at one moment.
struct PeerStatus {
  std::string origin_host;
  bool configured = false;
  bool blocked = false;
  PeerState state = PeerState::kDown;
  Transport transport = Transport::kTcp;  ///< this and the next five: while connected
  std::string remote;                     ///< "192.0.2.1:40000"
  std::string origin_realm;
  std::string product_name;
  std::string tls;                                ///< "TLSv1.3 TLS_AES_256_GCM_SHA384", or empty
  uint32_t origin_state_id = 0;                   ///< 0: it sent none
  std::chrono::system_clock::time_point since{};  ///< of the state
  unsigned thread = 0;
  uint64_t requests = 0;  ///< ECR, since the peer is known
  AnswerCounts answers;
  uint64_t connections = 0;  ///< times it came up
  uint64_t watchdogs_sent = 0, watchdogs_answered = 0, watchdogs_received = 0;
  uint64_t queue_octets = 0;     ///< unsent
  uint64_t reading_stopped = 0;  ///< times the output bound was hit
};

/// Where a listener really is.
struct Endpoint {
  Transport transport = Transport::kTcp;
  std::string address;
  uint16_t port = 0;
};

struct Label {
  std::string_view name;
  std::string_view value;
};

/// One number for the metrics. Views live as long as the call.
struct Sample {
  std::string_view name;  ///< "eir_diameter_requests_total"
  std::string_view help;
  bool gauge = false;  ///< else it only grows
  std::span<const Label> labels;
  uint64_t value = 0;
};
using SampleVisitor = std::function<void(const Sample&)>;

/// Upper bounds of the latency buckets, in nanoseconds; one more bucket holds what is above.
inline constexpr std::array<uint64_t, 14> kLatencyBoundsNs = {500,       1'000,     2'000,      5'000,      10'000,
                                                              20'000,    50'000,    100'000,    200'000,    500'000,
                                                              1'000'000, 5'000'000, 20'000'000, 100'000'000};

/// From the moment a read gave us the question to its answer in the output buffer.
struct Latency {
  std::array<uint64_t, kLatencyBoundsNs.size() + 1> counts{};
  uint64_t sum_ns = 0;
};

using Problems = tls::Problems;

/// The S13/S13' responder: listeners, peers, threads. 3GPP TS 29.272 §6, RFC 6733.
///
/// Threads: any; start(), apply() and drain_and_stop() take turns. None of them may be called from
/// within Answerer or AlarmSink. The answerers, the sink and the clock must outlive it.
class Server {
 public:
  /// Called once for each thread, in start(), before that thread runs; the answerer is then used by that
  /// thread alone.
  using AnswererFactory = std::function<decision::Answerer&(unsigned thread)>;

  Server(AnswererFactory answerers, base::AlarmSink& alarms, const base::Clock& clock);
  /// Stops without ceremony if it still runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Validates, binds every listener and starts the threads. On failure nothing is left behind.
  base::Result<void, Problems> start(const ServerConfig& config);
  /// Changes a running server: what is new is built and bound aside, then swapped whole. A refused change
  /// changes nothing. Peers removed or blocked get DPR; certificates are read again even when their names
  /// stay, for connections to come; another origin_host or origin_realm sends DPR to everybody. `threads`
  /// cannot change. Waits until the threads have it (microseconds). Refused once drain_and_stop() began.
  base::Result<void, Problems> apply(const ServerConfig& config);
  /// Closes the listeners, answers what was taken, sends DPR (REBOOTING) to every peer, waits for their
  /// DPA, closes, ends the threads. At most `timeout`.
  void drain_and_stop(std::chrono::milliseconds timeout);
  bool running() const noexcept;

  /// Configured peers and connected ones, by Origin-Host. Takes a short lock that answering never takes.
  std::vector<PeerStatus> peers() const;
  /// Of the certificates in use: ours and the CA's.
  std::vector<tls::CertificateStatus> certificates() const;
  std::vector<Endpoint> endpoints() const;
  void counters(const SampleVisitor& visit) const;
  /// REQUIRES: thread < the configured threads.
  Latency latency(unsigned thread) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::diameter::peer
