// SPDX-License-Identifier: GPL-3.0-or-later
// What has had its time goes.
#include <fmt/format.h>

#include "registry/engine.h"
#include "registry/octets.h"

namespace eir::registry {
namespace {

constexpr int64_t kSweepEvery = 60;  ///< seconds
/// Sightings that one sweep looks at: a store without an index by time is gone through a piece at a time, and nobody
/// waits for long behind a piece.
constexpr size_t kSightingsLookedAt = 10'000;
constexpr const char* kSweptSetting = "sightings.swept";

}  // namespace

void Engine::sweep() {
  if (now_s() - swept_at_ < kSweepEvery) return;
  swept_at_ = now_s();
  const uint64_t messages = store_.remove_messages(now_s() - kMessagesKeptSeconds);
  const uint64_t versions = store_.remove_versions(now_s() - std::chrono::seconds(options_.versions_kept).count());
  const uint64_t issued = store_.remove_issued();
  const uint64_t sightings = options_.sightings_kept.count() > 0 ? sweep_sightings() : 0;
  counters_.messages_expired.add(messages);
  counters_.versions_expired.add(versions);
  counters_.issued_expired.add(issued);
  counters_.sightings_expired.add(sightings);
  // With nothing gone there is nothing for other sites, and no record.
  if (messages + versions + issued + sightings > 0)
    audit_.add_event(fmt::format("expired: {} messages, {} versions, {} hashes of manifests, {} sightings", messages,
                                 versions, issued, sightings));
}

/// The next piece, in the order of IMEIs; after the last the first again. Where it stands is kept with what it removes,
/// so that a site that is often started anew comes round too.
uint64_t Engine::sweep_sightings() {
  if (!swept_imei_) {
    const auto kept = store_.setting(kSweptSetting);
    swept_imei_ = kept ? Unpack(*kept).u64() : 0;
  }
  const auto reach = store_.sightings_reach(*swept_imei_, kSightingsLookedAt);
  const int64_t before = now_s() - std::chrono::seconds(options_.sightings_kept).count();
  const uint64_t removed = store_.remove_sightings(*swept_imei_, reach.value_or(identity::kImeiKeyEnd), before);
  swept_imei_ = reach.value_or(0);
  if (removed > 0) {
    std::string place;
    Pack(place).u64(*swept_imei_);
    store_.put_setting(kSweptSetting, place);
  }
  return removed;
}

}  // namespace eir::registry
