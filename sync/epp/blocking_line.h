// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/fd.h"
#include "core/base/result.h"
#include "core/base/wake.h"
#include "sync/epp/framing.h"
#include "sync/epp/tls.h"

namespace eir::sync::epp {

using Deadline = std::chrono::steady_clock::time_point;

/// A connected, non-blocking socket; `host` is a name or a literal. Errors: one sentence. `stop_fd`: readable ends the
/// wait; -1: none.
base::Result<base::Fd, std::string> connect_to(const std::string& host, uint16_t port, Deadline until, int stop_fd);

/// Frames over mutual TLS, for callers that block until a deadline. A failed call leaves it unusable.
/// Threads: one; interrupt() from any. The process must ignore SIGPIPE.
class BlockingLine {
 public:
  struct Settings {
    std::string peer;         ///< what problems name the other by
    std::string server_name;  ///< that a server's certificate must bear; empty: any
    uint32_t frame_max = kFrameMax;
    int stop_fd = -1;  ///< readable: as interrupt(); -1: none
  };
  BlockingLine(base::Fd socket, TlsContext context, TlsSide side, Settings settings);
  /// Tells the peer that nothing more comes.
  ~BlockingLine();
  BlockingLine(const BlockingLine&) = delete;
  BlockingLine& operator=(const BlockingLine&) = delete;

  template <class T>
  using Outcome = base::Result<T, base::Problem>;
  Outcome<void> handshake(Deadline until);
  Outcome<void> send(std::string_view octets, Deadline until);
  /// What is in the next frame; lives until the next call.
  Outcome<std::string_view> receive(Deadline until);

  base::Unexpected<base::Problem> failed(std::string text) const;
  Certificate peer_certificate() const { return socket_.peer_certificate(); }
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  std::string tls() const { return socket_.describe(); }
  /// A call that waits fails at once, and all later ones. Threads: any.
  void interrupt() { wake_.set(); }

 private:
  Outcome<void> wait(Io io, Deadline until);

  const Settings settings_;
  TlsContext context_;
  TlsSocket socket_;
  base::Wake wake_;
  FrameReader frames_;
};

}  // namespace eir::sync::epp
