// SPDX-License-Identifier: GPL-3.0-or-later
// What cdbd alarms of, and when it is good again.
#include "appliance/cdbd/watch.h"

#include <set>
#include <thread>

#include "appliance/alarms/board.h"
#include "tests/unit/cdbd/registry_fixture.h"
#include "tests/unit/epp/authority.h"

namespace eir::appliance::cdbd {
namespace {

using base::AlarmId;
using namespace std::chrono_literals;

class CdbdWatchTest : public RegistryFixture {
 protected:
  CdbdWatchTest() {
    clock_.set_wall(std::chrono::system_clock::now());
    config_.epp.server.tls = {};
  }
  void SetUp() override {
    RegistryFixture::SetUp();
    followers_ = std::make_unique<Followers>(clock_);
    watch_ = std::make_unique<Watch>(config_, *registry_, *followers_, lock_out_, clock_, board_);
  }
  /// Subjects of one alarm that are set after a look.
  std::set<std::string> wrong(AlarmId id) {
    watch_->tick();
    board_.drain(clock_.wall(), [](const Alarm&, bool) {});
    std::set<std::string> subjects;
    for (const Alarm& a : board_.active()) {
      if (a.id != id) continue;
      subjects.insert(a.subject);
      detail_ = a.detail;
    }
    return subjects;
  }
  using Subjects = std::set<std::string>;

  Config config_;
  base::ManualClock clock_;
  AlarmBoard board_;
  LockOut lock_out_{config_.users, clock_, board_};
  std::unique_ptr<Followers> followers_;
  std::unique_ptr<Watch> watch_;
  std::string detail_;  ///< of the last one looked at
};

TEST_F(CdbdWatchTest, AFollowerThatAsksNothingIsAlarmedOfAfterItsTime) {
  config_.stale_after = 10min;
  add_user("NODE-1", true);
  add_user("LEA-1", false);
  clock_.advance(9min);
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{});
  clock_.advance(1min);
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{"NODE-1"});
  EXPECT_TRUE(detail_.starts_with("silent for 10 minutes; what it holds is not known, the newest is ")) << detail_;
  followers_->holds("NODE-1", {1, 4});
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{});
  clock_.advance(11min);
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{"NODE-1"});
  EXPECT_TRUE(detail_.starts_with("silent for 11 minutes; it held 1.4, ")) << detail_;
  ASSERT_TRUE(registry_->execute(root(), registry::DisableUser{"NODE-1"}).ok());
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{}) << "it may not ask any more";
}

TEST_F(CdbdWatchTest, WithoutATimeNoFollowerIsStale) {
  config_.stale_after = 0min;
  add_user("NODE-1", true);
  clock_.advance(100h);
  EXPECT_EQ(wrong(AlarmId::kFollowerStale), Subjects{});
}

TEST_F(CdbdWatchTest, CommandsRefusedStayAlarmedForTheirTime) {
  EXPECT_EQ(wrong(AlarmId::kCommandsRefused), Subjects{});
  const auto& refused = registry_->own_counters().refused_busy;
  std::atomic<size_t> answered{0};
  size_t given = 0;
  for (; refused == 0 && given < 100 * registry::Registry::kQueueMax; ++given)
    registry_->submit(root(), registry::CancelJob{77}, [&](const registry::Outcome&) { ++answered; });
  ASSERT_GT(refused.load(), 0u) << "more were taken than may wait";
  EXPECT_EQ(wrong(AlarmId::kCommandsRefused), Subjects{""});
  clock_.advance(Watch::kQuiet - 1s);
  EXPECT_EQ(wrong(AlarmId::kCommandsRefused), Subjects{""});
  clock_.advance(1s);
  EXPECT_EQ(wrong(AlarmId::kCommandsRefused), Subjects{});
  registry_.reset();
  EXPECT_EQ(answered, given);
}

TEST_F(CdbdWatchTest, CertificatesThatEndAreLookedAtNowAndThen) {
  sync::epp::test::Authority ca;
  ca.issue("cdbd", 29);
  config_.epp.server.tls = ca.of("cdbd");
  const std::string file = ca.file("cdbd.pem");
  EXPECT_TRUE(watch_->certificates().empty()) << "nobody has looked";
  EXPECT_TRUE(wrong(AlarmId::kCertificateEnding).contains(file));
  const auto all = watch_->certificates();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].file, file);
  EXPECT_EQ(all[1].file, ca.file("ca.pem"));
  ca.issue("cdbd", 365);
  EXPECT_TRUE(wrong(AlarmId::kCertificateEnding).contains(file)) << "not so soon again";
  watch_->certificates_renewed();
  EXPECT_FALSE(wrong(AlarmId::kCertificateEnding).contains(file));
  ca.issue("cdbd", -1);
  clock_.advance(10min);
  EXPECT_TRUE(wrong(AlarmId::kCertificateEnding).contains(file));
}

TEST_F(CdbdWatchTest, ANodeThatCannotBeToldIsAlarmedOfAfterItsTime) {
  sync::epp::test::Authority ca;
  ca.issue("cdbd");
  const auto messages = epp::Messages::load(EIR_SOURCE_DIR "/config/messages");
  ASSERT_TRUE(messages);
  NodeConfig& node = config_.nodes.emplace_back();
  node.name = "NODE-1";
  node.host = "127.0.0.1";
  node.port = 1;  // nobody listens there
  node.alarm_after = 60s;
  config_.epp.server.tls = ca.of("cdbd");
  config_.epp.server.schema_directory = EIR_SOURCE_DIR "/config/schemas";
  auto nodes = push_nodes_of(config_);
  ASSERT_TRUE(nodes);
  Versions versions(*registry_, registry_clock_, {dir_ + "/versions", ""});
  Pusher pusher(std::move(*nodes), PusherOptions(), {*registry_, versions, *messages, clock_});
  watch_->look_at(pusher);
  pusher.start();
  for (int i = 0; i < 6'000 && pusher.status().at(0).problem.empty(); ++i) std::this_thread::sleep_for(10ms);
  pusher.stop();  // the clock is the test's alone from here on
  ASSERT_FALSE(pusher.status().at(0).problem.empty());
  EXPECT_EQ(wrong(AlarmId::kNodeUntold), Subjects{});
  clock_.advance(60s);
  EXPECT_EQ(wrong(AlarmId::kNodeUntold), Subjects{"NODE-1"});
  EXPECT_TRUE(detail_.starts_with("NODE-1 at 127.0.0.1 port 1: ")) << detail_;
  config_.nodes[0].alarm_after = 0s;
  EXPECT_EQ(wrong(AlarmId::kNodeUntold), Subjects{}) << "switched off";
}

TEST_F(CdbdWatchTest, ALockOutThatIsOverIsAlarmedNoMore) {
  for (unsigned i = 0; i < config_.users.user.failures; ++i) lock_out_.failed("LEA-1", "192.0.2.1");
  EXPECT_EQ(wrong(AlarmId::kLockedOut), Subjects{"user LEA-1"});
  clock_.advance(config_.users.user.locked);
  EXPECT_EQ(wrong(AlarmId::kLockedOut), Subjects{});
}

}  // namespace
}  // namespace eir::appliance::cdbd
