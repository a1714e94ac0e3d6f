// SPDX-License-Identifier: GPL-3.0-or-later
#include <signal.h>
#include <sys/wait.h>

#include "fixture.h"

namespace eir::sightings {
namespace {

/// A process that notes and flushes, and says after each flush how far it is; killed somewhere in between.
TEST_F(JournalTest, AKillLosesNothingThatWasFlushed) {
  constexpr int kRounds = 40;
  uint64_t told_in_all = 0;
  for (int round = 0; round < kRounds; ++round) {
    int said[2];
    ASSERT_EQ(pipe(said), 0);
    const pid_t child = fork();
    if (child == 0) {
      close(said[0]);
      Limits limits;
      limits.file_octets_max = 5'000;
      auto journal = Journal::open(dir_ + std::to_string(round), limits, clock_);
      for (uint64_t i = 0;; ++i) {
        for (uint64_t k = 0; k < 10; ++k) (*journal)->add(seen(kImei + i * 10 + k));
        (*journal)->flush();
        const uint64_t done = (i + 1) * 10;
        if (write(said[1], &done, sizeof done) != sizeof done) _exit(1);
      }
    }
    close(said[1]);
    uint64_t told = 0;
    for (int i = 0; i <= round * 3; ++i) ASSERT_EQ(read(said[0], &told, sizeof told), ssize_t{sizeof told});
    kill(child, SIGKILL);
    while (read(said[0], &told, sizeof told) == sizeof told) {
    }
    close(said[0]);
    int status = 0;
    waitpid(child, &status, 0);
    uint64_t next = kImei;
    const auto report = read_journals(dir_ + std::to_string(round), {},
                                      [&](const Sighting& s) { EXPECT_EQ(number(s.imei), next++); }, {});
    ASSERT_TRUE(report);
    EXPECT_GE(next - kImei, told);
    EXPECT_LE(report->torn.size(), 1u);
    told_in_all += told;
  }
  EXPECT_GT(told_in_all, 1000u);
}

}  // namespace
}  // namespace eir::sightings
