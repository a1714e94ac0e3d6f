// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/result.h"

namespace eir::appliance::eirctl {

inline constexpr std::string_view kCtrlDefault = "127.0.0.1:4291";

/// Asks a node over its CTRL interface: Osmocom's control protocol, text in IPA frames over TCP.
///
///     length of what follows the next octet, 2 | 0xEE | 0x00 | "GET 1 eir.summary"
///     the answer's text: "GET_REPLY 1 eir.summary VALUE" or "ERROR 1 REASON"
///
/// One connection per question. Threads: one; waits at most kCtrlTimeout. Allocates: yes.
class CtrlClient {
 public:
  /// `address`: host:port or [IPv6]:port, numeric.
  explicit CtrlClient(std::string address) : address_(std::move(address)) {}

  /// The value of a variable. Errors: no node there, no answer in time, the node's own refusal.
  base::Result<std::string, base::Problem> get(std::string_view variable) const;

 private:
  const std::string address_;
};

inline constexpr std::chrono::milliseconds kCtrlTimeout{5000};
inline constexpr size_t kCtrlFrameMax = 65'535;

}  // namespace eir::appliance::eirctl
