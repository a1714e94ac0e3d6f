// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "sync/epp/client.h"
#include "sync/sightings/uploader.h"
#include "sync/transfer/client.h"

namespace eir::sync::sightings {

/// One site of the centre.
struct CarrierSite {
  epp::ClientConfig epp;
  std::string user, password;
  std::string files;  ///< "https://HOST:PORT": segments go to /sightings/NAME below it
};

struct CarrierConfig {
  std::string node;
  std::vector<CarrierSite> sites;  ///< the one that is tried first, first
};

/// Segments over HTTPS, their jobs over EPP; one site after the other until one takes them.
/// Threads: one; interrupt() any. The messages outlive it.
class EppCarrier final : public Carrier {
 public:
  EppCarrier(CarrierConfig config, const epp::Messages& messages);
  ~EppCarrier() override;

  Said put(const Spooled& segment) override;
  Said file(const Spooled& segment) override;
  bool another_site() override;
  void interrupt() override;
  /// Certificates are read again: connections are made anew.
  void renew() { renew_ = true; }

 private:
  Said ask(const epp::job::Create& job);
  base::Result<void, base::Problem> log_in();
  const CarrierSite& site() const { return config_.sites[at_]; }
  std::string address(const Spooled& segment) const;
  void leave();

  const CarrierConfig config_;
  const epp::Messages& messages_;
  size_t at_ = 0, tried_ = 0;
  base::Wake stop_;  ///< readable once interrupted
  std::atomic<bool> interrupted_{false}, renew_{false};
  std::mutex mutex_;  ///< guards the pointers against interrupt()
  std::unique_ptr<epp::Client> epp_;
  std::unique_ptr<transfer::Client> files_;
};

/// What an answer to a job's create means. Pure.
Carrier::Verdict verdict_of(epp::ResultCode code) noexcept;

}  // namespace eir::sync::sightings
