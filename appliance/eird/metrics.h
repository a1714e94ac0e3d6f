// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>

#include "appliance/config/node_config.h"
#include "core/base/result.h"

namespace eir::appliance {

class Node;

/// Prometheus' exposition format over HTTP, at http://ADDRESS:PORT/metrics. Every name is in the handbook.
///
/// Threads: answers scrapes in threads of its own, from counters that others publish; nothing that
/// answers questions waits for it.
class Metrics {
 public:
  static base::Result<std::unique_ptr<Metrics>, base::Problem> listen(const Endpoint& endpoint, Node& node);
  ~Metrics();

 private:
  struct Impl;
  explicit Metrics(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace eir::appliance
