// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "tests/peers/s13_codec.h"
#include "tests/peers/s13_link.h"

namespace eir::tests::s13 {

struct LoadQuestion {
  std::string imei;
  std::optional<uint32_t> expected;  ///< Equipment-Status, 3 for unknown; nothing: any of the four
};

/// How much to ask. `{}` in the origin host is replaced by the connection's number, from 1: a peer has one
/// connection only (RFC 6733 §5.6.4).
struct LoadOptions {
  Identity who;
  LinkOptions link;
  unsigned connections = 1;
  unsigned window = 512;  ///< most questions outstanding on a connection
  uint64_t rate = 0;      ///< questions per second over all connections; 0: as fast as the window allows
  uint64_t count = 0;     ///< answers to measure; 0: until the duration ends
  double duration_s = 0;  ///< 0: until the count is reached
  double warmup_s = 0;    ///< answers before this are checked but not measured
  std::chrono::milliseconds timeout{5000};
  std::vector<LoadQuestion> questions;  ///< asked in turn
};
inline constexpr unsigned kWindowMax = 65536;

/// Asks, checks every answer and prints one JSON line: rate, latencies in microseconds, wrong, lost. At a given
/// rate a latency counts from the moment the question was due, so that a stall is seen in full.
/// Returns the program's exit status: 0 when nothing was wrong or lost.
int run_load(const LoadOptions& options);

}  // namespace eir::tests::s13
