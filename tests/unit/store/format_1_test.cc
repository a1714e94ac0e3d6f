// SPDX-License-Identifier: GPL-3.0-or-later
// A replica of the first format is read, and brought up to date by a writer.
#include "core/store/format_1.h"

#include "tests/unit/store/store_fixture.h"

namespace eir::store {
namespace {

class Format1 : public StoreTest {
 protected:
  void SetUp() override { std::filesystem::copy(EIR_SOURCE_DIR "/tests/vectors/replica-1", dir_); }
  /// What the sample's README says of it.
  static void expect_sample(const Reader& reader) {
    const ReplicaStatus status = reader.status();
    EXPECT_TRUE(status.problems.empty()) << status.problems[0].message();
    ASSERT_TRUE(status.serving);
    EXPECT_EQ(status.serving->version.str(), "0.4");
    ASSERT_EQ(status.sources.size(), 2u);
    EXPECT_EQ(status.sources[0].name, "local");
    EXPECT_EQ(status.sources[0].served.str(), "0.2");
    EXPECT_EQ(status.sources[0].counts.total(), 12u);
    EXPECT_EQ(status.sources[0].digest.hex(), "316c2cf16aeb1aca28c376100087c38e");
    EXPECT_EQ(status.sources[1].served.str(), "0.4");
    EXPECT_EQ(status.sources[1].counts.total(), 4u);
    EXPECT_EQ(status.sources[1].digest.hex(), "fb23e274d5c97fcbf73bb2d4b6a16d3c");
    EXPECT_EQ(status.sources[0].manifest_sha256, "d0b2ec3487ee497f69b639603a9eb31b586e4f93c11a173097524bdc850fa21c");
    EXPECT_TRUE(hit(reader, 86'055'503'000'001).present);
    EXPECT_TRUE(reader.view()->range(identity::ImeiKey{35'331'100'000'001}, {}).present);
  }
};

TEST_F(Format1, IsServed) { expect_sample(*Reader::open(dir_)); }

TEST_F(Format1, IsBroughtUpToDateByAWriterWhileAReaderServesIt) {
  const auto reader = Reader::open(dir_);
  const auto before = reader->view();
  ASSERT_TRUE(Writer::open(dir_, "test"));
  reader->poll();
  expect_sample(*reader);
  expect_sample(*Reader::open(dir_));
  EXPECT_TRUE(std::filesystem::exists(dir_ + "/snapshot-police-0.4"));
  EXPECT_FALSE(std::filesystem::exists(dir_ + "/snapshot-1")) << "the old ones go";
  EXPECT_EQ(read_current(dir_).size(), 2u);
  const auto next = import("86055503000001,white,,\n", true, "police");
  ASSERT_TRUE(next) << next.error().message();
  EXPECT_EQ(next->version.version.str(), "0.5");
  ASSERT_TRUE(reader->poll());
  EXPECT_EQ(reader->view()->version().str(), "0.5");
}

TEST_F(Format1, DamageIsNamed) {
  damage(dir_ + "/replica.db", 100'000);
  damage(dir_ + "/replica.db", 120'000);
  for (long at = 16'384; at < 147'000; at += 1'000) damage(dir_ + "/replica.db", at);
  const auto reader = Reader::open(dir_);
  EXPECT_FALSE(reader->view());
  EXPECT_FALSE(reader->status().problems.empty());
}

TEST_F(Format1, SegmentsRefuseEveryTruncationAndFlipsAreSound) {
  // One IMEI with a reason, as the first format wrote it.
  std::vector<uint8_t> segment = {0, 1, 0, 1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 2, 0, 4, 0, 0, 0, 1, 1, 'r'};
  lists::TermsPool pool;
  lists::Entries out;
  ASSERT_TRUE(format_1::decode_segment(segment, out, pool));
  ASSERT_EQ(out.imeis.size(), 1u);
  EXPECT_EQ(identity::number(out.imeis[0].key()), 1u);
  EXPECT_EQ(pool.reason(out.imeis[0].terms), "r");
  for (size_t len = 0; len < segment.size(); ++len) {
    lists::Entries none;
    EXPECT_FALSE(format_1::decode_segment(std::span(segment).first(len), none, pool)) << len;
  }
  segment.push_back(0);
  lists::Entries none;
  EXPECT_FALSE(format_1::decode_segment(segment, none, pool));
}

}  // namespace
}  // namespace eir::store
