// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl proposal (list|approve|reject), cdbctl job (list|show|cancel)
#include <fmt/format.h>

#include "appliance/cdbctl/command.h"
#include "sync/epp/text.h"

namespace eir::appliance::cdbctl {
namespace {

using registry::Kind;

constexpr size_t kListedMax = 1'000;
constexpr size_t kFailuresPrinted = 100;

struct QueueOptions {
  uint64_t id = 0;
  std::string reason;
  bool all = false;
};

std::string time_of(base::UnixSeconds t) { return sync::epp::format_time(t); }

/// Users by number, for what names them so.
std::map<registry::UserId, std::string> names(registry::StoreReader& reader) {
  std::map<registry::UserId, std::string> out{{registry::kPolicyUser, "registry"}};
  for (const auto& row : reader.objects(Kind::kUser, std::nullopt, 0, 1'000'000))
    if (const auto user = registry::user_of(row)) out[user->id] = user->name;
  return out;
}

/// An entry in one line: what it names and where it stands or would stand.
std::string line_of(const registry::Change& change) {
  const registry::Entry& e = change.entry;
  std::string what = std::string(lists::to_string(e.kind));
  if (identity::number(e.imei) != 0) what += " " + identity::to_string(e.imei);
  if (e.kind == lists::EntryKind::kRange) what += ".." + identity::to_string(e.to);
  return fmt::format("{} {} {}{}{}", change.remove ? "remove" : "put", what, e.lists.str(),
                     e.grounds.reason.empty() ? "" : ", ", e.grounds.reason);
}

void list_proposals(Context& context, bool all) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const auto who = names(*reader);
  const auto state = all ? std::nullopt : std::optional(static_cast<uint8_t>(registry::ProposalState::kPending));
  fmt::print("{:<8}{:<11}{:<22}{:<17}{}\n", "ID", "STATE", "FILED", "BY", "CHANGE");
  for (const auto& row : reader->objects(Kind::kProposal, state, 0, kListedMax)) {
    const auto p = registry::proposal_of(row);
    if (!p) continue;
    const auto by = who.find(p->owner);
    fmt::print("{:<8}{:<11}{:<22}{:<17}{}{}{}\n", p->id, registry::to_string(p->state), time_of(p->created),
               by == who.end() ? "?" : by->second, line_of(p->change),
               p->change.entry.grounds.evidence.empty() ? "" : "; ", p->change.entry.grounds.evidence);
  }
}

void list_jobs(Context& context, bool all) {
  const auto reader = open_reader(context);
  if (!reader) return;
  reader->hold();
  const auto who = names(*reader);
  fmt::print("{:<8}{:<11}{:<22}{:<17}{:>10}{:>10}{:>10}  {}\n", "ID", "STATE", "FILED", "BY", "NAMES", "DONE", "FAILED",
             "FILING");
  for (const auto& row : reader->objects(Kind::kJob, std::nullopt, 0, 1'000'000)) {
    const auto j = registry::job_of(row);
    if (!j || (!all && j->state != registry::JobState::kQueued && j->state != registry::JobState::kRunning)) continue;
    const auto by = who.find(j->owner);
    fmt::print("{:<8}{:<11}{:<22}{:<17}{:>10}{:>10}{:>10}  {}\n", j->id, registry::to_string(j->state),
               time_of(j->created), by == who.end() ? "?" : by->second, j->names, j->done, j->failed, j->filing);
  }
}

void show_job(Context& context, uint64_t id) {
  const auto reader = open_reader(context);
  if (!reader) return;
  const auto row = reader->object(Kind::kJob, id);
  const auto j = row ? registry::job_of(*row) : std::nullopt;
  if (!j) {
    fmt::print("no job {}\n", id);
    context.exit = kNotSo;
    return;
  }
  fmt::print("job      {}\nfiling   {}\nstate    {}\nfiled    {}\nupdated  {}\nitems    {}, {} worked on\n", j->id,
             j->filing, registry::to_string(j->state), time_of(j->created), time_of(j->updated), j->items,
             j->next_item);
  fmt::print("names    {}, {} done, {} failed\nclTRID   {}\nsvTRID   {}\n", j->names, j->done, j->failed, j->cl_trid,
             j->sv_trid);
  for (size_t i = 0; i < std::min(j->failures.size(), kFailuresPrinted); ++i) {
    const registry::Offender& o = j->failures[i];
    fmt::print("  item {} {}: {} {}\n", o.item, o.name, static_cast<unsigned>(o.code), registry::to_string(o.why));
  }
  if (j->failures.size() > kFailuresPrinted) fmt::print("  and {} more\n", j->failures.size() - kFailuresPrinted);
}

}  // namespace

void add_queue(Command& app, Context& context) {
  auto o = std::make_shared<QueueOptions>();
  Command* proposal = app.add_command("proposal", "Moves from list to list that wait for a decision");
  proposal->require_command();
  Command* list = proposal->add_command("list", "Those that wait");
  list->add_flag("--all", o->all, "Decided ones too");
  list->callback([&context, o] { list_proposals(context, o->all); });
  const auto decide = [&](const char* name, const char* help, bool approve) {
    Command* command = proposal->add_command(name, help);
    command->add_option("ID", o->id)->required();
    command->add_option("--reason", o->reason, "Goes on record, and to whoever proposed it");
    command->callback([&context, o, approve] { carry_out(context, registry::Decide{o->id, approve, o->reason}); });
  };
  decide("approve", "Realise one", true);
  decide("reject", "Refuse one", false);
  Command* job = app.add_command("job", "Groups that are worked off one by one")->require_command();
  Command* jobs = job->add_command("list", "Those that wait or are at work");
  jobs->add_flag("--all", o->all, "Those done and cancelled too");
  jobs->callback([&context, o] { list_jobs(context, o->all); });
  Command* show = job->add_command("show", "One, with what was refused and why");
  show->add_option("ID", o->id)->required();
  show->callback([&context, o] { show_job(context, o->id); });
  Command* cancel = job->add_command("cancel", "Take one back that has not begun");
  cancel->add_option("ID", o->id)->required();
  cancel->callback([&context, o] { carry_out(context, registry::CancelJob{o->id}); });
}

}  // namespace eir::appliance::cdbctl
