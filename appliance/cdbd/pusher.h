// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <atomic>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "appliance/cdbd/versions.h"
#include "sync/epp/client.h"

namespace eir::appliance::cdbd {

/// A node that is told of versions at its own EPP server.
struct PushNode {
  std::string name;          ///< for people
  epp::ClientConfig client;  ///< its `stop_fd` is ours
  std::string user, password;
};

struct PusherOptions {
  std::chrono::milliseconds look_interval{20};  ///< how often the registry is looked at for a new version
  std::chrono::milliseconds ask_again{300};     ///< after 1001: where does the node stand now? Then later and later
  std::chrono::milliseconds keep_alive{60'000};
  std::chrono::milliseconds backoff_min{1'000}, backoff_max{60'000};
};

struct PushStatus {
  std::string name;
  bool connected = false;
  lists::Version told;                               ///< the newest it answered to
  lists::Version at;                                 ///< where it said it stands
  std::string problem;                               ///< why it cannot be told; empty: nothing is wrong
  base::MonotonicTime wrong_since{};                 ///< since when there is a problem, while there is one
  uint64_t changes = 0, hints = 0;                   ///< sent with the change, without
  uint64_t committed = 0, pulling = 0, refused = 0;  ///< its answers: 1000, 1001, others
  uint64_t sessions = 0, failures = 0;
};

/// Tells nodes of each new version at once, so that nobody waits for the next poll: to each a session kept open, and on
/// every version one `create`, with the change when it is of at most kInlineChangesMax entries and it is known what the
/// node holds. What cannot be delivered is not kept: the node's own poll brings it; a node that cannot be reached, or
/// refuses, is told of the newest once it can be, and its problem stands until then. A site that follows another one
/// tells nobody.
///
/// Threads: one for each node, from start() to stop(); status() from any. Registry, versions, messages and clock
/// outlive it.
class Pusher {
 public:
  static constexpr size_t kNodesMax = 64;               ///< more are not told
  static constexpr uint64_t kVersionsTogetherMax = 16;  ///< a node further behind gets a hint
  struct Parts {
    registry::Registry& registry;
    Versions& versions;
    const epp::Messages& messages;
    const base::Clock& clock;
  };
  Pusher(std::vector<PushNode> nodes, PusherOptions options, Parts parts);
  /// Stops.
  ~Pusher();
  Pusher(const Pusher&) = delete;
  Pusher& operator=(const Pusher&) = delete;

  void start();
  /// At once, whatever a node lets us wait for. For good.
  void stop();
  std::vector<PushStatus> status() const;

 private:
  struct Node;
  void run(Node& node);
  bool open(Node& node);
  bool tell(Node& node, lists::Version version);
  epp::version::Create frame_for(Node& node, lists::Version version);
  void answered(Node& node, lists::Version version, const epp::Reply& reply);
  void failed(Node& node, const std::string& why);
  void wrong(Node& node, std::string why);
  void rest(Node& node);
  bool pause(std::chrono::milliseconds time);

  const PusherOptions options_;
  const Parts parts_;
  base::Wake interrupt_;
  mutable std::mutex mutex_;  ///< guards stop_ and the nodes' status
  std::condition_variable wake_;
  bool stop_ = false;
  std::vector<std::unique_ptr<Node>> nodes_;
};

}  // namespace eir::appliance::cdbd
