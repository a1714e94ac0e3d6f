// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "appliance/command_line/command.h"
#include "appliance/report/replica.h"
#include "core/base/result.h"

/// The operator's command line: one subcommand per file. Each add_ function hangs a subcommand into the
/// application; parsing its line runs it and sets the exit status.
namespace eir::appliance::eirctl {

/// Exit statuses; `import` gives the first three their meaning.
enum Exit : int { kOk = 0, kSomeRefused = 1, kNothingDone = 2 };

/// What every subcommand shares.
struct Context {
  bool json = false;
  std::string node;  ///< address of the CTRL interface
  int exit = kOk;
};

void add_import(Command& app, Context& context);
void add_export(Command& app, Context& context);
void add_lists(Command& app, Context& context);
void add_status(Command& app, Context& context);
void add_check(Command& app, Context& context);
void add_replica(Command& app, Context& context);

/// Options that several have.
void add_json(Command& command, Context& context);
void add_node(Command& command, Context& context);

/// Says what went wrong, on stderr, or as {"error": ...} on stdout with --json, and sets the exit status.
void fail(Context& context, const base::Problem& problem);
/// A variable of the running node, parsed. Fails itself: nothing means that it was said.
std::optional<Json> ask_node(Context& context, const std::string& variable);

/// What replica_json() made, as tables.
void print_replica(const Json& replica);
/// "2,345,678".
std::string grouped(uint64_t n);

}  // namespace eir::appliance::eirctl
