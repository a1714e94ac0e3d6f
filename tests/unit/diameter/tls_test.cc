// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <csignal>
#include <fstream>

#include "diameter/peer/server.h"
#include "diameter/peer/socket.h"
#include "tests/unit/diameter/certificates.h"
#include "tests/unit/diameter/client.h"

namespace eir::diameter::test {
namespace {

using namespace std::chrono_literals;
using peer::Problems;
using peer::Transport;

class NoAlarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view, std::string_view) noexcept override {}
  void clear(base::AlarmId, std::string_view) noexcept override {}
};

class TlsTest : public ::testing::Test {
 protected:
  TlsTest() {
    std::signal(SIGPIPE, SIG_IGN);  // for the client's side of OpenSSL
    ca_.issue("eir", kOwnHost, kOwnHost);
    ca_.issue("mme", "", kMme);
    config_.origin_host = kOwnHost;
    config_.origin_realm = kOwnRealm;
    config_.accept_unknown_peers = true;
    config_.listeners = {{Transport::kTls, {"127.0.0.1"}, 0}, {Transport::kTcp, {"127.0.0.1"}, 0}};
    config_.tls = {ca_.file("eir.pem"), ca_.file("eir.key"), ca_.file("ca.pem"), "", ""};
    peer::PeerConfig p;
    p.origin_host = kMme;
    p.tls_required = true;
    config_.peers.push_back(p);
  }
  void start() {
    const auto started = server_.start(config_);
    ASSERT_TRUE(started) << started.error().front().message();
  }
  uint16_t port(size_t i = 0) { return server_.endpoints().at(i).port; }
  uint64_t counter(std::string_view name) {
    uint64_t sum = 0;
    server_.counters([&](const peer::Sample& s) { sum += s.name == name ? s.value : 0; });
    return sum;
  }

  Authority ca_;
  base::SystemClock clock_;
  NoAlarms alarms_;
  DigitAnswerer answerer_;
  peer::ServerConfig config_;
  peer::Server server_{[this](unsigned) -> decision::Answerer& { return answerer_; }, alarms_, clock_};
};

TEST_F(TlsTest, MutualTlsAnswers) {
  start();
  const auto context = ca_.client("mme");
  Client client(port(), context.get());
  ASSERT_TRUE(client.connected());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  for (int i = 0; i < 300; ++i)
    ASSERT_EQ(u32_of(client.ask(Ecr("3580910123456" + std::to_string(i % 3)).bytes()), avp::kEquipmentStatus), i % 3);
  const auto peers = server_.peers();
  ASSERT_EQ(peers.size(), 1u);
  EXPECT_EQ(peers[0].transport, Transport::kTls);
  EXPECT_NE(peers[0].tls.find("TLSv1.3"), std::string::npos);
}

TEST_F(TlsTest, ManyQuestionsInManyRecords) {
  start();
  const auto context = ca_.client("mme");
  Client client(port(), context.get());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  Bytes batch;
  for (uint32_t i = 0; i < 2000; ++i) {
    Ecr ecr;
    ecr.header.hop_by_hop = i;
    const Bytes one = ecr.bytes();
    batch.insert(batch.end(), one.begin(), one.end());
  }
  // The server may have to wait for us to read before it reads on: both at once.
  for (size_t at = 0; at < batch.size(); at += 40'000)
    ASSERT_TRUE(client.send(Bytes(batch.begin() + static_cast<std::ptrdiff_t>(at),
                                  batch.begin() + static_cast<std::ptrdiff_t>(std::min(batch.size(), at + 40'000)))));
  for (uint32_t i = 0; i < 2000; ++i) ASSERT_EQ(header_of(client.receive()).hop_by_hop, i);
}

TEST_F(TlsTest, TheCertificateMustNameThePeer) {
  ca_.issue("wrong-san", std::string(kMme), "somebody.example.org");
  ca_.issue("cn-only", "mme1.epc.mnc01.mcc255.3gppnetwork.org", "");
  ca_.issue("nameless", "", "");
  struct Row {
    const char* shows;
    uint32_t code;
  };
  start();
  for (const Row& row : {Row{"wrong-san", 3010}, Row{"cn-only", 2001}, Row{"nameless", 3010}, Row{"mme", 2001}}) {
    const auto context = ca_.client(row.shows);
    Client client(port(), context.get());
    ASSERT_TRUE(client.connected());
    EXPECT_EQ(client.introduce(kMme), row.code) << row.shows;
    client.abort();
  }
}

TEST_F(TlsTest, ReadAndWriteSayWhatTlsWaitsFor) {
  Problems problems;
  const tls::Context server = tls::make_context(tls::Side::kServer, config_.tls, problems);
  ASSERT_TRUE(server);
  const auto context = ca_.client("mme");
  int ends[2];
  ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends), 0);
  const base::Fd far_end(ends[1]);
  peer::Ssl ours(SSL_new(server.get()));
  SSL_set_fd(ours.get(), ends[0]);
  SSL_set_accept_state(ours.get());
  peer::Socket socket(base::Fd(ends[0]), Transport::kTls, std::move(ours), nullptr);
  size_t sent = 0;
  EXPECT_EQ(socket.write(Bytes(8, 0), 0, sent), peer::Io::kWantRead) << "nothing goes out before ClientHello";
  const peer::Ssl theirs(SSL_new(context.get()));
  SSL_set_fd(theirs.get(), ends[1]);
  ASSERT_EQ(SSL_get_error(theirs.get(), SSL_connect(theirs.get())), SSL_ERROR_WANT_READ);
  const Bytes junk(4096);
  while (::send(ends[0], junk.data(), junk.size(), MSG_NOSIGNAL) > 0) {
  }
  Bytes room(4096);
  size_t got = 0;
  peer::ReadInfo info;
  EXPECT_EQ(socket.read(room, got, info), peer::Io::kWantWrite) << "no room for ServerHello";
  EXPECT_EQ(socket.handshake(), peer::Io::kWantWrite);
}

TEST_F(TlsTest, AKeyUpdateWhileTheAnswersWaitForUs) {
  start();
  const auto context = ca_.client("mme");
  Client client(port(), context.get());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  uint32_t asked = 0;
  const auto waiting = [&] { return server_.peers().at(0).queue_octets > 0; };
  while (!waiting()) {
    Bytes batch;
    for (int i = 0; i < 200; ++i) {
      Ecr ecr;
      ecr.header.hop_by_hop = asked++;
      const Bytes one = ecr.bytes();
      batch.insert(batch.end(), one.begin(), one.end());
    }
    ASSERT_TRUE(client.send(batch));
  }
  ASSERT_TRUE(client.update_keys());
  Ecr last;
  last.header.hop_by_hop = asked++;
  ASSERT_TRUE(client.send(last.bytes()));
  for (uint32_t i = 0; i < asked; ++i) {
    const Bytes answer = client.receive();
    ASSERT_FALSE(answer.empty()) << i << " of " << asked;
    ASSERT_EQ(header_of(answer).hop_by_hop, i);
  }
}

TEST_F(TlsTest, WithoutACertificateOfOursNobodyGetsIn) {
  start();
  const auto bare = ca_.client("");
  Client client(port(), bare.get());
  EXPECT_EQ(client.introduce(kMme), 0u);
  Authority others;
  others.issue("mme", std::string(kMme), kMme);
  const auto foreign = others.client("mme");
  SSL_CTX_load_verify_file(foreign.get(), ca_.file("ca.pem").c_str());
  Client stranger(port(), foreign.get());
  EXPECT_EQ(stranger.introduce(kMme), 0u);
  Client plain(port());
  ASSERT_TRUE(plain.send(cer(kMme, {offers_s13()})));
  EXPECT_TRUE(plain.closed_by_server());
  EXPECT_EQ(counter("eir_diameter_tls_failures_total"), 3u);
}

TEST_F(TlsTest, APeerThatMustUseTlsIsRefusedWithoutIt) {
  start();
  Client plain(port(1));
  EXPECT_EQ(plain.introduce(kMme), 5017u);
}

TEST_F(TlsTest, CertificatesAreReadAgainAndABadOneChangesNothing) {
  start();
  ASSERT_EQ(server_.certificates().size(), 2u);
  const auto first_end = server_.certificates()[0].not_after;
  EXPECT_NE(server_.certificates()[0].subject.find(kOwnHost), std::string::npos);
  ca_.issue("eir", kOwnHost, kOwnHost, 90);
  ASSERT_TRUE(server_.apply(config_));
  EXPECT_GT(server_.certificates()[0].not_after, first_end + std::chrono::hours(24 * 50));
  const auto context = ca_.client("mme");
  Client client(port(), context.get());
  ASSERT_EQ(client.introduce(kMme), 2001u);
  std::ofstream(ca_.file("eir.key")) << "no key\n";
  const auto refused = server_.apply(config_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error()[0].where, "tls private-key");
  client.abort();
  Client again(port(), context.get());
  EXPECT_EQ(again.introduce(kMme), 2001u);
}

TEST_F(TlsTest, ValidateNamesEveryProblem) {
  ca_.issue("other", kOwnHost, kOwnHost);
  peer::ServerConfig c = config_;
  c.origin_host = "no host";
  c.origin_realm = "";
  c.watchdog_s = 0;
  c.threads = 0;
  c.host_ip = {"localhost"};
  c.listeners.push_back({Transport::kTcp, {"127.0.0.1", "x"}, 3868});
  c.listeners.push_back({Transport::kTls, {"127.0.0.1"}, 3868});
  c.listeners.push_back({Transport::kSctp, {"127.0.0.1"}, 3868});  // another protocol, another port space
  c.listeners.push_back({Transport::kSctp, {}, 3869});
  c.tls.private_key = ca_.file("other.key");
  c.peers.push_back(c.peers[0]);
  c.peers.back().origin_host = "MME1.epc.mnc01.mcc255.3gppnetwork.org";
  c.peers.back().addresses = {"10.0.0.300"};
  const auto problems = peer::validate(c);
  std::vector<std::string> wheres;
  for (const auto& p : problems) wheres.push_back(p.where);
  const std::vector<std::string> expected = {"origin-host",
                                             "origin-realm",
                                             "host-ip",
                                             "watchdog",
                                             "threads",
                                             "listen tcp x",
                                             "listen tls",
                                             "listen sctp",
                                             "peer MME1.epc.mnc01.mcc255.3gppnetwork.org",
                                             "peer MME1.epc.mnc01.mcc255.3gppnetwork.org",
                                             "tls private-key"};
  EXPECT_EQ(wheres, expected);
  EXPECT_TRUE(peer::validate(config_).empty());
  c = config_;
  c.tls = {};
  EXPECT_EQ(peer::validate(c).size(), 3u);
  c.listeners.clear();
  EXPECT_EQ(peer::validate(c).size(), 1u) << "nothing to listen at; and no TLS, so no certificates are needed";
}

}  // namespace
}  // namespace eir::diameter::test
