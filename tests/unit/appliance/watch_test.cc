// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/watch.h"

#include <gtest/gtest.h>

#include "appliance/alarms/board.h"

namespace eir::appliance {
namespace {

using base::AlarmId;
using diameter::peer::PeerState;
using diameter::peer::PeerStatus;
using tls::CertificateStatus;
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
  watch_.replica("/absent", status, 48h);
  EXPECT_EQ(active(AlarmId::kNoLists), Subjects{"/absent"});
  status.serving.emplace();
  watch_.replica("/good", status, 48h);
  EXPECT_TRUE(active(AlarmId::kNoLists).empty());
}

TEST_F(WatchTest, PinsHoldsRefusalsAndStalenessPerSource) {
  store::ReplicaStatus status;
  status.serving.emplace();
  store::SourceInfo centre, local;
  centre.name = "centre";
  centre.newest = {1, 57};
  centre.published_at = std::chrono::floor<std::chrono::seconds>(clock_.wall()) - 47h;
  local.name = "local";
  local.newest = {0, 3};
  status.sources = {centre, local};
  watch_.replica("/r", status, 48h);
  for (const auto id : {AlarmId::kVersionPinned, AlarmId::kVersionHeld, AlarmId::kListsStale, AlarmId::kVersionRefused})
    EXPECT_TRUE(active(id).empty());
  clock_.advance(1h);
  status.sources[0].held_from = {1, 56};
  status.sources[0].waiting = 2;
  status.sources[0].note = "1,200 devices seen would turn black";
  status.sources[0].refusal = store::Refused{store::Refusal::kGap, {1, 59}, "58 is missing", {}};
  status.sources[0].repair = true;
  status.sources[1].pinned = true;
  status.sources[1].waiting = 1;
  status.policies_held = 1;
  watch_.replica("/r", status, 48h);
  EXPECT_EQ(active(AlarmId::kListsStale), Subjects{"centre"}) << "a local list is never stale";
  EXPECT_EQ(active(AlarmId::kVersionPinned), Subjects{"local"});
  EXPECT_EQ(active(AlarmId::kVersionHeld), (Subjects{"centre", "policy"}));
  EXPECT_EQ(active(AlarmId::kVersionRefused), Subjects{"centre 1.59"});
  for (const auto& a : board_.active()) {
    if (a.id == AlarmId::kVersionRefused) {
      EXPECT_NE(a.detail.find(remedy(store::Refusal::kGap)), std::string::npos) << a.detail;
      EXPECT_NE(a.detail.find("a full version is asked for"), std::string::npos) << a.detail;
    }
    if (a.id == AlarmId::kVersionHeld && a.subject == "centre") {
      EXPECT_EQ(a.detail, "1.56 is held, 2 wait: 1,200 devices seen would turn black");
    }
  }
  watch_.replica("/r", status, 0h);
  EXPECT_TRUE(active(AlarmId::kListsStale).empty()) << "switched off";
  status.sources = {centre, local};
  status.policies_held = 0;
  watch_.replica("/r", status, 1000h);
  for (const auto id : {AlarmId::kVersionPinned, AlarmId::kVersionHeld, AlarmId::kListsStale, AlarmId::kVersionRefused})
    EXPECT_TRUE(active(id).empty());
}

TEST_F(WatchTest, APolicyThatCannotBeUsedNamesItsFirstError) {
  watch_.policy(12, {{"policy 12:/settings/order", "is not known"}, {"x", "y"}});
  EXPECT_EQ(active(AlarmId::kPolicyRefused), Subjects{"12"});
  EXPECT_EQ(board_.active().at(0).detail, "policy 12:/settings/order: is not known; 2 errors in all");
  watch_.policy(0, {});
  EXPECT_TRUE(active(AlarmId::kPolicyRefused).empty());
}

TEST_F(WatchTest, ARefusedVersionIsAlarmedWhileAnotherIsServed) {
  store::ReplicaStatus status;
  status.serving.emplace();
  status.problems = {{"snapshot-2", "its checksum does not hold"}};
  watch_.replica("/r", status, 48h);
  EXPECT_EQ(active(AlarmId::kVersionRefused), Subjects{"snapshot-2"});
  status.problems.clear();
  watch_.replica("/r", status, 48h);
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
