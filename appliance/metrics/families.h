// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <prometheus/metric_family.h>

#include <cstdint>
#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace eir::appliance {

using Labels = std::vector<prometheus::ClientMetric::Label>;

/// What one scrape gathers: families by name, in the order of their names. A name keeps the help and type it came with
/// first. Threads: one.
class Families {
 public:
  void count(const std::string& name, const std::string& help, Labels labels, uint64_t value) {
    auto& metric = add(name, help, prometheus::MetricType::Counter, std::move(labels));
    metric.counter.value = static_cast<double>(value);
  }
  void gauge(const std::string& name, const std::string& help, Labels labels, double value) {
    add(name, help, prometheus::MetricType::Gauge, std::move(labels)).gauge.value = value;
  }
  /// Bounds in nanoseconds; `counts` has one bucket more than there are bounds.
  template <class Bounds, class Count>
  void latency(const std::string& name, const std::string& help, Labels labels, const Bounds& bounds_ns, Count&& count,
               uint64_t sum_ns) {
    auto& h = add(name, help, prometheus::MetricType::Histogram, std::move(labels)).histogram;
    uint64_t total = 0;
    for (size_t i = 0; i <= bounds_ns.size(); ++i) {
      total += count(i);
      const double bound =
          i < bounds_ns.size() ? static_cast<double>(bounds_ns[i]) / 1e9 : std::numeric_limits<double>::infinity();
      h.bucket.push_back({total, bound});
    }
    h.sample_count = total;
    h.sample_sum = static_cast<double>(sum_ns) / 1e9;
  }
  std::vector<prometheus::MetricFamily> take() {
    std::vector<prometheus::MetricFamily> all;
    for (auto& [name, family] : families_) all.push_back(std::move(family));
    return all;
  }

 private:
  prometheus::ClientMetric& add(const std::string& name, const std::string& help, prometheus::MetricType type,
                                Labels labels) {
    auto& family = families_[name];
    if (family.name.empty()) {
      family.name = name;
      family.help = help;
      family.type = type;
    }
    family.metric.emplace_back();
    family.metric.back().label = std::move(labels);
    return family.metric.back();
  }
  std::map<std::string, prometheus::MetricFamily> families_;
};

}  // namespace eir::appliance
