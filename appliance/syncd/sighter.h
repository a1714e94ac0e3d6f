// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <condition_variable>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

#include "appliance/syncd/config.h"
#include "sync/sightings/epp_carrier.h"

namespace eir::appliance::syncd {

/// The thread in which sightings go up. Threads: start() and stop() the loop's; all else any. The messages and the
/// clock outlive it.
class Sighter {
 public:
  using Say = std::function<void(bool bad, std::string line)>;
  Sighter(const Config& config, std::vector<sync::sightings::CarrierSite> sites, const epp::Messages& messages,
          const base::Clock& clock, Say say);
  ~Sighter() { stop(); }

  /// Errors: the directory of segments cannot be used.
  base::Result<void, base::Problem> start();
  /// Ends as soon as the step it is in lets it: whatever waits for the network fails at once.
  void stop();
  /// Looks and sends now.
  void hurry();
  void renew_certificates() { carrier_.renew(); }
  sync::sightings::Uploader::Status status() const { return uploader_.status(); }

 private:
  void run();

  const std::chrono::milliseconds interval_;
  const Say say_;
  sync::sightings::EppCarrier carrier_;
  sync::sightings::Uploader uploader_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false, hurry_ = false;
  std::thread thread_;
};

}  // namespace eir::appliance::syncd
