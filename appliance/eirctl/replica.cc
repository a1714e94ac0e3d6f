// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/replica.h"

#include <fmt/format.h>

namespace eir::appliance::eirctl {

Command* replica_command(Command& replica, Context& context, const std::string& name, const std::string& what,
                         const ReplicaOptionsPtr& options, std::function<void()> run, const std::string& footer) {
  Command* c = replica.add_command(name, what);
  c->add_option("--replica", options->directory, "Replica directory")->required();
  add_json(*c, context);
  c->footer(footer);
  c->callback(std::move(run));
  return c;
}

void add_source(Command& command, ReplicaOptions& options) {
  command.add_option("--source", options.source, "Whose lists: centre, urgent, or the name of a local list")
      ->show_default();
}

std::optional<lists::Version> version_of(Context& context, const std::string& text) {
  const auto version = lists::Version::parse(text);
  if (!version) fail(context, {"", fmt::format("'{}' is no version: epoch.number, such as 1.57", text)});
  return version;
}

std::optional<store::SourceInfo> source_of(Context& context, const store::ReplicaStatus& status,
                                           const std::string& name) {
  std::string names;
  for (const store::SourceInfo& s : status.sources) {
    if (s.name == name) return s;
    names += (names.empty() ? "" : ", ") + s.name;
  }
  for (const base::Problem& p : status.problems) fmt::print(stderr, "eirctl: {}\n", p.message());
  fail(context, {"", fmt::format("no source '{}' here; there {}", name, names.empty() ? "is none" : "are: " + names)});
  return std::nullopt;
}

std::string_view state_name(const store::SourceInfo& s) {
  if (s.pinned) return "pinned";
  if (s.held()) return "held";
  return s.served == lists::Version{} ? "nothing" : "served";
}

void add_replica(Command& app, Context& context) {
  Command* c = app.add_command("replica", "Versions of the replica: see, hold, release, roll back, verify, follow");
  c->require_command();
  c->footer(
      "Examples:\n"
      "  eirctl replica status --replica /var/lib/turnstile/replica\n"
      "  eirctl replica preview --replica /var/lib/turnstile/replica\n"
      "  eirctl replica rollback --help");
  add_replica_show(*c, context);
  add_replica_preview(*c, context);
  add_replica_change(*c, context);
  add_replica_verify(*c, context);
  add_replica_policy(*c, context);
  add_replica_feed(*c, context);
  add_replica_publish(*c, context);
}

}  // namespace eir::appliance::eirctl
