// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/worker.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <future>

#include "core/store/writer.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance {
namespace {

namespace fs = std::filesystem;
using decision::Status;

class WorkerTest : public testing::Test {
 protected:
  void SetUp() override {
    answering_.push_back(std::make_unique<Answering>(basis_, high_water_, clock_));
    import("a", "35809101685355,black\n");
    config_.replica_dir = dir_ / "a";
    config_.diameter.listeners.clear();
    config_.map.otid_key[0] = 1;
    board_slot_ = board_.take_slot();
  }
  void TearDown() override { worker_.stop(); }

  void import(const std::string& replica, const std::string& rows) {
    std::ofstream(dir_ / "list.csv") << "imei,list\n" << rows;
    auto list = files::read_list_file(dir_ / "list.csv");
    ASSERT_TRUE(list);
    auto writer = store::Writer::open(dir_ / replica, "test");
    ASSERT_TRUE(writer) << writer.error().message();
    ASSERT_TRUE((*writer)->import(*list, {}));
  }
  /// Commits and waits for the worker's word.
  std::vector<base::Problem> commit(const NodeConfig& config) {
    std::promise<std::vector<base::Problem>> said;
    EXPECT_TRUE(
        worker_.commit(config, [&](const NodeConfig&, const std::vector<base::Problem>& p) { said.set_value(p); }));
    return said.get_future().get();
  }
  Status ask(const char* imei) {
    decision::Question q;
    q.imei = identity::Imei::from_text(imei);
    return answering_[0]->answer(q).told;
  }
  template <class F>
  void eventually(F&& holds) {
    for (int i = 0; i < 2000 && !holds(); ++i) std::this_thread::sleep_for(std::chrono::milliseconds(5));
    EXPECT_TRUE(holds());
  }
  bool alarmed(base::AlarmId id) {
    const auto board = board_.pin(board_slot_);
    for (const auto& a : board->alarms)
      if (a.id == id) return true;
    return false;
  }

  const test::TempDirectory temp_;
  const fs::path dir_ = temp_.path();
  base::SystemClock clock_;
  PublishedBasis basis_;
  PublishedBoard board_;
  int board_slot_ = 0;
  HighWater high_water_;
  AlarmBoard alarms_;
  std::vector<std::unique_ptr<Answering>> answering_;
  diameter::peer::Server diameter_{[this](unsigned) -> decision::Answerer& { return *answering_[0]; }, alarms_, clock_};
  NodeConfig config_;
  Worker worker_{{basis_, board_, high_water_, alarms_, diameter_, answering_, clock_, [](bool, std::string) {}}};
};

constexpr const char* kListed = "35809101685355";

TEST_F(WorkerTest, FollowsTheReplicaWhileItRuns) {
  ASSERT_TRUE(worker_.prepare(config_));
  EXPECT_EQ(ask(kListed), Status::kBlack);
  worker_.start();
  import("a", "35809101685355,grey\n");
  eventually([&] { return ask(kListed) == Status::kGrey; });
}

TEST_F(WorkerTest, ATakenCommitChangesAnswersAndALogFile) {
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  config_.settings.override_status = Status::kGrey;
  config_.transaction_log.path = dir_ / "t.csv";
  EXPECT_TRUE(commit(config_).empty());
  EXPECT_EQ(ask(kListed), Status::kGrey);
  eventually([&] { return alarmed(base::AlarmId::kOverrideOn); });
  worker_.stop();
  std::ifstream log(dir_ / "t.csv");
  std::string header, row;
  std::getline(log, header);
  std::getline(log, row);
  EXPECT_EQ(header, TransactionLog::header());
  EXPECT_NE(row.find(",grey,grey,override,"), std::string::npos) << row;
}

TEST_F(WorkerTest, WhoWasSeenIsNotedAndSoIsWhatWasServed) {
  config_.sightings.directory = dir_ / "seen";
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  EXPECT_EQ(ask(kListed), Status::kBlack);
  EXPECT_EQ(ask("12"), Status::kUnknown) << "no device, and not noted";
  const auto seen = [&] {
    std::vector<sightings::Sighting> all;
    (void)sightings::read_journals(dir_ / "seen", {}, [&](const sightings::Sighting& s) { all.push_back(s); }, {});
    return all;
  };
  eventually([&] { return seen().size() == 1; });
  EXPECT_EQ(identity::to_string(seen().at(0).imei), kListed);
  config_.sightings.directory.clear();
  EXPECT_TRUE(commit(config_).empty());
  ask("35809101685356");
  worker_.stop();
  size_t served = 0;
  (void)sightings::read_journals(dir_ / "seen", {}, {}, [&](const sightings::Served&) { ++served; });
  EXPECT_EQ(served, 1u);
  EXPECT_EQ(seen().size(), 1u);
}

TEST_F(WorkerTest, APolicyOfTheReplicaWinsOverTheConfiguration) {
  const auto store_policy = [&](uint64_t number, const std::string& settings) {
    auto writer = store::Writer::open(dir_ / "a", "test");
    ASSERT_TRUE(writer) << writer.error().message();
    const auto taken = (*writer)->take_policy(fmt::format(R"({{"turnstile-policy": 1, "number": {}, "author": "NOC",)"
                                                          R"( "settings": {{{}}}}})",
                                                          number, settings),
                                              number, "");
    ASSERT_TRUE(taken) << taken.error().message();
  };
  config_.settings.override_status = Status::kGrey;
  ASSERT_TRUE(worker_.prepare(config_));
  EXPECT_EQ(ask(kListed), Status::kGrey);
  worker_.start();
  store_policy(1, R"("override": "white")");
  eventually([&] { return ask(kListed) == Status::kWhite; });
  EXPECT_TRUE(commit(config_).empty());
  EXPECT_EQ(ask(kListed), Status::kWhite) << "a commit of the configuration takes nothing from the policy";
  store_policy(2, R"("override": "nobody")");
  eventually([&] { return alarmed(base::AlarmId::kPolicyRefused); });
  EXPECT_EQ(ask(kListed), Status::kWhite) << "the settings before stay in force";
  store_policy(3, R"("override": "off")");
  eventually([&] { return ask(kListed) == Status::kBlack; });
  eventually([&] { return !alarmed(base::AlarmId::kPolicyRefused); });
  const auto board = board_.pin(board_slot_);
  ASSERT_TRUE(board->policy);
  EXPECT_EQ(board->policy->number(), 3u);
  EXPECT_FALSE(board->settings.override_status);
}

TEST_F(WorkerTest, APinIsAlarmedAndNoted) {
  config_.sightings.directory = dir_ / "seen";
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  import("a", "35809101685355,grey\n");
  eventually([&] { return ask(kListed) == Status::kGrey; });
  {
    auto writer = store::Writer::open(dir_ / "a", "test");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->rollback("local", {0, 1}, "too grey"));
  }
  eventually([&] { return ask(kListed) == Status::kBlack; });
  eventually([&] { return alarmed(base::AlarmId::kVersionPinned); });
  {
    auto writer = store::Writer::open(dir_ / "a", "test");
    ASSERT_TRUE(writer);
    ASSERT_TRUE((*writer)->unpin("local"));
  }
  eventually([&] { return ask(kListed) == Status::kGrey; });
  eventually([&] { return !alarmed(base::AlarmId::kVersionPinned); });
  worker_.stop();
  std::vector<std::string> served;
  (void)sightings::read_journals(dir_ / "seen", {}, {}, [&](const sightings::Served& s) {
    for (const auto& source : s.sources) served.push_back(source.version.str() + (source.pinned ? " pinned" : ""));
  });
  EXPECT_EQ(served, (std::vector<std::string>{"0.1", "0.2", "0.1 pinned", "0.2"}));
}

TEST_F(WorkerTest, ARefusedCommitChangesNothing) {
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  config_.settings.override_status = Status::kGrey;
  config_.transaction_log.path = dir_ / "absent" / "t.csv";
  const auto problems = commit(config_);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(ask(kListed), Status::kBlack);
}

TEST_F(WorkerTest, ACommitCannotTakeTheListsAway) {
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  config_.replica_dir = dir_ / "empty";
  const auto problems = commit(config_);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].where, "eir replica");
  EXPECT_EQ(ask(kListed), Status::kBlack);
}

TEST_F(WorkerTest, WithoutListsItAlarmsUntilAnotherDirectoryServes) {
  const std::string good = config_.replica_dir;
  config_.replica_dir = dir_ / "none";
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  eventually([&] { return alarmed(base::AlarmId::kNoLists); });
  config_.replica_dir = good;
  EXPECT_TRUE(commit(config_).empty());
  EXPECT_EQ(ask(kListed), Status::kBlack);
  eventually([&] { return !alarmed(base::AlarmId::kNoLists); });
}

TEST_F(WorkerTest, TheNextCommitIsTakenAsSoonAsOneIsDecided) {
  ASSERT_TRUE(worker_.prepare(config_));
  worker_.start();
  std::promise<bool> second;
  EXPECT_TRUE(worker_.commit(config_, [&](const NodeConfig&, const std::vector<base::Problem>&) {
    second.set_value(worker_.commit(config_, [](const NodeConfig&, const std::vector<base::Problem>&) {}));
  }));
  EXPECT_TRUE(second.get_future().get());
}

TEST_F(WorkerTest, StopsWithACommitStillWaiting) {
  ASSERT_TRUE(worker_.prepare(config_));
  EXPECT_TRUE(worker_.commit(config_, [](const NodeConfig&, const std::vector<base::Problem>&) {}));
  EXPECT_FALSE(worker_.commit(config_, [](const NodeConfig&, const std::vector<base::Problem>&) {}));
  worker_.start();
  worker_.stop();
}

}  // namespace
}  // namespace eir::appliance
