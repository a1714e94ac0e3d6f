// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/cdbd/console.h"

#include <algorithm>

#include "appliance/alarms/texts.h"
#include "appliance/cdbd/daemon.h"
#include "appliance/vty/report.h"

namespace eir::appliance::cdbd {
namespace {

constexpr size_t kRowsShown = 100;
constexpr size_t kJobsLookedAt = 100'000;

std::string text(lists::Version v) { return fmt::format("{}.{}", v.epoch, v.number); }
std::string text_of_seconds(int64_t since_1970) { return utc(base::UnixSeconds(std::chrono::seconds(since_1970))); }

Json status_report(const Daemon& d) {
  const auto s = d.registry().status();
  Json j;
  j["program"] = fmt::format("cdbd {}", PROJECT_VERSION);
  j["since"] = utc(d.started_at());
  j["site"] = d.configuration().registry.site;
  j["active"] = s.active;
  j["version"] = text(s.version);
  j["audit_block"] = s.block;
  j["audit_head"] = base::hex(s.audit_head);
  j["jobs_waiting"] = s.jobs_waiting;
  j["commands_waiting"] = s.queue_len;
  j["sessions"] = d.server().sessions();
  j["listens"] = Json::array();
  for (const auto& e : d.server().endpoints()) j["listens"].push_back(fmt::format("{} {}", e.address, e.port));
  j["alarms"] = d.alarms().size();
  j["store"] = s.problem ? s.problem->message() : "good";
  return j;
}

Json sessions_report(const Daemon& d) {
  Json j;
  j["sessions"] = Json::array();
  for (const auto& s : d.server().session_list())
    j["sessions"].push_back({{"session", s.session},
                             {"user", s.logged_in ? s.client_id : "-"},
                             {"role", s.logged_in ? s.role : "-"},
                             {"address", s.address},
                             {"connected_s", s.connected.count()},
                             {"idle_s", s.idle.count()},
                             {"at_work", s.in_flight},
                             {"waiting", s.waiting}});
  return j;
}

Json users_report(const Daemon& d) {
  std::map<std::string, unsigned> sessions;
  for (const auto& s : d.server().session_list())
    if (s.logged_in) ++sessions[s.client_id];
  Json j;
  j["users"] = Json::array();
  const auto users = d.registry().users();
  for (const auto& [name, user] : *users)
    j["users"].push_back({{"user", name},
                          {"role", registry::to_string(user.role)},
                          {"enabled", user.enabled},
                          {"follows", user.follows},
                          {"sessions", sessions[name]},
                          {"certificate", user.certificate.empty() ? "-" : user.certificate.substr(0, 16)}});
  j["locked_out"] = Json::array();
  for (const auto& l : d.lock_out().locked())
    j["locked_out"].push_back(
        {{"what", l.user ? "user" : "address"}, {"name", l.name}, {"seconds_left", l.left.count()}});
  return j;
}

Json versions_report(const Daemon& d) {
  Json j;
  j["versions"] = Json::array();
  auto store = d.registry().reader();
  const auto newest = store ? store->newest_version() : std::nullopt;
  if (!newest) return j;
  lists::Version from = newest->version;
  from.number -= std::min<uint64_t>(from.number, kRowsShown);
  std::vector<registry::VersionRow> rows;
  store->versions(from, newest->version, [&](const registry::VersionRow& row) {
    rows.push_back({row.version, row.created, row.places, {}, {}, row.data.empty() ? "" : "c"});
    return rows.size() < kRowsShown;
  });
  for (auto row = rows.rbegin(); row != rows.rend(); ++row)
    j["versions"].push_back({{"version", text(row->version)},
                             {"made", text_of_seconds(row->created)},
                             {"places", row->places},
                             {"form", row->data.empty() ? "full" : "change"}});
  return j;
}

Json jobs_report(const Daemon& d) {
  Json j;
  j["jobs"] = Json::array();
  auto store = d.registry().reader();
  if (!store) return j;
  const auto add = [&](registry::JobState state) {
    for (const auto& row : store->objects(registry::Kind::kJob, static_cast<uint8_t>(state), 0, kJobsLookedAt)) {
      const auto job = registry::job_of(row);
      if (!job || j["jobs"].size() >= kRowsShown) continue;
      j["jobs"].push_back({{"job", job->id},
                           {"filing", job->filing},
                           {"state", registry::to_string(job->state)},
                           {"filed", utc(job->created)},
                           {"names", job->names},
                           {"done", job->done},
                           {"failed", job->failed}});
    }
  };
  add(registry::JobState::kRunning);
  add(registry::JobState::kQueued);
  return j;
}

/// How the node of that name is told, for `show nodes`.
std::string told_state(const PushStatus* push) {
  if (!push) return "-";
  if (!push->problem.empty()) return "failing";
  return push->connected ? "connected" : "waiting";
}

Json pushes_report(const Daemon& d) {
  Json all = Json::array();
  for (const PushStatus& p : d.pusher().status())
    all.push_back({{"node", p.name},
                   {"state", told_state(&p)},
                   {"told", p.told == lists::Version{} ? "-" : text(p.told)},
                   {"at", p.at == lists::Version{} ? "-" : text(p.at)},
                   {"changes", p.changes},
                   {"hints", p.hints},
                   {"committed", p.committed},
                   {"pulling", p.pulling},
                   {"refused", p.refused},
                   {"sessions", p.sessions},
                   {"failures", p.failures},
                   {"problem", p.problem.empty() ? "-" : p.problem}});
  return all;
}

Json nodes_report(const Daemon& d) {
  Json j;
  const auto newest = d.registry().status().version;
  j["newest"] = text(newest);
  j["nodes"] = Json::array();
  const auto pushes = d.pusher().status();
  const auto push_of = [&](const std::string& name) {
    const auto it = std::find_if(pushes.begin(), pushes.end(), [&](const PushStatus& p) { return p.name == name; });
    return it == pushes.end() ? nullptr : &*it;
  };
  const auto users = d.registry().users();
  for (const auto& [name, user] : *users) {
    if (!user.follows) continue;
    const auto f = d.followers().of(name);
    const bool known = f.holds != lists::Version{};
    j["nodes"].push_back({{"node", name},
                          {"holds", known ? text(f.holds) : "-"},
                          {"told", f.told == lists::Version{} ? "-" : text(f.told)},
                          {"behind", known && f.holds.epoch == newest.epoch && f.holds.number <= newest.number
                                         ? std::to_string(newest.number - f.holds.number)
                                         : "-"},
                          {"heard", utc(f.heard)},
                          {"push", told_state(push_of(name))}});
  }
  j["pushes"] = pushes_report(d);
  return j;
}

Json audit_report(const Daemon& d) {
  Json j;
  const auto s = d.registry().status();
  j["block"] = s.block;
  j["head"] = base::hex(s.audit_head);
  return j;
}

Json alarms_report(const Daemon& d) {
  Json j;
  j["alarms"] = Json::array();
  for (const Alarm& a : d.alarms()) {
    const AlarmText& t = alarm_text(a.id);
    j["alarms"].push_back({{"since", utc(a.since)},
                           {"severity", to_string(t.severity)},
                           {"name", t.name},
                           {"subject", a.subject},
                           {"detail", a.detail},
                           {"cause", t.cause},
                           {"effect", t.effect},
                           {"remedy", t.remedy}});
  }
  return j;
}

void print_alarms(const Console& c, const Json& j) {
  constexpr size_t kAlarmsPrinted = 40;
  if (j["alarms"].empty()) return c.put("No alarm is set");
  size_t shown = 0;
  for (const auto& a : j["alarms"]) {
    if (++shown > kAlarmsPrinted) return c.line("and {} more", j["alarms"].size() - kAlarmsPrinted);
    c.line("{} {} {} {}", text_of(a["since"]), text_of(a["severity"]), text_of(a["name"]), text_of(a["subject"]));
    for (const char* f : {"detail", "cause", "effect", "remedy"}) c.line("  {}: {}", f, text_of(a[f]));
  }
}

void print_users(const Console& c, const Json& j) {
  print_table(c, j["users"], {"user", "role", "enabled", "follows", "sessions", "certificate"});
  c.put("Locked out");
  print_table(c, j["locked_out"], {"what", "name", "seconds_left"});
}

void print_nodes(const Console& c, const Json& j) {
  print_table(c, j["nodes"], {"node", "holds", "told", "behind", "heard", "push"});
  if (j["pushes"].empty()) return;
  c.put("Told at their own server");
  print_table(c, j["pushes"],
              {"node", "state", "told", "at", "changes", "hints", "committed", "pulling", "refused", "problem"});
}

void install_reports(Daemon& daemon) {
  const char* shows = "Show running system information";
  const char* json = "As JSON, one line";
  const auto report = [&](const std::string& words, const char* help, Json (*make)(const Daemon&),
                          ReportPrinter print) {
    install_report(
        words, {shows, help, json}, [&daemon, make] { return make(daemon); }, std::move(print));
  };
  const auto table = [](const char* member, std::initializer_list<const char*> fields) -> ReportPrinter {
    return [member, all = std::vector<const char*>(fields)](const Console& c, const Json& j) {
      print_table(c, j[member], all);
    };
  };
  report("status", "What it does, in short", status_report, [](auto& c, auto& j) { print_members(c, j); });
  report("sessions", "Who is connected over EPP", sessions_report,
         table("sessions", {"session", "user", "role", "address", "connected_s", "idle_s", "at_work", "waiting"}));
  report("users", "Who may log in, and who is locked out", users_report, print_users);
  report("versions", "The newest versions of the lists", versions_report,
         table("versions", {"version", "made", "places", "form"}));
  report("jobs", "Jobs that wait or are at work", jobs_report,
         table("jobs", {"job", "filing", "state", "filed", "names", "done", "failed"}));
  report("nodes", "Who follows, what each holds, and who is told at once", nodes_report, print_nodes);
  // Not "show alarms", which is of libosmovty's log.
  install_report(
      "cdb alarms", {shows, "The central database", "Alarms that are set, cause and remedy", json},
      [&daemon] { return alarms_report(daemon); }, print_alarms);
  install_report(
      "audit head", {shows, "What was asked, by whom", "The newest block", json},
      [&daemon] { return audit_report(daemon); }, [](auto& c, auto& j) { print_members(c, j); });
}

}  // namespace

void install_console(Daemon& daemon) { install_reports(daemon); }

}  // namespace eir::appliance::cdbd
