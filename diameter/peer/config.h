// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "core/tls/context.h"
#include "diameter/codec/avp.h"

namespace eir::diameter::peer {

/// RFC 6733 §2.1; TLS is spoken from the first octet, on a port of its own (§13.1).
enum class Transport : uint8_t { kTcp, kTls, kSctp };
/// "tcp", "tls", "sctp".
std::string_view to_string(Transport t) noexcept;

inline constexpr uint16_t kPortPlain = 3868;  ///< RFC 6733 §11.4
inline constexpr uint16_t kPortTls = 5658;    ///< RFC 6733 §11.4

/// One place to listen at. Several addresses: SCTP multi-homing, one endpoint with all of them; TCP and
/// TLS open one socket for each.
struct Listener {
  Transport transport = Transport::kTcp;
  std::vector<std::string> addresses;  ///< IPv4 or IPv6 literals, at least one; no names
  uint16_t port = kPortPlain;          ///< 0: any free port, for tests (Server::endpoints() tells which)
  friend bool operator==(const Listener&, const Listener&) = default;
};

/// A peer that may connect.
struct PeerConfig {
  std::string origin_host;             ///< compared without case, RFC 6733 §4.3.1
  std::vector<std::string> addresses;  ///< literals it may come from; none: any
  uint32_t rate = 0;                   ///< questions a second before 3004; 0: no limit
  uint32_t burst = 0;                  ///< questions at once; 0: one second's worth
  bool blocked = false;                ///< kept in the configuration, and refused with 3010
  bool tls_required = false;           ///< refused with 5017 on a plain connection
  friend bool operator==(const PeerConfig&, const PeerConfig&) = default;
};

/// Bounds; each has a counter that tells when it was hit.
struct Limits {
  unsigned without_cer_max = 64;             ///< connections that have not sent their CER; the oldest goes first
  unsigned connections_max = 2048;           ///< a new one above it is closed at once; those leaving do not count
  uint32_t output_octets_max = 1024 * 1024;  ///< unsent answers of a peer; above it the peer is not read
  uint32_t message_octets_max = 64 * 1024;   ///< a longer message is broken framing
  friend bool operator==(const Limits&, const Limits&) = default;
};

/// SCTP path supervision, RFC 9260 §§6.3, 8.3; 0 keeps the kernel's value.
struct SctpTuning {
  uint32_t heartbeat_ms = 0;
  uint32_t rto_initial_ms = 0;
  uint32_t rto_min_ms = 0;
  uint32_t rto_max_ms = 0;
  friend bool operator==(const SctpTuning&, const SctpTuning&) = default;
};

/// All a Diameter node needs to know. A plain value: filled by the daemon's console, validated, applied
/// whole.
struct ServerConfig {
  std::string origin_host;
  std::string origin_realm;
  std::string product_name = "Turnstile";
  uint32_t vendor_id = 0;            ///< the Vendor-Id of CEA: ours has no enterprise number
  std::vector<std::string> host_ip;  ///< Host-IP-Address of CEA; none: the connection's local address
  std::vector<Listener> listeners;
  tls::Config tls;  ///< needed where a listener is TLS
  SctpTuning sctp;
  unsigned watchdog_s = 30;           ///< Tw of RFC 3539 §3.4.1, 1 to 3600; the RFC advises 6 or more
  unsigned cer_timeout_s = 5;         ///< from accept, the TLS handshake included, 1 to 60
  bool accept_unknown_peers = false;  ///< false: 3010 for whoever is not in `peers`
  uint32_t unknown_rate = 0;          ///< as PeerConfig::rate, for each unknown peer
  unsigned threads = 1;               ///< 1 to kThreadsMax; fixed once started
  std::vector<PeerConfig> peers;
  Limits limits;
  friend bool operator==(const ServerConfig&, const ServerConfig&) = default;
};

inline constexpr unsigned kThreadsMax = 16;
inline constexpr unsigned kPeersMax = 4096;  ///< configured peers
using codec::kDiameterIdentityMax;
inline constexpr uint32_t kMessageOctetsLimit = 1024 * 1024;  ///< upper bound of Limits::message_octets_max

/// Everything that is wrong with a configuration, not only the first; empty when nothing is. Reads the
/// certificate files, opens no socket. Problem::where names the item as the console does ("peer mme1",
/// "listen tls", "tls private-key"). Threads: pure but for the files.
std::vector<base::Problem> validate(const ServerConfig& config);

using codec::is_diameter_identity;

}  // namespace eir::diameter::peer
