// SPDX-License-Identifier: GPL-3.0-or-later
// No heap between a question and its answer: operator new is counted.
#include <gtest/gtest.h>

#include "sigtran/eir_node.h"
#include "support.h"
#include "tests/unit/counting_new.h"

namespace eir::sigtran {
namespace {

using namespace test;

struct SilentPort final : mtp::TransferPort {
  uint64_t sent = 0;
  bool transfer(mtp::Instance, const mtp::RoutingLabel&, base::Octets) noexcept override {
    ++sent;
    return true;
  }
};
struct SilentAnswers final : decision::Answerer {
  decision::Verdict answer(const decision::Question&) noexcept override { return {}; }
  decision::Verdict give_up(const decision::Question&, decision::Reason) noexcept override { return {}; }
};

TEST(NoAllocation, BetweenQuestionAndAnswer) {
  SilentPort port;
  SilentAnswers answers;
  base::SystemClock clock;
  EirNode::Config config;
  config.sccp.local_gts = {{*identity::Digits::parse("882100000901"), {}}};
  config.sccp.instances = {{0, kEirOwnPc, {}, {}}};
  config.sccp.screening.allowed_opcs = {kMscOpc};
  config.sccp.screening.allowed_gt_prefixes = {*identity::Digits::parse("3805")};
  config.sccp.screening.each_opc = sccp::Rate{1'000'000, 1'000'000};
  config.sccp.screening.gt_rates = {{*identity::Digits::parse("38"), {1'000'000, 1'000'000}}};
  const auto node = std::move(*EirNode::make(port, answers, clock, config));
  const Bytes huawei = hex(
      "30 20 04 08 68 96 34 30 69 43 44 F0 80 08 14 00 81 75 68 31 15 F0 81 06 29 03 52 54 28 18 03 02 06 80 00 00");
  const Bytes messages[] = {
      udt(0, kEirGt, kMscGt, begin_v1()),
      udt(0, kEirGt, kMscGt, begin_v2()),
      udt(0, kEirPc, kMscPc, begin_v3()),
      udt(0, kEirGt, kMscGt, begin(aarq(context(3), open_info()) + components(invoke(huawei)))),
      udt(0, kEirGt, kMscGt, begin(aarq(context(3)))),
      udt(0, kEirGt, kMscGt, begin(aarq(context(4)))),
      udt(0, kEirGt, kMscGt, tlv(0x65, kOtid + kDtid)),
      xudt(1, 4, kEirGt, kMscGt, begin_v3()),
      ludt(1, 4, kEirGt, kMscGt, begin_v3()),
      xudt(0x81, 4, kEirGt, kMscGt, hex("01 02"), segment(true, 1, 99)),
      xudt(0x81, 4, kEirGt, kMscGt, hex("03 04"), segment(false, 0, 99)),
      udt(0x80, hex("42 06"), kMscGt, begin_v1()),
      udt(0, hex("42 01"), hex("43 01 00 01"), hex("03 09 02 00 00")),
      udt(0, hex("42 01"), hex("43 01 00 01"), hex("02 08 01 00 00")),
  };
  const uint64_t before = eir::test::allocations();
  for (int i = 0; i < 1000; ++i) {
    for (const Bytes& m : messages) node->on_transfer(0, kLabel, m);
    node->tick();
  }
  EXPECT_EQ(eir::test::allocations() - before, 0u);
  EXPECT_GE(port.sent, 11'000u);
  EXPECT_GT(before, 0u) << "the counting works";
}

}  // namespace
}  // namespace eir::sigtran
