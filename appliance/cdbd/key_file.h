// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <string>

#include "core/feed/signature.h"

namespace eir::appliance::cdbd {

/// Reads the key that versions are signed with. Makes one, readable by its owner alone, when there is no such file;
/// `made` then says so.
base::Result<feed::SigningKey, base::Problem> open_signing_key(const std::string& path, bool& made);

}  // namespace eir::appliance::cdbd
