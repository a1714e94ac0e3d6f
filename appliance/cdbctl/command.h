// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "appliance/command_line/command.h"
#include "registry/registry.h"
#include "registry/sqlite_store.h"

/// The central database's command line. What reads, reads the directory itself, at any time. What writes is handed to
/// the cdbd that runs there; when none does, the directory is opened for the one command.
namespace eir::appliance::cdbctl {

/// 1: what was asked for is not so (an audit that is not whole, some rows refused); 2: nothing was done.
enum Exit : int { kOk = 0, kNotSo = 1, kNothingDone = 2 };

struct Context {
  std::string directory = "/var/lib/turnstile/cdb";
  std::string key_file;  ///< the centre's signing key; default: DIRECTORY/centre.key
  std::string socket;    ///< of the running cdbd; default: DIRECTORY/control.sock
  int exit = kOk;
};

void add_user(Command& app, Context& context);
void add_audit(Command& app, Context& context);
void add_site(Command& app, Context& context);
void add_import(Command& app, Context& context);
void add_queue(Command& app, Context& context);
void add_device(Command& app, Context& context);
void add_version(Command& app, Context& context);
void add_urgent(Command& app, Context& context);

/// Says what went wrong and sets the exit status.
void fail(Context& context, const base::Problem& problem);
/// The outcome of a command in words; sets the exit status when it was refused.
void tell(Context& context, const registry::Outcome& outcome);

/// Whoever carries out commands: the running cdbd, or the registry opened in this process.
class Actor {
 public:
  virtual ~Actor() = default;
  virtual registry::Outcome execute(registry::Command command) = 0;
};
/// Null, having said why, when there is neither. Makes the signing key when there is none yet.
std::unique_ptr<Actor> open_actor(Context& context);
/// What the running cdbd answers to words that are for it alone; nothing when none runs, or, having said why, when it
/// does not answer.
std::optional<std::string> ask_daemon_if_any(Context& context, std::vector<std::string> words);
/// The same; says so when none runs.
std::optional<std::string> ask_daemon(Context& context, std::vector<std::string> words);
/// Null, having said why.
std::unique_ptr<registry::StoreReader> open_reader(Context& context);
/// Carries out one command and tells its outcome.
void carry_out(Context& context, registry::Command command);

}  // namespace eir::appliance::cdbctl
