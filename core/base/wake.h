// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <sys/eventfd.h>

#include <cstdint>

#include "core/base/fd.h"

namespace eir::base {

/// Ends a poll() of another thread: its descriptor is readable once set() was called, for good.
/// Threads: any. Allocates: no.
class Wake {
 public:
  int fd() const { return fd_.get(); }
  void set() {
    const uint64_t one = 1;
    [[maybe_unused]] const ssize_t n = ::write(fd_.get(), &one, sizeof one);
  }

 private:
  Fd fd_{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
};

}  // namespace eir::base
