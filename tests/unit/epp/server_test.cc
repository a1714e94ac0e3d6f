// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <thread>

#include "sync/epp/client.h"
#include "tests/peers/epp_registry.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/epp/samples.h"

namespace eir::sync::epp::test {
namespace {

using namespace std::chrono_literals;

int connect_plain(uint16_t port) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(port);
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  return fd;
}

/// Whether a TLS client of these versions, with or without a certificate, gets a greeting.
bool greeted(uint16_t port, int oldest, int newest, const TlsConfig* certificate) {
  const std::shared_ptr<SSL_CTX> ctx(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
  SSL_CTX_set_cipher_list(ctx.get(), "ALL:@SECLEVEL=0");
  SSL_CTX_set_min_proto_version(ctx.get(), oldest);
  SSL_CTX_set_max_proto_version(ctx.get(), newest);
  if (certificate) {
    SSL_CTX_use_certificate_file(ctx.get(), certificate->certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(ctx.get(), certificate->private_key.c_str(), SSL_FILETYPE_PEM);
  }
  const int fd = connect_plain(port);
  const std::shared_ptr<SSL> ssl(SSL_new(ctx.get()), SSL_free);
  SSL_set_fd(ssl.get(), fd);
  char octets[4];
  const bool got = SSL_connect(ssl.get()) == 1 && SSL_read(ssl.get(), octets, sizeof octets) == sizeof octets;
  ::close(fd);
  return got;
}

class ServerTest : public ::testing::Test {
 protected:
  ServerTest() {
    std::signal(SIGPIPE, SIG_IGN);
    ca_.issue("server");
    ca_.issue("lea");
    config_.listeners = {{"127.0.0.1", 0}};
    config_.tls = ca_.of("server");
    config_.schema_directory = kSchemas;
    registry_.add_account("LEA-1", {"secret-1", "lea", "administrator", 0, 0});
    registry_.add_account("ANY-1", {"secret-1", "", "operator", 2, 0});
  }
  void start() {
    const auto started = server_.start(config_);
    ASSERT_TRUE(started) << started.error().front().message();
  }
  uint16_t port() { return server_.endpoints().at(0).port; }
  ClientConfig as(const std::string& name) {
    ClientConfig c;
    c.host = "127.0.0.1";
    c.port = port();
    c.tls = ca_.of(name);
    c.schema_directory = kSchemas;
    return c;
  }
  std::unique_ptr<Client> connect(const std::string& name = "lea") {
    auto made = Client::connect(as(name), messages());
    EXPECT_TRUE(made) << made.error().message();
    return made ? std::move(*made) : nullptr;
  }
  static Login login(Text client_id = "LEA-1", Text password = "secret-1") {
    Login l{std::move(client_id), std::move(password), {}, "1.0", "en", {}, {}};
    for (const Ns ns : SessionConfig().objects) l.objects.emplace_back(uri_of(ns));
    return l;
  }
  std::unique_ptr<Client> logged_in() {
    auto client = connect();
    EXPECT_EQ(code(*client, login()), 1000u);
    return client;
  }
  static unsigned code(Client& client, Body body) {
    const auto reply = client.ask(std::move(body));
    return reply ? number(reply->code) : 0;
  }
  uint64_t counter(std::string_view name, std::string_view bound = {}) {
    uint64_t found = 0;
    server_.counters([&](const Sample& s) { found += s.name == name && s.bound == bound ? s.value : 0; });
    return found;
  }
  /// Until it is so; the test's own time-out is what ends it otherwise.
  template <class F>
  static void await(F&& so) {
    while (!so()) std::this_thread::sleep_for(1ms);
  }

  Authority ca_;
  base::SystemClock clock_;
  peers::MemoryRegistry registry_{clock_};
  TransactionIds transactions_{"UKR", clock_};
  ServerConfig config_;
  Server server_{registry_, messages(), transactions_, clock_};
};

TEST_F(ServerTest, EveryVerbOfEveryObject) {
  start();
  auto c = logged_in();
  EXPECT_NE(c->tls().find("TLSv1.3"), std::string::npos);
  EXPECT_TRUE(c->hello());
  const Text name = "352106050544203";
  EXPECT_EQ(code(*c, imei::Create{{name}, Device{}}), 1000u);
  EXPECT_EQ(code(*c, imei::Create{{name}, {}}), 2302u);
  const auto checked = c->ask(imei::Check{{name, "352106150345703", "35210605054421"}});
  ASSERT_TRUE(checked);
  const auto& cd = std::get<imei::CheckData>(checked->data).cd;
  EXPECT_EQ(cd.at(0).reason->s, "exists");
  EXPECT_EQ(cd.at(1).reason->s, "check-digit");
  EXPECT_TRUE(cd.at(2).avail);
  EXPECT_EQ(code(*c, imei::Info{name}), 1000u);
  EXPECT_EQ(code(*c, imei::Update{name, Device{"Maker", {}, {}, {}, {}, {}, {}}}), 1000u);
  const lock::Key key{name, lists::LockPolicy::kDevice};
  const Subscriber one{"255010000000001", {}}, two{{}, "380501234567"};
  EXPECT_EQ(code(*c, lock::Create{key, {one}, {}}), 1000u);
  EXPECT_EQ(code(*c, lock::Check{{key}}), 1000u);
  EXPECT_EQ(code(*c, lock::Update{key, lock::Subscribers{{two}}, lock::Subscribers{{one}}, {}}), 1000u);
  const auto lock_info = c->ask(lock::Info{key});
  ASSERT_TRUE(lock_info);
  EXPECT_EQ(std::get<lock::InfoData>(lock_info->data).subscribers.at(0).msisdn, two.msisdn);
  EXPECT_EQ(code(*c, imei::Delete{name, {}}), 2305u);
  EXPECT_EQ(code(*c, lock::Delete{key, {}}), 1000u);
  EXPECT_EQ(code(*c, imei::Delete{name, "scrapped"}), 1000u);
  EXPECT_EQ(code(*c, imei::Delete{name, {}}), 2303u);
  Entry entry;
  entry.kind = lists::EntryKind::kImei;
  entry.from = name;
  entry.list = {"black"};
  const auto proposed = c->ask(proposal::Create{"1/2010", {Operation::kAdd, entry}});
  ASSERT_TRUE(proposed);
  EXPECT_EQ(number(proposed->code), 1001u);
  const Text id = std::get<proposal::CreateData>(proposed->data).id;
  EXPECT_EQ(code(*c, proposal::Info{id}), 1000u);
  EXPECT_EQ(code(*c, proposal::Update{id, proposal::Verdict::kApprove, "so be it"}), 1000u);
  EXPECT_EQ(code(*c, proposal::Delete{id}), 2304u);
  const auto filed = c->ask(job::Create{"2/2010", {{imei::Create{{name}, {}}}, {imei::Create{{name}, {}}}}});
  ASSERT_TRUE(filed);
  EXPECT_EQ(number(filed->code), 1001u);
  EXPECT_EQ(code(*c, job::Info{std::get<job::CreateData>(filed->data).id, {}}), 1000u);
  EXPECT_EQ(code(*c, job::Delete{std::get<job::CreateData>(filed->data).id}), 2304u);
  version::Create push;
  push.list = "national";
  push.to = {1, 7};
  push.digest = Text(32, 'a');
  EXPECT_EQ(code(*c, push), 1001u);
  EXPECT_EQ(code(*c, version::Info{"national", version::Holding{{1, 6}, {}}, {}}), 1000u);
  for (const size_t kind :
       {ReplyData(proposal::Decided()).index(), ReplyData(job::Done()).index(), ReplyData(version::News()).index()}) {
    const auto message = c->ask(Poll{false, {}});
    ASSERT_TRUE(message);
    EXPECT_EQ(number(message->code), 1301u);
    EXPECT_EQ(message->data.index(), kind);
    EXPECT_EQ(code(*c, Poll{true, message->queue->id}), 1000u);
  }
  EXPECT_EQ(code(*c, Poll{false, {}}), 1300u);
  EXPECT_EQ(code(*c, Poll{true, "99"}), 2303u);
  EXPECT_EQ(code(*c, Logout()), 1500u);
  EXPECT_FALSE(c->receive()) << "closed";
  EXPECT_EQ(counter("eir_epp_output_invalid_total"), 0u);
}

TEST_F(ServerTest, APipelineIsAnsweredInOrder) {
  config_.threads = 3;
  start();
  std::vector<std::thread> threads;
  std::atomic<int> held{0};
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      auto c = logged_in();
      for (int i = 0; i < 200; ++i)
        if (!c->send({"T-" + std::to_string(t * 1000 + i), imei::Info{"352106050544203"}})) return;
      for (int i = 0; i < 200; ++i) {
        const auto reply = c->receive();
        if (!reply || reply->cl_trid != "T-" + std::to_string(t * 1000 + i)) return;
      }
      ++held;
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(held.load(), 6);
  EXPECT_EQ(registry_.handled(), 1200u);
}

TEST_F(ServerTest, TheNewPasswordHolds) {
  start();
  auto c = connect();
  Login change = login();
  change.new_password = "secret-2";
  EXPECT_EQ(code(*c, change), 1000u);
  auto d = connect();
  EXPECT_EQ(code(*d, login()), 2200u);
  EXPECT_EQ(code(*d, login("LEA-1", "secret-2")), 1000u);
}

TEST_F(ServerTest, WhoMayNotLogIn) {
  ca_.issue("customs");
  start();
  struct Row {
    const char* what;
    const char* certificate;
    Login login;
    unsigned code;
  };
  for (const Row& row : {Row{"unknown user", "lea", login("NOBODY"), 2200},
                         Row{"wrong password", "lea", login("LEA-1", "secret-9"), 2200},
                         Row{"another's certificate", "customs", login(), 2200}, Row{"its own", "lea", login(), 1000},
                         Row{"bound to none", "customs", login("ANY-1"), 1000}}) {
    auto c = connect(row.certificate);
    EXPECT_EQ(code(*c, row.login), row.code) << row.what;
  }
}

TEST_F(ServerTest, WithoutAGoodCertificateNobodyGetsIn) {
  ca_.issue("expired", -1);
  start();
  Authority others;
  others.issue("lea");
  ClientConfig stranger = as("lea");
  stranger.tls = others.of("lea");
  stranger.tls.ca = ca_.file("ca.pem");
  EXPECT_FALSE(Client::connect(stranger, messages()));
  EXPECT_FALSE(Client::connect(as("expired"), messages()));
  EXPECT_FALSE(greeted(port(), TLS1_2_VERSION, TLS1_3_VERSION, nullptr));
  await([&] { return counter("eir_epp_tls_failures_total") >= 3; });
  ClientConfig wary = as("lea");
  wary.server_name = "another.example";
  EXPECT_FALSE(Client::connect(wary, messages())) << "nor does the client talk to another's server";
}

TEST_F(ServerTest, OldTlsIsRefused) {
  start();
  const TlsConfig lea = ca_.of("lea");
  EXPECT_FALSE(greeted(port(), TLS1_VERSION, TLS1_VERSION, &lea));
  EXPECT_FALSE(greeted(port(), TLS1_VERSION, TLS1_1_VERSION, &lea));
  EXPECT_TRUE(greeted(port(), TLS1_VERSION, TLS1_2_VERSION, &lea));
  EXPECT_TRUE(greeted(port(), TLS1_3_VERSION, TLS1_3_VERSION, &lea));
}

TEST_F(ServerTest, SuitesAreConfigurable) {
  config_.tls.cipher_list = "ECDHE-ECDSA-AES256-GCM-SHA384";
  config_.tls.cipher_suites = "TLS_CHACHA20_POLY1305_SHA256";
  start();
  EXPECT_EQ(connect()->tls(), "TLSv1.3 TLS_CHACHA20_POLY1305_SHA256");
  config_.tls.cipher_suites = "TLS_NO_SUCH";
  Server other(registry_, messages(), transactions_, clock_);
  const auto refused = other.start(config_);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error()[0].where, "tls cipher-suites");
}

TEST_F(ServerTest, FramesThatCannotBeAreNotRead) {
  start();
  auto c = connect();
  ASSERT_TRUE(c->send_octets(std::string("\xFF\xFF\xFF\xFFxxxx", 8)));
  EXPECT_FALSE(c->receive());
  auto d = connect();
  const std::string big(kFrameBeforeLoginMax, ' ');
  ASSERT_TRUE(d->send_frame(big));
  EXPECT_FALSE(d->receive()) << "as long as that only after login";
  auto e = logged_in();
  ASSERT_TRUE(e->send_frame(big));
  const auto reply = e->receive();
  ASSERT_TRUE(reply);
  EXPECT_EQ(number(reply->code), 2001u);
  EXPECT_EQ(counter("eir_epp_broken_frames_total"), 2u);
}

TEST_F(ServerTest, ASlowFrameIsNotWaitedFor) {
  config_.transport.frame_timeout = 200ms;
  start();
  auto c = logged_in();
  ASSERT_TRUE(c->send_octets(std::string("\0\0\0", 3)));
  EXPECT_FALSE(c->receive());
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "frame-timeout"), 1u);
}

TEST_F(ServerTest, WhoDoesNotShakeHandsOrLogInIsSentAway) {
  config_.transport.handshake_timeout = 200ms;
  config_.session.limits.login_timeout = 300ms;
  start();
  auto c = connect();
  EXPECT_FALSE(c->receive());
  const int fd = connect_plain(port());
  char octet = 0;
  EXPECT_LE(::recv(fd, &octet, 1, 0), 0);
  ::close(fd);
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "login-timeout"), 1u);
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "handshake-timeout"), 1u);
}

TEST_F(ServerTest, WhoDoesNotReadIsNotReadEither) {
  config_.transport.output_octets_max = 100'000;
  config_.transport.write_timeout = 500ms;
  start();
  auto c = logged_in();
  std::vector<Text> names(kNamesMax, "352106050544203");
  const Command big{"ABC-1", imei::Check{names}};
  // Sends without reading until the server has had enough of it.
  while (c->send(big)) {
  }
  EXPECT_GE(counter("eir_epp_bound_hit_total", "output"), 1u);
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "write-timeout"), 1u);
  EXPECT_EQ(code(*logged_in(), imei::Info{"1"}), 2303u) << "the others are served";
}

TEST_F(ServerTest, ConnectionsAreBoundedAndStrangersStayOut) {
  config_.transport.connections_max = 2;
  start();
  auto a = connect(), b = connect();
  EXPECT_FALSE(Client::connect(as("lea"), messages()));
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "connections"), 1u);
  server_.drain_and_stop(1s);
  config_.allowed = {"192.0.2.1"};
  start();
  EXPECT_FALSE(Client::connect(as("lea"), messages()));
  EXPECT_EQ(counter("eir_epp_bound_hit_total", "allow"), 1u);
}

TEST_F(ServerTest, SessionsOfAUserAreBounded) {
  start();
  auto a = connect(), b = connect(), c = connect();
  EXPECT_EQ(code(*a, login("ANY-1")), 1000u);
  EXPECT_EQ(code(*b, login("ANY-1")), 1000u);
  EXPECT_EQ(code(*c, login("ANY-1")), 2502u);
  EXPECT_FALSE(c->receive());
  a.reset();
  await([&] { return server_.sessions() == 1; });
  EXPECT_EQ(code(*connect(), login("ANY-1")), 1000u);
}

TEST_F(ServerTest, StoppingWhileTheySpeak) {
  config_.threads = 2;
  start();
  std::vector<std::thread> threads;
  std::atomic<bool> answered_wrongly{false};
  std::atomic<unsigned> speaking{0};
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&] {
      auto c = logged_in();
      ++speaking;
      while (const auto reply = c->ask(imei::Info{"352106050544203"}))
        if (number(reply->code) != 2303) answered_wrongly = true;
    });
  await([&] { return speaking == 4 && registry_.handled() > 50; });
  server_.drain_and_stop(5s);
  for (auto& t : threads) t.join();
  EXPECT_FALSE(answered_wrongly);
  EXPECT_FALSE(server_.running());
}

/// Answers from a thread of its own, also when nobody is left to hear it.
class LateRegistry final : public Registry {
 public:
  void login(const LoginAttempt&, LoginDone done) override { done({ResultCode::kDone, "operator", 0, 0, 0}); }
  void handle(RequestPtr, Done done) override {
    const std::lock_guard guard(mutex);
    late.push_back(std::move(done));
  }
  size_t size() {
    const std::lock_guard guard(mutex);
    return late.size();
  }
  std::mutex mutex;
  std::vector<Done> late;
};

TEST_F(ServerTest, AnAnswerAfterTheServerIsGoneIsHarmless) {
  LateRegistry late;
  {
    Server server(late, messages(), transactions_, clock_);
    ASSERT_TRUE(server.start(config_));
    ClientConfig at;
    at.host = "127.0.0.1";
    at.port = server.endpoints().at(0).port;
    at.tls = ca_.of("lea");
    at.schema_directory = kSchemas;
    auto c = Client::connect(at, messages());
    ASSERT_TRUE(c);
    ASSERT_EQ(code(**c, login()), 1000u);
    ASSERT_TRUE((*c)->send({"ABC-1", imei::Info{"1"}}));
    ASSERT_TRUE((*c)->send({"ABC-2", imei::Info{"2"}}));
    await([&] { return late.size() == 2; });
    std::thread([&] { late.late[1](Reply()); }).join();
    std::thread([&] { late.late[0](Reply()); }).join();
    EXPECT_EQ((*c)->receive()->cl_trid, "ABC-1");
    EXPECT_EQ((*c)->receive()->cl_trid, "ABC-2");
    ASSERT_TRUE((*c)->send({"ABC-3", imei::Info{"3"}}));
    await([&] { return late.size() == 3; });
  }
  std::thread([&] { late.late[2](Reply()); }).join();
}

TEST_F(ServerTest, AClientThatWaitsCanBeInterrupted) {
  LateRegistry late;
  Server server(late, messages(), transactions_, clock_);
  ASSERT_TRUE(server.start(config_));
  ClientConfig at;
  at.host = "127.0.0.1";
  at.port = server.endpoints().at(0).port;
  at.tls = ca_.of("lea");
  at.schema_directory = kSchemas;
  auto c = Client::connect(at, messages());
  ASSERT_TRUE(c);
  ASSERT_EQ(code(**c, login()), 1000u);
  std::thread waits([&] { EXPECT_EQ((*c)->ask(imei::Info{"1"}).error().text, "interrupted"); });
  await([&] { return late.size() == 1; });
  (*c)->interrupt();
  waits.join();
  late.late[0](Reply());
}

TEST_F(ServerTest, CertificatesAreReadAgain) {
  start();
  Authority next;
  next.issue("server");
  std::filesystem::copy_file(next.file("server.pem"), ca_.file("server.pem"),
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_FALSE(server_.renew_certificates()) << "the key is another one";
  EXPECT_EQ(code(*connect(), login()), 1000u);
  ca_.issue("server", 90);
  EXPECT_TRUE(server_.renew_certificates());
  EXPECT_EQ(code(*connect(), login()), 1000u);
}

TEST_F(ServerTest, WhatCannotBeStarted) {
  ServerConfig bad;
  bad.threads = 0;
  bad.session.server_id = "x";
  bad.session.limits.frame_max = 1;
  bad.allowed = {"somewhere"};
  const auto refused = server_.start(bad);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().size(), 5u);
  config_.schema_directory = "/nonexistent";
  EXPECT_FALSE(server_.start(config_));
  config_.schema_directory = kSchemas;
  start();
  Server other(registry_, messages(), transactions_, clock_);
  config_.listeners[0].port = port();
  EXPECT_FALSE(other.start(config_)) << "the port is taken";
}

}  // namespace
}  // namespace eir::sync::epp::test
