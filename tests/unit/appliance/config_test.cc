// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "appliance/config/draft.h"
#include "appliance/config/load.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance {
namespace {

namespace fs = std::filesystem;

class ConfigTest : public testing::Test {
 protected:
  static void SetUpTestSuite() { ASSERT_TRUE(init_console("test")); }

  /// The problems of a text, each as "LINE text" or "- text".
  std::vector<std::string> check(const std::string& text) {
    std::ofstream(path_) << text;
    std::vector<std::string> all;
    for (const auto& p : check_config(path_)) {
      const std::string where =
          p.where.starts_with(path_.string() + ":") ? p.where.substr(path_.string().size() + 1) : "-";
      all.push_back(where + " " + p.text);
    }
    return all;
  }
  const test::TempDirectory temp_;
  const fs::path path_ = temp_.file("eird.cfg");
};

TEST_F(ConfigTest, TheExampleIsGood) {
  const auto problems = check_config(EIR_SOURCE_DIR "/config/eird.cfg");
  for (const auto& p : problems) ADD_FAILURE() << p.message();
}

TEST_F(ConfigTest, EveryErrorIsReportedWithItsLine) {
  const auto problems = check(
      "log stderr\n"
      " logging level set-all notice\n"
      "eir\n"
      " response-type 4\n"
      " override mauve\n"
      " exception imsi-prefix 12x4\n"
      "diametre\n"
      " origin-host a.example\n"
      " listen tcp 127.0.0.1 3868\n"
      "cs7 instance 0\n"
      " point-cod 0.0.2\n");
  ASSERT_EQ(problems.size(), 5u);
  EXPECT_EQ(problems[0].substr(0, 2), "4 ");
  EXPECT_EQ(problems[1].substr(0, 2), "5 ");
  EXPECT_EQ(problems[2], "6 '12x4' is not a number of 1 to 15 digits: 'exception imsi-prefix 12x4'");
  EXPECT_EQ(problems[3], "7 no such command here, or a bad value: 'diametre'");
  EXPECT_EQ(problems[4].substr(0, 3), "11 ");
}

TEST_F(ConfigTest, WhatOnlyTheWholeShowsNamesItsLineToo) {
  const auto problems = check(
      "diameter\n"
      " origin-host eir.example\n"
      " origin-realm example\n"
      " listen tls 127.0.0.1 5658\n"
      " tls certificate /absent/eir.pem\n"
      " tls private-key /absent/eir.key\n"
      " tls ca /absent/ca.pem\n");
  ASSERT_FALSE(problems.empty());
  for (const auto& p : problems) EXPECT_NE(p[0], '-') << p;
}

TEST_F(ConfigTest, ListsSearchedForEachQuestionAreBounded) {
  std::string text = "eir\n";
  for (size_t i = 0; i <= decision::kExceptionsMax; ++i)
    text += " exception imsi " + std::to_string(100'000 + i) + "\n";
  const auto problems = check(text);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].substr(0, 5), std::to_string(decision::kExceptionsMax + 2) + " ");
}

TEST_F(ConfigTest, SaysWhenThereIsNoFile) {
  const auto problems = check_config("/absent/eird.cfg");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].message(), "/absent/eird.cfg: No such file or directory");
}

TEST_F(ConfigTest, CheckingChangesNothingHere) {
  check("eir\n response-type 3\n");
  EXPECT_EQ(draft().next().settings.response_type, decision::ResponseType::kType1);
}

TEST_F(ConfigTest, ReadingFillsTheDraftAndWhatRuns) {
  std::ofstream(path_)
      << "metrics\n bind 127.0.0.2 1234\n"
         "sccp\n subsystem eir 10\n local-gt 882100000901\n screening allow opc 0.0.1\n"
         " screening rate calling-gt 3805 50 burst 10\n map version 1 refuse\n"
         "diameter\n origin-host eir.example\n origin-realm example\n listen sctp 127.0.0.1 3868\n"
         " listen sctp 127.0.0.2 3868\n peer mme1.example\n  address 127.0.0.1\n  rate 8000\n  blocked\n"
         "eir\n response-type 2\n override grey\n home-plmn 255 01\n foreign-plmn black\n"
         " exception msisdn 38050 list\n observe gt-prefix 4911\n invalid-imei zero black\n"
         " transaction-log /tmp/t.csv\n transaction-log white on\n transaction-log rotate 5 keep 3\n";
  const auto config = read_config(path_);
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->metrics, (Endpoint{"127.0.0.2", 1234}));
  EXPECT_EQ(sigtran::sccp::number(config->sccp.own_ssn), 10);
  ASSERT_EQ(config->sccp.local_gts.size(), 1u);
  EXPECT_EQ(config->sccp.screening.allowed_opcs.size(), 1u);
  EXPECT_EQ(config->sccp.screening.gt_rates.at(0).rate.burst, 10u);
  EXPECT_FALSE(config->map.accept_v1);
  ASSERT_EQ(config->diameter.listeners.size(), 1u);
  EXPECT_EQ(config->diameter.listeners[0].addresses.size(), 2u);
  ASSERT_EQ(config->diameter.peers.size(), 1u);
  EXPECT_EQ(config->diameter.peers[0].rate, 8000u);
  EXPECT_TRUE(config->diameter.peers[0].blocked);
  EXPECT_EQ(config->settings.response_type, decision::ResponseType::kType2);
  EXPECT_EQ(config->settings.override_status, decision::Status::kGrey);
  EXPECT_EQ(config->settings.foreign, decision::Status::kBlack);
  EXPECT_EQ(config->settings.exceptions.at(0).result, std::nullopt);
  EXPECT_EQ(config->settings.observe.gt_prefixes.size(), 1u);
  EXPECT_EQ(config->settings.invalid_imei[size_t(identity::ImeiClass::kZero)], decision::Status::kBlack);
  EXPECT_EQ(config->transaction_log.path, "/tmp/t.csv");
  EXPECT_TRUE(config->transaction_log.white);
  EXPECT_EQ(config->transaction_log.rotate_octets, 5'000'000u);
  EXPECT_EQ(config->transaction_log.keep, 3u);
}

}  // namespace
}  // namespace eir::appliance
