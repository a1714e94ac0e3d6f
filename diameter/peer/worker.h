// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <thread>
#include <unordered_set>
#include <vector>

#include "diameter/peer/desk.h"
#include "diameter/peer/link.h"

namespace eir::diameter::peer {

inline constexpr std::chrono::milliseconds kTick{50};    ///< how fine timers are
inline constexpr size_t kReadOctets = 128 * 1024;        ///< of one read, at least
inline constexpr unsigned kReadsPerTurn = 8;             ///< before others get their turn
inline constexpr size_t kLeavingMax = 64;                ///< links of a worker that only wait for the peer's end
inline constexpr size_t kKeepOutputOctets = 256 * 1024;  ///< room an empty output keeps

/// One thread: its event loop, its desk, its links.
class Worker {
 public:
  Worker(unsigned index, decision::Answerer& answerer, base::AlarmSink& alarms, const base::Clock& clock);
  ~Worker();

  void run();   ///< starts the thread
  void stop();  ///< closes everything and joins
  boost::asio::io_context& io() { return io_; }
  Desk& desk() { return desk_; }
  const Desk& desk() const { return desk_; }
  unsigned index() const { return index_; }

  // In the thread.
  void adopt(Socket socket, LineInfo info, std::vector<uint8_t> early, uint16_t stream);
  void forget(const std::shared_ptr<Link>& link) {
    std::erase(leaving_, link.get());
    links_.erase(link);
  }
  /// The link has said its last word. Above kLeavingMax of them the oldest is closed.
  void leaving(Link& link);
  /// Room for one read behind `kept` octets.
  std::span<uint8_t> scratch(size_t kept);

 private:
  void tick();

  const unsigned index_;
  Desk desk_;  // outlives the event loop, whose waiting handlers hold links
  boost::asio::io_context io_{1};
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> guard_;
  boost::asio::steady_timer timer_;
  std::unordered_set<std::shared_ptr<Link>> links_;
  std::vector<Link*> leaving_;  ///< by order of their last words
  std::vector<uint8_t> scratch_;
  std::thread thread_;
};

}  // namespace eir::diameter::peer
