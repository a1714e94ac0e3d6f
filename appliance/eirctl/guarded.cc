// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eirctl/guarded.h"

#include "appliance/config/load.h"

namespace eir::appliance::eirctl {

using base::Problem;

/// A daemon that follows a centre lets go of the replica sooner.
constexpr std::chrono::seconds kWriterWait{10};

void add_guard(Command& command, GuardOptions& options) {
  command.add_option("-c,--config", options.config, "The node's configuration: how questions are answered");
  command.add_option("--sightings", options.sightings,
                     "Directory of the sightings journals, for the guard; else the configuration's");
  command.add_flag("--no-guard", options.off, "Serve it whatever it does to devices seen");
}

base::Result<std::shared_ptr<GuardKnowledge>, Problem> learn(const GuardOptions& options,
                                                             const std::optional<store::PolicyInfo>& policy) {
  GuardBasis basis;
  basis.sightings = options.sightings;
  if (!options.config.empty()) {
    const auto config = load_config(options.config);
    if (!config) return tl::unexpected(config.error().front());
    basis.settings = config->settings;
    if (basis.sightings.empty()) basis.sightings = config->sightings.directory;
  }
  return appliance::learn(basis, policy);
}

base::Result<std::unique_ptr<GuardedWriter>, Problem> open_guarded(const std::string& directory,
                                                                   const std::string& program,
                                                                   const GuardOptions& options) {
  store::WriterOptions store;
  store.lock_wait = kWriterWait;
  auto writer = store::Writer::open(directory, program, store);
  if (!writer) return tl::unexpected(writer.error());
  const auto status = (*writer)->status();
  if (!status) return tl::unexpected(status.error());
  auto knowledge = learn(options, status->policy);
  if (!knowledge) return tl::unexpected(knowledge.error());
  return GuardedWriter::over(std::move(*writer), std::move(*knowledge), options.off);
}

}  // namespace eir::appliance::eirctl
