// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/watch.h"

#include <fmt/format.h>

#include "core/tls/certificates.h"

namespace eir::appliance::syncd {

using base::AlarmId;

bool is_stale(const sync::follow::FollowStatus& status, std::chrono::seconds after) {
  return status.silent_for >= after || (status.behind_for && *status.behind_for >= after);
}

void Watch::follow(const sync::follow::FollowStatus& s, bool stale) {
  Wrong down, epoch, refused, silent;
  for (const auto& site : s.sites) {
    if (site.lower_epoch) epoch[site.name] = fmt::format("it says {}", site.newest.str());
    if (!site.connected && site.failures > 0 && !site.problem.empty() && !site.lower_epoch)
      down[site.name] = site.problem;
  }
  for (const auto& [chain, r] : s.refused)
    refused[fmt::format("{} {}", chain, r.version.str())] =
        fmt::format("{}: {}; {}; {}", name(r.what), r.detail, cause(r.what), remedy(r.what));
  if (stale) {
    const auto seconds = [](auto t) { return std::chrono::duration_cast<std::chrono::seconds>(t).count(); };
    silent[""] = s.behind_for ? fmt::format("{} is newest, {} is here, for {} s", s.newest.str(),
                                            s.holding.version.str(), seconds(*s.behind_for))
                              : fmt::format("no word for {} s", seconds(s.silent_for));
    if (!s.problem.empty()) silent[""] += ": " + s.problem;
  }
  alarms_.now_wrong(AlarmId::kSiteDown, down);
  alarms_.now_wrong(AlarmId::kSiteLowerEpoch, epoch);
  alarms_.now_wrong(AlarmId::kVersionRefused, refused);
  alarms_.now_wrong(AlarmId::kCentreSilent, silent);
}

void Watch::sightings(const sync::sightings::Uploader::Status& s, const std::string& spool) {
  const bool recent = given_up_.lately(s.dropped + s.journals_lost, clock_.monotonic());
  alarms_.now_wrong(AlarmId::kBacklogFull,
                    recent ? Wrong{{"", fmt::format("{} segments of {} sightings, {} journals of {} octets so far",
                                                    s.dropped, s.dropped_rows, s.journals_lost, s.journal_octets_lost)}}
                           : Wrong{});
  alarms_.now_wrong(
      AlarmId::kSegmentsRefused,
      s.set_aside ? Wrong{{"", fmt::format("{} segments; the last: {}", s.set_aside, s.refusal)}} : Wrong{});
  alarms_.now_wrong(AlarmId::kSpoolFailed, s.spool_problem.empty() ? Wrong{} : Wrong{{spool, s.spool_problem}});
}

void Watch::certificates(const std::vector<std::string>& files) {
  Wrong wrong;
  std::vector<tls::CertificateStatus> read;
  for (const std::string& file : files)
    if (auto end = tls::first_to_end(file))
      read.push_back(std::move(*end));
    else
      wrong[file] = end.error().text;
  wrong.merge(ending(read, clock_.wall()));
  alarms_.now_wrong(AlarmId::kCertificateEnding, wrong);
}

}  // namespace eir::appliance::syncd
