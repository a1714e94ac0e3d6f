// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/watch.h"

#include <gtest/gtest.h>

#include "appliance/eird/alarms.h"

namespace eir::appliance {
namespace {

using base::AlarmId;
using diameter::peer::CertificateStatus;
using diameter::peer::PeerState;
using diameter::peer::PeerStatus;
using namespace std::chrono_literals;

class WatchTest : public testing::Test {
 protected:
  WatchTest() { clock_.set_wall(std::chrono::sys_days(std::chrono::year(2026) / 6 / 1)); }

  /// Subjects of one alarm that are set now.
  std::vector<std::string> active(AlarmId id) {
    board_.drain({}, [](const Alarm&, bool) {});
    std::vector<std::string> subjects;
    for (const auto& a : board_.active())
      if (a.id == id) subjects.push_back(a.subject);
    return subjects;
  }
  CertificateStatus certificate(const char* file, std::chrono::hours left) const {
    return {file, "CN=x", clock_.wall() + left};
  }
  using Subjects = std::vector<std::string>;

  base::ManualClock clock_;
  AlarmBoard board_;
  Watch watch_{board_, clock_};
};

TEST_F(WatchTest, TheCertificateOfAFileThatEndsFirstCounts) {
  watch_.certificates({certificate("chain.pem", 10 * 24h), certificate("chain.pem", 5000 * 24h)});
  EXPECT_EQ(active(AlarmId::kCertificateEnding), Subjects{"chain.pem"});
  watch_.certificates({certificate("new.pem", 29 * 24h)});
  EXPECT_EQ(active(AlarmId::kCertificateEnding), Subjects{"new.pem"});
  watch_.certificates({certificate("new.pem", 31 * 24h)});
  EXPECT_TRUE(active(AlarmId::kCertificateEnding).empty());
}

TEST_F(WatchTest, NoListsClearsWhenAnotherDirectoryServes) {
  store::ReplicaStatus status;
  watch_.replica("/absent", status);
  EXPECT_EQ(active(AlarmId::kNoLists), Subjects{"/absent"});
  status.serving.emplace();
  watch_.replica("/good", status);
  EXPECT_TRUE(active(AlarmId::kNoLists).empty());
}

TEST_F(WatchTest, ARefusedVersionIsAlarmedWhileAnotherIsServed) {
  store::ReplicaStatus status;
  status.serving.emplace();
  status.problems = {{"snapshot-2", "its checksum does not hold"}};
  watch_.replica("/r", status);
  EXPECT_EQ(active(AlarmId::kVersionRefused), Subjects{"snapshot-2"});
  status.problems.clear();
  watch_.replica("/r", status);
  EXPECT_TRUE(active(AlarmId::kVersionRefused).empty());
}

TEST_F(WatchTest, FaultAnswersStayAlarmedForAMinute) {
  watch_.counts(0, 0, 0);
  EXPECT_TRUE(active(AlarmId::kFaultAnswers).empty());
  watch_.counts(1, 0, 0);
  EXPECT_EQ(active(AlarmId::kFaultAnswers).size(), 1u);
  EXPECT_TRUE(active(AlarmId::kLogDropped).empty());
  clock_.advance(59s);
  watch_.counts(1, 0, 0);
  EXPECT_EQ(active(AlarmId::kFaultAnswers).size(), 1u);
  clock_.advance(2s);
  watch_.counts(1, 3, 0);
  EXPECT_TRUE(active(AlarmId::kFaultAnswers).empty());
  EXPECT_EQ(active(AlarmId::kLogDropped).size(), 1u);
}

TEST_F(WatchTest, APeerThatNeverCameIsAlarmedAfterItsGrace) {
  PeerStatus peer;
  peer.origin_host = "mme1";
  peer.configured = true;
  const auto configured_at = clock_.wall();
  watch_.peers({peer}, configured_at);
  EXPECT_TRUE(active(AlarmId::kPeerDown).empty());
  clock_.advance(61s);
  watch_.peers({peer}, configured_at);
  EXPECT_EQ(active(AlarmId::kPeerDown), Subjects{"mme1"});
  peer.state = PeerState::kOpen;
  watch_.peers({peer}, configured_at);
  EXPECT_TRUE(active(AlarmId::kPeerDown).empty());
  peer.state = PeerState::kDown;
  peer.blocked = true;
  watch_.peers({peer}, configured_at);
  EXPECT_TRUE(active(AlarmId::kPeerDown).empty());
}

TEST_F(WatchTest, AClockThatStepsBackIsAlarmedForAnHour) {
  watch_.wall_clock();
  clock_.advance(10s);
  clock_.set_wall(clock_.wall() - 61s - 10s);
  watch_.wall_clock();
  EXPECT_EQ(active(AlarmId::kClockStepped).size(), 1u);
  clock_.advance(59min);
  watch_.wall_clock();
  EXPECT_EQ(active(AlarmId::kClockStepped).size(), 1u);
  clock_.advance(2min);
  watch_.wall_clock();
  EXPECT_TRUE(active(AlarmId::kClockStepped).empty());
}

TEST_F(WatchTest, ModesThatAnswerOtherwiseAreAlarmed) {
  decision::Settings s;
  s.override_status = decision::Status::kWhite;
  s.observe.peers = {"mme1"};
  watch_.mode(s);
  EXPECT_EQ(active(AlarmId::kOverrideOn).size(), 1u);
  EXPECT_EQ(active(AlarmId::kObserveOn).size(), 1u);
  watch_.mode({});
  EXPECT_TRUE(active(AlarmId::kOverrideOn).empty());
  EXPECT_TRUE(active(AlarmId::kObserveOn).empty());
}

}  // namespace
}  // namespace eir::appliance
