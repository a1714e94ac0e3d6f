// SPDX-License-Identifier: GPL-3.0-or-later
// A whole server on loopback ports of its own. Waits end when something happens, never by a clock.
#include "diameter/peer/server.h"

#include <gtest/gtest.h>
#include <sys/resource.h>

#include <atomic>
#include <fstream>
#include <map>
#include <mutex>
#include <thread>

#include "diameter/peer/worker.h"
#include "tests/unit/diameter/client.h"

namespace eir::diameter::test {
namespace {

using namespace std::chrono_literals;
using peer::ServerConfig;
using peer::Transport;

constexpr unsigned kQuestions = 1000;

class SafeAlarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view subject, std::string_view) noexcept override {
    const std::lock_guard lock(mutex_);
    down_[std::string(subject)] = true;
  }
  void clear(base::AlarmId, std::string_view subject) noexcept override {
    const std::lock_guard lock(mutex_);
    down_[std::string(subject)] = false;
  }
  bool down(std::string_view subject) {
    const std::lock_guard lock(mutex_);
    return down_[std::string(subject)];
  }

 private:
  std::mutex mutex_;
  std::map<std::string, bool> down_;
};

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    config_.origin_host = kOwnHost;
    config_.origin_realm = kOwnRealm;
    config_.accept_unknown_peers = true;
    config_.listeners = {{Transport::kTcp, {"127.0.0.1"}, 0}};
    peer::PeerConfig p;
    p.origin_host = kMme;
    config_.peers.push_back(p);
  }
  ~ServerTest() override { server_.drain_and_stop(100ms); }
  void start() {
    const auto started = server_.start(config_);
    ASSERT_TRUE(started) << started.error().front().message();
  }
  uint16_t port(size_t i = 0) { return server_.endpoints().at(i).port; }
  uint64_t counter(std::string_view name, std::string_view label = {}) {
    uint64_t sum = 0;
    server_.counters([&](const peer::Sample& s) {
      bool match = label.empty();
      for (const peer::Label& l : s.labels) match |= l.value == label;
      if (s.name == name && match) sum += s.value;
    });
    return sum;
  }
  template <class F>
  static void eventually(F&& happened) {
    while (!happened()) std::this_thread::sleep_for(1ms);
  }
  peer::PeerState state_of(std::string_view host) {
    for (const auto& p : server_.peers())
      if (p.origin_host == host) return p.state;
    return peer::PeerState::kDown;
  }
  /// What must hold whatever else goes on: a peer's questions are all answered, and right.
  void expect_service(std::string_view host = "steady.example.org") {
    Client steady(port());
    ASSERT_EQ(steady.introduce(host), 2001u);
    for (unsigned i = 0; i < kQuestions; ++i) {
      const Bytes answer = steady.ask(Ecr("3580910123456" + std::to_string(i % 3)).bytes());
      ASSERT_FALSE(answer.empty());
      ASSERT_EQ(u32_of(answer, avp::kEquipmentStatus), i % 3);
    }
  }

  base::SystemClock clock_;
  SafeAlarms alarms_;
  DigitAnswerer answerers_[peer::kThreadsMax];
  ServerConfig config_;
  peer::Server server_{[this](unsigned thread) -> decision::Answerer& { return answerers_[thread]; }, alarms_, clock_};
};

TEST_F(ServerTest, AnswersOverTcp) {
  start();
  expect_service();
  EXPECT_EQ(counter("eir_diameter_requests_total"), kQuestions);
  const peer::Latency latency = server_.latency(0);
  uint64_t counted = 0;
  for (const uint64_t n : latency.counts) counted += n;
  EXPECT_EQ(counted, kQuestions);
}

TEST_F(ServerTest, PipelinedQuestionsCutAnywhere) {
  start();
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  Bytes all;
  for (uint32_t i = 0; i < 200; ++i) {
    Ecr ecr("3580910123456" + std::to_string(i % 3));
    ecr.header.hop_by_hop = i;
    if (i % 7 == 0) ecr.add(with_flags(make({4711}, "x"), 0));  // the slow way, between the others
    const Bytes one = ecr.bytes();
    all.insert(all.end(), one.begin(), one.end());
  }
  for (size_t at = 0, step = 1; at < all.size(); at += step, step = step % 997 + 13) {
    const size_t n = std::min(step, all.size() - at);
    ASSERT_TRUE(client.send(
        Bytes(all.begin() + static_cast<std::ptrdiff_t>(at), all.begin() + static_cast<std::ptrdiff_t>(at + n))));
  }
  for (uint32_t i = 0; i < 200; ++i) {
    const Bytes answer = client.receive();
    ASSERT_EQ(header_of(answer).hop_by_hop, i) << "in order";
    ASSERT_EQ(u32_of(answer, avp::kEquipmentStatus), i % 3);
  }
}

TEST_F(ServerTest, CerAndQuestionsInOneGo) {
  start();
  Client client(port());
  Bytes all = cer(kMme, {offers_s13()});
  const Bytes ecr = Ecr("35809101234561").bytes();
  all.insert(all.end(), ecr.begin(), ecr.end());
  all.insert(all.end(), ecr.begin(), ecr.begin() + 30);
  ASSERT_TRUE(client.send(all));
  EXPECT_EQ(u32_of(client.receive(), avp::kResultCode), 2001u);
  EXPECT_EQ(u32_of(client.receive(), avp::kEquipmentStatus), 1u);
  ASSERT_TRUE(client.send(Bytes(ecr.begin() + 30, ecr.end())));
  EXPECT_EQ(u32_of(client.receive(), avp::kEquipmentStatus), 1u);
}

TEST_F(ServerTest, BrokenFramingClosesTheConnectionAndNoOther) {
  start();
  Client good(port());
  ASSERT_EQ(good.introduce("good.example.org"), 2001u);
  const Bytes words[] = {{1, 0, 0, 0}, {1, 0, 0, 16}, {1, 0, 0, 22}, {1, 0xFF, 0xFF, 0xFC}, Bytes(4, 0xFF)};
  for (const Bytes& word : words) {
    Client before_cer(port());
    ASSERT_TRUE(before_cer.send(word));
    EXPECT_TRUE(before_cer.closed_by_server());
    Client after_cer(port());
    ASSERT_EQ(after_cer.introduce(kMme), 2001u);
    ASSERT_TRUE(after_cer.send(word));
    EXPECT_TRUE(after_cer.closed_by_server());
    eventually([&] { return state_of(kMme) == peer::PeerState::kDown; });
  }
  EXPECT_EQ(counter("eir_diameter_broken_framing_total"), 2 * std::size(words));
  EXPECT_EQ(u32_of(good.ask(Ecr("35809101234560").bytes()), avp::kResultCode), 2001u);
}

TEST_F(ServerTest, RefusedPeersHearWhy) {
  config_.accept_unknown_peers = false;
  start();
  Client client(port());
  EXPECT_EQ(client.introduce("stranger.example.org"), 3010u);
  EXPECT_TRUE(client.closed_by_server());
  EXPECT_EQ(counter("eir_diameter_cer_total", "unknown-peer"), 1u);
}

TEST_F(ServerTest, QuickReconnectsNeverWedgeAPeer) {
  start();
  for (int i = 0; i < 50; ++i) {
    Client client(port());
    ASSERT_EQ(client.introduce(kMme), 2001u) << i;
    ASSERT_EQ(u32_of(client.ask(Ecr("35809101234562").bytes()), avp::kEquipmentStatus), 2u);
    if (i % 2) client.abort();
  }
}

TEST_F(ServerTest, SecondConnection) {
  start();
  Client first(port());
  ASSERT_EQ(first.introduce(kMme), 2001u);
  Client second(port());
  ASSERT_TRUE(second.send(cer(kMme, {offers_s13()})));
  const Bytes dwr_sent = first.receive();
  EXPECT_EQ(header_of(dwr_sent).command, 280u);
  ASSERT_TRUE(first.send(answer_to(dwr_sent, kMme)));
  EXPECT_EQ(u32_of(second.receive(), avp::kResultCode), 5012u);
  EXPECT_TRUE(second.closed_by_server());
  EXPECT_EQ(u32_of(first.ask(Ecr("35809101234561").bytes()), avp::kEquipmentStatus), 1u);

  Client third(port());
  ASSERT_TRUE(third.send(cer(kMme, {offers_s13()})));
  EXPECT_EQ(u32_of(third.receive(), avp::kResultCode), 2001u) << "the first never answered its DWR";
  EXPECT_TRUE(first.closed_by_server());
}

TEST_F(ServerTest, AlarmWhileAConfiguredPeerIsDown) {
  start();
  {
    Client client(port());
    ASSERT_EQ(client.introduce(kMme), 2001u);
    EXPECT_FALSE(alarms_.down(kMme));
  }
  eventually([&] { return alarms_.down(kMme); });
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  eventually([&] { return !alarms_.down(kMme); });
}

TEST_F(ServerTest, NulInSessionIdIsHarmless) {
  start();
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  Ecr ecr("35809101234561");
  ecr.put(avp::kSessionId, make(avp::kSessionId, std::string("a\0b", 3)));
  EXPECT_EQ(u32_of(client.ask(ecr.bytes()), avp::kEquipmentStatus), 1u);
  ecr.add(with_flags(make({4711}, "x"), 0));
  EXPECT_EQ(u32_of(client.ask(ecr.bytes()), avp::kEquipmentStatus), 1u);
  expect_service();
}

TEST_F(ServerTest, APeerThatNeverReadsIsNotReadAndStallsNobody) {
  config_.limits.output_octets_max = 64 * 1024;
  start();
  Client deaf(port());
  ASSERT_EQ(deaf.introduce(kMme), 2001u);
  Bytes batch;
  const Bytes one = Ecr().bytes();
  for (int i = 0; i < 200; ++i) batch.insert(batch.end(), one.begin(), one.end());
  size_t at = 0;
  size_t total = 0;
  while (counter("eir_diameter_bound_hit_total", "output") == 0) {
    const size_t n = deaf.send_some(codec::Octets(batch).subspan(at));
    at = (at + n) % batch.size();
    total += n;
    if (n == 0) std::this_thread::sleep_for(1ms);
  }
  EXPECT_GT(total, 0u);
  expect_service();
  for (const auto& p : server_.peers())
    if (p.origin_host == kMme) {
      EXPECT_GE(p.reading_stopped, 1u);
      EXPECT_GE(p.queue_octets, 1u);
      EXPECT_LE(p.queue_octets, 2u * config_.limits.output_octets_max);
    }
}

TEST_F(ServerTest, AStoppedPeerGoesOnWhereItStopped) {
  config_.limits.output_octets_max = 16 * 1024;
  start();
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  constexpr uint32_t kMessages = 60'000;
  std::thread writer([&] {
    Bytes batch;
    for (uint32_t i = 0; i < kMessages; ++i) {
      Ecr ecr;
      ecr.header.hop_by_hop = i;
      const Bytes one = ecr.bytes();
      batch.insert(batch.end(), one.begin(), one.end());
      if (i % 1000 == 999) {
        client.send(batch);
        batch.clear();
      }
    }
  });
  eventually([&] { return counter("eir_diameter_bound_hit_total", "output") > 0; });
  for (uint32_t i = 0; i < kMessages; ++i) {
    const Bytes answer = client.receive();
    ASSERT_EQ(header_of(answer).hop_by_hop, i);
  }
  writer.join();
}

TEST_F(ServerTest, ConnectionsThatNeverSpeakAreBoundedAndTheOldestGoes) {
  config_.limits.without_cer_max = 8;
  config_.cer_timeout_s = 60;
  start();
  std::vector<Client> idle;
  for (int i = 0; i < 20; ++i) idle.emplace_back(port());
  for (int i = 0; i < 12; ++i) EXPECT_TRUE(idle[static_cast<size_t>(i)].closed_by_server());
  EXPECT_EQ(counter("eir_diameter_bound_hit_total", "without-cer"), 12u);
  EXPECT_EQ(idle.back().introduce(kMme), 2001u);
  expect_service();
}

TEST_F(ServerTest, ConnectionsThatNeverSpeakAreClosedInTime) {
  config_.cer_timeout_s = 1;
  start();
  Client silent(port());
  Client half(port());
  half.send(Bytes(3, 1));
  EXPECT_TRUE(silent.closed_by_server());
  EXPECT_TRUE(half.closed_by_server());
  EXPECT_EQ(counter("eir_diameter_cer_timeouts_total"), 2u);
}

TEST_F(ServerTest, FirstMessageOtherThanCerCloses) {
  start();
  for (const Bytes& first : {Ecr().bytes(), dwr(kMme), answer_to(dwr(kMme), kMme)}) {
    Client client(port());
    ASSERT_TRUE(client.send(first));
    EXPECT_TRUE(client.closed_by_server());
  }
  EXPECT_EQ(counter("eir_diameter_first_not_cer_total"), 3u);
}

TEST_F(ServerTest, AThousandIdleConnections) {
  rlimit limit{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &limit), 0);
  const rlimit before = limit;
  limit.rlim_cur = limit.rlim_max;
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  ASSERT_GE(limit.rlim_cur, 2200u) << "the test needs two descriptors for each connection";
  config_.limits.without_cer_max = 1000;
  config_.cer_timeout_s = 60;
  start();
  std::vector<Client> idle;
  for (int i = 0; i < 1000; ++i) {
    idle.emplace_back(port());
    ASSERT_TRUE(idle.back().connected()) << i;
  }
  eventually([&] { return counter("eir_diameter_connections_without_cer") == 1000; });
  expect_service();
  idle.clear();
  setrlimit(RLIMIT_NOFILE, &before);
}

TEST_F(ServerTest, RunningOutOfDescriptorsIsSurvived) {
  config_.cer_timeout_s = 60;
  start();
  Client early(port());
  ASSERT_EQ(early.introduce(kMme), 2001u);
  Client late(port());  // its descriptor exists before they run out
  rlimit before{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
  std::vector<int> hoard;
  rlimit tight = before;
  tight.rlim_cur = 128;
  eventually([&] { return counter("eir_diameter_accepted_total") == 2; });
  ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &tight), 0);
  for (int fd = ::dup(0); fd >= 0; fd = ::dup(0)) hoard.push_back(fd);
  ::close(hoard.back());  // one for the client below; none is left for the server
  hoard.pop_back();
  {
    Client refused(port());
    ASSERT_TRUE(refused.connected());
    EXPECT_TRUE(refused.closed_by_server()) << "taken with the reserve and closed, not left hanging";
  }
  EXPECT_GE(counter("eir_diameter_bound_hit_total", "descriptors"), 1u);
  EXPECT_EQ(u32_of(early.ask(Ecr("35809101234561").bytes()), avp::kEquipmentStatus), 1u);
  for (const int fd : hoard) ::close(fd);
  setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(late.introduce("late.example.org"), 2001u);
  expect_service();
}

TEST_F(ServerTest, AllConnectionsTogetherAreBounded) {
  config_.limits.connections_max = 3;
  start();
  std::vector<Client> clients;
  for (int i = 0; i < 3; ++i) {
    clients.emplace_back(port());
    ASSERT_EQ(clients.back().introduce("p" + std::to_string(i) + ".example.org"), 2001u);
  }
  Client above(port());
  EXPECT_TRUE(above.closed_by_server());
  EXPECT_EQ(counter("eir_diameter_bound_hit_total", "connections"), 1u);
}

TEST_F(ServerTest, RefusedConnectionsHoldUpNobody) {
  config_.accept_unknown_peers = false;
  config_.limits.connections_max = 2;
  start();
  std::vector<Client> refused;  // none of them closes
  for (int i = 0; i < 10; ++i) {
    refused.emplace_back(port());
    ASSERT_EQ(refused.back().introduce("stranger.example.org"), 3010u) << i;
  }
  Client mme(port());
  EXPECT_EQ(mme.introduce(kMme), 2001u);
  EXPECT_EQ(counter("eir_diameter_bound_hit_total", "connections"), 0u);
}

TEST_F(ServerTest, ConnectionsThatLeaveAreBoundedAndTheOldestGoes) {
  config_.accept_unknown_peers = false;
  base::ManualClock still;  // nobody's time to leave runs out
  peer::Server server([this](unsigned t) -> decision::Answerer& { return answerers_[t]; }, alarms_, still);
  ASSERT_TRUE(server.start(config_));
  const uint16_t at = server.endpoints().at(0).port;
  std::vector<Client> refused;
  for (size_t i = 0; i < peer::kLeavingMax + 5; ++i) {
    refused.emplace_back(at);
    ASSERT_EQ(refused.back().introduce("stranger.example.org"), 3010u) << i;
  }
  Client mme(at);
  EXPECT_EQ(mme.introduce(kMme), 2001u);
  uint64_t closed = 0;
  server.counters([&](const peer::Sample& s) {
    for (const peer::Label& l : s.labels) closed += l.value == "leaving" ? s.value : 0;
  });
  EXPECT_EQ(closed, 5u);
  for (size_t i = 0; i < 5; ++i) eventually([&] { return !refused[i].send(Bytes(4)); });  // closed, not only shut
}

TEST_F(ServerTest, SeveralThreadsEachWithItsAnswerer) {
  config_.threads = 3;
  start();
  std::vector<std::thread> peers;
  for (int i = 0; i < 8; ++i) peers.emplace_back([&, i] { expect_service("p" + std::to_string(i) + ".example.org"); });
  for (auto& p : peers) p.join();
  uint64_t sum = 0;
  unsigned busy = 0;
  for (const auto& a : answerers_) {
    sum += a.questions;
    busy += a.questions > 0;
  }
  EXPECT_EQ(sum, 8u * kQuestions);
  EXPECT_GE(busy, 2u);
}

TEST_F(ServerTest, DrainSaysDprToEverybody) {
  start();
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  const uint16_t at = port();
  std::thread stopper([&] { server_.drain_and_stop(10s); });
  const Bytes dpr_sent = client.receive();
  EXPECT_EQ(header_of(dpr_sent).command, 282u);
  EXPECT_EQ(u32_of(dpr_sent, avp::kDisconnectCause), 0u);
  EXPECT_EQ(u32_of(client.ask(Ecr("35809101234561").bytes()), avp::kEquipmentStatus), 1u);
  client.send(answer_to(dpr_sent, kMme));
  EXPECT_TRUE(client.closed_by_server());
  stopper.join();
  EXPECT_FALSE(server_.running());
  EXPECT_FALSE(Client(at).connected());
}

TEST_F(ServerTest, AChangeWhileTheNodeStopsIsRefused) {
  start();
  Client client(port());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  const uint16_t at = port();
  std::thread stopper([&] { server_.drain_and_stop(10s); });
  const Bytes dpr_sent = client.receive();
  ASSERT_EQ(header_of(dpr_sent).command, 282u);
  const auto refused = server_.apply(config_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().at(0).text, "the node is stopping");
  EXPECT_TRUE(server_.endpoints().empty()) << "what drain closed stays closed";
  EXPECT_FALSE(Client(at).connected());
  client.send(answer_to(dpr_sent, kMme));
  client.closed_by_server();
  stopper.join();
  const auto late = server_.apply(config_);
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().at(0).text, "the node is stopping");
  ASSERT_TRUE(server_.start(config_));
  EXPECT_TRUE(server_.apply(config_)) << "a fresh start takes changes again";
}

TEST_F(ServerTest, ChangesAndAStopFromTwoThreads) {
  for (int i = 0; i < 50; ++i) {
    start();
    std::atomic<bool> changing{false};
    std::thread changer([&] {
      while (server_.apply(config_)) changing = true;
    });
    eventually([&] { return changing.load(); });
    server_.drain_and_stop(1s);
    changer.join();
    EXPECT_FALSE(server_.running());
  }
}

TEST_F(ServerTest, ApplyAddsAndRemovesPeersAndListeners) {
  config_.accept_unknown_peers = false;
  start();
  Client mme(port());
  ASSERT_EQ(mme.introduce(kMme), 2001u);
  const uint16_t first_port = port();

  peer::PeerConfig more;
  more.origin_host = "steady.example.org";
  config_.peers.push_back(more);
  config_.listeners.push_back({Transport::kTcp, {"127.0.0.1"}, 0});
  ASSERT_TRUE(server_.apply(config_));
  ASSERT_EQ(server_.endpoints().size(), 2u);
  EXPECT_EQ(port(0), first_port) << "what stays is not opened again";
  EXPECT_NE(port(1), first_port);
  expect_service();
  EXPECT_EQ(u32_of(mme.ask(Ecr("35809101234561").bytes()), avp::kEquipmentStatus), 1u);

  config_.peers[0].blocked = true;
  config_.listeners.pop_back();
  const uint16_t second_port = port(1);
  ASSERT_TRUE(server_.apply(config_));
  EXPECT_EQ(header_of(mme.receive()).command, 282u);
  eventually([&] { return !Client(second_port).connected(); });
}

TEST_F(ServerTest, ARefusedChangeChangesNothing) {
  start();
  const uint16_t before = port();
  Client mme(port());
  ASSERT_EQ(mme.introduce(kMme), 2001u);
  ServerConfig bad = config_;
  bad.peers[0].blocked = true;
  bad.listeners.push_back({Transport::kTcp, {"203.0.113.1"}, 3868});  // not an address of this machine
  const auto refused = server_.apply(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().size(), 1u);
  EXPECT_NE(refused.error()[0].text.find("203.0.113.1"), std::string::npos);
  bad = config_;
  bad.threads = 2;
  EXPECT_FALSE(server_.apply(bad));
  EXPECT_EQ(port(), before);
  EXPECT_EQ(u32_of(mme.ask(Ecr("35809101234561").bytes()), avp::kEquipmentStatus), 1u);
}

TEST_F(ServerTest, AStartThatFailsLeavesNothing) {
  start();
  peer::Server other([this](unsigned t) -> decision::Answerer& { return answerers_[t + 8]; }, alarms_, clock_);
  ServerConfig taken = config_;
  taken.listeners[0].port = port();
  const auto refused = other.start(taken);
  ASSERT_FALSE(refused);
  EXPECT_FALSE(other.running());
  taken.listeners[0].port = 0;
  EXPECT_TRUE(other.start(taken));
}

TEST_F(ServerTest, SctpListenerWorksOrSaysWhyNot) {
  config_.listeners.push_back({Transport::kSctp, {"127.0.0.1"}, 0});
  const auto started = server_.start(config_);
  if (started) {
    EXPECT_EQ(server_.endpoints().at(1).transport, Transport::kSctp);
    return;
  }
  ASSERT_EQ(started.error().size(), 1u);
  EXPECT_EQ(started.error()[0].where, "listen sctp");
  EXPECT_NE(started.error()[0].text.find("no SCTP"), std::string::npos);
}

}  // namespace
}  // namespace eir::diameter::test
