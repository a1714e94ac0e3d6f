// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/eird/transaction_log.h"
#include "tests/unit/temp_directory.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

namespace eir::appliance {
namespace {

namespace fs = std::filesystem;

TransactionRecord record(std::string_view peer = "mme1.example") {
  TransactionRecord r{};
  r.time = std::chrono::sys_seconds(std::chrono::seconds(1'700'000'000)) + std::chrono::milliseconds(125);
  r.imei = identity::Imei::from_text("4901542032375178");
  r.imsi = identity::Imsi(*identity::Digits::parse("255011234567890"));
  r.msisdn = identity::Msisdn(*identity::Digits::parse("380501234567"));
  r.calling_gt = *identity::Digits::parse("380501000001");
  r.version = {2, 17, 3};
  r.interface = decision::Interface::kS13;
  r.told = decision::Status::kWhite;
  r.judged = decision::Status::kBlack;
  r.reason = decision::Reason::kIndividual;
  r.peer_len = static_cast<uint8_t>(std::min(peer.size(), TransactionRecord::kPeerMax));
  std::copy_n(peer.begin(), r.peer_len, r.peer.begin());
  return r;
}

std::vector<std::string> lines_of(const fs::path& path) {
  std::ifstream in(path);
  std::vector<std::string> lines;
  for (std::string line; std::getline(in, line);) lines.push_back(line);
  return lines;
}

class TransactionLogTest : public testing::Test {
 protected:
  void SetUp() override { config_.path = dir_ / "t.csv"; }
  const test::TempDirectory temp_;
  const fs::path dir_ = temp_.path();
  TransactionLogConfig config_;
  TransactionLog log_;
};

TEST(TransactionLogFormat, MasksIdentitiesUnlessToldNotTo) {
  EXPECT_EQ(TransactionLog::format(record(), true),
            "2023-11-14T22:13:20.125Z,s13,mme1.example,49015420********,78,25501*******890,38050****567,380501000001,"
            "white,black,individual,2.17+3");
  EXPECT_EQ(TransactionLog::format(record(), false),
            "2023-11-14T22:13:20.125Z,s13,mme1.example,4901542032375178,78,255011234567890,380501234567,380501000001,"
            "white,black,individual,2.17+3");
}

TEST(TransactionLogFormat, APeerCannotForgeARow) {
  EXPECT_NE(TransactionLog::format(record("a,b\"c\nd"), true).find("\"a,b\"\"c?d\""), std::string::npos);
}

TEST_F(TransactionLogTest, WritesOneHeaderAndAppends) {
  ASSERT_TRUE(log_.configure(config_));
  log_.write(record());
  log_.flush();
  TransactionLog second;
  ASSERT_TRUE(second.configure(config_));
  second.write(record());
  second.flush();
  const auto lines = lines_of(config_.path);
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0], TransactionLog::header());
  EXPECT_EQ(lines[1], lines[2]);
}

TEST_F(TransactionLogTest, RotatesBySizeAndKeepsAsManyAsConfigured) {
  config_.rotate_octets = 300;
  config_.keep = 2;
  ASSERT_TRUE(log_.configure(config_));
  for (int i = 0; i < 10; ++i) log_.write(record());
  log_.flush();
  EXPECT_EQ(log_.written(), 10u);
  EXPECT_TRUE(fs::exists(config_.path + ".1"));
  EXPECT_TRUE(fs::exists(config_.path + ".2"));
  EXPECT_FALSE(fs::exists(config_.path + ".3"));
  EXPECT_EQ(lines_of(config_.path + ".1").at(0), TransactionLog::header());
}

TEST_F(TransactionLogTest, SaysWhenItCannotWrite) {
  config_.path = dir_ / "absent" / "t.csv";
  const auto ok = log_.configure(config_);
  ASSERT_FALSE(ok);
  EXPECT_NE(ok.error().message().find("No such file"), std::string::npos);
  log_.write(record());
  EXPECT_EQ(log_.failed(), 1u);
  EXPECT_EQ(log_.written(), 0u);
}

TEST_F(TransactionLogTest, ProbingLeavesNothingBehind) {
  ASSERT_TRUE(TransactionLog::probe(config_));
  EXPECT_FALSE(fs::exists(config_.path));
  ASSERT_TRUE(log_.configure(config_));
  ASSERT_TRUE(TransactionLog::probe(config_));
  log_.write(record());
  log_.flush();
  EXPECT_EQ(lines_of(config_.path).size(), 2u);
  config_.path = dir_ / "absent" / "t.csv";
  EXPECT_FALSE(TransactionLog::probe(config_));
}

TEST_F(TransactionLogTest, ADiskThatRefusesCountsEveryRecord) {
  config_.path = "/dev/full";
  ASSERT_TRUE(log_.configure(config_));
  for (int i = 0; i < 7; ++i) log_.write(record());
  log_.flush();
  EXPECT_EQ(log_.failed(), 7u);
  EXPECT_EQ(log_.written(), 0u);
}

}  // namespace
}  // namespace eir::appliance
