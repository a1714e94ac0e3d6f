// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <boost/lockfree/spsc_queue.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "core/decision/question.h"

namespace eir::sightings {

/// One way a device was seen to be used. Fixed size, no pointers: it leaves the answering thread so.
struct Sighting {
  static constexpr size_t kNodeMax = 64;
  static constexpr uint8_t kNoSvn = 0xFF;

  identity::ImeiKey imei{};
  identity::Imsi imsi;        ///< empty: not sent
  identity::Msisdn msisdn;    ///< empty: not sent
  identity::Digits visited;   ///< country and network code of the serving network; empty: not known
  base::UnixSeconds first{};  ///< of this way of use, as far as the process remembers
  base::UnixSeconds last{};
  uint8_t svn = kNoSvn;
  decision::Interface interface = decision::Interface::kConsole;
  uint8_t node_len = 0;
  std::array<char, kNodeMax> node{};  ///< who asked: Origin-Host, or originating point code; longer ones are cut

  std::string_view node_text() const { return {node.data(), node_len}; }
  /// All but the times are the same.
  bool same_use(const Sighting& o) const;
  uint64_t use_hash() const;
};

/// A valid device's sighting; the visited network is worked out later, where there is time.
/// REQUIRES: q.imei.valid(). Threads: pure. Allocates: no.
Sighting sighting_of(const decision::Question& q) noexcept;
/// "mme1.epc.mnc01.mcc255.3gppnetwork.org" is of 25501 (3GPP TS 23.003 §19.2: three digits of MNC, of which a leading
/// 0 may stand for a code of two); empty for any other name.
identity::Digits network_of(std::string_view origin_host);

/// From one answering thread to the worker. A full queue refuses; nobody waits.
class SightingQueue {
 public:
  static constexpr size_t kLenMax = 16'384;
  /// Threads: the answering thread. Allocates: no.
  bool push(const Sighting& s) noexcept { return queue_.push(s); }
  /// Threads: the worker.
  bool pop(Sighting& s) { return queue_.pop(s); }
  size_t depth() const { return queue_.read_available(); }

 private:
  boost::lockfree::spsc_queue<Sighting, boost::lockfree::capacity<kLenMax>> queue_;
};

/// What a process answered from, from `at` on.
struct Served {
  struct Source {
    std::string name;
    lists::Version version;
    bool pinned = false;
    bool held = false;
    friend bool operator==(const Source&, const Source&) = default;
  };
  base::UnixSeconds at{};
  uint64_t policy = 0;  ///< number of the policy document; 0: none
  std::vector<Source> sources;

  bool same_but_for_time(const Served& o) const { return policy == o.policy && sources == o.sources; }
};

}  // namespace eir::sightings
