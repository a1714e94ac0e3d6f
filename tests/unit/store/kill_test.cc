// SPDX-License-Identifier: GPL-3.0-or-later
// The writer killed between every two of its steps, and at hundreds of random points, two readers attached: the
// version before or after is served, whole, with the digest of the model; the next writer goes on.
#include <fmt/format.h>
#include <sys/wait.h>

#include <csignal>
#include <random>
#include <thread>

#include "tests/unit/store/centre.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

constexpr uint64_t kFirst = 35'809'101'000'000;

class Kill : public StoreTest {
 protected:
  void SetUp() override {
    for (uint64_t i = 0; i < 300; ++i) centre_.imeis[kFirst + i] = "stolen";
    centre_.ranges[kFirst + 5'000] = "a batch";
    auto writer = Writer::open(dir_, "test");
    ASSERT_TRUE(writer);
    ASSERT_TRUE(centre_.give(**writer, centre_.full()));
    writer->reset();
    attached_[0] = Reader::open(dir_);
    attached_[1] = Reader::open(dir_);
    good_[centre_.version()] = centre_.digests().total();
  }
  void mutate(std::mt19937_64& random) {
    for (int i = 0; i < 20; ++i) {
      const uint64_t n = random() % 600;
      if (random() % 3) {
        centre_.imeis[kFirst + n] = "n" + std::to_string(random() % 9);
      } else {
        centre_.imeis.erase(kFirst + n);
      }
      centre_.ranges[kFirst + 5'000 + 100 * (n % 40)] = "r" + std::to_string(n % 3);
      centre_.locks[kFirst + n] = n % 7;
    }
  }
  /// Gives a version in a process of its own, which ends at a step or after a time. Returns whether it lived.
  bool give_and_kill(const Centre::Version& v, std::optional<Step> at, std::optional<std::chrono::microseconds> after,
                     bool fold) {
    const pid_t child = fork();
    if (child == 0) {
      WriterOptions options;
      options.overlay_keys_snapshot = fold ? 1 : 1'000'000;
      options.threads = 1;
      int seen = 0;
      options.at_step = [&](Step s) {
        if (at && s == *at && ++seen == 1) raise(SIGKILL);
      };
      auto writer = Writer::open(dir_, "killed", options);
      if (!writer) _exit(3);
      Centre::Version mine;
      mine.manifest = v.manifest;
      mine.all = v.all;
      mine.change.before = v.change.before;
      mine.change.after = v.change.after;
      copy_terms(v.pool, mine.pool);
      copy_terms(v.change.terms, mine.change.terms);
      _exit(centre_.give(**writer, std::move(mine)) ? 0 : 5);
    }
    if (after) {
      std::this_thread::sleep_for(*after);
      kill(child, SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    EXPECT_TRUE(!WIFEXITED(status) || WEXITSTATUS(status) == 0) << WEXITSTATUS(status);
    return WIFEXITED(status);
  }
  static void copy_terms(const lists::TermsPool& from, lists::TermsPool& to) {
    for (lists::TermsId id = 1; id < from.size(); ++id) to.intern(from.of(id));
  }
  /// What every reader, old and new, serves now; all the same, proven against the model.
  lists::Version everybody_serves() {
    const auto fresh = Reader::open(dir_);
    lists::Version version = fresh->view()->version();
    for (Reader* reader : {fresh.get(), attached_[0].get(), attached_[1].get()}) {
      reader->poll();
      const ReplicaStatus status = reader->status();
      EXPECT_TRUE(status.problems.empty()) << status.problems[0].message();
      EXPECT_EQ(reader->view()->version(), version);
      EXPECT_EQ(status.serving->digest, good_[version]) << version.str();
    }
    fresh->recompute(1.0);
    while (fresh->recomputed().running) std::this_thread::sleep_for(std::chrono::milliseconds(1));
    EXPECT_TRUE(fresh->recomputed().wrong.empty());
    return version;
  }
  /// One round; afterwards the version stands, whatever happened on the way.
  bool round(std::mt19937_64& random, bool full, bool fold, std::optional<Step> at,
             std::optional<std::chrono::microseconds> after) {
    const lists::Version before = centre_.version();
    mutate(random);
    const Centre::Version v = full ? centre_.full() : centre_.change();
    good_[v.manifest.version] = centre_.digests().total();
    const bool lived = give_and_kill(v, at, after, fold);
    const lists::Version now = everybody_serves();
    EXPECT_TRUE(now == before || now == centre_.version()) << now.str();
    EXPECT_TRUE(!lived || now == centre_.version());
    EXPECT_TRUE(now != before || give_and_kill(v, {}, {}, fold)) << "it can be given again";
    EXPECT_EQ(everybody_serves(), centre_.version());
    return lived;
  }

  Centre centre_;
  std::map<lists::Version, lists::StateDigest> good_;
  std::unique_ptr<Reader> attached_[2];
};

TEST_F(Kill, BetweenEveryTwoSteps) {
  std::mt19937_64 random(7);
  for (unsigned step = 0; step < kSteps; ++step)
    for (const auto& [full, fold] : {std::pair(true, false), std::pair(false, false), std::pair(false, true)}) {
      SCOPED_TRACE(fmt::format("step {}, {}{}", step, full ? "full" : "change", fold ? ", folded" : ""));
      const bool lived = round(random, full, fold, static_cast<Step>(step), {});
      const bool has_step = full || fold || static_cast<Step>(step) >= Step::kRowsWritten;
      EXPECT_EQ(lived, !has_step);
    }
  // Nothing piles up.
  ASSERT_TRUE(Writer::open(dir_, "test"));
  size_t files = 0;
  for (const auto& entry : std::filesystem::directory_iterator(dir_)) files += entry.is_regular_file();
  EXPECT_LE(files, 8u);
}

TEST_F(Kill, AtHundredsOfRandomPoints) {
  constexpr int kRounds = 300;
  std::mt19937_64 random(5);
  // How long one takes here, so that the kills fall inside it.
  const auto began = std::chrono::steady_clock::now();
  round(random, true, false, {}, {});
  const auto span = std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - began) / 2;
  int killed = 0;
  for (int i = 0; i < kRounds && !HasFailure(); ++i) {
    const std::chrono::microseconds after(random() % static_cast<uint64_t>(span.count() + 1));
    killed += !round(random, i % 4 == 0, i % 3 == 0, {}, after);
  }
  EXPECT_GT(killed, kRounds / 4);
}

/// The last writes before a crash may be torn: whatever the log holds then, a whole version is served.
TEST_F(Kill, TornEndOfTheLog) {
  std::mt19937_64 random(9);
  for (int i = 0; i < 3; ++i) round(random, false, false, {}, {});
  mutate(random);
  const Centre::Version v = centre_.change();
  good_[v.manifest.version] = centre_.digests().total();
  give_and_kill(v, Step::kCommitted, {}, false);
  const std::string log = dir_ + "/replica.db-wal", copy = root_ + "/torn";
  const auto whole = std::filesystem::file_size(log);
  int served_versions[2] = {};
  const auto torn_at = [&](uintmax_t size, bool shorter) {
    std::filesystem::remove_all(copy);
    std::filesystem::copy(dir_, copy);
    std::filesystem::remove(copy + "/replica.db-shm");
    std::filesystem::resize_file(copy + "/replica.db-wal", size);
    // The file may have its length, and not yet what stands in it.
    if (!shorter) std::filesystem::resize_file(copy + "/replica.db-wal", whole);
    auto writer = Writer::open(copy, "test");
    const auto reader = Reader::open(copy);
    if (!reader->view()) return;  // the database itself was in the log still
    const auto version = reader->view()->version();
    EXPECT_EQ(reader->status().serving->digest, good_[version]) << version.str() << " at " << size;
    ++served_versions[version == centre_.version()];
  };
  for (uintmax_t size = 0; size <= whole; size += std::max<uintmax_t>(whole / 60, 1)) {
    torn_at(size, true);
    torn_at(size, false);
  }
  torn_at(whole, true);
  EXPECT_GT(served_versions[0], 0);
  EXPECT_GT(served_versions[1], 0);
}

}  // namespace
}  // namespace eir::store
