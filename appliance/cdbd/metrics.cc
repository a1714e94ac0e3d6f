// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/metrics.h"

#include <algorithm>

#include "appliance/alarms/texts.h"
#include "appliance/cdbd/daemon.h"

namespace eir::appliance::cdbd {
namespace {

double number(uint64_t n) { return static_cast<double>(n); }

double seconds(std::chrono::system_clock::duration d) {
  return static_cast<double>(std::chrono::duration_cast<std::chrono::seconds>(d).count());
}

void add_server(Families& f, const Daemon& d) {
  const epp::SampleVisitor add = [&](const epp::Sample& s) {
    const std::string name(s.name);
    if (!s.bound.empty())
      f.count(name, "Bounds of the servers that were hit, by bound", {{"bound", std::string(s.bound)}}, s.value);
    else if (s.gauge)
      f.gauge(name, "Of the servers for EPP and files, now", {}, number(s.value));
    else
      f.count(name, "Of the servers for EPP and files, since the start", {}, s.value);
  };
  d.server().counters(add);
  if (d.files()) d.files()->counters(add);
  f.count("eir_cdb_logins_refused_busy_total", "Logins refused because too many passwords waited to be checked", {},
          d.desk().logins_refused_busy());
  f.count("eir_cdb_lock_outs_total", "Users and addresses locked out after failed logins", {},
          d.lock_out().lock_outs());
  f.count("eir_cdb_logins_refused_locked_total", "Logins refused because of a lock-out", {}, d.lock_out().refused());
  f.count("eir_cdb_failed_logins_untracked_total", "Failed logins not counted for a lock-out, because too many are", {},
          d.lock_out().untracked());
  f.gauge("eir_cdb_locked_out", "Users and addresses locked out now", {}, number(d.lock_out().locked().size()));
  f.count("eir_cdb_control_refused_total", "Connections of cdbctl closed because there were too many", {},
          d.control().refused());
}

void add_engine(Families& f, const Daemon& d) {
  const registry::EngineCounters& c = d.registry().counters();
  const registry::RegistryCounters& own = d.registry().own_counters();
  f.count("eir_cdb_groups_total", "Transactions of the store", {}, c.groups.get());
  f.count("eir_cdb_commands_total", "Commands put on record, refused ones and reading ones too", {}, c.commands.get());
  f.count("eir_cdb_commands_refused_total", "Commands refused by the registry", {}, c.refused.get());
  f.count("eir_cdb_commands_refused_busy_total", "Commands refused because the queue was full", {},
          own.refused_busy.load());
  f.count("eir_cdb_reads_unrecorded_total", "Reading commands answered that could not be put on record", {},
          own.reads_unrecorded.load());
  f.count("eir_cdb_imeis_changed_total", "IMEIs changed", {}, c.imeis_changed.get());
  f.count("eir_cdb_imeis_refused_total", "IMEIs refused", {}, c.imeis_refused.get());
  f.count("eir_cdb_jobs_done_total", "Jobs done", {}, c.jobs_done.get());
  f.count("eir_cdb_versions_total", "Versions made", {}, c.versions.get());
  f.count("eir_cdb_versions_places_total", "Places changed by versions", {}, c.versions_places.get());
  f.count("eir_cdb_messages_dropped_total", "Messages dropped because the user's queue was full", {},
          c.messages_dropped.get());
  f.count("eir_cdb_messages_expired_total", "Messages removed unread after their time", {}, c.messages_expired.get());
  f.count("eir_cdb_sightings_total", "Sightings taken", {}, c.sightings.get());
  f.count("eir_cdb_sightings_repeated_total", "Batches of sightings that were taken before", {},
          c.sightings_repeated.get());
  f.count("eir_cdb_sightings_expired_total", "Sightings removed after their time", {}, c.sightings_expired.get());
  f.count("eir_cdb_versions_expired_total", "Changes of versions removed after their time", {},
          c.versions_expired.get());
  f.count("eir_cdb_issued_expired_total", "Hashes of manifests removed with their versions", {},
          c.issued_expired.get());
  f.count("eir_cdb_store_failures_total", "Transactions the store refused", {}, c.store_failures.get());
  f.count("eir_cdb_repeated_trids_total", "Commands with a clTRID used before", {}, c.repeated_trids.get());
  f.count("eir_cdb_password_checks_total", "Passwords checked, by outcome", {{"outcome", "right"}}, own.logins.load());
  f.count("eir_cdb_password_checks_total", "Passwords checked, by outcome", {{"outcome", "wrong"}},
          own.logins_refused.load());
}

void add_status(Families& f, const Daemon& d) {
  const auto s = d.registry().status();
  f.gauge("eir_cdb_active", "1 while this is the active site", {}, s.active);
  f.gauge("eir_cdb_version_epoch", "Epoch of the newest version", {}, s.version.epoch);
  f.gauge("eir_cdb_version_number", "Number of the newest version", {}, number(s.version.number));
  f.gauge("eir_cdb_audit_block", "Number of the newest block of the audit", {}, number(s.block));
  f.gauge("eir_cdb_jobs_waiting", "Jobs that wait or are at work", {}, number(s.jobs_waiting));
  f.gauge("eir_cdb_queue_len", "Commands that wait for the registry", {}, number(s.queue_len));
  f.gauge("eir_cdb_store_ok", "0 while the store refuses", {}, !s.problem);
  const auto now = d.clock().wall();
  const auto users = d.registry().users();
  for (const auto& [name, user] : *users) {
    if (!user.follows || !user.enabled) continue;
    const auto follower = d.followers().of(name);
    const Labels of = {{"user", name}};
    f.gauge("eir_cdb_follower_silent_seconds", "Since a follower last asked or read something", of,
            seconds(now - follower.heard));
    f.gauge("eir_cdb_follower_epoch", "Epoch of the version a follower holds; 0: not known", of, follower.holds.epoch);
    f.gauge("eir_cdb_follower_number", "Number of the version a follower holds; 0: not known", of,
            number(follower.holds.number));
  }
  for (const tls::CertificateStatus& c : d.watch().certificates())
    f.gauge("eir_cdb_certificate_seconds_left", "Time until a certificate ends", {{"file", c.file}},
            seconds(c.not_after - now));
}

void add_nodes(Families& f, const Daemon& d) {
  for (const PushStatus& p : d.pusher().status()) {
    const Labels of = {{"node", p.name}};
    f.gauge("eir_cdb_push_connected", "1 while there is a session with a node's own server", of, p.connected);
    f.gauge("eir_cdb_push_number", "Number of the version a node said it stands at; 0: not known", of,
            number(p.at.number));
    f.gauge("eir_cdb_push_failing", "1 while a node cannot be told of versions", of, !p.problem.empty());
    const auto sent = [&](const char* form, uint64_t v) {
      f.count("eir_cdb_pushes_total", "Versions told to nodes, with the change or as a hint",
              {{"node", p.name}, {"form", form}}, v);
    };
    sent("change", p.changes);
    sent("hint", p.hints);
    const auto answer = [&](const char* what, uint64_t v) {
      f.count("eir_cdb_push_answers_total", "What nodes answered", {{"node", p.name}, {"answer", what}}, v);
    };
    answer("committed", p.committed);
    answer("pulling", p.pulling);
    answer("refused", p.refused);
    f.count("eir_cdb_push_failures_total", "Sessions with nodes' servers that failed or could not be had", of,
            p.failures);
  }
}

void add_sites(Families& f, const Daemon& d) {
  const registry::RegistryCounters& own = d.registry().own_counters();
  f.count("eir_cdb_unacknowledged_total", "Commands stored here and refused, because no second site had them in time",
          {}, own.unacknowledged.load());
  f.count("eir_cdb_records_applied_total", "Blocks taken over from another site", {}, own.records_applied.load());
  f.count("eir_cdb_copies_adopted_total", "Whole copies of another site taken over", {}, own.copies_adopted.load());
  f.count("eir_cdb_stepped_down_total", "How often this site gave way to a higher epoch", {}, own.stepped_down.load());
  const Sites* sites = d.sites();
  if (!sites) return;
  const Sites::Status s = sites->status();
  f.gauge("eir_cdb_site_behind_blocks", "Blocks by which this site is behind the one it follows", {}, number(s.behind));
  f.gauge("eir_cdb_sites_both_active", "1 while another site is active in the same epoch", {}, s.two_active);
  f.gauge("eir_cdb_lost_lists", "Lists of lost commands in the registry's directory", {}, number(s.lost.size()));
  for (const Sites::Peer& p : s.peers) {
    const Labels of = {{"site", p.name}};
    f.gauge("eir_cdb_peer_site_up", "1 while another site can be reached", of, p.reachable);
    f.gauge("eir_cdb_peer_site_active", "1 while another site is the active one, as it said last", of, p.state.active);
    f.gauge("eir_cdb_peer_site_epoch", "Epoch of another site, as it said last", of, p.state.epoch);
    f.gauge("eir_cdb_peer_site_block", "Newest block of another site, as it said last", of, number(p.state.block));
  }
  const registry::FollowerCounters& c = sites->follower_counters();
  f.count("eir_cdb_site_asked_total", "Questions asked of other sites", {}, c.asked.load());
  f.count("eir_cdb_site_lower_epochs_total", "Answers of a lower epoch, not taken", {}, c.lower_epochs.load());
  f.count("eir_cdb_site_divergences_total", "Times this site's chain went another way than the followed one's", {},
          c.divergences.load());
  f.count("eir_cdb_site_copies_fetched_total", "Whole copies fetched from other sites", {}, c.copies_fetched.load());
  f.count("eir_cdb_site_octets_fetched_total", "Octets of copies fetched", {}, c.octets_fetched.load());
  f.count("eir_cdb_site_copies_made_total", "Whole copies made for other sites", {}, sites->copies_made());
  const sync::stream::ServerCounters& server = sites->server_counters();
  f.count("eir_cdb_site_connections_total", "Connections of other sites", {}, server.connections.load());
  f.count("eir_cdb_site_connections_refused_total", "Connections of other sites refused, by why", {{"why", "full"}},
          server.refused_full.load());
  f.count("eir_cdb_site_connections_refused_total", "Connections of other sites refused, by why",
          {{"why", "certificate"}}, server.refused_certificate.load());
  f.count("eir_cdb_site_connections_ended_total", "Connections of other sites that ended", {}, server.broken.load());
  f.count("eir_cdb_site_questions_total", "Questions of other sites answered", {}, server.questions.load());
}

void add_alarms(Families& f, const Daemon& d) {
  const auto active = d.alarms();
  for (const AlarmText& text : alarm_texts(kOfCentre))
    f.gauge("eir_cdb_alarms_active", "Alarms that are set, by name",
            {{"alarm", std::string(text.name)}, {"severity", std::string(to_string(text.severity))}},
            static_cast<double>(
                std::count_if(active.begin(), active.end(), [&](const Alarm& a) { return a.id == text.id; })));
  f.count("eir_cdb_alarm_events_lost_total", "Alarm events lost because their queue or board was full", {},
          d.alarms_lost());
}

}  // namespace

void collect(Families& f, const Daemon& d) {
  add_server(f, d);
  add_engine(f, d);
  add_status(f, d);
  add_nodes(f, d);
  add_sites(f, d);
  add_alarms(f, d);
  f.gauge("eir_cdb_start_timestamp_seconds", "When cdbd began to serve", {},
          static_cast<double>(std::chrono::system_clock::to_time_t(d.started_at())));
}

}  // namespace eir::appliance::cdbd
