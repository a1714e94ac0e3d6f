// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <CLI/CLI.hpp>
#include <memory>
#include <string>

#include "registry/registry.h"
#include "registry/sqlite_store.h"

/// The central database's command line. It works on the directory itself: what reads may be asked at any time, what
/// writes wants cdbd stopped, and says who holds the directory when it is not.
namespace eir::appliance::cdbctl {

/// 1: what was asked for is not so (an audit that is not whole, some rows refused); 2: nothing was done.
enum Exit : int { kOk = 0, kNotSo = 1, kNothingDone = 2 };

struct Context {
  std::string directory = "/var/lib/turnstile/cdb";
  std::string key_file;  ///< the centre's signing key; default: DIRECTORY/centre.key
  int exit = kOk;
};

void add_user(CLI::App& app, Context& context);
void add_audit(CLI::App& app, Context& context);
void add_site(CLI::App& app, Context& context);
void add_import(CLI::App& app, Context& context);

/// Says what went wrong and sets the exit status.
void fail(Context& context, const base::Problem& problem);
/// The outcome of a command in words; sets the exit status when it was refused.
void tell(Context& context, const registry::Outcome& outcome);

/// What writes: the registry opened in this process, for one command.
struct Opened {
  base::SystemClock clock;
  std::unique_ptr<registry::SqliteStore> store;
  std::unique_ptr<registry::Registry> registry;
};
/// Null, having said why, when it cannot be. Makes the signing key when there is none yet.
std::unique_ptr<Opened> open_registry(Context& context);
/// Null, having said why.
std::unique_ptr<registry::StoreReader> open_reader(Context& context);
/// The operator of this machine, as the audit names them: cdbctl, and the login name.
registry::Request operator_request();
/// Carries out one command and tells its outcome.
void carry_out(Context& context, registry::Command command);

}  // namespace eir::appliance::cdbctl
