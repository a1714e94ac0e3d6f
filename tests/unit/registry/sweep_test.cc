// SPDX-License-Identifier: GPL-3.0-or-later
// What has had its time goes, and nothing else.
#include "registry/octets.h"
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

using std::chrono::days;

class Sweep : public RegistryTest {
 protected:
  void keep(days versions, days sightings) {
    EngineOptions options;
    options.versions_kept = versions;
    options.sightings_kept = sightings;
    start(options);
  }
  Outcome see(uint64_t sequence, uint64_t key, std::chrono::system_clock::time_point at) {
    Sighting s;
    s.imei = identity::ImeiKey{key};
    s.imsi = identity::Imsi(*identity::Digits::parse("255010000000001"));
    s.interface = "MAP";
    s.first = s.last = std::chrono::floor<std::chrono::seconds>(at);
    return run(Role::kOperator, FileSightings{"node", sequence, {s}});
  }
  size_t seen(uint64_t key) { return writer_->sightings(identity::ImeiKey{key}, 100).size(); }
  void later(days by) {
    clock_.advance(by);
    ASSERT_TRUE(engine_->run({}));
  }
};

TEST_F(Sweep, SightingsGoWhenTheLastOfThemIsOldEnough) {
  keep(days(90), days(30));
  const auto now = clock_.wall();
  ASSERT_TRUE(see(1, kFirst, now).ok());
  ASSERT_TRUE(see(2, kFirst + 1, now).ok());
  ASSERT_TRUE(see(3, kFirst + 2, now + days(20)).ok());
  later(days(29));
  EXPECT_EQ(seen(kFirst), 1u);
  // Seen again: it begins anew.
  ASSERT_TRUE(see(4, kFirst + 1, clock_.wall()).ok());
  later(days(2));
  EXPECT_EQ(seen(kFirst), 0u);
  EXPECT_EQ(seen(kFirst + 1), 1u);
  EXPECT_EQ(seen(kFirst + 2), 1u);
  EXPECT_EQ(counters_.sightings_expired.get(), 1u);
  later(days(60));
  EXPECT_EQ(seen(kFirst + 1) + seen(kFirst + 2), 0u);
  EXPECT_EQ(counters_.sightings_expired.get(), 3u);
  EXPECT_TRUE(verify_audit(*writer_, {engine_->audit_head()}).whole);
}

TEST_F(Sweep, SightingsStayForEverUnlessAskedOtherwise) {
  ASSERT_TRUE(see(1, kFirst, clock_.wall()).ok());
  later(days(5000));
  EXPECT_EQ(seen(kFirst), 1u);
}

TEST_F(Sweep, AStoreLargerThanOnePieceIsGoneThroughAndAgainAfterARestart) {
  constexpr uint64_t kRows = 25'000;  // three pieces
  writer_->begin();
  for (uint64_t i = 0; i < kRows; ++i) {
    Sighting s;
    s.imei = identity::ImeiKey{kFirst + i};
    s.first = s.last = std::chrono::floor<std::chrono::seconds>(clock_.wall()) - days(i % 2 ? 1 : 100);
    writer_->put_sighting(s, "node");
  }
  ASSERT_TRUE(writer_->commit());
  const auto left = [&] {
    size_t rows = 0;
    for (uint64_t i = 0; i < kRows; ++i) rows += seen(kFirst + i);
    return rows;
  };
  for (int i = 0; i < 3; ++i) {
    keep(days(90), days(30));  // each time a new engine, which goes on where the last one was
    clock_.advance(std::chrono::minutes(2));
    ASSERT_TRUE(engine_->run({}));
    const size_t gone = static_cast<size_t>(counters_.sightings_expired.get());
    EXPECT_EQ(gone, std::min<size_t>(5'000 * static_cast<size_t>(i + 1), kRows / 2));
  }
  EXPECT_EQ(left(), kRows / 2);
}

TEST_F(Sweep, ADeviceOfVeryManySubscribersHoldsNothingUp) {
  writer_->begin();
  for (uint64_t i = 0; i < 12'000; ++i) {
    Sighting s;
    s.imei = identity::ImeiKey{kFirst};
    s.imsi = identity::Imsi(*identity::Digits::parse("2550100000" + std::to_string(10'000 + i)));
    s.first = s.last = std::chrono::floor<std::chrono::seconds>(clock_.wall()) - days(100);
    writer_->put_sighting(s, "node");
  }
  ASSERT_TRUE(writer_->commit());
  ASSERT_TRUE(see(1, kFirst + 1, clock_.wall() - days(100)).ok());
  keep(days(90), days(30));
  for (int i = 0; i < 3; ++i) {
    clock_.advance(std::chrono::minutes(2));
    ASSERT_TRUE(engine_->run({}));
  }
  EXPECT_EQ(counters_.sightings_expired.get(), 12'001u);
}

TEST_F(Sweep, HashesGoWithTheVersionsTheyLeadOnFrom) {
  keep(days(10), days(0));
  std::vector<std::pair<lists::Version, base::Hash>> made;
  for (uint64_t i = 0; i < 6; ++i) {
    ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + i)}, {}}).ok());
    settle();
    made.emplace_back(engine_->newest(), engine_->manifest().sha256());
    later(days(2));
  }
  // The last four of them are younger than ten days; the oldest of those leads on from the one before.
  later(days(0));
  std::vector<bool> kept, issued;
  for (const auto& [version, hash] : made) {
    kept.push_back(writer_->version(version).has_value());
    issued.push_back(writer_->issued(version, hash));
  }
  ASSERT_NE(std::count(kept.begin(), kept.end(), false), 0);
  ASSERT_TRUE(kept.back());
  for (size_t i = 0; i < made.size(); ++i) EXPECT_EQ(issued[i], kept[i] || (i + 1 < made.size() && kept[i + 1])) << i;
  later(days(1000));
  EXPECT_TRUE(writer_->version(made.back().first)) << "the newest stays for ever";
  EXPECT_TRUE(writer_->issued(made.back().first, made.back().second));
  EXPECT_FALSE(writer_->issued(made[1].first, made[1].second));
}

TEST_F(Sweep, BatchesAreForgottenFarBehindAndNotBefore) {
  const auto now = clock_.wall();
  const uint64_t first = 1'790'000'000'000'000;  // as nodes begin: microseconds
  for (uint64_t i : {uint64_t{0}, uint64_t{1}, kBatchesKept}) ASSERT_TRUE(see(first + i, kFirst, now).ok());
  const uint64_t repeated = counters_.sightings_repeated.get();
  ASSERT_TRUE(see(first + 1, kFirst, now).ok());
  EXPECT_EQ(counters_.sightings_repeated.get(), repeated + 1) << "within what is kept";
  ASSERT_TRUE(see(first, kFirst, now).ok());
  EXPECT_EQ(counters_.sightings_repeated.get(), repeated + 1) << "forgotten, and taken again";
  EXPECT_EQ(seen(kFirst), 1u);
}

TEST_F(Sweep, NothingGoneIsNotOnRecord) {
  keep(days(90), days(30));
  ASSERT_TRUE(see(1, kFirst, clock_.wall()).ok());
  settle();
  const uint64_t block = engine_->block();
  later(days(1));
  EXPECT_EQ(engine_->block(), block);
}

}  // namespace
}  // namespace eir::registry
