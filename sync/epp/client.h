// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "core/base/result.h"
#include "sync/epp/blocking_line.h"
#include "sync/epp/codec.h"

namespace eir::sync::epp {

struct ClientConfig {
  std::string host;  ///< a name or a literal
  uint16_t port = 700;
  TlsConfig tls;
  std::string server_name;  ///< that the server's certificate must bear; empty: `host`
  std::string schema_directory;
  std::chrono::milliseconds connect_timeout{10'000};  ///< until the greeting is there
  std::chrono::milliseconds answer_timeout{30'000};   ///< for one answer, or for one frame to go out
  uint32_t frame_max = 16 * 1024 * 1024;              ///< of the server
  int stop_fd = -1;  ///< when it is readable every wait fails at once, that for the connection too; -1: none
};

/// EPP as a client speaks it: blocking, one connection. A failed call leaves the connection unusable: make a
/// new one. Threads: one; interrupt() alone from any. The process must ignore SIGPIPE.
class Client {
 public:
  template <class T>
  using Outcome = base::Result<T, base::Problem>;

  /// Connects, and reads the greeting. The messages must outlive it.
  static Outcome<std::unique_ptr<Client>> connect(const ClientConfig& config, const Messages& messages);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  const Greeting& greeting() const { return greeting_; }
  /// "TLSv1.3 TLS_AES_256_GCM_SHA384".
  std::string tls() const { return line_.tls(); }

  /// One command and its answer. Gives the command a clTRID of its own, and insists on getting it back.
  /// REQUIRES: nothing sent is unanswered.
  Outcome<Reply> ask(Body body);
  /// Errors: also that the server refuses. REQUIRES: as ask().
  Outcome<void> log_in(const Text& user, const Text& password, std::initializer_list<Ns> objects);
  /// A new greeting.
  Outcome<Greeting> hello();

  /// Pipelining: answers come in the order of the commands. The command is sent as it is; false clTRIDs are
  /// the caller's.
  Outcome<void> send(const Command& command);
  Outcome<Reply> receive();

  /// Frames as they are, for tests.
  Outcome<void> send_frame(std::string_view xml);
  Outcome<std::string> receive_frame();
  /// Octets as they are.
  Outcome<void> send_octets(std::string_view octets) { return line_.send(octets, answer_deadline()); }

  /// A call that waits fails at once, and all later ones. Threads: any.
  void interrupt() { line_.interrupt(); }

 private:
  Client(const ClientConfig& config, base::Fd socket, TlsContext context, std::unique_ptr<Codec> codec);
  Deadline answer_deadline() const { return std::chrono::steady_clock::now() + config_.answer_timeout; }
  Outcome<Greeting> receive_greeting(Deadline until);

  const ClientConfig config_;
  BlockingLine line_;
  std::unique_ptr<Codec> codec_;
  Greeting greeting_;
  std::string run_;  ///< of our clTRIDs
  uint64_t sequence_ = 0;
};

}  // namespace eir::sync::epp
