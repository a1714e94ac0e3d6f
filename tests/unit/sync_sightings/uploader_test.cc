// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/unit/sync_sightings/fixture.h"

namespace eir::sync::sightings {
namespace {

TEST_F(UploaderTest, WhatIsInTheJournalsArrivesOnce) {
  auto journal = open();
  note(*journal, 35);
  auto u = uploader();
  run(*u);
  expect_all_once();
  EXPECT_EQ(u->status().made, 4u);
  EXPECT_EQ(u->status().sent_rows, 35u);
  EXPECT_EQ(u->status().waiting, 0u);
  note(*journal, 1);
  run(*u);
  expect_all_once();
  run(*u);
  EXPECT_EQ(u->status().made, 5u) << "nothing new, no segment";
  EXPECT_EQ(spooled(), 0u);
}

TEST_F(UploaderTest, SeveralFilesAndWritersAndRecordsOfOtherTypes) {
  seen::Limits limits;
  limits.file_octets_max = 1;
  auto a = open(limits), b = open();
  for (int i = 0; i < 12; ++i) {
    note(*a, 2);
    note(*b, 3);
    a->add(seen::Served{now(), static_cast<uint64_t>(i), {}});
    a->flush();
  }
  auto u = uploader();
  run(*u);
  expect_all_once();
  EXPECT_EQ(u->status().journals_torn, 0u);
}

TEST_F(UploaderTest, ANodeWithoutJournalsWaitsForThem) {
  auto u = uploader();
  run(*u);
  EXPECT_EQ(u->status().made, 0u);
  EXPECT_EQ(u->status().spool_problem, "");
  auto journal = open();
  note(*journal, 1);
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, AfterARestartItGoesOn) {
  auto journal = open();
  uint64_t newest = 0;
  for (int round = 0; round < 5; ++round) {
    note(*journal, 7);
    auto u = uploader();
    carrier_->fail_puts = 1;
    run(*u);
    EXPECT_GT(u->status().newest, newest);
    newest = u->status().newest;
  }
  auto u = uploader();
  EXPECT_EQ(u->status().waiting, 5u) << "nothing was sent, and nothing lost";
  clock_.advance(std::chrono::minutes(5));
  run(*u);
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, TheWayIsTriedAgainLaterAndLaterAndOtherSitesAtOnce) {
  auto journal = open();
  note(*journal, 1);
  auto u = uploader();
  carrier_->fail_puts = 1'000;
  run(*u);
  EXPECT_EQ(carrier_->puts, 1u);
  EXPECT_EQ(u->status().problem, "no way to the centre");
  run(*u);
  EXPECT_EQ(carrier_->puts, 1u) << "not before its time";
  for (int i = 0; i < 20; ++i) {
    clock_.advance(config_.retry_most);
    run(*u);
  }
  EXPECT_EQ(carrier_->puts, 21u);
  u->hurry();
  run(*u);
  EXPECT_EQ(carrier_->puts, 22u);
  carrier_->fail_puts = 1;
  carrier_->others = 1;
  u->hurry();
  run(*u);
  expect_all_once();
  EXPECT_EQ(u->status().problem, "");
}

TEST_F(UploaderTest, AFullSpoolGivesUpTheOldestAndCountsThem) {
  auto journal = open();
  auto u = uploader();
  carrier_->fail_puts = UINT_MAX;
  note(*journal, 10);
  run(*u);
  config_.spool_octets_max = u->status().octets * 5 + 50;
  u.reset();
  u = uploader();
  note(*journal, 90);
  run(*u);
  EXPECT_EQ(u->status().dropped, 5u);
  EXPECT_EQ(u->status().dropped_rows, 50u);
  EXPECT_LE(u->status().octets, config_.spool_octets_max);
  u.reset();
  u = uploader();
  EXPECT_EQ(u->status().dropped_rows, 50u) << "it remembers";
  carrier_->fail_puts = 0;
  run(*u);
  const auto all = carrier_->arrived();
  EXPECT_EQ(all.size(), 50u);
  EXPECT_EQ(all.begin()->first, kImei + 50) << "the oldest went";
}

TEST_F(UploaderTest, ACentreThatIsAwayForLongLeavesFewFiles) {
  auto journal = open();
  auto u = uploader();
  carrier_->fail_puts = UINT_MAX;
  for (int i = 0; i < 200; ++i) {
    note(*journal, 1);
    run(*u);
  }
  EXPECT_LE(u->status().waiting, Uploader::kPartialMax + 200 / config_.rows_max);
  EXPECT_GE(u->status().waiting_rows, 200u - config_.rows_max);
  carrier_->fail_puts = 0;
  clock_.advance(config_.retry_most);
  run(*u);
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, OneThatTheCentreRefusesIsSetAsideAndHoldsNobodyUp) {
  auto journal = open();
  note(*journal, 30);
  auto u = uploader();
  carrier_->refuse_all = true;
  run(*u);
  const uint64_t first = u->status().oldest;
  carrier_->refuse_all = false;
  carrier_->refuse = {first};
  for (int i = 0; i < 10; ++i) {
    clock_.advance(config_.retry_most);
    run(*u);
  }
  EXPECT_EQ(carrier_->arrived().size(), 20u);
  EXPECT_EQ(u->status().set_aside, 1u);
  EXPECT_EQ(u->status().waiting_rows, 10u);
  EXPECT_NE(u->status().refusal.find("2005"), std::string::npos);
  u->hurry();
  clock_.advance(config_.retry_most);
  for (int i = 0; i < 5; ++i) {
    run(*u);
    clock_.advance(config_.retry_most);
  }
  EXPECT_EQ(u->status().set_aside, 1u) << "refused again";
  u.reset();
  carrier_->refuse.clear();
  u = uploader();  // a new start tries it again
  run(*u);
  expect_all_once();
  EXPECT_EQ(spooled(), 0u);
}

TEST_F(UploaderTest, JournalsAreRemovedOnlyWhenTheCentreHasThem) {
  config_.prune = true;
  seen::Limits limits;
  limits.file_octets_max = 1;
  auto journal = open(limits);
  for (int i = 0; i < 3; ++i) note(*journal, 2);  // three files, the last of which is being written
  const size_t before = files().size();
  auto u = uploader();
  carrier_->fail_puts = 1;
  run(*u);
  EXPECT_EQ(files().size(), before);
  clock_.advance(std::chrono::hours(2));
  run(*u);
  expect_all_once();
  EXPECT_EQ(files().size(), 1u);
  EXPECT_EQ(u->status().journals_removed, before - 1);
  EXPECT_EQ(u->status().journals_lost, 0u);
  note(*journal, 1);
  clock_.advance(std::chrono::hours(2));
  run(*u);
  u.reset();
  u = uploader();
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, AJournalThatGoesUnreadIsCounted) {
  auto journal = open();
  note(*journal, 10);
  auto u = uploader();
  config_.rows_max = 10;
  run(*u);
  note(*journal, 10);
  carrier_->fail_puts = UINT_MAX;
  std::filesystem::remove_all(config_.spool);  // no segment can be made
  std::ofstream(config_.spool) << "in the way";
  run(*u);
  EXPECT_NE(u->status().spool_problem, "");
  journal.reset();
  std::filesystem::remove(files()[0]);
  run(*u);
  EXPECT_EQ(u->status().journals_lost, 1u);
  EXPECT_GT(u->status().journal_octets_lost, 500u);
}

TEST_F(UploaderTest, ATornEndIsLeftAndCountedOnceItIsFinal) {
  {
    auto journal = open();
    note(*journal, 3);
  }
  const auto path = files()[0];
  const auto whole = std::filesystem::file_size(path);
  next_ = 2;
  std::filesystem::resize_file(path, whole - 1);
  auto u = uploader();
  run(*u);
  run(*u);
  expect_all_once();
  EXPECT_EQ(u->status().journals_torn, 1u);
}

TEST_F(UploaderTest, ARecordHalfWrittenIsTakenWhenItIsWhole) {
  auto journal = open();  // holds the lock, so that the file counts as being written
  note(*journal, 3);
  const auto path = files()[0];
  const std::string whole = content(path);
  std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, whole.size() - 5);
  auto u = uploader();
  run(*u);
  EXPECT_EQ(carrier_->arrived().size(), 2u);
  EXPECT_EQ(u->status().journals_torn, 0u);
  std::ofstream(path, std::ios::binary | std::ios::app) << whole.substr(whole.size() - 5);
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, ADamagedSegmentIsMadeAgainFromTheJournal) {
  auto journal = open();
  note(*journal, 10);
  auto u = uploader();
  carrier_->fail_puts = UINT_MAX;
  run(*u);
  u.reset();
  for (const auto& e : std::filesystem::directory_iterator(config_.spool))
    if (e.path().extension() == ".seen") std::ofstream(e.path(), std::ios::binary) << "damaged";
  carrier_->fail_puts = 0;
  u = uploader();
  EXPECT_NE(u->status().refusal, "");
  run(*u);
  expect_all_once();
}

TEST_F(UploaderTest, ADamagedStateIsSaid) {
  auto journal = open();
  note(*journal, 10);
  {
    auto u = uploader();
    run(*u);
  }
  const std::string path = config_.spool + "/state";
  const std::string whole = content(path);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 1);
    std::ofstream(path, std::ios::binary) << damaged;
    EXPECT_FALSE(Uploader(config_, *carrier_, clock_).open()) << at;
  }
  for (size_t len = 0; len < whole.size(); ++len) {
    std::ofstream(path, std::ios::binary) << whole.substr(0, len);
    EXPECT_FALSE(Uploader(config_, *carrier_, clock_).open()) << len;
  }
}

TEST_F(UploaderTest, ALostSpoolBeginsWithSequencesThatWereNeverUsed) {
  auto journal = open();
  note(*journal, 10);
  uint64_t before = 0;
  {
    auto u = uploader();
    carrier_->fail_puts = 1;
    run(*u);
    before = u->status().newest;
  }
  std::filesystem::remove_all(config_.spool);
  clock_.advance(std::chrono::seconds(1));
  auto u = uploader();
  carrier_->fail_puts = 1;
  run(*u);
  EXPECT_GT(u->status().oldest, before);
}

}  // namespace
}  // namespace eir::sync::sightings
