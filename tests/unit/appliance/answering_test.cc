// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/answering.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

namespace {
thread_local uint64_t allocations = 0;
}
// Counts what the answering path asks of the heap. The whole set is replaced, so that new and delete pair.
// Not inlined: GCC at -O3 would see free() meet the library's new.
void* operator new(size_t size) {
  ++allocations;
  if (void* p = std::malloc(size)) return p;
  throw std::bad_alloc();
}
[[gnu::noinline]] void operator delete(void* p) noexcept { std::free(p); }
[[gnu::noinline]] void operator delete(void* p, size_t) noexcept { std::free(p); }

namespace eir::appliance {
namespace {

using decision::Reason;
using decision::Status;

/// Lists of two devices: one black, one white.
class TwoDevices final : public lists::View {
 public:
  lists::Hit individual(identity::ImeiKey key, const identity::Svn*, base::UnixSeconds) const noexcept override {
    lists::Hit hit;
    hit.present = identity::number(key) <= 2;
    hit.lists = lists::ListSet(identity::number(key) == 1 ? lists::ListSet::kBlack : lists::ListSet::kWhite);
    hit.note = "note";
    return hit;
  }
  lists::Hit range(identity::ImeiKey, base::UnixSeconds) const noexcept override { return {}; }
  lists::Version version() const noexcept override { return {1, 5}; }
};

class AnsweringTest : public testing::Test {
 protected:
  void publish(decision::Settings settings = {}) {
    auto basis = std::make_unique<decision::Basis>();
    basis->settings = std::move(settings);
    basis->lists = std::make_shared<TwoDevices>();
    basis_.publish(std::move(basis));
  }
  static decision::Question question(const char* imei) {
    decision::Question q;
    q.imei = identity::Imei::from_text(imei);
    q.asker.interface = decision::Interface::kS13;
    q.asker.peer = "mme1";
    return q;
  }
  std::vector<TransactionRecord> records() {
    std::vector<TransactionRecord> all;
    for (TransactionRecord r; answering_.queue().pop(r);) all.push_back(r);
    return all;
  }
  static constexpr const char* kBlack = "00000000000001";
  static constexpr const char* kWhite = "00000000000002";

  base::ManualClock clock_;
  PublishedBasis basis_;
  HighWater high_water_;
  Answering answering_{basis_, high_water_, clock_};
};

TEST_F(AnsweringTest, AnswersCountsAndLogsWhatIsNotPlainWhite) {
  publish();
  answering_.log_nothing(false);
  EXPECT_EQ(answering_.answer(question(kBlack)).told, Status::kBlack);
  EXPECT_EQ(answering_.answer(question(kWhite)).told, Status::kWhite);
  EXPECT_EQ(answering_.give_up(question(kWhite), Reason::kFault).told, Status::kWhite);
  const auto logged = records();
  ASSERT_EQ(logged.size(), 2u);
  EXPECT_EQ(logged[0].told, Status::kBlack);
  EXPECT_EQ(logged[0].version, (lists::Version{1, 5}));
  EXPECT_EQ(std::string_view(logged[0].peer.data(), logged[0].peer_len), "mme1");
  EXPECT_EQ(logged[1].reason, Reason::kFault);
  const auto& by = answering_.ledger().answers[static_cast<size_t>(decision::Interface::kS13)];
  EXPECT_EQ(by[size_t(Status::kBlack)][size_t(Reason::kIndividual)].get(), 1u);
  EXPECT_EQ(by[size_t(Status::kWhite)][size_t(Reason::kIndividual)].get(), 1u);
  EXPECT_EQ(by[size_t(Status::kWhite)][size_t(Reason::kFault)].get(), 1u);
}

TEST_F(AnsweringTest, LogsWhiteOnRequestAndNothingWithoutAFile) {
  publish();
  answering_.answer(question(kBlack));
  EXPECT_TRUE(records().empty());
  answering_.log_nothing(false);
  answering_.log_white(true);
  answering_.answer(question(kWhite));
  EXPECT_EQ(records().size(), 1u);
}

TEST_F(AnsweringTest, ObservedAnswersAreToldWhiteAndLoggedAsJudged) {
  decision::Settings s;
  s.observe.node = true;
  publish(s);
  answering_.log_nothing(false);
  EXPECT_EQ(answering_.answer(question(kBlack)).told, Status::kWhite);
  answering_.answer(question(kWhite));
  const auto logged = records();
  ASSERT_EQ(logged.size(), 1u);
  EXPECT_EQ(logged[0].judged, Status::kBlack);
  EXPECT_EQ(answering_.ledger().observed.get(), 1u);
}

TEST_F(AnsweringTest, AFullLogQueueDropsAndCountsAndStillAnswers) {
  publish();
  answering_.log_nothing(false);
  for (size_t i = 0; i < TransactionQueue::kLenMax + 25; ++i)
    ASSERT_EQ(answering_.answer(question(kBlack)).told, Status::kBlack);
  EXPECT_EQ(answering_.ledger().log_dropped.get() + answering_.queue().depth(), TransactionQueue::kLenMax + 25);
  EXPECT_GE(answering_.ledger().log_dropped.get(), 25u);
}

TEST_F(AnsweringTest, AboveTheHighWaterMarkTheOverloadAnswerComesAtOnce) {
  decision::Settings s;
  s.overload_answer = Status::kGrey;
  publish(s);
  high_water_.set_rate(100);  // ten in each tenth of a second
  for (int i = 0; i < 10; ++i) EXPECT_EQ(answering_.answer(question(kBlack)).told, Status::kBlack);
  const auto v = answering_.answer(question(kBlack));
  EXPECT_EQ(v.told, Status::kGrey);
  EXPECT_EQ(v.reason, Reason::kOverload);
  clock_.advance(std::chrono::milliseconds(100));
  EXPECT_EQ(answering_.answer(question(kBlack)).told, Status::kBlack);
}

TEST_F(AnsweringTest, ASmallOverloadRateIsALimitToo) {
  publish();
  high_water_.set_rate(3);
  EXPECT_EQ(answering_.answer(question(kBlack)).reason, Reason::kIndividual);
  EXPECT_EQ(answering_.answer(question(kBlack)).reason, Reason::kOverload);
}

TEST_F(AnsweringTest, AsksNothingOfTheHeap) {
  publish();
  answering_.log_nothing(false);
  answering_.answer(question(kBlack));
  const uint64_t before = allocations;
  for (int i = 0; i < 1000; ++i) {
    answering_.answer(question(kBlack));
    answering_.answer(question(kWhite));
    answering_.answer(question("12"));
  }
  EXPECT_EQ(allocations, before);
}

TEST(PeerTallyTest, WhatDoesNotFitIsCountedTogether) {
  auto tally = std::make_unique<PeerTally>();
  constexpr size_t kPeers = PeerTally::kPeersMax + 40;
  for (size_t i = 0; i < kPeers; ++i) {
    const std::string name = "peer" + std::to_string(i);
    decision::Asker asker;
    asker.interface = decision::Interface::kS13;
    asker.peer = name;
    tally->add(asker, Status::kWhite);
  }
  size_t rows = 0;
  uint64_t others = 0;
  uint64_t sum = 0;
  tally->visit([&](decision::Interface, std::string_view peer, const PeerTally::Row& row) {
    ++rows;
    sum += row.answers[0].get();
    if (peer == "(others)") others = row.answers[0].get();
  });
  EXPECT_LE(rows, PeerTally::kPeersMax + 1);
  EXPECT_GE(others, 40u);
  EXPECT_EQ(sum, kPeers);
}

}  // namespace
}  // namespace eir::appliance
