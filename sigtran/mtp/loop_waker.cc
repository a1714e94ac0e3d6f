// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/loop_waker.h"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern "C" {
#include <osmocom/core/select.h>
}

namespace eir::sigtran::mtp {

LoopWaker::LoopWaker() : ofd_(std::make_unique<osmo_fd>()) {}

LoopWaker::~LoopWaker() {
  const int fd = fd_.exchange(-1);
  if (fd < 0) return;
  osmo_fd_unregister(ofd_.get());
  close(fd);
}

base::Result<void, base::Problem> LoopWaker::open() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) return base::problem("eventfd", std::strerror(errno));
  osmo_fd_setup(ofd_.get(), fd, OSMO_FD_READ, &LoopWaker::on_readable, this, 0);
  if (osmo_fd_register(ofd_.get()) < 0) {
    close(fd);
    return base::problem("eventfd", "the event loop refused it");
  }
  fd_.store(fd);
  return {};
}

bool LoopWaker::post(Call call, void* context) noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (fd_.load() < 0 || waiting_ == kPostsMax) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    entries_[(head_ + waiting_) % kPostsMax] = {call, context};
    ++waiting_;
  }
  wake();
  return true;
}

void LoopWaker::wake() noexcept {
  const int fd = fd_.load();
  const uint64_t one = 1;
  // The counter cannot overflow in practice; a full one is readable anyway.
  if (fd >= 0 && write(fd, &one, sizeof one) < 0) return;
}

int LoopWaker::on_readable(osmo_fd* ofd, unsigned /*what*/) {
  uint64_t wakes = 0;
  if (read(ofd->fd, &wakes, sizeof wakes) < 0 && errno != EAGAIN) return -1;
  static_cast<LoopWaker*>(ofd->data)->run();
  return 0;
}

void LoopWaker::run() {
  for (size_t i = 0; i < kCallsPerTurn; ++i) {
    Entry entry{};
    {
      const std::lock_guard lock(mutex_);
      if (waiting_ == 0) return;
      entry = entries_[head_];
      head_ = (head_ + 1) % kPostsMax;
      --waiting_;
    }
    entry.call(entry.context);
  }
  wake();
}

}  // namespace eir::sigtran::mtp
