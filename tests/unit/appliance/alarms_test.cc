// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/alarms/board.h"
#include "appliance/alarms/texts.h"

#include <gtest/gtest.h>

#include <set>

namespace eir::appliance {
namespace {

using base::AlarmId;
using Change = std::pair<std::string, bool>;

class AlarmBoardTest : public testing::Test {
 protected:
  std::vector<Change> drain() {
    std::vector<Change> changes;
    board_.drain({}, [&](const Alarm& a, bool set) { changes.emplace_back(a.subject, set); });
    return changes;
  }
  AlarmBoard board_;
};

TEST(AlarmTexts, EveryAlarmHasItsRowInOrderAndWithoutGaps) {
  std::set<std::string_view> names;
  for (unsigned i = 1; i < base::kAlarmIds; ++i) {
    const AlarmText& text = alarm_text(static_cast<AlarmId>(i));
    EXPECT_EQ(static_cast<unsigned>(text.id), i);
    EXPECT_TRUE(names.insert(text.name).second) << text.name;
    EXPECT_FALSE(text.cause.empty() || text.effect.empty() || text.remedy.empty()) << text.name;
  }
  EXPECT_EQ(alarm_texts().size(), base::kAlarmIds - 1);
}

TEST_F(AlarmBoardTest, SetsOnceAndClearsOnce) {
  board_.set(AlarmId::kPeerDown, "mme1", "closed");
  board_.set(AlarmId::kPeerDown, "mme1", "closed");
  board_.set(AlarmId::kPeerDown, "mme2", "closed");
  EXPECT_EQ(drain(), (std::vector<Change>{{"mme1", true}, {"mme2", true}}));
  board_.clear(AlarmId::kPeerDown, "mme1");
  board_.clear(AlarmId::kPeerDown, "mme1");
  board_.clear(AlarmId::kNoAspActive, "mme2");
  EXPECT_EQ(drain(), (std::vector<Change>{{"mme1", false}}));
  ASSERT_EQ(board_.active().size(), 1u);
  EXPECT_EQ(board_.active()[0].subject, "mme2");
}

TEST_F(AlarmBoardTest, ANewDetailIsKeptWithoutANewAlarm) {
  board_.set(AlarmId::kCertificateEnding, "eir.pem", "in 30 days");
  drain();
  board_.set(AlarmId::kCertificateEnding, "eir.pem", "in 29 days");
  EXPECT_TRUE(drain().empty());
  EXPECT_EQ(board_.active()[0].detail, "in 29 days");
}

TEST_F(AlarmBoardTest, CutsWhatIsTooLongAndCountsWhatIsTooMany) {
  board_.set(AlarmId::kPeerDown, std::string(1000, 'x'), std::string(1000, 'y'));
  drain();
  EXPECT_EQ(board_.active()[0].subject.size(), AlarmBoard::kSubjectMax - 1);
  EXPECT_EQ(board_.active()[0].detail.size(), AlarmBoard::kDetailMax - 1);
  for (size_t i = 0; i < AlarmBoard::kQueueLenMax + 10; ++i) board_.set(AlarmId::kPeerDown, "p", "");
  EXPECT_GE(board_.dropped(), 10u);
}

TEST_F(AlarmBoardTest, KeepsAtMostItsBound) {
  for (size_t i = 0; i < AlarmBoard::kActiveMax + 50; ++i) {
    board_.set(AlarmId::kPeerDown, std::to_string(i), "");
    if (i % 500 == 0) drain();
  }
  drain();
  EXPECT_EQ(board_.active().size(), AlarmBoard::kActiveMax);
}

}  // namespace
}  // namespace eir::appliance
