// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/guard/guard.h"

#include <gtest/gtest.h>

#include <random>

#include "core/lists/joined.h"

namespace eir::guard {
namespace {

using decision::Status;
using identity::Digits;
using identity::ImeiKey;
using identity::Imsi;
using identity::Msisdn;
using lists::Change;
using lists::Entries;
using lists::ListSet;
using lists::SubscriberKey;

constexpr uint64_t kFirst = 35'809'101'000'000;
const ListSet kBlack{ListSet::kBlack}, kGrey{ListSet::kGrey}, kWhite{ListSet::kWhite};

std::shared_ptr<const lists::Index> index_of(Entries entries) {
  lists::TermsPool pool;
  return std::make_shared<lists::Index>(lists::Snapshot::of(std::move(entries), pool, {1, 1}), lists::Version{1, 1});
}
lists::ImeiEntry imei(uint64_t key, ListSet on) { return lists::ImeiEntry::make(ImeiKey{key}, std::nullopt, on); }
Imsi imsi(uint64_t n) { return Imsi(Digits::of(255'010'000'000'000 + n, 15)); }
Msisdn msisdn(uint64_t n) { return Msisdn(Digits::of(380'500'000'000 + n, 12)); }

/// `n` devices, each with a subscriber of its own.
SeenDevices some_seen(uint64_t n) {
  SeenDevices seen;
  for (uint64_t i = 0; i < n; ++i) seen.add({ImeiKey{kFirst + i}, imsi(i), msisdn(i), 7});
  seen.finish();
  return seen;
}

class GuardTest : public ::testing::Test {
 protected:
  /// Judges a change of what is served, and serves it when it is not held.
  store::Judgement change(Guard& guard, const Change& change) {
    auto next = *served_->with(change, {1, ++number_});
    const auto judgement = guard.judge(*served_, *next, &change);
    if (judgement.hold) return judgement;
    turned_.emplace_back(now(), judgement.turned);
    served_ = next;
    return judgement;
  }
  Guard make(const SeenDevices& seen, Thresholds thresholds = {}, decision::Settings settings = {}) {
    return Guard({seen, settings, thresholds, clock_, [this](base::UnixSeconds since) {
                    uint64_t n = 0;
                    for (const auto& [at, turned] : turned_) n += at >= since ? turned : 0;
                    return n;
                  }});
  }
  static Thresholds only_the_number() {
    Thresholds t;
    t.share_max_ppm = 1'000'000;
    return t;
  }
  base::UnixSeconds now() const { return std::chrono::floor<std::chrono::seconds>(clock_.wall()); }

  base::ManualClock clock_;
  std::shared_ptr<const lists::Index> served_ = index_of({});
  std::vector<std::pair<base::UnixSeconds, uint64_t>> turned_;
  uint64_t number_ = 1;
};

TEST(TooMany, ThresholdsAreExact) {
  const Thresholds t{true, 1'000, 1'000, 10'000, std::chrono::hours(24), std::chrono::hours(720)};
  struct Row {
    const char* what;
    uint64_t seen, before, now;
    bool trips;
  };
  const Row rows[] = {
      {"nothing turns", 1'000'000, 5'000, 0, false},
      {"at the number", 10'000'000, 0, 1'000, false},
      {"over it", 10'000'000, 0, 1'001, true},
      {"over it together with what was before", 10'000'000, 1'000, 1, true},
      {"at the share", 100'000, 0, 100, false},
      {"over the share", 100'000, 0, 101, true},
      {"over the share together", 100'000, 100, 1, true},
      {"little traffic: the share says nothing", 9'999, 0, 500, false},
      {"enough traffic: it does", 10'000, 0, 11, true},
      {"nobody was seen", 0, 0, 0, false},
  };
  for (const Row& row : rows) EXPECT_EQ(too_many(t, row.seen, row.before, row.now).has_value(), row.trips) << row.what;
  Thresholds off = t;
  off.on = false;
  EXPECT_FALSE(too_many(off, 10'000'000, 0, 1'000'000));
}

TEST(Seen, KeepsEachUseOnceAndFindsWhatAChangeTouches) {
  std::mt19937 random(3);
  SeenDevices seen;
  std::vector<SeenDevice> uses;
  for (int i = 0; i < 4'000; ++i) {
    SeenDevice d{ImeiKey{kFirst + random() % 500}, imsi(random() % 300), msisdn(random() % 300), SeenDevice::kNoSvn};
    if (random() % 4 == 0) d.imsi = {};
    if (random() % 4 == 0) d.msisdn = {};
    uses.push_back(d);
    seen.add(d);
    seen.add(d);
  }
  seen.finish();
  std::sort(uses.begin(), uses.end(), [](const auto& a, const auto& b) { return a.place() < b.place(); });
  uses.erase(std::unique(uses.begin(), uses.end()), uses.end());
  ASSERT_EQ(seen.uses(), uses.size());
  for (int round = 0; round < 200; ++round) {
    Change change;
    Entries& e = random() % 2 ? change.before : change.after;
    std::function<bool(const SeenDevice&)> holds;
    const ImeiKey key{kFirst + random() % 500};
    const uint64_t n = random() % 300;
    switch (round % 7) {
      case 0:
        e.imeis.push_back(imei(number(key), kBlack));
        holds = [=](const SeenDevice& d) { return d.imei == key; };
        break;
      case 1: {
        const ImeiKey to{number(key) + random() % 20};
        e.ranges.push_back({key, to, kBlack});
        holds = [=](const SeenDevice& d) { return key <= d.imei && d.imei <= to; };
        break;
      }
      case 2:
        e.subscribers.push_back({SubscriberKey::exact(imsi(n)), kBlack});
        holds = [=](const SeenDevice& d) { return d.imsi == imsi(n); };
        break;
      case 3: {
        const Digits prefix = msisdn(n).prefix(static_cast<unsigned>(8 + random() % 5));
        e.exceptions.push_back({SubscriberKey::prefix(SubscriberKey::Type::kMsisdn, prefix), lists::Ruling::kBlack});
        holds = [=](const SeenDevice& d) { return d.msisdn && d.msisdn.starts_with(prefix); };
        break;
      }
      case 4:
        e.locks.push_back({key, imsi(n), {}, lists::LockPolicy::kSubscriber});
        holds = [=](const SeenDevice& d) { return d.imei == key || d.imsi == imsi(n); };
        break;
      case 5:
        e.mirror.push_back({imsi(n), msisdn(n)});
        holds = [=](const SeenDevice& d) { return d.imsi == imsi(n) || d.msisdn == msisdn(n); };
        break;
      default:
        e.pairs.push_back({key, SubscriberKey::exact(imsi(n)), kBlack});
        holds = [=](const SeenDevice& d) { return d.imei == key; };
    }
    std::vector<uint32_t> expected;
    for (uint32_t i = 0; i < uses.size(); ++i)
      if (holds(uses[i])) expected.push_back(i);
    EXPECT_EQ(seen.touched(change), expected) << "round " << round;
  }
}

TEST(Seen, RepeatsTakeNoRoom) {
  SeenDevices seen;
  for (uint64_t i = 0; i < 1'200'000; ++i) seen.add({ImeiKey{kFirst + i % 1'000}, imsi(i % 500), {}, 0xFF});
  seen.finish();
  EXPECT_EQ(seen.devices(), 1'000u);
  EXPECT_EQ(seen.uses(), 1'000u);
  EXPECT_EQ(seen.over_bound(), 0u);
}

TEST_F(GuardTest, TwoThousandSmallChangesTripItTogether) {
  const SeenDevices seen = some_seen(20'000);
  Guard guard = make(seen, only_the_number());
  int trips_at = 0;
  for (int i = 0; i < 2'000 && !trips_at; ++i) {
    Change c;
    c.after.imeis = {imei(kFirst + static_cast<uint64_t>(i), kBlack)};
    const auto judgement = change(guard, c);
    EXPECT_EQ(judgement.turned, 1u);
    if (judgement.hold) trips_at = i + 1;
    EXPECT_EQ(guard.last().checked, 1u) << "only what the change touches is asked about";
  }
  EXPECT_EQ(trips_at, 1'001);
}

TEST_F(GuardTest, TheWindowSlides) {
  const SeenDevices seen = some_seen(20'000);
  Guard guard = make(seen, only_the_number());
  for (int i = 0; i < 2'000; ++i) {
    Change c;
    c.after.imeis = {imei(kFirst + static_cast<uint64_t>(i), kBlack)};
    ASSERT_FALSE(change(guard, c).hold) << i;
    clock_.advance(std::chrono::seconds(90));  // 960 in a day
  }
}

TEST_F(GuardTest, OneRangeTripsIt) {
  const SeenDevices seen = some_seen(20'000);
  Guard guard = make(seen);
  Change c;
  c.after.ranges = {{ImeiKey{kFirst}, ImeiKey{kFirst + 999'999}, kBlack}};
  const auto judgement = change(guard, c);
  EXPECT_TRUE(judgement.hold);
  EXPECT_EQ(judgement.turned, 20'000u);
  EXPECT_NE(judgement.why.find("20000 devices"), std::string::npos) << judgement.why;
  EXPECT_EQ(guard.last().samples.size(), kSamplesMax);
  EXPECT_EQ(guard.last().samples[0].before, Status::kWhite);
  EXPECT_EQ(guard.last().samples[0].after, Status::kBlack);
  EXPECT_EQ(guard.last().samples[0].reason, decision::Reason::kTac);
  Change elsewhere;
  elsewhere.after.ranges = {{ImeiKey{kFirst + 1'000'000}, ImeiKey{kFirst + 1'999'999}, kBlack}};
  EXPECT_FALSE(change(guard, elsewhere).hold) << "what nobody uses may turn black";
}

TEST_F(GuardTest, AFullVersionAndARollbackGoThroughIt) {
  const SeenDevices seen = some_seen(50'000);
  Guard guard = make(seen);
  Entries full;
  for (uint64_t i = 0; i < 5'000; ++i) full.imeis.push_back(imei(kFirst + i * 10, kBlack));
  const auto next = index_of(full);
  const auto judgement = guard.judge(*served_, *next, nullptr);
  EXPECT_TRUE(judgement.hold);
  EXPECT_EQ(judgement.turned, 5'000u);
  const auto back = guard.judge(*next, *served_, nullptr);
  EXPECT_FALSE(back.hold) << "devices that turn white are no danger";
  EXPECT_EQ(back.turned, 0u);
}

TEST_F(GuardTest, APolicyGoesThroughIt) {
  const SeenDevices seen = some_seen(50'000);
  decision::Settings now, then;
  then.response_type = decision::ResponseType::kType2;  // what is not listed turns unknown
  Guard guard = make(seen, {}, now);
  const auto judgement = guard.judge_settings(*served_, then);
  EXPECT_TRUE(judgement.hold);
  EXPECT_EQ(judgement.turned, 50'000u);
  EXPECT_EQ(guard.last().to_unknown, 50'000u);
  EXPECT_FALSE(guard.judge_settings(*served_, now).hold);
}

TEST_F(GuardTest, ALockTurnsTheDevicesOfItsSubscriberToo) {
  SeenDevices seen;
  for (uint64_t i = 0; i < 3; ++i) seen.add({ImeiKey{kFirst + i}, imsi(1), {}, SeenDevice::kNoSvn});
  seen.add({ImeiKey{kFirst}, imsi(2), {}, SeenDevice::kNoSvn});
  seen.finish();
  Thresholds strict;
  strict.devices_max = 2;
  Guard guard = make(seen, strict);
  Change c;
  c.after.locks = {{ImeiKey{kFirst}, imsi(1), {}, lists::LockPolicy::kMutual}};
  const auto judgement = change(guard, c);
  // The locked device in the other's hands, and the locked subscriber with two other devices.
  EXPECT_EQ(judgement.turned, 3u);
  EXPECT_TRUE(judgement.hold);
  EXPECT_EQ(guard.last().checked, 4u);
}

TEST_F(GuardTest, CountsDevicesNotUsesAndNotWhatWasRefusedBefore) {
  SeenDevices seen;
  for (uint64_t i = 0; i < 5; ++i) seen.add({ImeiKey{kFirst}, imsi(i), {}, SeenDevice::kNoSvn});
  seen.add({ImeiKey{kFirst + 1}, imsi(9), {}, SeenDevice::kNoSvn});
  seen.finish();
  EXPECT_EQ(seen.devices(), 2u);
  Guard guard = make(seen);
  Change c;
  c.after.imeis = {imei(kFirst, kBlack), imei(kFirst + 1, kGrey)};
  EXPECT_EQ(change(guard, c).turned, 1u) << "grey is no refusal";
  Change again;
  again.before.imeis = {imei(kFirst, kBlack), imei(kFirst + 1, kGrey)};
  again.after.imeis = {imei(kFirst, ListSet(ListSet::kBlack | ListSet::kGrey)), imei(kFirst + 1, kWhite)};
  EXPECT_EQ(change(guard, again).turned, 0u) << "black it was before";
}

}  // namespace
}  // namespace eir::guard
