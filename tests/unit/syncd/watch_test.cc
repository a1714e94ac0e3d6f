// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/syncd/watch.h"

#include "appliance/alarms/board.h"
#include "tests/unit/syncd/files.h"

namespace eir::appliance::syncd {
namespace {

using base::AlarmId;

class SyncdWatchTest : public ::testing::Test {
 protected:
  SyncdWatchTest() { clock_.set_wall(std::chrono::system_clock::now()); }
  /// "17 main", "19 ".
  std::set<std::string> set() {
    board_.drain(clock_.wall(), [](const Alarm&, bool) {});
    std::set<std::string> all;
    for (const Alarm& a : board_.active()) all.insert(std::to_string(static_cast<unsigned>(a.id)) + " " + a.subject);
    return all;
  }
  static std::string of(AlarmId id, const std::string& subject = {}) {
    return std::to_string(static_cast<unsigned>(id)) + " " + subject;
  }
  base::ManualClock clock_;
  AlarmBoard board_;
  Watch watch_{board_, clock_};
};

TEST_F(SyncdWatchTest, Sites) {
  sync::follow::FollowStatus s;
  s.sites.resize(2);
  s.sites[0].name = "main";
  s.sites[1].name = "backup";
  watch_.follow(s, false);
  EXPECT_TRUE(set().empty()) << "not tried yet";
  s.sites[0].failures = 1;
  s.sites[0].problem = "no answer in time";
  s.sites[1].lower_epoch = true;
  s.sites[1].failures = 1;
  s.sites[1].problem = "epoch";
  watch_.follow(s, true);
  EXPECT_EQ(set(), (std::set<std::string>{of(AlarmId::kSiteDown, "main"), of(AlarmId::kSiteLowerEpoch, "backup"),
                                          of(AlarmId::kCentreSilent)}));
  s.sites[0].connected = true;
  s.sites[1].lower_epoch = false;
  s.sites[1].problem.clear();
  watch_.follow(s, false);
  EXPECT_TRUE(set().empty());
}

TEST_F(SyncdWatchTest, Staleness) {
  sync::follow::FollowStatus s;
  EXPECT_FALSE(is_stale(s, std::chrono::seconds(60)));
  s.silent_for = std::chrono::seconds(60);
  EXPECT_TRUE(is_stale(s, std::chrono::seconds(60)));
  s.silent_for = {};
  s.behind_for = std::chrono::seconds(59);
  EXPECT_FALSE(is_stale(s, std::chrono::seconds(60)));
  s.behind_for = std::chrono::seconds(60);
  EXPECT_TRUE(is_stale(s, std::chrono::seconds(60)));
}

TEST_F(SyncdWatchTest, Sightings) {
  sync::sightings::Uploader::Status s;
  s.dropped = 5;  // before this start
  watch_.sightings(s, "/spool");
  EXPECT_TRUE(set().empty());
  s.dropped = 6;
  s.set_aside = 1;
  s.spool_problem = "no room";
  watch_.sightings(s, "/spool");
  EXPECT_EQ(set(), (std::set<std::string>{of(AlarmId::kBacklogFull), of(AlarmId::kSegmentsRefused),
                                          of(AlarmId::kSpoolFailed, "/spool")}));
  clock_.advance(Watch::kRecent);
  s.set_aside = 0;
  s.spool_problem.clear();
  watch_.sightings(s, "/spool");
  EXPECT_TRUE(set().empty());
  s.journals_lost = 1;
  watch_.sightings(s, "/spool");
  EXPECT_EQ(set(), (std::set<std::string>{of(AlarmId::kBacklogFull)}));
}

TEST_F(SyncdWatchTest, Certificates) {
  Files files;
  files.ca.issue("long", 365);
  files.ca.issue("soon", 29);
  files.ca.issue("over", -1);
  const auto file = [&](const char* name) { return files.ca.file(name) + ".pem"; };
  watch_.certificates({file("long"), file("soon"), file("over"), "/absent.pem"});
  EXPECT_EQ(set(), (std::set<std::string>{of(AlarmId::kCertificateEnding, file("soon")),
                                          of(AlarmId::kCertificateEnding, file("over")),
                                          of(AlarmId::kCertificateEnding, "/absent.pem")}));
  files.ca.issue("soon", 365);
  files.ca.issue("over", 365);
  watch_.certificates({file("long"), file("soon"), file("over")});
  EXPECT_TRUE(set().empty());
}

}  // namespace
}  // namespace eir::appliance::syncd
