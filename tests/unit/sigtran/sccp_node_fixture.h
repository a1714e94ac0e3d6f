// SPDX-License-Identifier: GPL-3.0-or-later
// SCCP alone between a port and a user that remember, in virtual time.
#pragma once

#include <gtest/gtest.h>

#include <memory>

#include "sigtran/sccp/node.h"
#include "support.h"

namespace eir::sigtran::sccp::test_support {

using namespace std::chrono_literals;
using namespace test;

struct EchoUser final : User {
  Disposition disposition = Disposition::kAnswer;
  Bytes answer = hex("AA BB");
  struct Seen {
    Bytes data;
    Unitdata in;
  };
  std::vector<Seen> seen;
  Disposition on_unitdata(const Unitdata& in, BackWriter& w) noexcept override {
    seen.push_back({{in.data.begin(), in.data.end()}, in});
    if (disposition == Disposition::kAnswer) w.bytes(answer);
    return disposition;
  }
};

struct SccpNodeFixture : testing::Test {
  Port port;
  EchoUser user;
  base::ManualClock clock;
  Config config;
  std::unique_ptr<Node> node;
  const Bytes data = hex("01 02 03");

  SccpNodeFixture() {
    config.local_gts = {{*identity::Digits::parse("882100000901"), {}}};
    config.instances = {{0, kEirOwnPc, {}, {}}};
    clock.advance(1h);
    start();
  }
  void start() { node = std::make_unique<Node>(port, user, clock, config); }
  /// What went out for a message; empty where nothing did.
  Bytes ask(const Bytes& octets, const mtp::RoutingLabel& label = kLabel, mtp::Instance instance = 0) {
    port.sent.clear();
    node->on_transfer(instance, label, octets);
    EXPECT_LE(port.sent.size(), 1u);
    return port.sent.empty() ? Bytes{} : port.sent[0].data;
  }
};

}  // namespace eir::sigtran::sccp::test_support
