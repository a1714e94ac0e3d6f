// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/range.h"

#include <gtest/gtest.h>

#include "sync/transfer/name.h"

namespace eir::sync::transfer {
namespace {

TEST(Range, OneRangeOfOctetsAndNothingElse) {
  using K = Part::Kind;
  struct Row {
    const char* field;
    uint64_t octets;
    K kind;
    uint64_t first, end;
  };
  const Row rows[] = {
      {"", 100, K::kWhole, 0, 100},
      {"bytes=0-", 100, K::kPart, 0, 100},
      {"bytes=0-0", 100, K::kPart, 0, 1},
      {"bytes=10-19", 100, K::kPart, 10, 20},
      {"bytes=99-", 100, K::kPart, 99, 100},
      {"bytes=99-1000", 100, K::kPart, 99, 100},
      {"bytes=100-", 100, K::kNotSatisfiable, 0, 0},
      {"bytes=0-", 0, K::kNotSatisfiable, 0, 0},
      {"bytes=-10", 100, K::kPart, 90, 100},
      {"bytes=-1000", 100, K::kPart, 0, 100},
      {"bytes=-0", 100, K::kNotSatisfiable, 0, 0},
      {"bytes=-5", 0, K::kNotSatisfiable, 0, 0},
      {"bytes=20-10", 100, K::kWhole, 0, 100},    // no range
      {"bytes=0-1,5-6", 100, K::kWhole, 0, 100},  // several
      {"bytes=a-", 100, K::kWhole, 0, 100},
      {"bytes=-", 100, K::kWhole, 0, 100},
      {"bytes=1", 100, K::kWhole, 0, 100},
      {"lines=1-2", 100, K::kWhole, 0, 100},
      {"bytes=99999999999999999999-", 100, K::kWhole, 0, 100},  // over 64 bits
      {"bytes=0-99999999999999999999", 100, K::kWhole, 0, 100},
      {"bytes=+1-", 100, K::kWhole, 0, 100},
  };
  for (const Row& r : rows) {
    const Part p = part_of(r.field, r.octets);
    EXPECT_EQ(p.kind, r.kind) << r.field;
    EXPECT_EQ(p.first, r.first) << r.field;
    EXPECT_EQ(p.end, r.end) << r.field;
  }
}

TEST(Range, OfAnAnswer) {
  const auto r = content_range_of("bytes 200-999/1000");
  ASSERT_TRUE(r);
  EXPECT_EQ(r->first, 200u);
  EXPECT_EQ(r->whole, 1000u);
  for (const char* bad : {"", "bytes", "bytes */1000", "bytes 200-999/*", "bytes 200-/1000", "200-999/1000",
                          "bytes 200-999/1000x", "bytes 200/1000"})
    EXPECT_FALSE(content_range_of(bad)) << bad;
}

TEST(Name, IsNeverAPath) {
  for (const char* good : {"a", "centre-1.57", "node.1790000000000000.seen", "A_b-c.D", "a..b"})
    EXPECT_TRUE(is_name(good)) << good;
  for (const std::string& bad : {std::string(), std::string("."), std::string(".."), std::string(".part"),
                                 std::string("a/b"), std::string("a\\b"), std::string("a b"), std::string("a%2fb"),
                                 std::string("a\0b", 3), std::string("\xC3\xA4"), std::string(kNameMax + 1, 'a')})
    EXPECT_FALSE(is_name(bad)) << bad;
  EXPECT_TRUE(is_name(std::string(kNameMax, 'a')));
}

}  // namespace
}  // namespace eir::sync::transfer
