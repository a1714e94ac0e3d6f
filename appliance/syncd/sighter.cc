// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/sighter.h"

#include <fmt/format.h>

namespace eir::appliance::syncd {
namespace {

sync::sightings::UploaderConfig uploader_config(const Config& c) {
  sync::sightings::UploaderConfig out;
  out.node = c.node;
  out.journals = c.sightings.journals;
  out.spool = c.sightings.spool;
  out.spool_octets_max = c.sightings.octets_max;
  out.rows_max = c.sightings.rows;
  out.prune = c.sightings.prune;
  return out;
}

}  // namespace

Sighter::Sighter(const Config& config, std::vector<sync::sightings::CarrierSite> sites, const epp::Messages& messages,
                 const base::Clock& clock, Say say)
    : interval_(config.sightings.interval),
      say_(std::move(say)),
      carrier_({config.node, std::move(sites)}, messages),
      uploader_(uploader_config(config), carrier_, clock) {}

base::Result<void, base::Problem> Sighter::start() {
  if (auto ok = uploader_.open(); !ok) return ok;
  thread_ = std::thread([this] { run(); });
  return {};
}

void Sighter::stop() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  uploader_.interrupt();
  if (thread_.joinable()) thread_.join();
}

void Sighter::hurry() {
  uploader_.hurry();
  {
    const std::lock_guard lock(mutex_);
    hurry_ = true;
  }
  wake_.notify_all();
}

void Sighter::run() {
  std::string said;
  for (bool more = false;;) {
    {
      std::unique_lock lock(mutex_);
      if (!more) wake_.wait_for(lock, interval_, [this] { return stop_ || hurry_; });
      hurry_ = false;
      if (stop_) return;
    }
    more = uploader_.step();
    const auto status = uploader_.status();
    const std::string problem = !status.spool_problem.empty() ? status.spool_problem : status.problem;
    if (problem != said) {
      said = problem;
      say_(!problem.empty(), problem.empty() ? "sightings go up again" : fmt::format("sightings wait: {}", problem));
    }
  }
}

}  // namespace eir::appliance::syncd
