// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/metrics/exposer.h"

#include <fmt/format.h>
#include <prometheus/collectable.h>
#include <prometheus/exposer.h>

#include <mutex>

namespace eir::appliance {
namespace {

constexpr size_t kScrapeThreads = 2;

class Collector final : public prometheus::Collectable {
 public:
  explicit Collector(Exposer::Collect collect) : collect_(std::move(collect)) {}

  std::vector<prometheus::MetricFamily> Collect() const override {
    const std::lock_guard one_scrape_at_a_time(mutex_);
    Families families;
    collect_(families);
    return families.take();
  }

 private:
  const Exposer::Collect collect_;
  mutable std::mutex mutex_;
};

}  // namespace

struct Exposer::Impl {
  std::shared_ptr<Collector> collector;
  std::unique_ptr<prometheus::Exposer> exposer;
};

Exposer::Exposer(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Exposer::~Exposer() = default;

base::Result<std::unique_ptr<Exposer>, base::Problem> Exposer::listen(const Endpoint& endpoint, Collect collect) {
  auto impl = std::make_unique<Impl>();
  const std::string where = fmt::format("{}:{}", endpoint.address, endpoint.port);
  try {
    impl->exposer = std::make_unique<prometheus::Exposer>(where, kScrapeThreads);
  } catch (const std::exception& e) {  // the library's way to say that it cannot listen
    return base::problem("metrics", fmt::format("cannot listen at {}: {}", where, e.what()));
  }
  impl->collector = std::make_shared<Collector>(std::move(collect));
  impl->exposer->RegisterCollectable(impl->collector);
  return std::unique_ptr<Exposer>(new Exposer(std::move(impl)));
}

}  // namespace eir::appliance
