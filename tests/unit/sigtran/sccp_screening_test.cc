// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/screening.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::sccp {
namespace {

using namespace std::chrono_literals;
using identity::Digits;
using test::hex;

Digits digits(const char* text) { return *Digits::parse(text); }
Address address(const test::Bytes& octets) { return *decode_address(octets); }

TEST(SccpScreening, PrefixSetFindsTheLongest) {
  const PrefixSet set({digits("38"), digits("3805"), digits("7"), digits("38")});
  ASSERT_EQ(set.sorted().size(), 3u);
  const auto match = [&](const char* text) {
    const int at = set.longest_match(digits(text));
    return at < 0 ? std::string("-") : set.sorted()[static_cast<size_t>(at)].str();
  };
  EXPECT_EQ(match("380501234567"), "3805");
  EXPECT_EQ(match("380601234567"), "38");
  EXPECT_EQ(match("38"), "38");
  EXPECT_EQ(match("3"), "-");
  EXPECT_EQ(match("79161234567"), "7");
  EXPECT_EQ(match("4915"), "-");
  EXPECT_EQ(set.longest_match(Digits()), -1);
  EXPECT_TRUE(PrefixSet().empty());
}

TEST(SccpScreening, AllowLists) {
  Screening opcs;
  opcs.allowed_opcs = {mtp::PointCode{1}, mtp::PointCode{0x3FFF}};
  Screening gts;
  gts.allowed_gt_prefixes = {digits("3805")};
  Screening both = opcs;
  both.allowed_gt_prefixes = gts.allowed_gt_prefixes;
  const test::Bytes ours = test::kMscGt;
  const test::Bytes foreign = hex("12 08 00 12 04 94 51");
  const test::Bytes no_digits = hex("12 08 00 12 04 8B");
  const test::Bytes pc = test::kMscPc;
  const struct {
    const char* name;
    const Screening& rules;
    uint32_t opc;
    const test::Bytes& calling;
    Admission expected;
  } rows[] = {
      {"no rule", Screening(), 77, foreign, Admission::kPass},
      {"OPC listed", opcs, 1, foreign, Admission::kPass},
      {"last OPC listed", opcs, 0x3FFF, pc, Admission::kPass},
      {"OPC not listed", opcs, 2, ours, Admission::kOpc},
      {"GT listed", gts, 77, ours, Admission::kPass},
      {"GT not listed", gts, 77, foreign, Admission::kGt},
      {"GT of no digits", gts, 77, no_digits, Admission::kGt},
      {"no GT, and nobody vouches", gts, 77, pc, Admission::kGt},
      {"no GT, the OPC is listed", both, 1, pc, Admission::kPass},
      {"both lists, GT not listed", both, 1, foreign, Admission::kGt},
      {"both lists, OPC not listed", both, 2, ours, Admission::kOpc},
      {"both lists, both listed", both, 1, ours, Admission::kPass},
  };
  for (const auto& row : rows)
    EXPECT_EQ(Screener(row.rules).allowed(mtp::PointCode{row.opc}, address(row.calling)), row.expected) << row.name;
}

TEST(SccpScreening, ManagementIsHeldToTheListOfOpcsAlone) {
  Screening rules;
  rules.allowed_gt_prefixes = {digits("3805")};
  EXPECT_EQ(Screener(rules).allowed(mtp::PointCode{77}), Admission::kPass);
  rules.allowed_opcs = {mtp::PointCode{1}};
  EXPECT_EQ(Screener(rules).allowed(mtp::PointCode{1}), Admission::kPass);
  EXPECT_EQ(Screener(rules).allowed(mtp::PointCode{2}), Admission::kOpc);
}

TEST(SccpScreening, BucketGivesItsBurstThenItsRate) {
  Bucket bucket(Rate{10, 3});
  const base::MonotonicTime t0{100s};
  const auto take = [&](base::MonotonicTime at) {
    if (!bucket.has_token(at)) return false;
    bucket.take(at);
    return true;
  };
  EXPECT_TRUE(take(t0));
  EXPECT_TRUE(take(t0));
  EXPECT_TRUE(take(t0));
  EXPECT_FALSE(take(t0));
  EXPECT_FALSE(take(t0 + 99ms));
  EXPECT_TRUE(take(t0 + 100ms));
  EXPECT_FALSE(take(t0 + 100ms));
  int taken = 0;
  for (int i = 0; i < 2000; ++i) taken += take(t0 + 1s + i * 5ms);
  EXPECT_NEAR(taken, 100 + 3, 1) << "ten seconds at ten, and what had gathered";
}

TEST(SccpScreening, ABurstOfZeroIsOneSecondsWorth) {
  Bucket bucket(Rate{5, 0});
  int taken = 0;
  for (; bucket.has_token(base::MonotonicTime{1s}) && taken < 100; ++taken) bucket.take(base::MonotonicTime{1s});
  EXPECT_EQ(taken, 5);
}

TEST(SccpScreening, LimitsByOpcAndByPrefix) {
  Screening rules;
  rules.each_opc = Rate{1, 2};
  rules.opc_rates = {{mtp::PointCode{5}, Rate{1, 4}}};
  rules.gt_rates = {{digits("38"), Rate{1, 1}}, {digits("3805"), Rate{1, 3}}};
  Screener screener(rules);
  ASSERT_TRUE(screener.limits());
  const base::MonotonicTime now{50s};
  const Address pc = address(test::kMscPc);
  const Address gt = address(test::kMscGt);
  const auto run = [&](uint32_t opc, const Address& calling) {
    std::vector<Admission> out;
    for (int i = 0; i < 5; ++i) out.push_back(screener.take(mtp::PointCode{opc}, calling, now));
    return out;
  };
  using enum Admission;
  EXPECT_EQ(run(1, pc), (std::vector{kPass, kPass, kOpcRate, kOpcRate, kOpcRate})) << "a bucket for each OPC";
  EXPECT_EQ(run(2, pc), (std::vector{kPass, kPass, kOpcRate, kOpcRate, kOpcRate})) << "another OPC's is full";
  EXPECT_EQ(run(5, gt), (std::vector{kPass, kPass, kPass, kGtRate, kGtRate})) << "the longest prefix counts";
  EXPECT_EQ(screener.take(mtp::PointCode{5}, pc, now), kPass) << "what the prefix refused cost the OPC nothing";
  EXPECT_EQ(screener.take(mtp::PointCode{5}, pc, now), kOpcRate);
  EXPECT_FALSE(Screener(Screening()).limits());
}

TEST(SccpConfig, ValidatesBounds) {
  EXPECT_TRUE(validate(Config{}));
  const struct {
    const char* what;
    void (*spoil)(Config&);
    const char* where;
  } rows[] = {
      {"SSN 0", [](Config& c) { c.own_ssn = Ssn{0}; }, "subsystem"},
      {"SSN 1", [](Config& c) { c.own_ssn = kSsnManagement; }, "subsystem"},
      {"SSN 255", [](Config& c) { c.own_ssn = Ssn{255}; }, "subsystem"},
      {"no timeout", [](Config& c) { c.reassembly_timeout = 0ms; }, "reassembly timeout"},
      {"long timeout", [](Config& c) { c.reassembly_timeout = 61s; }, "reassembly timeout"},
      {"many places", [](Config& c) { c.reassemblies_max = kReassembliesLimit + 1; }, "reassembly max"},
      {"few octets", [](Config& c) { c.reassembly_octets_max = 255; }, "reassembly octets"},
      {"many octets", [](Config& c) { c.reassembly_octets_max = 3953; }, "reassembly octets"},
      {"hop 0", [](Config& c) { c.hop_counter = 0; }, "hop-counter"},
      {"hop 16", [](Config& c) { c.hop_counter = 16; }, "hop-counter"},
      {"GT without digits",
       [](Config& c) {
         c.local_gts = {{Digits(), {}}};
       },
       "local-gt"},
      {"GT twice",
       [](Config& c) {
         c.local_gts = {{digits("1"), {}}, {digits("1"), {}}};
       },
       "local-gt"},
      {"GT answered by nothing",
       [](Config& c) {
         c.local_gts = {{digits("1"), GlobalTitle{}}};
       },
       "local-gt"},
      {"many GTs",
       [](Config& c) {
         c.local_gts.resize(kLocalGtsMax + 1, {digits("1"), {}});
       },
       "local-gt"},
      {"PC of 15 bits",
       [](Config& c) {
         c.instances = {{0, mtp::PointCode{0x4000}, {}, {}}};
       },
       "instance"},
      {"instance twice", [](Config& c) { c.instances.resize(2); }, "instance"},
      {"rate 0",
       [](Config& c) {
         c.screening.each_opc = Rate{0, 1};
       },
       "screening"},
      {"empty prefix", [](Config& c) { c.screening.allowed_gt_prefixes = {Digits()}; }, "screening"},
      {"screened PC of 15 bits", [](Config& c) { c.screening.allowed_opcs = {mtp::PointCode{0x4000}}; }, "screening"},
  };
  for (const auto& row : rows) {
    Config config;
    row.spoil(config);
    const auto r = validate(config);
    ASSERT_FALSE(r) << row.what;
    EXPECT_EQ(r.error().where, row.where) << row.what;
  }
}

}  // namespace
}  // namespace eir::sigtran::sccp
