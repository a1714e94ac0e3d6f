// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>
#include <vector>

#include "registry/registry.h"
#include "sync/transfer/server.h"

namespace eir::appliance::cdbd {

namespace epp = sync::epp;

struct FilesConfig {
  std::vector<epp::Endpoint> listeners;  ///< none: versions go out only as large as a frame, and no sightings come
  std::string base_uri;                  ///< as nodes reach it: "https://HOST:PORT", no slash at the end
  friend bool operator==(const FilesConfig&, const FilesConfig&) = default;
};
/// What is wrong with it; nothing is opened.
std::vector<base::Problem> validate(const FilesConfig& config);

/// The files of versions for users that may ask for a version, from the directory that cdbd::Versions writes to.
/// Threads: any. The registry outlives what is returned.
sync::transfer::Area versions_area(const registry::Registry& registry, std::string directory);

}  // namespace eir::appliance::cdbd
