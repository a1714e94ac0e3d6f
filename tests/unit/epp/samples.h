// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sync/epp/codec.h"

namespace eir::sync::epp::test {

inline const std::string kSchemas = std::string(EIR_SOURCE_DIR) + "/config/schemas";
inline const std::string kMessages = std::string(EIR_SOURCE_DIR) + "/config/messages";

/// Every text there is; loaded once.
const Messages& messages();

/// One of every command, with every member filled, and some with the fewest.
std::vector<Command> sample_commands();
/// One of every answer's data, likewise, and refusals.
std::vector<Reply> sample_replies();
Greeting sample_greeting();
/// All of these as they are written, and a hello.
std::vector<std::string> sample_frames();

std::unique_ptr<Schema> schema();

}  // namespace eir::sync::epp::test
