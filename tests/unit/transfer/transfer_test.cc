// SPDX-License-Identifier: GPL-3.0-or-later
// Our server and our client against each other.
#include <arpa/inet.h>
#include <sys/socket.h>

#include <mutex>
#include <thread>

#include "tests/unit/transfer/fixture.h"

namespace eir::sync::transfer {
namespace {

using namespace std::chrono_literals;

/// Carries octets between a client and the server, and cuts connections after so many of the server's.
class Cutter {
 public:
  Cutter(uint16_t to, size_t cut_after, unsigned cuts) : to_(to), cut_after_(cut_after), cuts_(cuts) {
    listen_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at = loopback(0);
    EXPECT_EQ(::bind(listen_, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    EXPECT_EQ(::listen(listen_, 16), 0);
    socklen_t len = sizeof at;
    ::getsockname(listen_, reinterpret_cast<sockaddr*>(&at), &len);
    port_ = ntohs(at.sin_port);
    thread_ = std::thread([this] { run(); });
  }
  ~Cutter() {
    ::shutdown(listen_, SHUT_RDWR);
    thread_.join();
    ::close(listen_);
  }
  uint16_t port() const { return port_; }
  unsigned connections() const { return connections_; }

 private:
  static sockaddr_in loopback(uint16_t port) {
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return at;
  }
  void run() {
    for (int client; (client = ::accept(listen_, nullptr, nullptr)) >= 0;) {
      ++connections_;
      const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
      const sockaddr_in at = loopback(to_);
      EXPECT_EQ(::connect(server, reinterpret_cast<const sockaddr*>(&at), sizeof at), 0);
      std::thread up([&] { copy(client, server, SIZE_MAX); });
      copy(server, client, cuts_ > 0 ? cut_after_ : SIZE_MAX);
      if (cuts_ > 0) --cuts_;
      ::shutdown(client, SHUT_RDWR);
      ::shutdown(server, SHUT_RDWR);
      up.join();
      ::close(client);
      ::close(server);
    }
  }
  static void copy(int from, int to, size_t octets) {
    char piece[8'192];
    while (octets > 0) {
      const ssize_t n = ::recv(from, piece, std::min(sizeof piece, octets), 0);
      if (n <= 0 || ::send(to, piece, static_cast<size_t>(n), MSG_NOSIGNAL) != n) return;
      octets -= static_cast<size_t>(n);
    }
  }
  const uint16_t to_;
  const size_t cut_after_;
  unsigned cuts_;
  std::atomic<unsigned> connections_{0};
  int listen_ = -1;
  uint16_t port_ = 0;
  std::thread thread_;
};

struct Got {
  std::string text;
  Client::Take take() {
    return [this](std::span<const uint8_t> piece) {
      text.append(reinterpret_cast<const char*>(piece.data()), piece.size());
      return true;
    };
  }
};

TEST_F(TransferTest, FilesAreFetchedWhole) {
  start();
  Client client(as("node"));
  for (const size_t octets : {size_t{0}, size_t{1}, size_t{65'536}, size_t{65'537}, size_t{3'000'000}}) {
    const std::string text = content(octets);
    write("out/centre-1.57", text);
    Got got;
    const auto ok = client.fetch(url("/versions/centre-1.57"), octets, sha256(text), got.take());
    ASSERT_TRUE(ok) << octets << ": " << ok.error().message();
    EXPECT_EQ(got.text, text);
  }
  EXPECT_EQ(count("eir_transfer_sent_files_total"), 5u);
  EXPECT_EQ(count("eir_transfer_accepted_total"), 1u) << "one connection does for all";
  EXPECT_EQ(client.counters().breaks, 0u);
}

TEST_F(TransferTest, AFetchGoesOnWhereTheConnectionBroke) {
  start();
  const std::string text = content(2'000'000);
  write("out/big", text);
  Cutter cutter(port_, 500'000, 3);
  Client client(as("node"));
  Got got;
  const auto ok = client.fetch("https://127.0.0.1:" + std::to_string(cutter.port()) + "/versions/big", text.size(),
                               sha256(text), got.take());
  ASSERT_TRUE(ok) << ok.error().message();
  EXPECT_TRUE(got.text == text);
  EXPECT_EQ(client.counters().breaks, 3u);
  // Each brings a quarter: to begin anew would never come to the end.
  EXPECT_EQ(cutter.connections(), 4u);
}

TEST_F(TransferTest, ConnectionsThatOnlyBreakAreGivenUp) {
  start();
  write("out/big", content(100'000));
  Cutter cutter(port_, 100, 1'000);
  Client client(as("node"));
  Got got;
  const auto ok = client.fetch("https://127.0.0.1:" + std::to_string(cutter.port()) + "/versions/big", 100'000,
                               sha256(content(100'000)), got.take());
  EXPECT_FALSE(ok);
  EXPECT_EQ(client.counters().breaks, 4u);
}

TEST_F(TransferTest, AFileThatIsNotTheOneIsRefused) {
  start();
  const std::string text = content(1'000);
  write("out/f", text);
  Client client(as("node"));
  Got got;
  EXPECT_FALSE(client.fetch(url("/versions/f"), 1'000, sha256("other"), got.take()));
  EXPECT_FALSE(client.fetch(url("/versions/f"), 999, sha256(text), got.take()));
  EXPECT_FALSE(client.fetch(url("/versions/f"), 1'001, sha256(text), got.take()));
  EXPECT_FALSE(client.fetch(url("/versions/f"), 1'000, sha256(text), [](auto) { return false; }));
  const auto missing = client.fetch(url("/versions/g"), 1, sha256("x"), got.take());
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().text.find("404"), std::string::npos) << missing.error().text;
  EXPECT_FALSE(client.fetch(url("/versions/g"), 0, sha256(""), got.take()));
  EXPECT_FALSE(
      client.fetch("http://127.0.0.1:" + std::to_string(port_) + "/versions/f", 1'000, sha256(text), got.take()));
  EXPECT_FALSE(client.fetch("file://" + root_ + "/out/f", 1'000, sha256(text), got.take()));
  got.text.clear();
  EXPECT_TRUE(client.fetch(url("/versions/f"), 1'000, sha256(text), got.take()));
  EXPECT_EQ(got.text, text);
}

TEST_F(TransferTest, FilesArePutWholeOrNotAtAll) {
  start();
  Client client(as("node"));
  for (const size_t octets : {size_t{0}, size_t{1}, size_t{100'000}, size_t{kUploadMax}}) {
    const std::string text = content(octets);
    write("segment", text);
    const auto ok = client.put(url("/sightings/node.1.seen"), root_ + "/segment");
    ASSERT_TRUE(ok) << octets << ": " << ok.error().message();
    EXPECT_EQ(read("in/node.1.seen"), text);
  }
  EXPECT_EQ(files_in(), 1u) << "the same name again replaces the file";
  write("segment", content(kUploadMax + 1));
  const auto large = client.put(url("/sightings/large"), root_ + "/segment");
  ASSERT_FALSE(large);
  EXPECT_NE(large.error().text.find("413"), std::string::npos) << large.error().text;
  write("segment", content(5'000'000));  // of this size leave is asked for first
  EXPECT_FALSE(client.put(url("/sightings/large"), root_ + "/segment"));
  EXPECT_FALSE(client.put(url("/versions/x"), root_ + "/segment")) << "nothing can be put there";
  EXPECT_FALSE(client.put(url("/sightings/.x"), root_ + "/segment"));
  EXPECT_EQ(files_in(), 1u);
  EXPECT_EQ(count("eir_transfer_bound_hit_total", "body"), 2u);
  EXPECT_EQ(count("eir_transfer_received_files_total"), 4u);
}

TEST_F(TransferTest, APutThatBreaksOffLeavesNothing) {
  config_.limits.stall_timeout = 200ms;
  start();
  const std::shared_ptr<SSL_CTX> context([&] {
    epp::Problems problems;
    return tls::make_context(tls::Side::kClient, ca_.of("node"), problems);
  }());
  for (const bool slow : {false, true}) {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in at{};
    at.sin_family = AF_INET;
    at.sin_port = htons(port_);
    at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    ASSERT_EQ(::connect(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
    SSL* ssl = SSL_new(context.get());
    SSL_set_fd(ssl, fd);
    ASSERT_EQ(SSL_connect(ssl), 1);
    const std::string half = "PUT /sightings/half HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nhalf of it";
    ASSERT_EQ(SSL_write(ssl, half.data(), static_cast<int>(half.size())), static_cast<int>(half.size()));
    EXPECT_TRUE(
        becomes([&] { return slow ? count("eir_transfer_bound_hit_total", "body-timeout") == 1 : files_in() == 1; }));
    ::shutdown(fd, SHUT_RDWR);
    SSL_free(ssl);
    ::close(fd);
    EXPECT_TRUE(becomes([&] { return files_in() == 0 && count("eir_transfer_connections") == 0; }));
  }
}

TEST_F(TransferTest, OnlyOurAuthoritysCertificatesAreTaken) {
  start();
  write("out/f", "text");
  Got got;
  const auto fetched = [&](ClientConfig c) {
    Client client(std::move(c));
    return client.fetch(url("/versions/f"), 4, sha256("text"), got.take());
  };
  EXPECT_TRUE(fetched(as("node")));
  EXPECT_FALSE(fetched(as("late"))) << "it has ended";
  ClientConfig other = as("node");
  other.tls.certificate = other_ca_.of("node").certificate;
  other.tls.private_key = other_ca_.of("node").private_key;
  EXPECT_FALSE(fetched(other)) << "of another authority";
  ClientConfig none = as("node");
  none.tls.certificate = none.tls.private_key = "";
  EXPECT_FALSE(fetched(none));
  ClientConfig distrusting = as("node");
  distrusting.tls.ca = other_ca_.of("node").ca;
  EXPECT_FALSE(fetched(distrusting)) << "we do not know the server's authority";
  ClientConfig named = as("node");
  named.server_name = "centre.example";
  EXPECT_FALSE(fetched(named)) << "the server has another name";
  const auto refused = fetched(as("stranger"));
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().text.find("403: not for you"), std::string::npos) << refused.error().text;
  EXPECT_TRUE(becomes([&] { return count("eir_transfer_tls_failures_total") >= 3; }));
}

TEST_F(TransferTest, CertificatesAreRenewedForConnectionsToCome) {
  start();
  write("out/f", "text");
  Got got;
  ca_.issue("server");
  ASSERT_TRUE(server_.renew_certificates());
  std::filesystem::remove(config_.tls.private_key);
  EXPECT_FALSE(server_.renew_certificates()) << "the old one stays";
  Client client(as("node"));
  EXPECT_TRUE(client.fetch(url("/versions/f"), 4, sha256("text"), got.take()));
}

TEST_F(TransferTest, AWaitingCallIsInterrupted) {
  const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);  // takes connections and says nothing
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(::bind(fd, reinterpret_cast<sockaddr*>(&at), sizeof at), 0);
  ASSERT_EQ(::listen(fd, 1), 0);
  socklen_t len = sizeof at;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&at), &len);
  ClientConfig config = as("node");
  config.connect_timeout = 600s;
  Client client(config);
  std::thread waiting([&] {
    const auto ok = client.fetch("https://127.0.0.1:" + std::to_string(ntohs(at.sin_port)) + "/versions/f", 4,
                                 sha256("text"), [](auto) { return true; });
    ASSERT_FALSE(ok);
    EXPECT_EQ(ok.error().text, "interrupted");
  });
  ::close(::accept(fd, nullptr, nullptr));  // it has come so far; the next try waits for ever
  client.interrupt();
  waiting.join();
  ::close(fd);
}

TEST_F(TransferTest, ConnectionsAreBounded) {
  config_.limits.connections_max = 1;
  start();
  write("out/f", "text");
  Got got;
  Client first(as("node")), second(as("node"));
  ASSERT_TRUE(first.fetch(url("/versions/f"), 4, sha256("text"), got.take()));
  EXPECT_FALSE(second.fetch(url("/versions/f"), 4, sha256("text"), got.take()));
  EXPECT_GE(count("eir_transfer_bound_hit_total", "connections"), 1u);
}

TEST_F(TransferTest, LeftoversOfAKillAreRemoved) {
  write("in/.half.0123.part", "x");
  write("in/whole", "x");
  remove_leftovers(root_ + "/in");
  EXPECT_EQ(files_in(), 1u);
}

TEST_F(TransferTest, WhatCannotBeServedIsSaid) {
  config_.threads = 0;
  config_.listeners = {{"localhost", 0}};
  config_.areas[0].path = "a/b";
  const auto bad = server_.start(config_);
  ASSERT_FALSE(bad);
  EXPECT_EQ(bad.error().size(), 3u);
}

TEST_F(TransferTest, ManyAtOnce) {
  start();
  const std::string text = content(200'000);
  write("out/f", text);
  write("segment", text);
  std::vector<std::thread> threads;
  std::atomic<unsigned> good{0};
  for (int t = 0; t < 6; ++t)
    threads.emplace_back([&, t] {
      Client client(as("node"));
      for (int i = 0; i < 10; ++i) {
        Got got;
        if (client.fetch(url("/versions/f"), text.size(), sha256(text), got.take()) && got.text == text) ++good;
        if (client.put(url("/sightings/f" + std::to_string(t)), root_ + "/segment")) ++good;
      }
    });
  for (auto& t : threads) t.join();
  EXPECT_EQ(good, 120u);
  EXPECT_EQ(files_in(), 6u);
}

}  // namespace
}  // namespace eir::sync::transfer
