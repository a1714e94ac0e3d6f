// SPDX-License-Identifier: GPL-3.0-or-later
// cdbctl's socket: what goes over it, and that the registry has it on record.
#include "appliance/cdbd/control.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "registry/sqlite_store.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance::cdbd {
namespace {

using namespace registry;

class ControlTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = std::make_unique<SqliteStore>(SqliteOptions{dir_, 16});
    auto opened = Registry::open(*store_, clock_, feed::SigningKey::make(), {});
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
    auto control = Control::listen(path_, *registry_, trids_, [](const std::vector<std::string>& words) {
      return words == std::vector<std::string>{"user", "unlock", "LEA-1"} ? std::optional<std::string>("unlocked")
                                                                          : std::nullopt;
    });
    ASSERT_TRUE(control) << control.error().message();
    control_ = std::move(*control);
  }
  void TearDown() override {
    control_.reset();
    registry_.reset();
  }
  ControlReply ask(const Question& question) {
    const int fd = connect_control(path_);
    EXPECT_GE(fd, 0);
    const auto octets = encode(question);
    EXPECT_TRUE(octets);
    EXPECT_TRUE(send_frame(fd, *octets));
    const auto answer = receive_frame(fd);
    ::close(fd);
    const auto reply = answer ? decode_reply(*answer) : std::nullopt;
    EXPECT_TRUE(reply);
    return reply.value_or(ControlReply{false, {}, "none"});
  }
  PutUser user(const std::string& name) {
    PutUser put;
    put.user.name = name;
    put.user.role = Role::kLawEnforcement;
    put.user.follows = true;
    put.new_password = "secret-1";
    return put;
  }

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.path(), path_ = temp_.file("control.sock");
  base::SystemClock clock_;
  sync::epp::TransactionIds trids_{"CDB", clock_};
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Registry> registry_;
  std::unique_ptr<Control> control_;
};

TEST_F(ControlTest, ACommandIsDoneByTheRunningRegistryAndOnRecord) {
  const auto reply = ask({user("LEA-1"), {}});
  EXPECT_TRUE(reply.taken);
  EXPECT_EQ(reply.outcome.code, Code::kDone);
  const auto users = registry_->users();
  ASSERT_TRUE(users->contains("LEA-1"));
  EXPECT_EQ(users->at("LEA-1").role, Role::kLawEnforcement);
  EXPECT_TRUE(users->at("LEA-1").follows);
  EXPECT_TRUE(registry_->authenticate("LEA-1", "secret-1", ""));
  auto store = registry_->reader();
  const auto block = store->newest_block();
  ASSERT_TRUE(block);
  bool found = false;
  for (uint64_t n = 1; n <= block->number; ++n)
    for (const auto records = records_of(*store->block(n)); const auto& r : *records)
      found = found || (r.type == RecordType::kCommand && r.command.user_name.starts_with("cdbctl:") &&
                        r.command.asked.find("LEA-1") != std::string::npos);
  EXPECT_TRUE(found);
}

TEST_F(ControlTest, ARefusalComesWithItsReasons) {
  auto bad = user("X");
  const auto reply = ask({bad, {}});
  EXPECT_TRUE(reply.taken);
  EXPECT_EQ(reply.outcome.code, Code::kValueSyntax);
  ASSERT_EQ(reply.outcome.offenders.size(), 1u);
  EXPECT_EQ(reply.outcome.offenders[0].name, "X");
  EXPECT_EQ(ask({Decide{77, true, "because"}, {}}).outcome.code, Code::kNoObject);
  EXPECT_EQ(ask({CancelJob{77}, {}}).outcome.code, Code::kNoObject);
}

TEST_F(ControlTest, EveryCommandOfCdbctlComesThrough) {
  Change change;
  change.entry.imei = identity::ImeiKey{35210605054420};
  change.entry.lists = *lists::ListSet::parse("black");
  change.entry.grounds.reason = "stolen";
  EXPECT_TRUE(ask({ChangeEntries{{change}}, {}}).outcome.ok());
  EXPECT_TRUE(ask({CreateDevices{{"35210605054421"}, {}}, {}}).outcome.ok());
  EXPECT_TRUE(ask({user("LEA-1"), {}}).outcome.ok());
  EXPECT_TRUE(ask({DisableUser{"LEA-1"}, {}}).outcome.ok());
  EXPECT_TRUE(ask({SetPolicy{"unlisted", "grey-90-black"}, {}}).outcome.ok());
  EXPECT_TRUE(ask({SetSite{"alone", "on"}, {}}).outcome.ok());
  EXPECT_TRUE(ask({MarkUrgent{{"35210605054420"}, true, "an order"}, {}}).outcome.ok());
  EXPECT_TRUE(ask({StandBy{"drill"}, {}}).outcome.ok());
  EXPECT_EQ(ask({CreateDevices{{"35210605054422"}, {}}, {}}).outcome.why, Why::kNotActive);
  EXPECT_TRUE(ask({Promote{"drill over"}, {}}).outcome.ok());
  auto store = registry_->reader();
  const auto row = store->imei(place_of(change.entry.imei, std::nullopt));
  ASSERT_TRUE(row);
  EXPECT_EQ(row->lists, change.entry.lists);
}

TEST_F(ControlTest, WordsAreForTheDaemon) {
  const auto known = ask({std::nullopt, {"user", "unlock", "LEA-1"}});
  EXPECT_TRUE(known.taken);
  EXPECT_EQ(known.text, "unlocked");
  EXPECT_FALSE(ask({std::nullopt, {"make", "tea"}}).taken);
}

TEST_F(ControlTest, OnlyTheOwnerOfTheDirectoryMayTalk) {
  struct stat status {};
  ASSERT_EQ(::stat(path_.c_str(), &status), 0);
  EXPECT_TRUE(S_ISSOCK(status.st_mode));
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST_F(ControlTest, WhatCannotBeReadIsSaidSoAndHarmsNothing) {
  const auto good = *encode({user("LEA-1"), {}});
  for (size_t cut = 0; cut < good.size(); ++cut) EXPECT_FALSE(decode_question(good.substr(0, cut))) << cut;
  EXPECT_FALSE(decode_question(good + "x"));
  EXPECT_FALSE(decode_question("\xFF"));
  const int fd = connect_control(path_);
  ASSERT_TRUE(send_frame(fd, "\xFF nonsense"));
  const auto answer = receive_frame(fd);
  ASSERT_TRUE(answer);
  EXPECT_FALSE(decode_reply(*answer)->taken);
  ::close(fd);
  EXPECT_TRUE(ask({user("LEA-1"), {}}).outcome.ok());
}

TEST_F(ControlTest, ItEndsWhileSomebodyIsConnected) {
  const int fd = connect_control(path_);
  ASSERT_GE(fd, 0);
  ASSERT_TRUE(send_frame(fd, *encode({std::nullopt, {"user", "unlock", "LEA-1"}})));
  ASSERT_TRUE(receive_frame(fd));
  control_.reset();
  EXPECT_FALSE(receive_frame(fd));
  ::close(fd);
  EXPECT_EQ(connect_control(path_), -1);
}

}  // namespace
}  // namespace eir::appliance::cdbd
