// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>

#include "sync/epp/client.h"

namespace eir::tests::epp {

enum class LoadMode : uint8_t {
  kJobs,    ///< files jobs of groups, and waits until each is done
  kCreate,  ///< single creates, pipelined
  kCheck,   ///< checks of one name, pipelined
};

/// How much to ask. The i-th name is the same in every run with one seed, so that what one run filed another asks for.
struct LoadOptions {
  sync::epp::ClientConfig server;
  std::string messages;  ///< directory of the catalogues
  std::string user, password;
  LoadMode mode = LoadMode::kCheck;
  unsigned connections = 8;
  unsigned window = 2;      ///< jobs, or commands, outstanding on a connection
  unsigned names = 10'000;  ///< of a job, in groups of at most 100
  uint64_t seed = 1;
  uint64_t first = 0;      ///< number of the first name
  uint64_t known = 0;      ///< of kCheck: the numbers from `first` that are stored; every second check asks for one
  uint64_t count = 0;      ///< names to file; 0: until the duration ends
  double duration_s = 0;   ///< 0: until the count is reached
  double warmup_s = 0;     ///< not measured
  int server_process = 0;  ///< the server's, whose processor time is told without that of the logins; 0: none
  double rate = 0;         ///< commands per second over all connections; 0: as fast as the window allows
};

/// Asks over so many sessions, a thread for each, checks every answer, and prints one JSON line: names (kJobs: done,
/// durable) or commands a second, latencies in microseconds (at a rate: from the moment a command was due), wrong,
/// lost, and the processor time spent here and, where it is known, at the server. Returns the exit status: 0 when
/// nothing was wrong or lost.
int run_load(const LoadOptions& options);

}  // namespace eir::tests::epp
