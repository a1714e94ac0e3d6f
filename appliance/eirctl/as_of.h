// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/eirctl/command.h"
#include "core/decision/question.h"
#include "core/store/reader.h"

namespace eir::appliance::eirctl {

/// What was answered from at some time, and what of it cannot be known.
struct Past {
  std::shared_ptr<const lists::View> lists;
  std::optional<store::PolicyInfo> policy;  ///< the document that held
  Json sources = Json::array();             ///< {"source", "version", "served_from", "cause", "note"}
  std::vector<std::string> not_known;
};

/// The lists as the replica served them at `at`. `sightings`: directory of the journals that say what the processes
/// themselves served, and under which policy; may be empty. Errors: what was served of a source is no longer kept; the
/// oldest that there is is named.
base::Result<Past, base::Problem> past_of(const store::Reader& reader, const std::string& sightings,
                                          base::UnixSeconds at);

/// Which entries hold the device and the subscriber, of which source, and which version brought each:
/// [{"source", "version", "kind", "place", "entry", "since"}].
Json entries_json(const store::Reader& reader, const decision::Question& question, std::optional<base::UnixSeconds> at);

}  // namespace eir::appliance::eirctl
