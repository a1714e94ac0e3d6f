// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "appliance/cdbd/control_wire.h"
#include "core/base/fd.h"
#include "core/base/wake.h"
#include "registry/registry.h"
#include "sync/epp/transaction.h"

namespace eir::appliance::cdbd {

/// The socket through which cdbctl reaches a running cdbd. Commands go through the daemon's registry and are on record
/// under "cdbctl:" and the login name of whoever asked, as the kernel tells it.
///
/// Threads: one that accepts, and one for each connection.
class Control {
 public:
  static constexpr size_t kConnectionsMax = 8;  ///< those after are closed at once and counted
  static constexpr std::chrono::seconds kSilence{30};

  /// Answers words that are for the daemon itself; nothing: it does not know them. Called in a connection's thread.
  using Words = std::function<std::optional<std::string>(const std::vector<std::string>& words)>;

  /// Whoever may write the directory may talk to us: the socket's mode is 0600. A socket left over there is replaced.
  /// Everything outlives it.
  static base::Result<std::unique_ptr<Control>, base::Problem> listen(const std::string& path,
                                                                      registry::Registry& registry,
                                                                      sync::epp::TransactionIds& transactions,
                                                                      Words words);
  /// Ends the connections; what the registry has taken is done.
  ~Control();
  Control(const Control&) = delete;
  Control& operator=(const Control&) = delete;

  uint64_t refused() const { return refused_.load(std::memory_order_relaxed); }

 private:
  struct Connection {
    base::Fd fd;
    std::atomic<bool> over{false};
    std::thread thread;
  };
  Control(std::string path, base::Fd socket, registry::Registry& registry, sync::epp::TransactionIds& transactions,
          Words words)
      : path_(std::move(path)),
        socket_(std::move(socket)),
        registry_(registry),
        transactions_(transactions),
        words_(std::move(words)) {}
  void accept_all();
  void admit(base::Fd fd);
  void serve(int fd);
  ControlReply answer(const std::string& who, std::string_view octets);
  void join_ended();

  const std::string path_;
  const base::Fd socket_;
  base::Wake stop_;
  registry::Registry& registry_;
  sync::epp::TransactionIds& transactions_;
  const Words words_;
  std::atomic<uint64_t> refused_{0};
  std::list<Connection> connections_;  ///< the accepting thread's
  std::thread thread_;
};

}  // namespace eir::appliance::cdbd
