// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/watch.h"

#include <fmt/format.h>

#include <algorithm>

namespace eir::appliance {

using base::AlarmId;
using diameter::peer::PeerState;

namespace {

/// When the newest stored version of a source was made; of the served one when the list of versions has it no more.
base::UnixSeconds newest_of(const store::ReplicaStatus& status, const store::SourceInfo& source) {
  for (const auto& v : status.versions)
    if (v.source == source.name && v.version == source.newest) return v.published_at;
  return source.published_at;
}

}  // namespace

Watch::Watch(base::AlarmSink& alarms, const base::Clock& clock)
    : alarms_(alarms), standing_(alarms), clock_(clock), last_wall_(clock.wall()), last_monotonic_(clock.monotonic()) {}

void Watch::growth(Growth& g, uint64_t count, AlarmId id, const char* detail) {
  standing_.now_wrong(id, g.lately(count, clock_.monotonic()) ? Wrong{{"", detail}} : Wrong{});
}

void Watch::counts(uint64_t faults, uint64_t log_lost, uint64_t sightings_lost) {
  growth(faults_, faults, AlarmId::kFaultAnswers, "fault answers were given");
  growth(lost_, log_lost, AlarmId::kLogDropped, "transaction log records were lost");
  growth(sightings_lost_, sightings_lost, AlarmId::kSightingsLost, "sightings were lost");
}

void Watch::replica(const std::string& directory, const store::ReplicaStatus& status, std::chrono::hours stale_after) {
  standing_.now_wrong(AlarmId::kNoLists, status.serving ? Wrong{} : Wrong{{directory, "nothing proven to serve"}});
  Wrong refused;
  if (status.serving)
    for (const auto& p : status.problems) refused[p.where.empty() ? directory : p.where] = p.text;
  Wrong pinned, held, stale;
  for (const auto& s : status.sources) {
    if (const auto& r = s.refusal)
      refused[fmt::format("{} {}", s.name, r->version.str())] =
          fmt::format("{}: {}; {}; {}{}", name(r->what), r->detail, cause(r->what), remedy(r->what),
                      s.repair ? "; a full version is asked for" : "");
    if (s.pinned)
      pinned[s.name] = fmt::format("{} is served, {} newer are stored{}{}", s.served.str(), s.waiting,
                                   s.note.empty() ? "" : ": ", s.note);
    if (s.held())
      held[s.name] =
          fmt::format("{} is held, {} wait{}{}", s.held_from.str(), s.waiting, s.note.empty() ? "" : ": ", s.note);
    const auto age = std::chrono::floor<std::chrono::hours>(clock_.wall() - newest_of(status, s));
    if (s.name == store::kCentre && stale_after.count() > 0 && age >= stale_after)
      stale[s.name] = fmt::format("the newest is {}, made {} hours ago", s.newest.str(), age.count());
  }
  if (status.policies_held) held[std::string(store::kPolicy)] = fmt::format("{} wait", status.policies_held);
  standing_.now_wrong(AlarmId::kVersionRefused, refused);
  standing_.now_wrong(AlarmId::kVersionPinned, pinned);
  standing_.now_wrong(AlarmId::kVersionHeld, held);
  standing_.now_wrong(AlarmId::kListsStale, stale);
}

void Watch::policy(uint64_t number, const std::vector<base::Problem>& problems) {
  standing_.now_wrong(AlarmId::kPolicyRefused,
                      problems.empty()
                          ? Wrong{}
                          : Wrong{{std::to_string(number),
                                   fmt::format("{}; {} errors in all", problems.front().message(), problems.size())}});
}

void Watch::mode(const decision::Settings& s) {
  standing_.now_wrong(
      AlarmId::kOverrideOn,
      s.override_status ? Wrong{{"", fmt::format("everybody is {}", to_string(*s.override_status))}} : Wrong{});
  standing_.now_wrong(AlarmId::kObserveOn,
                      s.observe.any() ? Wrong{{"", s.observe.node ? "the whole node" : "some askers"}} : Wrong{});
}

void Watch::certificates(const std::vector<tls::CertificateStatus>& all) {
  standing_.now_wrong(AlarmId::kCertificateEnding, ending(all, clock_.wall()));
}

void Watch::peers(const std::vector<diameter::peer::PeerStatus>& all,
                  std::chrono::system_clock::time_point configured_at) {
  Wrong down;
  for (const auto& p : all) {
    if (p.state == PeerState::kOpen) alarms_.clear(AlarmId::kPeerDown, p.origin_host);
    if (p.configured && !p.blocked && p.state == PeerState::kDown &&
        clock_.wall() - std::max(p.since, configured_at) >= kPeerGrace)
      down[p.origin_host] = "not connected";
  }
  standing_.now_wrong(AlarmId::kPeerDown, down);
}

void Watch::wall_clock() {
  const auto wall = clock_.wall();
  const auto monotonic = clock_.monotonic();
  const auto passed = std::chrono::duration_cast<std::chrono::system_clock::duration>(monotonic - last_monotonic_);
  const auto back = passed - (wall - last_wall_);
  last_wall_ = wall;
  last_monotonic_ = monotonic;
  if (back > kClockStep) {
    clock_quiet_at_ = monotonic + kClockQuiet;
    standing_.now_wrong(AlarmId::kClockStepped,
                        {{"", fmt::format("by {} s", std::chrono::duration_cast<std::chrono::seconds>(back).count())}});
  } else if (monotonic >= clock_quiet_at_) {
    standing_.now_wrong(AlarmId::kClockStepped, {});
  }
}

}  // namespace eir::appliance
