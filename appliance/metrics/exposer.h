// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>

#include "appliance/metrics/families.h"
#include "appliance/vty/service.h"
#include "core/base/result.h"

namespace eir::appliance {

/// Prometheus' exposition format over HTTP, at http://ADDRESS:PORT/metrics.
///
/// Threads: calls `collect` in threads of its own, one scrape at a time, until it is destroyed.
class Exposer {
 public:
  using Collect = std::function<void(Families&)>;
  static base::Result<std::unique_ptr<Exposer>, base::Problem> listen(const Endpoint& endpoint, Collect collect);
  ~Exposer();

 private:
  struct Impl;
  explicit Exposer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::appliance
