// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "registry/model.h"

/// What cdbctl and a running cdbd say to each other over a local socket: frames of a length (4 octets, big-endian) and
/// so many octets. Both ends are of one release.
namespace eir::appliance::cdbd {

inline constexpr size_t kControlFrameMax = 64u << 20;

/// A question: a command of the registry's, or words for the daemon itself.
struct Question {
  std::optional<registry::Command> command;
  std::vector<std::string> words;
};
struct ControlReply {
  bool taken = true;  ///< false: it was none; `text` says why
  registry::Outcome outcome;
  std::string text;
};

/// Nothing for commands that only the registry itself or a client over EPP gives.
std::optional<std::string> encode(const Question& question);
std::optional<Question> decode_question(std::string_view octets);
std::string encode(const ControlReply& reply);
std::optional<ControlReply> decode_reply(std::string_view octets);

/// Blocking; false when the other end is gone, is too slow, or sends too much.
bool send_frame(int fd, std::string_view octets);
std::optional<std::string> receive_frame(int fd);
/// A connection to the socket, or -1.
int connect_control(const std::string& path);

}  // namespace eir::appliance::cdbd
