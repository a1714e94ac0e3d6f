// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "core/base/result.h"
#include "sync/epp/server.h"
#include "sync/epp/tls.h"

/// Files between centre and nodes: HTTP/1.1 over mutual TLS (RFC 9110, RFC 9112), GET and PUT of files by name.
namespace eir::sync::transfer {

inline constexpr uint16_t kPort = 8443;
inline constexpr unsigned kThreadsMax = 16;

/// Why a file is not given or not taken. `status` is HTTP's: 403, 404, 413, 507.
struct Refusal {
  unsigned status = 404;
  std::string text;  ///< one short line, for the peer
};

/// A folder of the server: files are at /PATH/NAME, NAME as is_name() has it, so that no path ever comes from a peer.
/// Threads: the functions are called from every thread of the server at once, and should answer soon. They must outlive
/// it, and nothing of theirs may throw.
struct Area {
  /// The file that is sent; a regular one.
  using Provide = std::function<base::Result<std::string, Refusal>(std::string_view name, const epp::Certificate&)>;
  struct Place {
    std::string directory;  ///< that exists
    uint64_t octets_max = 0;
  };
  /// Where a file may be put, and how long it may be. One of the same name is replaced as a whole.
  using Accept = std::function<base::Result<Place, Refusal>(std::string_view name, const epp::Certificate&)>;

  std::string path;
  Provide provide;  ///< empty: nothing can be fetched
  Accept accept;    ///< empty: nothing can be put
};

/// Bounds; each has a counter that tells when it was hit.
struct Limits {
  unsigned connections_max = 256;         ///< a new one above it is closed at once
  unsigned requests_max = 10'000;         ///< of one connection
  uint32_t header_octets_max = 8 * 1024;  ///< above it 431
  std::chrono::milliseconds handshake_timeout{10'000};
  std::chrono::milliseconds header_timeout{15'000};  ///< from the last answer, or the handshake, to a header's end
  std::chrono::milliseconds stall_timeout{30'000};   ///< without an octet of a body
  uint64_t rate_min = 4 * 1024;                      ///< octets a second that a body must have over its whole length
};

struct ServerConfig {
  std::vector<epp::Endpoint> listeners;
  epp::TlsConfig tls;
  std::vector<Area> areas;
  unsigned threads = 2;  ///< 1 to kThreadsMax; files are read and written in them
  Limits limits;
};

/// Threads: any; start() and stop() take turns.
class Server {
 public:
  Server();
  /// Stops it, if it still runs.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  /// Loads certificates, binds, starts the threads. On failure nothing is left behind.
  base::Result<void, epp::Problems> start(const ServerConfig& config);
  /// Closes everything at once: a file on its way is thrown away, and its sender begins again.
  void stop();
  /// Reads the certificates again, for connections to come. Refused: the old ones stay.
  base::Result<void, epp::Problems> renew_certificates();
  bool running() const;
  /// Where it really listens.
  std::vector<epp::Endpoint> endpoints() const;
  /// Counts go on over stop() and start().
  void counters(const epp::SampleVisitor& visit) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::sync::transfer
