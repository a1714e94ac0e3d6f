// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/metrics.h"

#include "appliance/syncd/daemon.h"

namespace eir::appliance::syncd {
namespace {

double seconds(std::chrono::milliseconds t) { return static_cast<double>(t.count()) / 1'000; }

void add_follow(const Daemon& d, Families& f) {
  const auto s = d.status();
  f.gauge("eir_follow_version", "Number of the newest version stored here", {},
          static_cast<double>(s.holding.version.number));
  f.gauge("eir_follow_epoch", "Its epoch", {}, s.holding.version.epoch);
  f.gauge("eir_follow_newest_version", "Number of the newest version that any site spoke of", {},
          static_cast<double>(s.newest.number));
  f.gauge("eir_follow_silent_seconds", "Since a site last said what is newest", {}, seconds(s.silent_for));
  f.gauge("eir_follow_behind_seconds", "For how long a newer version has been known and not stored", {},
          s.behind_for ? seconds(*s.behind_for) : 0);
  f.gauge("eir_follow_stale", "1: no word, or not what it said, for 'stale-after'", {}, d.stale());
  for (size_t i = 0; i < s.sites.size(); ++i) {
    const Labels site = {{"site", s.sites[i].name}};
    f.gauge("eir_site_followed", "1: this site is followed", site, s.followed == i);
    f.count("eir_site_logins_total", "Logins at this site", site, s.sites[i].logins);
    f.count("eir_site_failures_total", "Attempts and sessions that failed at this site", site, s.sites[i].failures);
  }
  const auto& n = d.follow().counters();
  f.count("eir_follow_polls_total", "Times the centre was asked for messages", {}, n.polls.get());
  f.count("eir_follow_messages_total", "Messages that came", {}, n.messages.get());
  f.count("eir_follow_acknowledged_total", "Messages acknowledged", {}, n.acknowledged.get());
  f.count("eir_follow_taken_total", "Versions committed to the replica", {}, n.taken.get());
  f.count("eir_follow_held_total", "Of those, held by the guard", {}, n.held.get());
  f.count("eir_follow_refused_total", "Versions refused, damaged or unproven", {}, n.refused.get());
  f.count("eir_follow_pulls_failed_total", "Pulls that brought nothing", {}, n.pulls_failed.get());
  f.count("eir_follow_sessions_lost_total", "Sessions that ended without us", {}, n.sessions_lost.get());
  f.count("eir_follow_lower_epochs_total", "Times a site spoke of an epoch that is over", {}, n.lower_epochs.get());
  f.count("eir_follow_writer_busy_total", "Times another writer had the replica", {}, n.writer_busy.get());
  f.count("eir_follow_pushes_total", "Pushes that came", {}, n.pushes.load());
  f.count("eir_follow_pushes_taken_total", "Of those, committed as they came", {}, n.pushes_taken.get());
  f.count("eir_follow_pushes_refused_total", "Of those, refused", {}, n.pushes_refused.load());
}

void add_fetches(const Daemon& d, Families& f) {
  const auto& n = d.fetches();
  f.count("eir_fetch_files_total", "Files of versions fetched", {}, n.fetched.load());
  f.count("eir_fetch_octets_total", "Their octets", {}, n.fetched_octets.load());
  f.count("eir_fetch_breaks_total", "Connections that broke within a file and were taken up again", {},
          n.breaks.load());
  f.count("eir_fetch_failures_total", "Files that could not be fetched", {}, n.failures.load());
}

void add_sightings(const Daemon& d, Families& f) {
  if (!d.has_sightings()) return;
  const auto s = d.sightings();
  f.gauge("eir_sightings_waiting_segments", "Segments not at the centre yet", {}, static_cast<double>(s.waiting));
  f.gauge("eir_sightings_waiting_rows", "Their sightings", {}, static_cast<double>(s.waiting_rows));
  f.gauge("eir_sightings_waiting_octets", "Their room on the disk", {}, static_cast<double>(s.octets));
  f.gauge("eir_sightings_set_aside_segments", "Segments that the centre refused", {}, static_cast<double>(s.set_aside));
  f.count("eir_sightings_segments_made_total", "Segments made", {}, s.made);
  f.count("eir_sightings_segments_sent_total", "Segments the centre has taken", {}, s.sent);
  f.count("eir_sightings_rows_sent_total", "Their sightings", {}, s.sent_rows);
  f.count("eir_sightings_attempts_failed_total", "Attempts to bring a segment to the centre that failed", {},
          s.attempts_failed);
  f.count("eir_sightings_dropped_segments_total", "Segments given up because 'backlog' was reached", {}, s.dropped);
  f.count("eir_sightings_dropped_rows_total", "Their sightings", {}, s.dropped_rows);
  f.count("eir_sightings_journals_lost_total", "Journal files that went before they were read", {}, s.journals_lost);
  f.count("eir_sightings_journal_octets_lost_total", "Their octets not read", {}, s.journal_octets_lost);
  f.count("eir_sightings_journals_torn_total", "Journal files that end within a record", {}, s.journals_torn);
  f.count("eir_sightings_journals_removed_total", "Journal files removed, all of them at the centre", {},
          s.journals_removed);
}

void add_push(const Daemon& d, Families& f) {
  if (!d.push()) return;
  d.push()->counters([&f](const epp::Sample& s) {
    Labels labels;
    if (!s.bound.empty()) labels.push_back({"bound", std::string(s.bound)});
    if (s.gauge)
      f.gauge(std::string(s.name), "Of the server for pushes", std::move(labels), static_cast<double>(s.value));
    else
      f.count(std::string(s.name), "Of the server for pushes", std::move(labels), s.value);
  });
}

}  // namespace

void collect(const Daemon& daemon, Families& families) {
  add_follow(daemon, families);
  add_fetches(daemon, families);
  add_sightings(daemon, families);
  add_push(daemon, families);
}

}  // namespace eir::appliance::syncd
