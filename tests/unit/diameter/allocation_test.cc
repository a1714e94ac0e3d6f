// SPDX-License-Identifier: GPL-3.0-or-later
// In the steady state the server's threads leave the heap alone, from the socket to the socket.
#include <gtest/gtest.h>

#include "diameter/peer/server.h"
#include "tests/unit/counting_new.h"
#include "tests/unit/diameter/client.h"

namespace eir::diameter::test {
namespace {

class NoAlarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view, std::string_view) noexcept override {}
  void clear(base::AlarmId, std::string_view) noexcept override {}
};

TEST(Allocation, NoneForAnEcrFromSocketToSocket) {
  base::SystemClock clock;
  NoAlarms alarms;
  DigitAnswerer answerer;
  peer::ServerConfig config;
  config.origin_host = kOwnHost;
  config.origin_realm = kOwnRealm;
  config.accept_unknown_peers = true;
  config.listeners = {{peer::Transport::kTcp, {"127.0.0.1"}, 0}};
  peer::Server server([&](unsigned) -> decision::Answerer& { return answerer; }, alarms, clock);
  ASSERT_TRUE(server.start(config));
  Client client(server.endpoints().at(0).port);
  ASSERT_EQ(client.introduce(kMme), 2001u);
  const Bytes one = Ecr().bytes();
  Bytes batch;
  for (int i = 0; i < 50; ++i) batch.insert(batch.end(), one.begin(), one.end());
  const auto round = [&](int times) {
    for (int i = 0; i < times; ++i) {
      ASSERT_TRUE(client.send(batch));
      for (int k = 0; k < 50; ++k) ASSERT_FALSE(client.receive().empty());
      ASSERT_FALSE(client.ask(one).empty());
    }
  };
  round(50);
  const uint64_t before = eir::test::server_allocations();
  EXPECT_GT(before, 0u) << "the count counts";
  round(200);
  EXPECT_EQ(eir::test::server_allocations(), before);
}

}  // namespace
}  // namespace eir::diameter::test
