// SPDX-License-Identifier: GPL-3.0-or-later
// Either of two sites killed at any point: the other goes on, and nothing that was acknowledged is lost.
#include <sys/wait.h>

#include <atomic>
#include <random>

#include "tests/unit/registry/sites_fixture.h"

namespace eir::registry {
namespace {

constexpr int kRounds = 8;

/// What a site tells the test over its pipe: a command that was acknowledged.
using Told = uint64_t;

class SitesKilled : public ::testing::Test {
 protected:
  SitesKilled() { std::signal(SIGPIPE, SIG_IGN); }

  struct Running {
    pid_t pid = 0;
    int pipe = -1;
  };
  /// A site in a process of its own. When it is active it files commands from `next` on and tells which were
  /// acknowledged; with `promote` it is made active first.
  Running run(TwoSites::Site& site, bool promote, uint64_t next) {
    int fds[2];
    EXPECT_EQ(pipe(fds), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(fds[0]);
      live(site, promote, next, fds[1]);
    }
    close(fds[1]);
    return {child, fds[0]};
  }
  [[noreturn]] void live(TwoSites::Site& site, bool promote, uint64_t next, int pipe) {
    two_.start(site);
    if (!site.sites) _exit(3);
    if (promote && !site.registry->execute(operator_as(next), Promote{"by the test"}).ok()) _exit(4);
    // Every site keeps to it, whenever it is the active one.
    if (!site.registry->execute(operator_as(next), SetSite{"standby-sync", "on"}).ok()) _exit(5);
    for (;; ++next) {
      while (!site.registry->status().active) std::this_thread::sleep_for(std::chrono::milliseconds(5));
      if (!two_.file(site, next).ok()) continue;
      if (::write(pipe, &next, sizeof next) != sizeof next) _exit(6);
    }
  }
  void end(Running& r) {
    kill(r.pid, SIGKILL);
    Told n = 0;
    while (read(r.pipe, &n, sizeof n) == sizeof n) acknowledged_.push_back(n);
    close(r.pipe);
    int status = 0;
    waitpid(r.pid, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    r = {};
  }
  void hear(const Running& r, unsigned count) {
    Told n = 0;
    for (unsigned i = 0; i < count && read(r.pipe, &n, sizeof n) == sizeof n; ++i) acknowledged_.push_back(n);
  }

  TwoSites two_;
  std::vector<Told> acknowledged_;
};

TEST_F(SitesKilled, LoseNothingThatWasAcknowledged) {
  std::mt19937 random(29);
  const auto moment = [&] { usleep(static_cast<useconds_t>(random() % 60'000)); };
  TwoSites::Site* active = &two_.a;
  TwoSites::Site* other = &two_.b;
  uint64_t next = 1;
  Running ones = run(*active, true, next), others = run(*other, false, 0);
  for (int round = 0; round < kRounds; ++round) {
    hear(ones, 10 + random() % 20);
    moment();
    next += 10'000;
    if (random() % 2) {
      // The one that follows dies and comes back: the active one waits, and goes on.
      end(others);
      moment();
      others = run(*other, false, 0);
      continue;
    }
    // The active one dies; the other is promoted in its place, and the old one comes back as it was.
    end(ones);
    end(others);
    std::swap(active, other);
    ones = run(*active, true, next);
    moment();
    others = run(*other, false, next + 5'000);
  }
  hear(ones, 5);
  end(ones);
  end(others);
  ASSERT_GT(acknowledged_.size(), size_t{kRounds} * 10);
  two_.start(two_.a);
  two_.start(two_.b);
  ASSERT_FALSE(HasFatalFailure());
  expect_equal(two_);
  auto reader = two_.a.registry->reader();
  for (const Told n : acknowledged_) {
    EXPECT_TRUE(reader->imei(place_of(identity::ImeiKey{kSitesBase + n * 10}, {}))) << n;
    EXPECT_FALSE(find_commands(*reader, "S" + std::to_string(n), {}).empty()) << n;
  }
}

}  // namespace
}  // namespace eir::registry
