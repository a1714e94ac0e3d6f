// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/clock.h"
#include "core/base/result.h"
#include "sync/epp/registry.h"
#include "sync/epp/session.h"
#include "sync/epp/tls.h"

namespace eir::sync::epp {

inline constexpr uint16_t kPort = 700;  ///< RFC 5734 §7
inline constexpr unsigned kThreadsMax = 32;

struct Endpoint {
  std::string address;    ///< an IPv4 or IPv6 literal
  uint16_t port = kPort;  ///< 0: any free port, for tests
  friend bool operator==(const Endpoint&, const Endpoint&) = default;
};

/// Bounds below the sessions; each has a counter that tells when it was hit.
struct TransportLimits {
  unsigned connections_max = 1024;  ///< a new one above it is closed at once
  unsigned handshakes_max = 128;    ///< likewise, of those not through their TLS handshake
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds frame_timeout{30'000};  ///< from a frame's first octet to its last
  std::chrono::milliseconds write_timeout{30'000};  ///< without an octet taken of what we have to say
  size_t output_octets_max = 8 * 1024 * 1024;       ///< unsent; above it the peer is not read
};

struct ServerConfig {
  std::vector<Endpoint> listeners;
  TlsConfig tls;
  std::vector<std::string> allowed;  ///< addresses that may connect, literals; none: any
  std::string schema_directory;
  bool validate_output = true;
  unsigned threads = 2;  ///< 1 to kThreadsMax
  SessionConfig session;
  TransportLimits transport;
};

/// One number for the metrics. Views live as long as the call.
struct Sample {
  std::string_view name;   ///< "eir_epp_commands_total"
  std::string_view bound;  ///< of "eir_epp_bound_hit_total": which; else empty
  bool gauge = false;
  uint64_t value = 0;
};
using SampleVisitor = std::function<void(const Sample&)>;

/// EPP over TLS, RFC 5734: listeners, threads, sessions. A connection belongs to one thread.
///
/// Threads: any; start() and drain_and_stop() take turns. The registry, the messages, the identifiers and
/// the clock must outlive it.
class Server {
 public:
  Server(Registry& registry, const Messages& messages, TransactionIds& transactions, const base::Clock& clock);
  /// Stops without ceremony if it still runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Loads schemas and certificates, binds, starts the threads. On failure nothing is left behind.
  base::Result<void, Problems> start(const ServerConfig& config);
  /// Closes the listeners, answers what was taken, closes. At most `timeout`.
  void drain_and_stop(std::chrono::milliseconds timeout);
  /// Reads the certificates again, for connections to come. Refused: the old ones stay.
  base::Result<void, Problems> renew_certificates();
  bool running() const noexcept;
  /// Where it really listens.
  std::vector<Endpoint> endpoints() const;
  unsigned sessions() const;
  /// Of all connections past their TLS handshake; empty while the server starts or stops. Waits for each thread's turn.
  std::vector<SessionInfo> session_list() const;
  /// Summed over the threads.
  void counters(const SampleVisitor& visit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::sync::epp
