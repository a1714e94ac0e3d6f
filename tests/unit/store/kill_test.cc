// SPDX-License-Identifier: GPL-3.0-or-later
// The writer killed at any point: a version before or after is served, whole; the import can be repeated.
#include <sys/wait.h>

#include <csignal>
#include <random>
#include <thread>

#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

class Kill : public StoreTest {
 protected:
  static constexpr int kRounds = 40;
  static constexpr uint64_t kFirst = 35'809'101'000'000;

  static std::string rows(int round, int count) {
    std::string out;
    for (int i = 0; i < count; ++i)
      out += std::to_string(kFirst + static_cast<uint64_t>(i)) + ",black,,round " + std::to_string(round) + "\n";
    return out;
  }

  /// Runs an import in a process of its own and kills it after `after`; no limit: lets it end. Returns the
  /// exit status, or -1 when it was killed.
  int import_and_kill(const std::string& text, bool merge, std::chrono::microseconds after) {
    const pid_t child = fork();
    if (child == 0) {
      auto writer = Writer::open(dir_, "killed");
      if (!writer) _exit(3);
      auto parsed = files::read_list("imei,list,svn,reason\n" + text, "t.csv");
      if (!parsed) _exit(4);
      _exit((*writer)->import(*parsed, {"local", merge, "t.csv"}) ? 0 : 5);
    }
    std::this_thread::sleep_for(after);
    kill(child, SIGKILL);
    int status = 0;
    waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }

  /// Everything a reader serves is of one round.
  static int round_served(const Reader& reader, int count) {
    const std::string note(hit(reader, kFirst).note);
    for (int i = 0; i < count; i += 97) EXPECT_EQ(hit(reader, kFirst + static_cast<uint64_t>(i)).note, note);
    return std::stoi(note.substr(6));
  }
};

TEST_F(Kill, AtManyPointsOfAnImport) {
  constexpr int kCount = 6'000;
  std::mt19937 random(5);
  const auto first = import(rows(0, kCount));
  ASSERT_TRUE(first);
  const auto follower = Reader::open(dir_);
  // How long an import takes here, so that the kills fall inside it.
  const auto began = std::chrono::steady_clock::now();
  ASSERT_EQ(import_and_kill(rows(0, kCount), false, std::chrono::seconds(0)), -1);
  ASSERT_TRUE(import(rows(0, kCount)));
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began);
  int killed = 0, served_round = 0;
  for (int round = 1; round <= kRounds; ++round) {
    const bool merge = round % 2 == 0;
    const std::chrono::microseconds after(random() % static_cast<unsigned>(span.count() + 1));
    const int status = import_and_kill(rows(round, kCount), merge, after);
    ASSERT_TRUE(status == 0 || status == -1) << status;
    killed += status == -1;
    // A reader that comes now, and one that was there all the time.
    const auto fresh = Reader::open(dir_);
    follower->poll();
    for (const Reader* reader : {fresh.get(), follower.get()}) {
      ASSERT_TRUE(reader->view());
      ASSERT_TRUE(reader->status().problems.empty()) << reader->status().problems[0].message();
      const int now = round_served(*reader, kCount);
      ASSERT_TRUE(now == served_round || now == round) << now;
      ASSERT_TRUE(status != 0 || now == round);
    }
    ASSERT_EQ(served(*fresh), served(*follower));
    served_round = round_served(*fresh, kCount);
    if (round % 4 == 0) {
      const auto again = import(rows(round, kCount), merge);
      ASSERT_TRUE(again) << again.error().message();
      served_round = round;
      // The digest is that of the list, whatever happened before.
      std::filesystem::remove_all(root_ + "/other");
      auto writer = Writer::open(root_ + "/other", "test");
      files::ListFile parsed = list(rows(round, kCount));
      const auto clean = (*writer)->import(parsed, {"local", false, "t.csv"});
      ASSERT_TRUE(clean);
      EXPECT_EQ(Reader::open(dir_)->status().serving->digest, clean->version.digest);
    }
  }
  EXPECT_GT(killed, kRounds / 4);
  // Nothing piles up.
  ASSERT_TRUE(Writer::open(dir_, "test"));
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) files += entry.is_regular_file();
  EXPECT_LE(files, 8u);
}

}  // namespace
}  // namespace eir::store
