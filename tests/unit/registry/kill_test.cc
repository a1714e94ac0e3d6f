// SPDX-License-Identifier: GPL-3.0-or-later
// The process killed at any point: nothing that was answered is lost, and the chain is whole.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <random>

#include "registry/publisher.h"
#include "tests/unit/registry/fixture.h"
#include "tests/unit/temp_directory.h"

namespace eir::registry {
namespace {

constexpr int kRounds = 12;
constexpr uint64_t kBase = 30'000'000'000'000;

class KilledCentre : public ::testing::Test {
 protected:
  static Request root(uint64_t n) {
    return {kPolicyUser, "cdbctl", Role::kAdministrator, "local", "C" + std::to_string(n), "S" + std::to_string(n)};
  }
  static std::string name(uint64_t key) { return identity::to_string(identity::ImeiKey{key}); }

  /// Files devices and jobs from `next` on, and writes to the pipe what was answered.
  [[noreturn]] void file(int pipe, uint64_t next) {
    base::SystemClock clock;
    SqliteStore store(SqliteOptions{dir_, 16, 256 << 10});
    EngineOptions options;
    options.version_interval = std::chrono::milliseconds(3);
    options.job_names_per_group = 5;
    auto registry = Registry::open(store, clock, key_, options);
    if (!registry) _exit(3);
    for (;; ++next) {
      const uint64_t key = kBase + next * 10;
      Command command = CreateDevices{{name(key)}, {}};
      if (next % 4 == 0) {
        FileJob job{"F" + std::to_string(next), {}};
        for (uint64_t i = 0; i < 8; ++i) job.items.push_back(CreateDevices{{name(key + i)}, {}});
        command = std::move(job);
      }
      if (!(*registry)->execute(root(next), std::move(command)).ok()) _exit(4);
      if (::write(pipe, &next, sizeof next) != sizeof next) _exit(5);
    }
  }

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.file("store");
  const feed::SigningKey key_ = feed::SigningKey::make();
};

TEST_F(KilledCentre, LosesNothingThatWasAnswered) {
  std::mt19937 random(17);
  std::vector<uint64_t> answered;
  std::vector<base::Hash> anchors;
  uint64_t next = 0;
  for (int round = 0; round < kRounds; ++round) {
    int fds[2];
    ASSERT_EQ(pipe(fds), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(fds[0]);
      file(fds[1], next);
    }
    close(fds[1]);
    // So many answers, then a moment more.
    const unsigned wanted = 5 + random() % 40;
    uint64_t n = 0;
    for (unsigned i = 0; i < wanted && read(fds[0], &n, sizeof n) == sizeof n; ++i) answered.push_back(n);
    usleep(static_cast<useconds_t>(random() % 30'000));
    kill(child, SIGKILL);
    while (read(fds[0], &n, sizeof n) == sizeof n) answered.push_back(n);
    close(fds[0]);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
    next = answered.empty() ? 0 : answered.back() + 2;  // the one after it may be stored without an answer

    base::SystemClock clock;
    SqliteStore store(SqliteOptions{dir_, 16});
    auto registry = Registry::open(store, clock, key_, {});
    ASSERT_TRUE(registry) << registry.error().message();
    while ((*registry)->status().jobs_waiting > 0) std::this_thread::yield();
    auto [reader, manifest] = (*registry)->reader_at_version();
    ASSERT_TRUE(reader);
    for (const uint64_t one : answered) {
      for (uint64_t i = 0; i < (one % 4 == 0 ? 8u : 1u); ++i)
        ASSERT_TRUE(reader->imei(place_of(identity::ImeiKey{kBase + one * 10 + i}, {}))) << one;
      ASSERT_FALSE(find_commands(*reader, "S" + std::to_string(one), {}).empty()) << one;
    }
    lists::Entries entries;
    lists::TermsPool terms;
    ASSERT_TRUE(read_state(*reader, entries, terms));
    ASSERT_EQ(store::digests_of(entries, terms), manifest.digests);
    for (const base::Hash& one : anchors_in(manifest.text)) anchors.push_back(one);
    const AuditReport report = verify_audit(*reader, anchors);
    ASSERT_TRUE(report.whole) << report.fault;
    reader->release();
  }
  EXPECT_GT(answered.size(), size_t{kRounds} * 5);
}

}  // namespace
}  // namespace eir::registry
