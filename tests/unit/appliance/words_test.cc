// SPDX-License-Identifier: GPL-3.0-or-later
#include "appliance/config/words.h"

#include <gtest/gtest.h>

#include "appliance/report/check.h"

namespace eir::appliance {
namespace {

TEST(PointCodeText, TakesThreeEightThreeAndPlainNumbers) {
  const std::pair<const char*, std::optional<uint32_t>> rows[] = {
      {"0.0.1", 1},     {"1.0.0", 2048}, {"7.255.7", 16383}, {"2.3.4", 2u << 11 | 3u << 3 | 4},
      {"16383", 16383}, {"16384", {}},   {"8.0.0", {}},      {"0.256.0", {}},
      {"0.0.8", {}},    {"1.2", {}},     {"1.2.3.4", {}},    {"", {}},
      {"a", {}},        {"1.2.x", {}},   {"1.2.3 ", {}},     {"-1", {}},
  };
  for (const auto& [text, expected] : rows) {
    const auto got = parse_point_code(text);
    ASSERT_EQ(got.has_value(), expected.has_value()) << text;
    if (got) {
      EXPECT_EQ(sigtran::mtp::number(*got), *expected) << text;
    }
  }
  EXPECT_EQ(to_text(sigtran::mtp::PointCode{2u << 11 | 3u << 3 | 4}), "2.3.4");
}

base::Result<decision::Question, base::Problem> ask(std::vector<const char*> words) {
  static CheckWords kept;
  auto parsed = CheckWords::parse("490154203237518", words);
  if (!parsed) return tl::unexpected(parsed.error());
  kept = *parsed;
  return question_of(kept, {});
}

TEST(CheckWordsTest, TakesItsWordsInAnyOrder) {
  const auto q = ask({"imsi", "255011234567890", "sv", "07", "gt", "4911", "msisdn", "38050", "peer", "mme1"});
  ASSERT_TRUE(q);
  EXPECT_EQ(q->imei.svn(), 7);
  EXPECT_EQ(q->imsi.str(), "255011234567890");
  EXPECT_EQ(q->msisdn.str(), "38050");
  EXPECT_EQ(q->asker.calling_gt.str(), "4911");
  EXPECT_EQ(q->asker.peer, "mme1");
}

TEST(CheckWordsTest, NamesWhatIsWrong) {
  EXPECT_EQ(ask({"sv"}).error().message(), "'sv' needs a value");
  EXPECT_EQ(ask({"color", "red"}).error().message(), "'color' is none of sv, imsi, msisdn, gt, peer");
  EXPECT_EQ(ask({"sv", "01", "sv", "02"}).error().message(), "'sv' is given twice");
  EXPECT_EQ(ask({"sv", "1"}).error().message(), "sv: '1' is not two digits");
  EXPECT_EQ(ask({"imsi", "12a"}).error().message(), "imsi: '12a' is not 1 to 15 digits");
  EXPECT_EQ(ask({"imsi", "1234567890123456"}).error().message(), "imsi: '1234567890123456' is not 1 to 15 digits");
}

}  // namespace
}  // namespace eir::appliance
