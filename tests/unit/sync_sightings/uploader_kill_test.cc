// SPDX-License-Identifier: GPL-3.0-or-later
// The uploader killed between every two of its steps and at random times, the centre remembering what it took: every
// sighting arrives exactly once, and no sequence ever changes.
#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/sync_sightings/fixture.h"

namespace eir::sync::sightings {
namespace {

TEST_F(UploaderTest, KilledAfterEveryStepNothingIsLostOrDoubled) {
  config_.prune = true;
  seen::Limits limits;
  limits.file_octets_max = 2'000;
  auto journal = open(limits);
  unsigned killed = 0;
  for (const Step step :
       {Step::kSegmentPlaced, Step::kPut, Step::kFiled, Step::kNoted, Step::kRemoved, Step::kJournalRemoved})
    for (int occurrence = 1; occurrence <= 3; ++occurrence) {
      note(*journal, 43);
      clock_.advance(std::chrono::hours(2));  // it is time to remove journals
      const pid_t child = fork();
      if (child == 0) {
        int left = occurrence;
        Uploader u(config_, *carrier_, clock_, [&](Step s) {
          if (s == step && --left == 0) _exit(9);
        });
        if (!u.open()) _exit(1);
        run(u);
        _exit(0);
      }
      int status = 0;
      ASSERT_EQ(waitpid(child, &status, 0), child);
      ASSERT_TRUE(WIFEXITED(status));
      if (WEXITSTATUS(status) == 9) ++killed;
      EXPECT_NE(WEXITSTATUS(status), 1);
    }
  EXPECT_GE(killed, 15u) << "the steps were come to";
  auto u = uploader();
  run(*u);
  expect_all_once();
  EXPECT_EQ(spooled(), 0u);
}

TEST_F(UploaderTest, KilledAtRandomTimesNothingIsLostOrDoubled) {
  seen::Limits limits;
  limits.file_octets_max = 5'000;
  auto journal = open(limits);
  for (int round = 0; round < 60; ++round) {
    note(*journal, 200);
    const pid_t child = fork();
    if (child == 0) {
      Uploader u(config_, *carrier_, clock_);
      if (!u.open()) _exit(1);
      for (;;) u.step();
    }
    usleep(static_cast<useconds_t>(500 + round * 631 % 20'000));
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status));
  }
  auto u = uploader();
  run(*u);
  expect_all_once();
}

}  // namespace
}  // namespace eir::sync::sightings
