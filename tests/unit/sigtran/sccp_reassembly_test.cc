// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/reassembly.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::sccp {
namespace {

using namespace std::chrono_literals;
using namespace test;
using Outcome = Reassembler::Outcome;

constexpr base::MonotonicTime kT0{100s};

struct Fixture : testing::Test {
  Reassembler r{8, 256, 10s};

  Reassembler::Step add(bool first, uint8_t remaining, uint32_t reference, const Bytes& data,
                        base::MonotonicTime now = kT0, const Bytes& calling = kMscGt, mtp::Instance instance = 0,
                        mtp::PointCode opc = kMscOpc) {
    Message m;
    m.type = MessageType::kXudt;
    m.called = kEirGt;
    m.calling = calling;
    m.data = data;
    m.segmentation = Segmentation{first, remaining, reference};
    mtp::RoutingLabel label = kLabel;
    label.opc = opc;
    return r.add(instance, label, m, now);
  }
};
using SccpReassembly = Fixture;

TEST_F(SccpReassembly, PutsThreeSegmentsTogether) {
  EXPECT_EQ(add(true, 2, 7, hex("01 02")).outcome, Outcome::kWaiting);
  EXPECT_EQ(r.running(), 1u);
  EXPECT_EQ(add(false, 1, 7, hex("03")).outcome, Outcome::kWaiting);
  const auto step = add(false, 0, 7, hex("04 05"));
  ASSERT_EQ(step.outcome, Outcome::kComplete);
  EXPECT_EQ(text(step.entry->data()), "01 02 03 04 05");
  EXPECT_EQ(text(step.entry->first.data), "01 02");
  EXPECT_EQ(text(step.entry->first.calling), text(kMscGt));
  r.release(*step.entry);
  r.release(*step.entry);
  EXPECT_EQ(r.running(), 0u);
}

TEST_F(SccpReassembly, KnowsMessagesByCallingAddressReferenceAndInstance) {
  EXPECT_EQ(add(true, 1, 7, hex("01")).outcome, Outcome::kWaiting);
  EXPECT_EQ(add(false, 0, 8, hex("02")).outcome, Outcome::kOutOfSequence);
  EXPECT_EQ(add(false, 0, 7, hex("02"), kT0, kMscPc).outcome, Outcome::kOutOfSequence);
  EXPECT_EQ(add(false, 0, 7, hex("02"), kT0, kMscGt, 1).outcome, Outcome::kOutOfSequence);
  EXPECT_EQ(add(false, 0, 7, hex("02")).outcome, Outcome::kComplete);
}

TEST_F(SccpReassembly, InterleavesMessages) {
  EXPECT_EQ(add(true, 1, 7, hex("01")).outcome, Outcome::kWaiting);
  EXPECT_EQ(add(true, 1, 8, hex("0A")).outcome, Outcome::kWaiting);
  const auto b = add(false, 0, 8, hex("0B"));
  ASSERT_EQ(b.outcome, Outcome::kComplete);
  EXPECT_EQ(text(b.entry->data()), "0A 0B");
  r.release(*b.entry);
  const auto a = add(false, 0, 7, hex("02"));
  ASSERT_EQ(a.outcome, Outcome::kComplete);
  EXPECT_EQ(text(a.entry->data()), "01 02");
}

TEST_F(SccpReassembly, WantsItsSegmentsInSequence) {
  ASSERT_EQ(add(true, 3, 7, hex("01")).outcome, Outcome::kWaiting);
  const auto skipped = add(false, 1, 7, hex("03"));
  EXPECT_EQ(skipped.outcome, Outcome::kOutOfSequence);
  ASSERT_TRUE(skipped.entry);
  r.release(*skipped.entry);
  EXPECT_EQ(add(false, 0, 7, hex("04")).entry, nullptr) << "nothing is left of it";
  ASSERT_EQ(add(true, 3, 7, hex("01")).outcome, Outcome::kWaiting);
  ASSERT_EQ(add(false, 2, 7, hex("02")).outcome, Outcome::kWaiting);
  EXPECT_EQ(add(false, 2, 7, hex("02")).outcome, Outcome::kOutOfSequence) << "twice";
}

TEST_F(SccpReassembly, ASecondFirstSegmentEndsTheFirst) {
  ASSERT_EQ(add(true, 1, 7, hex("01")).outcome, Outcome::kWaiting);
  const auto again = add(true, 1, 7, hex("0A"));
  EXPECT_EQ(again.outcome, Outcome::kOutOfSequence);
  EXPECT_EQ(text(again.entry->data()), "01");
}

TEST_F(SccpReassembly, PlacesAreBounded) {
  const auto from = [&](uint32_t opc, uint32_t reference) {
    return add(true, 1, reference, hex("01"), kT0, kMscGt, 0, mtp::PointCode{opc}).outcome;
  };
  r = Reassembler(2, 256, 10s);
  EXPECT_EQ(from(1, 1), Outcome::kWaiting);
  EXPECT_EQ(from(2, 2), Outcome::kWaiting);
  EXPECT_EQ(from(3, 3), Outcome::kNoRoom);
  EXPECT_EQ(r.running(), 2u);
  const auto done = add(false, 0, 1, hex("02"));
  r.release(*done.entry);
  EXPECT_EQ(from(3, 3), Outcome::kWaiting);
}

TEST_F(SccpReassembly, OnePointCodeHasAQuarterOfThePlaces) {
  const auto from = [&](uint32_t opc, uint32_t reference, mtp::Instance instance = 0) {
    return add(true, 1, reference, hex("01"), kT0, kMscGt, instance, mtp::PointCode{opc}).outcome;
  };
  EXPECT_EQ(from(1, 1), Outcome::kWaiting);
  EXPECT_EQ(from(1, 2), Outcome::kWaiting);
  EXPECT_EQ(from(1, 3), Outcome::kNoRoom);
  EXPECT_EQ(from(2, 3), Outcome::kWaiting) << "another one's share is untouched";
  EXPECT_EQ(from(1, 4, 1), Outcome::kWaiting) << "the same number in another network";
  const auto done = add(false, 0, 1, hex("02"));
  ASSERT_EQ(done.outcome, Outcome::kComplete);
  r.release(*done.entry);
  EXPECT_EQ(from(1, 5), Outcome::kWaiting);
  EXPECT_EQ(Reassembler::share(0), 1u);
  EXPECT_EQ(Reassembler::share(7), 1u);
  EXPECT_EQ(Reassembler::share(64), 16u);
}

TEST_F(SccpReassembly, OctetsAreBounded) {
  const Bytes half(128, 1);
  EXPECT_EQ(add(true, 2, 7, half).outcome, Outcome::kWaiting);
  EXPECT_EQ(add(false, 1, 7, half).outcome, Outcome::kWaiting);
  const auto step = add(false, 0, 7, hex("01"));
  EXPECT_EQ(step.outcome, Outcome::kTooLong);
  r.release(*step.entry);
  EXPECT_EQ(add(true, 1, 8, Bytes(257, 1)).outcome, Outcome::kTooLong);
  EXPECT_EQ(r.running(), 0u);
}

TEST_F(SccpReassembly, GivesUpAfterItsTime) {
  ASSERT_EQ(add(true, 1, 7, hex("01")).outcome, Outcome::kWaiting);
  ASSERT_EQ(add(true, 1, 8, hex("0A"), kT0 + 5s).outcome, Outcome::kWaiting);
  std::vector<std::string> expired;
  const auto note = [&](Reassembler::Entry& e) { expired.push_back(text(e.data())); };
  r.expire(kT0 + 9999ms, note);
  EXPECT_TRUE(expired.empty());
  r.expire(kT0 + 10s, note);
  EXPECT_EQ(expired, std::vector<std::string>{"01"});
  EXPECT_EQ(r.running(), 1u);
  EXPECT_EQ(add(false, 0, 7, hex("02"), kT0 + 10s).outcome, Outcome::kOutOfSequence);
}

TEST_F(SccpReassembly, WithoutPlacesNothingIsPutTogether) {
  r = Reassembler(0, 256, 10s);
  EXPECT_EQ(add(true, 1, 7, hex("01")).outcome, Outcome::kNoRoom);
}

}  // namespace
}  // namespace eir::sigtran::sccp
