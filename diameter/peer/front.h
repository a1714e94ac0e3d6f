// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <map>
#include <memory>
#include <vector>

#include "diameter/peer/runtime.h"
#include "diameter/peer/socket.h"
#include "diameter/peer/worker.h"

namespace eir::diameter::peer {

inline constexpr unsigned kAcceptsPerTurn = 64;
inline constexpr std::chrono::milliseconds kAcceptBackOff{100};  ///< when descriptors have run out

/// A bound and listening socket. Owned by the server; the front only uses it.
struct Listening {
  std::vector<std::string> addresses;
  uint16_t port = 0;  ///< as configured
  Transport transport = Transport::kTcp;
  base::Fd fd;
};
using ListeningPtr = std::shared_ptr<Listening>;

class Guest;

/// Thread 0's door: accepts, shakes hands, reads a connection's first message, and hands it with its CER
/// to the thread its Origin-Host belongs to. Connections that do not say who they are wait here, bounded
/// in number (the oldest goes) and in time. Threads: thread 0's.
class Front {
 public:
  Front(Worker& own, std::vector<Worker*> workers, const base::Clock& clock, ConnectionCounts& counts);
  ~Front();

  void configure(RuntimePtr runtime, tls::Context tls, const std::vector<ListeningPtr>& listening);
  /// No more connections; those without CER are closed.
  void close();

  // For guests.
  void hand_over(Guest& guest, std::string_view origin_host);
  void dismiss(Guest& guest);
  ThreadCounters& counters() { return own_.desk().counters(); }
  const Runtime& runtime() const { return *runtime_; }

 private:
  struct Door;
  void wait(const std::shared_ptr<Door>& door);
  void accept_some(const std::shared_ptr<Door>& door);
  void admit(int fd, Transport transport);
  void survive_exhaustion(Door& door);
  void tick();
  void show_count() { counters().without_cer.set(guests_.size()); }

  Worker& own_;
  std::vector<Worker*> workers_;
  const base::Clock& clock_;
  ConnectionCounts& counts_;
  RuntimePtr runtime_;
  tls::Context tls_;
  std::vector<std::shared_ptr<Door>> doors_;
  std::map<uint64_t, std::shared_ptr<Guest>> guests_;  ///< by order of arrival
  uint64_t next_guest_ = 0;
  boost::asio::steady_timer timer_;
  base::Fd reserve_;  ///< given up to accept and close when no descriptor is left
};

}  // namespace eir::diameter::peer
