// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "sync/epp/blocking_line.h"

/// How one site of the centre speaks to another: questions and answers over mutual TLS, any octets. A message goes in
/// frames as EPP's (RFC 5734 §4: four octets of length, which count themselves); each begins with one octet: 1, another
/// frame of the message follows; 0, it is the last.
namespace eir::sync::stream {

using epp::Deadline;
inline Deadline after(std::chrono::milliseconds time) { return std::chrono::steady_clock::now() + time; }

inline constexpr uint32_t kPieceMax = 1 << 20;  ///< octets of a message in one frame

/// One connection. Calls block until their deadline; a failed one leaves it unusable.
/// Threads: one; interrupt() from any. The process must ignore SIGPIPE.
class Channel {
 public:
  /// `peer` is what problems name the other by.
  Channel(base::Fd socket, epp::TlsContext context, epp::TlsSide side, std::string peer);

  template <class T>
  using Outcome = base::Result<T, base::Problem>;
  Outcome<void> handshake(Deadline until) { return line_.handshake(until); }
  Outcome<void> send(std::string_view message, Deadline until);
  /// Errors: also a message longer than `octets_max`, before more than that is held.
  Outcome<std::string> receive(uint64_t octets_max, Deadline until);
  epp::Certificate peer_certificate() const { return line_.peer_certificate(); }
  /// A call that waits fails at once, and all later ones. Threads: any.
  void interrupt() { line_.interrupt(); }

 private:
  epp::BlockingLine line_;
};

}  // namespace eir::sync::stream
