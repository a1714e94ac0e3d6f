// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/vty/loop.h"

#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

extern "C" {
#include <osmocom/core/logging.h>
#include <osmocom/core/select.h>
#include <osmocom/core/timer.h>
}

namespace eir::appliance {
namespace {

constexpr size_t kCallsPerTurn = 64;  ///< so that the console is not held up
constexpr int kEndedAtOnce = 1;

volatile sig_atomic_t stop_wanted = 0;
volatile sig_atomic_t hangup_seen = 0;
std::atomic<int> wake_fd{-1};

/// Async-signal-safe.
void wake() {
  const int saved = errno;
  const uint64_t one = 1;
  if (const int fd = wake_fd.load(std::memory_order_relaxed); fd >= 0)
    if (write(fd, &one, sizeof one) < 0) errno = saved;  // full: it wakes all the same
  errno = saved;
}

void on_signal(int number) {
  if (number == SIGHUP) {
    hangup_seen = 1;
  } else {
    if (stop_wanted) _exit(kEndedAtOnce);
    stop_wanted = 1;
  }
  wake();
}

}  // namespace

struct Loop::Descriptor {
  osmo_fd fd{};
};

class Loop::Timer {
 public:
  Timer(std::chrono::milliseconds interval, std::function<void()> f) : interval_(interval), f_(std::move(f)) {
    osmo_timer_setup(
        &timer_,
        [](void* self) {
          auto* const t = static_cast<Timer*>(self);
          t->f_();
          t->arm();
        },
        this);
    arm();
  }
  ~Timer() { osmo_timer_del(&timer_); }
  Timer(const Timer&) = delete;
  Timer& operator=(const Timer&) = delete;

 private:
  void arm() {
    const auto s = std::chrono::duration_cast<std::chrono::seconds>(interval_);
    osmo_timer_schedule(&timer_, static_cast<int>(s.count()),
                        static_cast<int>(std::chrono::microseconds(interval_ - s).count()));
  }
  const std::chrono::milliseconds interval_;
  const std::function<void()> f_;
  osmo_timer_list timer_{};
};

Loop::Loop() : descriptor_(std::make_unique<Descriptor>()) { descriptor_->fd.fd = -1; }

Loop::~Loop() {
  if (descriptor_->fd.fd < 0) return;
  wake_fd.store(-1, std::memory_order_relaxed);
  osmo_fd_unregister(&descriptor_->fd);
  close(descriptor_->fd.fd);
}

base::Result<void, base::Problem> Loop::open() {
  const int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (fd < 0) return base::problem("", std::string("no descriptor for the loop: ") + std::strerror(errno));
  const auto ready = [](osmo_fd* ofd, unsigned) {
    uint64_t count = 0;
    if (read(ofd->fd, &count, sizeof count) > 0) static_cast<Loop*>(ofd->data)->take_posts();
    return 0;
  };
  osmo_fd_setup(&descriptor_->fd, fd, OSMO_FD_READ, ready, this, 0);
  if (osmo_fd_register(&descriptor_->fd) != 0) {
    close(fd);
    descriptor_->fd.fd = -1;
    return base::problem("", "the loop takes no descriptor");
  }
  wake_fd.store(fd, std::memory_order_relaxed);
  stop_wanted = 0;
  hangup_seen = 0;
  struct sigaction action {};
  action.sa_handler = on_signal;
  for (const int number : {SIGTERM, SIGINT, SIGHUP}) sigaction(number, &action, nullptr);
  signal(SIGPIPE, SIG_IGN);
  return {};
}

void Loop::every(std::chrono::milliseconds interval, std::function<void()> f) {
  timers_.push_back(std::make_unique<Timer>(interval, std::move(f)));
}

void Loop::turn() {
  osmo_select_main(0);
  if (!hangup_seen) return;
  hangup_seen = 0;
  if (hangup_) hangup_();
}

void Loop::run() {
  while (!stop_wanted) turn();
}

void Loop::run_until(const std::function<bool()>& done) {
  while (!done()) turn();
}

bool Loop::post(std::function<void()> f) {
  {
    const std::lock_guard lock(mutex_);
    if (posts_.size() >= kPostsMax) {
      refused_.fetch_add(1, std::memory_order_relaxed);
      return false;
    }
    posts_.push_back(std::move(f));
  }
  wake();
  return true;
}

void Loop::take_posts() {
  for (size_t i = 0; i < kCallsPerTurn; ++i) {
    std::function<void()> f;
    {
      const std::lock_guard lock(mutex_);
      if (posts_.empty()) return;
      f = std::move(posts_.front());
      posts_.pop_front();
    }
    f();
  }
  wake();
}

void Loop::say(bool bad, std::string line) {
  post([bad, line = std::move(line)] { LOGP(DLGLOBAL, bad ? LOGL_ERROR : LOGL_NOTICE, "%s\n", line.c_str()); });
}

void Loop::stop() {
  stop_wanted = 1;
  wake();
}

bool Loop::stopping() const { return stop_wanted != 0; }

}  // namespace eir::appliance
