// SPDX-License-Identifier: GPL-3.0-or-later
// A whole node between a port and an answerer that remember, in virtual time.
#pragma once

#include <gtest/gtest.h>

#include "sigtran/eir_node.h"
#include "support.h"

namespace eir::sigtran::test {

class NodeFixture : public testing::Test {
 protected:
  NodeFixture() {
    clock.set_wall(std::chrono::system_clock::time_point(std::chrono::seconds(1'800'000'000)));
    config.sccp.local_gts = {{*identity::Digits::parse("882100000901"), {}}};
    config.sccp.instances = {{0, kEirOwnPc, {}, {}}};
    for (size_t i = 0; i < config.map.otid_key.size(); ++i) config.map.otid_key[i] = static_cast<uint8_t>(i * 7);
    start();
  }
  void start() { node = std::move(*EirNode::make(port, answers, clock, config)); }
  /// The TCAP message that answers one in a UDT; empty where nothing is answered.
  Bytes ask(const Bytes& tcap) {
    port.sent.clear();
    node->on_transfer(0, kLabel, udt(0, kEirGt, kMscGt, tcap));
    if (port.sent.empty()) return {};
    EXPECT_EQ(port.sent.size(), 1u);
    const Bytes& sent = port.sent[0].data;
    const size_t header = udt(0, kMscGt, kEirGt, {}).size();
    EXPECT_GT(sent.size(), header);
    const Bytes answer(sent.begin() + static_cast<ptrdiff_t>(header), sent.end());
    EXPECT_EQ(text(sent), text(udt(0, kMscGt, kEirGt, answer)));
    return answer;
  }

  Port port;
  Answers answers;
  base::ManualClock clock;
  EirNode::Config config;
  std::unique_ptr<EirNode> node;
};

}  // namespace eir::sigtran::test
