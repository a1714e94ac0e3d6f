// SPDX-License-Identifier: GPL-3.0-or-later
// What nodes saw, and what becomes of a device nobody filed.
#include "registry/engine.h"

namespace eir::registry {
namespace {

using lists::ListSet;

/// The day on which the time of a device seen first then is over. Whole days, so that the devices of a day share terms.
/// A node's clock may be wrong: there is a day left at least, and nobody has more than from now on.
base::UnixSeconds due_after(base::UnixSeconds first, std::chrono::days granted, base::UnixSeconds now) {
  using std::chrono::ceil, std::chrono::days;
  return std::max(ceil<days>(std::min(first, now)) + granted, ceil<days>(now) + days(1));
}

}  // namespace

std::optional<base::UnixSeconds> Engine::unlisted_until(const ImeiRow& row) {
  return registry::unlisted_until(row, [this](Dictionary d, uint32_t id) { return words_.body(d, id); });
}

/// A policy's entry: grey until its day, then black; an earlier sighting brings the day forward.
void Engine::first_seen(const Sighting& s) {
  const uint64_t place = place_of(s.imei, std::nullopt);
  const auto row = store_.imei(place);
  Grounds grounds;
  grounds.reason = kUnlistedReason;
  grounds.until = due_after(s.first, std::chrono::days(unlisted_days_), now_);
  grounds.next = ListSet(ListSet::kBlack);
  const auto until = row ? unlisted_until(*row) : std::nullopt;
  if (until ? *until <= grounds.until : row || ranges().covers(s.imei)) return;  // registered, or named by a range
  Change change;
  change.entry.imei = s.imei;
  change.entry.lists = kUnlistedLists;
  change.entry.grounds = std::move(grounds);
  change.entry.grounds.evidence = "first sighting";
  apply_imei(kPolicyUser, change);
}

Outcome Engine::handle(Work& work, const FileSightings& c) {
  if (!allowed(work.request, Object::kSighting, Verb::kCreate, {}, work.request.user, work.outcome))
    return work.outcome;
  const std::string name = c.node + ":" + std::to_string(c.sequence);
  if (c.node.empty() || c.node.size() > kTridMax || c.sightings.size() > kSightingsBatchMax ||
      c.sequence > uint64_t{INT64_MAX})
    return refuse(Code::kRange, Why::kTooMany, name);
  for (const Sighting& s : c.sightings)
    if (identity::number(s.imei) == 0 || identity::number(s.imei) >= identity::kImeiKeyEnd || s.last < s.first ||
        s.interface.size() > kTextMax || s.serving.size() > kTextMax || s.network.size() > kTextMax)
      return refuse(Code::kValueSyntax, Why::kForm, name);
  // Nodes of two operators may have the same name.
  const std::string node = work.request.user_name + "/" + c.node;
  if (!store_.take_batch(std::to_string(work.request.user) + "/" + c.node, c.sequence)) {
    counters_.sightings_repeated.add();
    return {};
  }
  for (const Sighting& s : c.sightings) {
    store_.put_sighting(s, node);
    counters_.sightings.add();
    if (unlisted_days_ > 0) first_seen(s);
  }
  return {};
}

}  // namespace eir::registry
