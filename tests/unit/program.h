// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/wait.h>

#include <cstdio>
#include <string>

namespace eir::test {

/// What came of a program.
struct Ran {
  int status = -1;  ///< its exit status; -1 when a signal ended it, or it could not be started
  std::string out;  ///< its standard output
};

/// Runs a line of the shell to its end. What it says on standard error goes where the line sends it.
inline Ran run_program(const std::string& line) {
  Ran ran;
  std::FILE* pipe = ::popen(line.c_str(), "re");
  if (!pipe) return ran;
  char block[4096];
  for (size_t n = 0; (n = std::fread(block, 1, sizeof block, pipe)) > 0;) ran.out.append(block, n);
  const int status = ::pclose(pipe);
  ran.status = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  return ran;
}

}  // namespace eir::test
