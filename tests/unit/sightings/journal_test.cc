// SPDX-License-Identifier: GPL-3.0-or-later
#include "fixture.h"

namespace eir::sightings {
namespace {

TEST_F(JournalTest, WhatWasNotedIsRead) {
  auto journal = open();
  journal->add(seen(kImei));
  journal->add(seen(kImei + 1, "1.2.3"));
  const Served served{now(), 7, {{"centre", {1, 57}, true, false}, {"local", {0, 3}, false, true}}};
  journal->add(served);
  journal->flush();
  EXPECT_EQ(journal->written(), 3u);
  const auto read = all();
  ASSERT_EQ(read.size(), 2u);
  EXPECT_TRUE(read[0].same_use([&] {
    Sighting s = seen(kImei);
    s.visited = *identity::Digits::parse("25501");
    return s;
  }()));
  EXPECT_EQ(read[0].svn, 7);
  EXPECT_EQ(read[0].last, now());
  EXPECT_TRUE(read[1].visited.empty());
  EXPECT_EQ(read[1].node_text(), "1.2.3");
  ASSERT_EQ(served_.size(), 1u);
  EXPECT_TRUE(served_[0].same_but_for_time(served));
  EXPECT_EQ(served_[0].at, now());
  EXPECT_TRUE(report_.torn.empty());
}

TEST(Sightings, OfAGlobalTitleIsWhoHasItAndNotWhoRoutedIt) {
  decision::Question q;
  q.imei = identity::Imei::from_text(std::to_string(kImei) + "07");
  q.asker.peer = "1.2.3";
  q.asker.interface = decision::Interface::kMapV3;
  EXPECT_EQ(sighting_of(q).node_text(), "1.2.3");
  q.asker.calling_gt = *identity::Digits::parse("380501234567");
  EXPECT_EQ(sighting_of(q).node_text(), "380501234567");
}

TEST_F(JournalTest, NothingIsThereBeforeItIsFlushed) {
  auto journal = open();
  journal->add(seen(kImei));
  EXPECT_TRUE(all().empty());
  journal->flush();
  EXPECT_EQ(all().size(), 1u);
}

TEST_F(JournalTest, ARepeatIsWrittenAgainOnlyAfterADay) {
  auto journal = open();
  const auto first = now();
  journal->add(seen(kImei));
  clock_.advance(kRepeatAfter - std::chrono::seconds(1));
  journal->add(seen(kImei));
  journal->flush();
  EXPECT_EQ(all().size(), 1u);
  EXPECT_EQ(journal->repeated(), 1u);
  clock_.advance(std::chrono::seconds(1));
  journal->add(seen(kImei));
  journal->add(seen(kImei, "another"));
  journal->flush();
  const auto read = all();
  ASSERT_EQ(read.size(), 3u);
  EXPECT_EQ(read[1].first, first) << "it remembers when it began";
  EXPECT_EQ(read[1].last, now());
}

TEST_F(JournalTest, WhatIsServedIsNotedWhenItChangesAndInEveryFile) {
  Limits limits;
  limits.file_octets_max = 1;
  auto journal = open(limits);
  Served served{now(), 0, {{"local", {0, 1}, false, false}}};
  journal->add(served);
  journal->add(served);
  journal->flush();
  journal->add(seen(kImei));
  journal->flush();
  served.sources[0].pinned = true;
  journal->add(served);
  journal->flush();
  EXPECT_EQ(files().size(), 4u);
  all();
  ASSERT_EQ(served_.size(), 5u) << "three files began with what was served, two noted a change";
  EXPECT_TRUE(served_.back().sources[0].pinned);
}

TEST_F(JournalTest, OldestFilesGoFirstAndNeverOnesThatAreWritten) {
  Limits limits;
  limits.file_octets_max = 1;
  limits.octets_max = 500;
  auto other = open();
  other->add(seen(kImei));
  other->flush();
  auto journal = open(limits);
  for (unsigned i = 1; i <= 20; ++i) {
    journal->add(seen(kImei + i));
    journal->flush();
  }
  EXPECT_GT(journal->removed(), 10u);
  uint64_t octets = 0;
  for (const auto& f : files()) octets += std::filesystem::file_size(f);
  EXPECT_LE(octets, 500u + 100u);
  const auto read = all();
  EXPECT_EQ(read.front().imei, identity::ImeiKey{kImei}) << "the other process's file is in use";
  EXPECT_EQ(read.back().imei, identity::ImeiKey{kImei + 20});
}

TEST_F(JournalTest, WhatIsOlderThanAskedForIsPassedOver) {
  auto journal = open();
  journal->add(seen(kImei));
  clock_.advance(std::chrono::hours(48));
  journal->add(seen(kImei + 1));
  journal->flush();
  const auto read = all(now() - std::chrono::hours(24));
  ASSERT_EQ(read.size(), 1u);
  EXPECT_EQ(read[0].imei, identity::ImeiKey{kImei + 1});
}

TEST_F(JournalTest, TornAtEveryOctetNothingWholeIsLost) {
  std::vector<size_t> ends;  // of each record
  {
    auto journal = open();
    ends.push_back(std::filesystem::file_size(files()[0]));
    for (unsigned i = 0; i < 3; ++i) {
      journal->add(seen(kImei + i));
      journal->flush();
      ends.push_back(std::filesystem::file_size(files()[0]));
    }
    journal->add(Served{now(), 1, {{"local", {0, 1}, false, false}}});
    journal->flush();
  }
  const auto path = files()[0];
  const std::string whole = content(path);
  for (size_t len = 0; len < whole.size(); ++len) {
    std::ofstream(path, std::ios::binary | std::ios::trunc) << whole.substr(0, len);
    size_t expected = 0;
    for (size_t i = 1; i < ends.size(); ++i) expected += ends[i] <= len;
    EXPECT_EQ(all().size(), expected) << len;
    const bool at_end = std::count(ends.begin(), ends.end(), len) > 0;
    EXPECT_EQ(report_.torn.empty(), at_end) << len;
  }
}

TEST_F(JournalTest, AnOctetChangedIsNoticedWhereverItIs) {
  {
    auto journal = open();
    journal->add(seen(kImei));
    journal->add(seen(kImei + 1));
    journal->flush();
  }
  const auto path = files()[0];
  const std::string whole = content(path);
  for (size_t at = 0; at < whole.size(); ++at) {
    std::string damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    std::ofstream(path, std::ios::binary | std::ios::trunc) << damaged;
    EXPECT_LT(all().size(), 2u) << at;
    EXPECT_EQ(report_.torn.size(), 1u) << at;
  }
}

TEST_F(JournalTest, RecordsOfALaterProgramArePassedOver) {
  {
    auto journal = open();
    journal->add(seen(kImei));
    journal->flush();
  }
  std::vector<uint8_t> later = {0, 2, 99, 'a', 'b'};
  const uint32_t check = crc32(later);
  for (int shift = 24; shift >= 0; shift -= 8) later.push_back(static_cast<uint8_t>(check >> shift));
  put_record(later, seen(kImei + 1));
  std::ofstream(files()[0], std::ios::binary | std::ios::app)
      .write(reinterpret_cast<char*>(later.data()), static_cast<std::streamsize>(later.size()));
  EXPECT_EQ(all().size(), 2u);
  EXPECT_TRUE(report_.torn.empty());
}

TEST_F(JournalTest, ADirectoryThatIsNotThereHoldsNothing) {
  EXPECT_TRUE(all().empty());
  EXPECT_EQ(report_.files, 0u);
  EXPECT_TRUE(Journal::probe(dir_));
  std::ofstream(root_ + "/file") << "x";
  EXPECT_FALSE(Journal::probe(root_ + "/file"));
  EXPECT_FALSE(Journal::open(root_ + "/file", {}, clock_));
  EXPECT_FALSE(Journal::open(root_ + "/file/below", {}, clock_));
  EXPECT_TRUE(Journal::open(root_ + "/several/levels", {}, clock_));
}

TEST_F(JournalTest, ARefusedWriteIsCountedAndTheNextGoesToAnotherFile) {
  auto journal = open();
  std::filesystem::remove_all(dir_);
  Limits tiny;
  journal->add(seen(kImei));
  journal->flush();  // into the file that has no name any more
  EXPECT_EQ(journal->failed(), 0u);
  tiny.file_octets_max = 1;
  auto gone = open(tiny);
  gone->add(seen(kImei));
  std::filesystem::remove_all(dir_);
  gone->flush();
  EXPECT_EQ(gone->failed(), 1u);
  EXPECT_FALSE(gone->problem().empty());
  std::filesystem::create_directories(dir_);
  gone->add(seen(kImei + 1));
  gone->flush();
  EXPECT_EQ(gone->written(), 1u);
  EXPECT_TRUE(gone->problem().empty());
}

TEST(Network, OfAnOriginHost) {
  const std::pair<const char*, const char*> rows[] = {{"mme1.epc.mnc001.mcc255.3gppnetwork.org", "25501"},
                                                      {"mme1.epc.mnc01.mcc255.3gppnetwork.org", "25501"},
                                                      {"mme.epc.mnc410.mcc310.3gppnetwork.org", "310410"},
                                                      {"mme.epc.mnc1.mcc255.3gppnetwork.org", ""},
                                                      {"mme.epc.mcc255.mnc01.3gppnetwork.org", ""},
                                                      {"mme.epc.mnc01.mcc25", ""},
                                                      {"mme.epc.mncab.mcc255.org", ""},
                                                      {"1.2.3", ""},
                                                      {"", ""}};
  for (const auto& [host, network] : rows) EXPECT_EQ(network_of(host).str(), network) << host;
}

TEST(Crc32, KnownValue) {
  const std::string_view text = "123456789";
  EXPECT_EQ(crc32({reinterpret_cast<const uint8_t*>(text.data()), text.size()}), 0xCBF43926u);
}

}  // namespace
}  // namespace eir::sightings
