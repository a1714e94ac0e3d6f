// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

#include "tests/peers/s13_codec.h"
#include "tests/peers/s13_link.h"

namespace eir::tests::s13 {

struct AskOptions {
  Identity who;
  LinkOptions link;
  std::chrono::milliseconds timeout{5000};    ///< for each answer
  std::chrono::milliseconds connect_wait{0};  ///< a refused first connection is tried again this long
  bool cer = true, dpr = true, dwa = true;    ///< what a well-behaved peer sends
  bool events = false;                        ///< watchdogs, DPR and strays on stdout too
  bool raw = true;                            ///< answers carry their octets
};

/// An ECR as the question asks for it: {"imei","svn","imsi"} and the ways to be odd that --help lists. The
/// error says which field is not usable.
tl::expected<std::string, std::string> make_ecr(const nlohmann::json& question, const Identity& who,
                                                uint32_t hop_by_hop);

/// "white", "black", "grey", "unknown" (5422), or the result code as text.
std::string result_of(const Answer& answer);

/// Question mode: JSON lines from stdin, one JSON line per answer to stdout; a connection that the node ended
/// is opened anew for the next question. Returns the program's exit status: 0 when every question was answered.
int ask_from_stdin(const AskOptions& options);

}  // namespace eir::tests::s13
