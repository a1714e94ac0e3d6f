// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/alarms/standing.h"

#include <gtest/gtest.h>

#include <vector>

namespace eir::appliance {
namespace {

using base::AlarmId;
using namespace std::chrono_literals;

/// Keeps what it is told, in its order: "+17 subject detail", "-17 subject".
class Told final : public base::AlarmSink {
 public:
  void set(AlarmId id, std::string_view subject, std::string_view detail) noexcept override {
    add("+", id, subject) += " " + std::string(detail);
  }
  void clear(AlarmId id, std::string_view subject) noexcept override { add("-", id, subject); }
  std::vector<std::string> take() { return std::exchange(all_, {}); }

 private:
  std::string& add(const char* sign, AlarmId id, std::string_view subject) {
    all_.push_back(sign + std::to_string(static_cast<unsigned>(id)) + " " + std::string(subject));
    return all_.back();
  }
  std::vector<std::string> all_;
};

using Lines = std::vector<std::string>;

TEST(StandingAlarms, WhatIsWrongNoMoreIsClearedBeforeWhatIsNewIsSet) {
  Told told;
  StandingAlarms alarms(told);
  alarms.now_wrong(AlarmId::kSiteDown, {});
  EXPECT_EQ(told.take(), Lines{}) << "nothing was set";
  alarms.now_wrong(AlarmId::kSiteDown, {{"main", "no answer"}, {"backup", "refused"}});
  EXPECT_EQ(told.take(), (Lines{"+17 backup refused", "+17 main no answer"}));
  alarms.now_wrong(AlarmId::kSiteDown, {{"third", "no route"}, {"main", "no name"}});
  EXPECT_EQ(told.take(), (Lines{"-17 backup", "+17 main no name", "+17 third no route"}));
  alarms.now_wrong(AlarmId::kSiteDown, {});
  EXPECT_EQ(told.take(), (Lines{"-17 main", "-17 third"}));
  alarms.now_wrong(AlarmId::kSiteDown, {});
  EXPECT_EQ(told.take(), Lines{}) << "cleared once";
}

TEST(StandingAlarms, WhatStaysWrongIsSetAgain) {
  Told told;
  StandingAlarms alarms(told);
  for (int i = 0; i < 2; ++i) {
    alarms.now_wrong(AlarmId::kNoLists, {{"/r", "nothing"}});
    EXPECT_EQ(told.take(), Lines{"+11 /r nothing"});
  }
}

TEST(StandingAlarms, OneAlarmLeavesTheOthersAsTheyAre) {
  Told told;
  StandingAlarms alarms(told);
  alarms.now_wrong(AlarmId::kNoLists, {{"x", "a"}});
  alarms.now_wrong(AlarmId::kSiteDown, {{"x", "b"}});
  told.take();
  alarms.now_wrong(AlarmId::kSiteDown, {});
  EXPECT_EQ(told.take(), Lines{"-17 x"});
}

TEST(Growth, LastsForItsTimeAfterTheLastOne) {
  Growth growth(60s, 0);
  base::MonotonicTime now{};
  EXPECT_FALSE(growth.lately(0, now));
  EXPECT_TRUE(growth.lately(1, now));
  EXPECT_TRUE(growth.lately(1, now + 59s));
  EXPECT_TRUE(growth.lately(2, now + 59s));
  EXPECT_TRUE(growth.lately(2, now + 118s));
  EXPECT_FALSE(growth.lately(2, now + 119s));
}

TEST(Growth, CountsFromWhatItIsToldOrFindsFirst) {
  EXPECT_TRUE(Growth(60s, 0).lately(5, {}));
  Growth finds(60s, std::nullopt);
  EXPECT_FALSE(finds.lately(5, {})) << "that was before";
  EXPECT_TRUE(finds.lately(6, {}));
}

}  // namespace
}  // namespace eir::appliance
