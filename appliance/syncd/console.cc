// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/console.h"

#include <fmt/chrono.h>

#include "appliance/alarms/texts.h"
#include "appliance/syncd/daemon.h"
#include "appliance/vty/command.h"

namespace eir::appliance::syncd {
namespace {

const char* const kShow = "Show running system information";

/// What a peer said must not steer a terminal.
std::string plain(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) c = '?';
  return text;
}

std::string time_of(std::chrono::system_clock::time_point t) {
  return t.time_since_epoch().count() == 0
             ? std::string("never")
             : fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::chrono::system_clock::to_time_t(t)));
}

double seconds(std::chrono::milliseconds t) { return static_cast<double>(t.count()) / 1'000; }

int show_status(const Daemon& d, const Console& c) {
  const auto s = d.status();
  c.line("  stored here: {}", s.known ? s.holding.version.str() : std::string("not known"));
  c.line("  newest at the centre: {}", s.newest.str());
  c.line("  follows: {}", s.followed ? s.sites.at(*s.followed).name : std::string("no site"));
  c.line("  last word: {:.1f} s ago", seconds(s.silent_for));
  if (s.behind_for) c.line("  behind for: {:.1f} s", seconds(*s.behind_for));
  c.line("  stale: {}", d.stale() ? "yes" : "no");
  c.line("  repair wanted: {}", s.holding.repair ? "yes" : "no");
  if (!s.problem.empty()) c.line("  problem: {}", plain(s.problem));
  for (const auto& [chain, r] : s.refused)
    c.line("  refused: {} {} {}: {}", chain, r.version.str(), name(r.what), plain(r.detail));
  const auto& n = d.follow().counters();
  c.line("  versions: {} taken, {} of them held, {} refused, {} pulls failed", n.taken.get(), n.held.get(),
         n.refused.get(), n.pulls_failed.get());
  c.line("  pushes: {} come, {} taken, {} as hints, {} refused", n.pushes.load(), n.pushes_taken.get(),
         n.pushes_hinted.load(), n.pushes_refused.load());
  return CMD_SUCCESS;
}

int show_sites(const Daemon& d, const Console& c) {
  const auto s = d.status();
  for (size_t i = 0; i < s.sites.size(); ++i) {
    const auto& site = s.sites[i];
    const char* state = s.followed == i    ? "followed"
                        : site.lower_epoch ? "lower epoch"
                        : site.behind      ? "behind"
                        : site.failures    ? "failed"
                                           : "not tried";
    const auto& configured = d.sites().at(i);
    c.line("  {} {}:{} priority {}: {}, newest {}, {} logins, {} failures", site.name, configured.host, configured.port,
           configured.priority, state, site.newest.str(), site.logins, site.failures);
    if (!site.problem.empty()) c.line("    {}", plain(site.problem));
  }
  return CMD_SUCCESS;
}

int show_sightings(const Daemon& d, const Console& c) {
  if (!d.has_sightings()) {
    c.put("  'sightings' is not configured");
    return CMD_SUCCESS;
  }
  const auto s = d.sightings();
  c.line("  waiting: {} segments, {} sightings, {} octets of {}", s.waiting, s.waiting_rows, s.octets,
         d.config().sightings.octets_max);
  c.line("  set aside: {}", s.set_aside);
  c.line("  sent: {} segments, {} sightings, the last {}", s.sent, s.sent_rows, time_of(s.last_sent));
  c.line("  given up: {} segments, {} sightings", s.dropped, s.dropped_rows);
  c.line("  journals: {} lost unread ({} octets), {} end in a torn record, {} removed", s.journals_lost,
         s.journal_octets_lost, s.journals_torn, s.journals_removed);
  if (s.oldest) c.line("  sequences waiting: {} to {}", s.oldest, s.newest);
  if (!s.problem.empty()) c.line("  problem: {}", plain(s.problem));
  if (!s.spool_problem.empty()) c.line("  directories: {}", plain(s.spool_problem));
  if (!s.refusal.empty()) c.line("  refusal: {}", plain(s.refusal));
  return CMD_SUCCESS;
}

int show_alarms(const Daemon& d, const Console& c) {
  const auto active = d.alarms().active();
  if (active.empty()) c.put("No alarm is set");
  for (const Alarm& a : active) {
    const AlarmText& text = alarm_text(a.id);
    c.line("{} {} {} {}", time_of(a.since), to_string(text.severity), text.name, plain(a.subject));
    c.line("  detail: {}", plain(a.detail));
    c.line("  cause: {}", text.cause);
    c.line("  effect: {}", text.effect);
    c.line("  remedy: {}", text.remedy);
  }
  return CMD_SUCCESS;
}

}  // namespace

void install_console(Daemon& daemon) {
  install_show("show sync status", {kShow, "With the centre", "Where this node stands"},
               [&daemon](const Console& c) { return show_status(daemon, c); });
  install_show("show sync sites", {kShow, "With the centre", "The centre's sites"},
               [&daemon](const Console& c) { return show_sites(daemon, c); });
  install_show("show sync sightings", {kShow, "With the centre", "Sightings on their way to the centre"},
               [&daemon](const Console& c) { return show_sightings(daemon, c); });
  install_show("show sync alarms", {kShow, "With the centre", "Alarms that are set, cause and remedy"},
               [&daemon](const Console& c) { return show_alarms(daemon, c); });
  install_command(ENABLE_NODE, "sync now", {"With the centre", "Ask and send at once, and again what was refused"},
                  [&daemon](const Console& c) {
                    daemon.sync_now();
                    c.put("Asked; 'show sync status' tells");
                    return CMD_SUCCESS;
                  });
}

}  // namespace eir::appliance::syncd
