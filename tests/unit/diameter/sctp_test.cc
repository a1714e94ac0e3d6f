// SPDX-License-Identifier: GPL-3.0-or-later
// Diameter over the kernel's SCTP. Where the kernel has none, the server must say so; the same program
// then runs in a kernel that has it, with the rest of the real-SCTP suite.
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/sctp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <thread>

#include "diameter/peer/server.h"
#include "diameter/peer/socket.h"
#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {
namespace {

class NoAlarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view, std::string_view) noexcept override {}
  void clear(base::AlarmId, std::string_view) noexcept override {}
};

/// A one-to-one SCTP socket that sends and receives whole messages.
class Association {
 public:
  explicit Association(uint16_t port, const char* to = "127.0.0.1")
      : fd_(::socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP)) {
    sctp_initmsg streams{};
    streams.sinit_num_ostreams = streams.sinit_max_instreams = 16;
    ::setsockopt(fd_.get(), IPPROTO_SCTP, SCTP_INITMSG, &streams, sizeof streams);
    sctp_event_subscribe events{};
    events.sctp_data_io_event = 1;
    ::setsockopt(fd_.get(), IPPROTO_SCTP, SCTP_EVENTS, &events, sizeof events);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    ::inet_pton(AF_INET, to, &address.sin_addr);
    connected_ = ::connect(fd_.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
  }
  bool connected() const { return connected_; }
  bool send(const Bytes& m, uint16_t stream) {
    return ::sctp_sendmsg(fd_.get(), m.data(), m.size(), nullptr, 0, htonl(peer::kSctpPpid), 0, stream, 0, 0) ==
           static_cast<ssize_t>(m.size());
  }
  Bytes receive(uint16_t& stream, uint32_t& ppid) {
    Bytes out(65536);
    sctp_sndrcvinfo info{};
    int flags = 0;
    const int n = ::sctp_recvmsg(fd_.get(), out.data(), out.size(), nullptr, nullptr, &info, &flags);
    out.resize(n > 0 ? static_cast<size_t>(n) : 0);
    stream = info.sinfo_stream;
    ppid = ntohl(info.sinfo_ppid);
    return out;
  }

 private:
  base::Fd fd_;
  bool connected_ = false;
};

bool kernel_has_sctp() { return bool(base::Fd(::socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP))); }

class SctpTest : public ::testing::Test {
 protected:
  SctpTest() {
    config_.origin_host = kOwnHost;
    config_.origin_realm = kOwnRealm;
    config_.accept_unknown_peers = true;
    config_.listeners = {{peer::Transport::kSctp, {"127.0.0.1", "127.0.0.2"}, 3868}};
    config_.sctp = {5000, 500, 200, 2000};
  }
  /// False, after checking what the server says, where the kernel has no SCTP.
  bool start() {
    const auto started = server_.start(config_);
    if (kernel_has_sctp()) {
      EXPECT_TRUE(started) << started.error().front().message();
      return started.has_value();
    }
    EXPECT_FALSE(started);
    if (!started) {
      EXPECT_EQ(started.error().at(0).where, "listen sctp");
      EXPECT_NE(started.error().at(0).text.find("no SCTP"), std::string::npos);
    }
    return false;
  }

  base::SystemClock clock_;
  NoAlarms alarms_;
  DigitAnswerer answerer_;
  peer::ServerConfig config_;
  peer::Server server_{[this](unsigned) -> decision::Answerer& { return answerer_; }, alarms_, clock_};
};

TEST_F(SctpTest, AnswersOnTheStreamOfTheQuestion) {
  if (!start()) return;
  for (const char* address : {"127.0.0.1", "127.0.0.2"}) {
    Association peer(3868, address);
    ASSERT_TRUE(peer.connected()) << address;
    uint16_t stream = 0;
    uint32_t ppid = 0;
    ASSERT_TRUE(peer.send(cer(std::string("p") + address, {offers_s13()}), 3));
    const Bytes cea = peer.receive(stream, ppid);
    EXPECT_EQ(u32_of(cea, avp::kResultCode), 2001u);
    EXPECT_EQ(stream, 3);
    EXPECT_EQ(ppid, peer::kSctpPpid);
    unsigned addresses = 0;
    codec::AvpReader reader(codec::body_of(cea));
    codec::AvpView a;
    while (reader.next(a)) addresses += a.id == avp::kHostIpAddress;
    EXPECT_EQ(addresses, 2u) << "Host-IP-Address for each end of the association, RFC 6733 §5.3.5";
    for (uint32_t i = 0; i < 300; ++i) {
      Ecr ecr("3580910123456" + std::to_string(i % 3));
      ecr.header.hop_by_hop = i;
      ASSERT_TRUE(peer.send(ecr.bytes(), static_cast<uint16_t>(i % 16)));
    }
    for (uint32_t i = 0; i < 300; ++i) {
      const Bytes answer = peer.receive(stream, ppid);
      ASSERT_GE(answer.size(), codec::kHeaderLen);
      const uint32_t id = header_of(answer).hop_by_hop;
      EXPECT_EQ(stream, id % 16);
      EXPECT_EQ(u32_of(answer, avp::kEquipmentStatus), id % 3);
    }
  }
}

/// What the listening SCTP socket of this process gives its associations.
bool listeners_values(sctp_rtoinfo& rto, sctp_paddrparams& path) {
  for (int fd = 0; fd < 256; ++fd) {
    int protocol = 0;
    int listening = 0;
    socklen_t len = sizeof protocol;
    if (::getsockopt(fd, SOL_SOCKET, SO_PROTOCOL, &protocol, &len) != 0 || protocol != IPPROTO_SCTP) continue;
    len = sizeof listening;
    if (::getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &listening, &len) != 0 || !listening) continue;
    rto = {};
    path = {};
    len = sizeof rto;
    if (::getsockopt(fd, IPPROTO_SCTP, SCTP_RTOINFO, &rto, &len) != 0) return false;
    len = sizeof path;
    return ::getsockopt(fd, IPPROTO_SCTP, SCTP_PEER_ADDR_PARAMS, &path, &len) == 0;
  }
  return false;
}

TEST_F(SctpTest, SupervisionChangedLiveHoldsOnAKeptListener) {
  if (!start()) return;
  sctp_rtoinfo rto{};
  sctp_paddrparams path{};
  ASSERT_TRUE(listeners_values(rto, path));
  EXPECT_EQ(rto.srto_max, 2000u);
  config_.sctp = {7000, 400, 100, 1000};
  ASSERT_TRUE(server_.apply(config_));
  ASSERT_TRUE(listeners_values(rto, path));
  EXPECT_EQ(rto.srto_initial, 400u);
  EXPECT_EQ(rto.srto_min, 100u);
  EXPECT_EQ(rto.srto_max, 1000u);
  EXPECT_EQ(path.spp_hbinterval, 7000u);
  config_.sctp = {};
  ASSERT_TRUE(server_.apply(config_));
  const base::Fd fresh(::socket(AF_INET, SOCK_STREAM, IPPROTO_SCTP));
  sctp_rtoinfo kernels{};
  socklen_t len = sizeof kernels;
  ASSERT_EQ(::getsockopt(fresh.get(), IPPROTO_SCTP, SCTP_RTOINFO, &kernels, &len), 0);
  ASSERT_TRUE(listeners_values(rto, path));
  EXPECT_EQ(rto.srto_initial, kernels.srto_initial) << "0 is the kernel's own value again";
  EXPECT_EQ(rto.srto_min, kernels.srto_min);
  EXPECT_EQ(rto.srto_max, kernels.srto_max);
}

TEST_F(SctpTest, ALengthThatIsNotTheMessagesCloses) {
  if (!start()) return;
  Bytes two = cer("mme.example.org", {offers_s13()});
  const Bytes copy = two;
  two.insert(two.end(), copy.begin(), copy.end());
  Association peer(3868);
  ASSERT_TRUE(peer.send(two, 0));
  uint16_t stream = 0;
  uint32_t ppid = 0;
  EXPECT_TRUE(peer.receive(stream, ppid).empty());
}

TEST_F(SctpTest, DrainSaysDpr) {
  if (!start()) return;
  Association peer(3868);
  uint16_t stream = 0;
  uint32_t ppid = 0;
  ASSERT_TRUE(peer.send(cer(kMme, {offers_s13()}), 0));
  ASSERT_EQ(u32_of(peer.receive(stream, ppid), avp::kResultCode), 2001u);
  std::thread stopper([&] { server_.drain_and_stop(std::chrono::seconds(10)); });
  const Bytes dpr_sent = peer.receive(stream, ppid);
  EXPECT_EQ(header_of(dpr_sent).command, 282u);
  EXPECT_TRUE(peer.send(answer_to(dpr_sent, kMme), 0));
  EXPECT_TRUE(peer.receive(stream, ppid).empty()) << "closed";
  stopper.join();
}

}  // namespace
}  // namespace eir::diameter::test
