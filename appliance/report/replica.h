// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "appliance/report/json.h"
#include "core/store/version_info.h"

namespace eir::appliance {

/// The replica as `show eir lists json`, CTRL's eir.lists and `eirctl lists --json` all print it.
Json replica_json(const std::string& directory, const store::ReplicaStatus& status);
Json version_json(const store::VersionInfo& version);
/// "1.57+3".
std::string text_of(lists::Version version);

}  // namespace eir::appliance
