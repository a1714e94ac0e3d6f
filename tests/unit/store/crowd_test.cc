// SPDX-License-Identifier: GPL-3.0-or-later
// How many locks may name one device or one subscriber, wherever they come in.
#include "core/store/change.h"
#include "tests/unit/store/centre.h"
#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

constexpr uint64_t kFirst = 35'809'101'000'000;
using lists::kLocksOfOneMax;
using lists::LockEntry;
using lists::LockName;
using Locks = std::vector<LockEntry>;

LockEntry lock(uint64_t device, uint64_t imsi, uint64_t msisdn = 0) {
  LockEntry e{ImeiKey{kFirst + device}, {}, {}, lists::LockPolicy::kMutual, 0, 0};
  if (imsi) e.imsi = identity::Imsi(identity::Digits::of(255'010'000'000'000 + imsi, 15));
  if (msisdn) e.msisdn = identity::Msisdn(identity::Digits::of(380'500'000'000 + msisdn, 12));
  return e;
}
/// Locks of one device, or of one subscriber: numbers from `first` to before `last`.
Locks of_device(uint64_t first, uint64_t last) {
  Locks all;
  for (uint64_t n = first; n < last; ++n) all.push_back(lock(1, n));
  return all;
}
Locks of_imsi(uint64_t first, uint64_t last) {
  Locks all;
  for (uint64_t n = first; n < last; ++n) all.push_back(lock(n, 1));
  return all;
}
Locks of_msisdn(uint64_t first, uint64_t last) {
  Locks all;
  for (uint64_t n = first; n < last; ++n) all.push_back(lock(n, n, 1));
  return all;
}
std::shared_ptr<const lists::Index> state_of(Locks locks) {
  lists::Entries entries;
  entries.locks = std::move(locks);
  return std::make_shared<lists::Index>(lists::Snapshot::of(std::move(entries), {}, {0, 1}), lists::Version{0, 1});
}

TEST(LockCrowd, CountsWhatStandsAndWhatGoes) {
  constexpr uint64_t kMax = kLocksOfOneMax;
  const struct {
    const char* what;
    Locks there, before, after;
    size_t refused;
    LockName of;
  } rows[] = {
      {"a device's, as many as may be", of_device(1, kMax), {}, of_device(kMax, kMax + 1), 0, {}},
      {"a device's, one too many", of_device(1, kMax + 1), {}, of_device(kMax + 1, kMax + 2), 1, LockName::kDevice},
      {"a device's, three too many", of_device(1, 11), {}, of_device(11, kMax + 4), 3, LockName::kDevice},
      {"nothing was there", {}, {}, of_device(1, kMax + 3), 2, LockName::kDevice},
      {"one goes, one comes", of_device(1, kMax + 1), of_device(1, 2), of_device(kMax + 1, kMax + 2), 0, {}},
      {"all go, as many come", of_device(1, kMax + 1), of_device(1, kMax + 1), of_device(5000, 5000 + kMax), 0, {}},
      {"what stands, again", of_device(1, kMax + 1), of_device(1, kMax + 1), of_device(1, kMax + 1), 0, {}},
      {"other devices", of_device(1, kMax + 1), {}, {lock(2, 1), lock(3, 2)}, 0, {}},
      {"an IMSI's, as many as may be", of_imsi(1, kMax), {}, of_imsi(kMax, kMax + 1), 0, {}},
      {"an IMSI's, one too many", of_imsi(1, kMax + 1), {}, of_imsi(kMax + 1, kMax + 2), 1, LockName::kImsi},
      {"an MSISDN's, one too many", of_msisdn(1, kMax + 1), {}, of_msisdn(kMax + 1, kMax + 2), 1, LockName::kMsisdn},
      {"a store of before, one more", of_device(1, kMax + 99), {}, of_device(9000, 9001), 1, LockName::kDevice},
      {"a store of before, fewer", of_device(1, kMax + 99), of_device(1, 9), {}, 0, {}},
      {"a store of before, no more", of_device(1, kMax + 99), of_device(1, 9), of_device(1, 2), 0, {}},
  };
  for (const auto& row : rows) {
    const auto crowds = find_crowds(*state_of(row.there), row.before, row.after);
    EXPECT_EQ(crowds.size(), row.refused) << row.what;
    lists::Change change;
    change.before.locks = row.before;
    change.after.locks = row.after;
    EXPECT_EQ(wrong_change(*state_of(row.there), change).has_value(), row.refused != 0) << row.what;
    for (const auto& c : crowds) {
      EXPECT_EQ(c.of, row.of) << row.what;
      EXPECT_NE(conflict_text(c).find("more than 4096 with one " + std::string(to_string(row.of))), std::string::npos)
          << conflict_text(c);
    }
  }
}

TEST(LockCrowd, APileIsOfWhatGoesAndWhatComesTogether) {
  lists::Change gone;
  gone.before.locks = of_device(1, 4'097);
  const auto next = state_of(of_device(1, 6'145))->with(gone, {0, 2});
  ASSERT_TRUE(next);
  const Locks goes = of_device(4'097, 6'145), comes = of_device(7'000, 11'096);
  static_assert(lists::kLockPlacesOfOneMax == 8'192);
  EXPECT_FALSE(lists::locks_pile_up(**next, goes, {}));
  EXPECT_FALSE(lists::locks_pile_up(**next, {}, comes));
  EXPECT_FALSE(lists::locks_pile_up(**next, comes, comes)) << "the same places";
  EXPECT_TRUE(lists::locks_pile_up(**next, goes, comes));
}

TEST(LockCrowd, CountsThroughEveryOverlay) {
  auto state = state_of(of_device(1, 1001));
  const auto then = [&](Locks before, Locks after) {
    lists::Change change;
    change.before.locks = std::move(before);
    change.after.locks = std::move(after);
    auto next = state->with(change, {0, 2});
    ASSERT_TRUE(next);
    state = *next;
  };
  then({}, of_device(1001, kLocksOfOneMax));
  then(of_device(1, 501), {});
  EXPECT_EQ(find_crowds(*state, {}, of_device(5000, 5501)).size(), 0u);
  EXPECT_EQ(find_crowds(*state, {}, of_device(5000, 5502)).size(), 1u);
  then({}, of_device(1, 2));
  EXPECT_EQ(find_crowds(*state, {}, of_device(5000, 5501)).size(), 1u);
}

TEST(LockCrowd, OfAFullVersion) {
  lists::Entries entries;
  entries.locks = of_imsi(1, kLocksOfOneMax + 1);
  EXPECT_FALSE(wrong_full(entries));
  entries.locks = of_imsi(1, kLocksOfOneMax + 2);
  ASSERT_TRUE(wrong_full(entries));
  EXPECT_NE(wrong_full(entries)->find("more than 4096 with one IMSI"), std::string::npos) << *wrong_full(entries);
}

TEST(LockCrowd, AreReadFromSnapshotsOfBefore) {
  struct Counter : lists::LockVisitor {
    void visit(const lists::LockRow&) noexcept override { ++rows; }
    size_t rows = 0;
  };
  const auto state = state_of(of_device(1, 10'001));
  Counter all;
  state->device_locks(lock(1, 1).imei, {}, all);
  EXPECT_EQ(all.rows, 10'000u);
  Counter one;
  state->subscriber_locks(lock(1, 77).imsi, {}, {}, one);
  EXPECT_EQ(one.rows, 1u);
  // Every one of them is found, none that is not there.
  const auto& locks = state->layers().front().locks;
  for (uint64_t n = 0; n < 10'010; ++n) EXPECT_EQ(locks.hides(lock(1, n)), n >= 1 && n <= 10'000) << n;
}

class LockChain : public StoreTest {
 protected:
  void SetUp() override {
    StoreTest::SetUp();
    auto writer = Writer::open(dir_, "test");
    ASSERT_TRUE(writer) << writer.error().message();
    writer_ = std::move(*writer);
    centre_.locks[kFirst + 1] = 7;
  }
  void take(Centre::Version v) {
    const auto taken = centre_.give(*writer_, std::move(v));
    ASSERT_TRUE(taken) << name(taken.error().what) << ": " << taken.error().detail;
  }
  std::optional<Refusal> refused(Centre::Version v) {
    const auto taken = centre_.give(*writer_, std::move(v));
    return taken ? std::nullopt : std::optional(taken.error().what);
  }
  static SourceInfo source(const Reader& reader) { return reader.status().sources.at(0); }

  Centre centre_;
  std::unique_ptr<Writer> writer_;
};

TEST_F(LockChain, MoreLocksOfOneThanAQuestionMayReadAreRefusedAndNotServed) {
  take(centre_.full());
  centre_.crowds[kFirst + 2] = {100, 100 + lists::kLocksOfOneMax};
  take(centre_.change());
  const auto reader = Reader::open(dir_);
  const auto served = centre_.version();
  Centre other = centre_;
  other.crowds[kFirst + 2].second += 1;
  EXPECT_EQ(refused(other.change()), Refusal::kBadData);
  reader->poll();
  EXPECT_EQ(source(*reader).served, served);
  ASSERT_TRUE(source(*reader).refusal);
  EXPECT_NE(source(*reader).refusal->detail.find("more than 4096 with one device"), std::string::npos);
  EXPECT_TRUE(source(*reader).repair);
  EXPECT_EQ(refused(other.full()), Refusal::kBadData) << "a full version no less";
  take(centre_.full());
  reader->poll();
  EXPECT_FALSE(source(*reader).refusal);
}

TEST_F(LockChain, LocksThatComeAndGoLeaveNoPileBehind) {
  constexpr uint64_t kMany = 3'000, kDevice = kFirst + 2;
  take(centre_.full());
  for (uint64_t round = 0; round < 8; ++round) {
    centre_.crowds[kDevice] = {round * kMany, (round + 1) * kMany};
    take(centre_.change());
    const auto state = writer_->state(std::string(kCentre), centre_.version());
    ASSERT_TRUE(state);
    size_t read = 0;
    for (const lists::Tables& t : (*state)->layers())
      t.locks.table.each(lists::LockTable::order_of(ImeiKey{kDevice}), [&](const lists::LockSlot&) {
        ++read;
        return true;
      });
    EXPECT_LE(read, lists::kLocksOfOneMax + lists::kLockPlacesOfOneMax) << round;
  }
  const auto reader = Reader::open(dir_);
  EXPECT_EQ(reader->status().serving->digest, centre_.digests().total());
}

/// A list of this node's own is merged but for the lines that are too many.
TEST_F(LockChain, AMergeRefusesTheLinesThatAreTooMany) {
  const auto rows = [](uint64_t from, uint64_t to) {
    std::string text = "policy,imei,imsi,msisdn\n";
    for (uint64_t n = from; n < to; ++n)
      text += "device,35809101685355," + std::to_string(255'010'000'000'000 + n) + ",\n";
    return list(text, true);
  };
  auto first = rows(0, lists::kLocksOfOneMax - 1);
  ASSERT_TRUE(writer_->import(first, {"local", false, "test.csv"}));
  auto second = rows(lists::kLocksOfOneMax - 2, lists::kLocksOfOneMax + 2);
  const auto merged = writer_->import(second, {"local", true, "test.csv"});
  ASSERT_TRUE(merged) << merged.error().message();
  EXPECT_EQ(merged->version.counts.locks, lists::kLocksOfOneMax);
  ASSERT_EQ(second.bad.size(), 2u);
  EXPECT_EQ(second.bad[0].code, files::LineCode::kLockCrowd);
  EXPECT_EQ(second.bad[0].line, 4u);
}

}  // namespace
}  // namespace eir::store
