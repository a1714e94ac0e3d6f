// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <span>
#include <string>

#include "appliance/eirctl/command.h"
#include "appliance/eirctl/guarded.h"
#include "core/store/reader.h"

/// `eirctl replica`: what the replica directory holds, serves, and why; and what an operator does about it.
namespace eir::appliance::eirctl {

/// What its subcommands share.
struct ReplicaOptions {
  std::string directory;
  std::string source = std::string(store::kCentre);
  std::string version;
  std::string note;
  GuardOptions guard;
};
using ReplicaOptionsPtr = std::shared_ptr<ReplicaOptions>;

/// A subcommand of `eirctl replica` with --replica and --json; `run` is called when its line was parsed.
Command* replica_command(Command& replica, Context& context, const std::string& name, const std::string& what,
                         const ReplicaOptionsPtr& options, std::function<void()> run, const std::string& footer);
void add_source(Command& command, ReplicaOptions& options);

void add_replica_show(Command& replica, Context& context);
void add_replica_preview(Command& replica, Context& context);
void add_replica_change(Command& replica, Context& context);
void add_replica_verify(Command& replica, Context& context);
void add_replica_policy(Command& replica, Context& context);
void add_replica_feed(Command& replica, Context& context);
void add_replica_publish(Command& replica, Context& context);

/// "1.57" or "0.4". Says itself what is wrong.
std::optional<lists::Version> version_of(Context& context, const std::string& text);
/// The source as a reader stands to it; says itself when there is none of that name.
std::optional<store::SourceInfo> source_of(Context& context, const store::ReplicaStatus& status,
                                           const std::string& name);
/// "served", "held", "pinned", "nothing".
std::string_view state_name(const store::SourceInfo& source);

}  // namespace eir::appliance::eirctl
