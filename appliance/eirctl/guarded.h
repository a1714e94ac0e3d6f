// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>

#include "appliance/command_line/command.h"
#include "appliance/guarded/guarded.h"

namespace eir::appliance::eirctl {

/// Where the guard takes what it knows from, as an operator says it.
struct GuardOptions {
  std::string config;     ///< the node's configuration file; empty: built-in defaults
  std::string sightings;  ///< directory of the sightings journals; empty: the configuration's
  bool off = false;
};
void add_guard(Command& command, GuardOptions& options);

/// `policy`: the document that is served, or nothing. Errors: the configuration cannot be read, nor the journals.
base::Result<std::shared_ptr<GuardKnowledge>, base::Problem> learn(const GuardOptions& options,
                                                                   const std::optional<store::PolicyInfo>& policy);
/// A replica's writer with the guard before it. Errors: as Writer::open() and learn().
base::Result<std::unique_ptr<GuardedWriter>, base::Problem> open_guarded(const std::string& directory,
                                                                         const std::string& program,
                                                                         const GuardOptions& options);

}  // namespace eir::appliance::eirctl
