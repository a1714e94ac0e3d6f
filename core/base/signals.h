// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <pthread.h>

#include <csignal>
#include <initializer_list>

namespace eir::base {

/// For a thread beside the main one: signals are the main thread's, and a peer that goes away while we write (OpenSSL
/// does so without MSG_NOSIGNAL) must not end the process. Threads: the caller's own.
inline void leave_signals_to_main_thread() {
  sigset_t others;
  sigemptyset(&others);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGPIPE, SIGUSR1, SIGUSR2, SIGCHLD}) sigaddset(&others, signal);
  pthread_sigmask(SIG_BLOCK, &others, nullptr);
}

}  // namespace eir::base
