// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <boost/asio/ip/address.hpp>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "core/base/clock.h"
#include "diameter/codec/error_answer.h"
#include "diameter/peer/config.h"

namespace eir::diameter::peer {

using IpAddress = boost::asio::ip::address;

inline constexpr size_t kListenerAddressesMax = 8;

/// ASCII, for DiameterIdentities.
std::string lower_case(std::string_view text);

/// A configuration in the form the threads use. Immutable; shared by all of them.
struct Runtime {
  ServerConfig config;
  codec::Identity self;
  uint32_t origin_state_id = 0;  ///< RFC 6733 §8.16: grows with every start
  std::vector<IpAddress> host_ip;
  std::unordered_map<std::string, PeerConfig> peers;  ///< by lower-case Origin-Host

  Runtime(const ServerConfig& from, uint32_t state_id);
  const PeerConfig* find(std::string_view origin_host) const;
  /// The thread a peer belongs to.
  unsigned thread_of(std::string_view origin_host) const;
};
using RuntimePtr = std::shared_ptr<const Runtime>;

/// What a moment is to a session: when it is due, and when it happened.
struct Moment {
  base::MonotonicTime mono{};
  base::UnixSeconds wall{};
};
inline Moment moment_of(const base::Clock& clock) {
  return {clock.monotonic(), std::chrono::floor<std::chrono::seconds>(clock.wall())};
}

/// Lets `rate` a second through, `burst` at once. Threads: one.
class TokenBucket {
 public:
  /// rate 0 lets everything through; burst 0 is one second's worth. Full at first; a change keeps what is
  /// left, as far as it fits.
  void configure(uint32_t rate, uint32_t burst);
  bool take(base::MonotonicTime now);
  /// When it is full again if nobody takes any more.
  base::MonotonicTime full_at() const;

 private:
  double rate_ = 0;
  double burst_ = 0;
  double tokens_ = 0;
  base::MonotonicTime last_{};
};

}  // namespace eir::diameter::peer
