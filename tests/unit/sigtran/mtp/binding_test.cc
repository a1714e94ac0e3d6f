// SPDX-License-Identifier: GPL-3.0-or-later
// The binding against a gateway, or an MSC, that the test plays octet by octet. libosmo-sigtran's state is of
// the process: one test a process, as CTest runs them.
#include "sigtran/mtp/binding.h"

#include <gtest/gtest.h>

#include <sys/resource.h>
#include <unistd.h>

#include <fmt/format.h>

extern "C" {
#include <osmocom/sigtran/osmo_ss7.h>
}

#include "sigtran/mtp/m3ua.h"
#include "sigtran/mtp/state_watch.h"
#include "tests/unit/sigtran/mtp/gateway.h"

namespace eir::tests {
namespace {

using namespace sigtran::mtp;

class Binding : public testing::Test, public TransferUser {
 public:
  struct Transfer {
    Instance instance;
    RoutingLabel label;
    Bytes data;
  };

  void SetUp() override {
    static bool used = false;
    if (std::exchange(used, true)) GTEST_SKIP() << "one test a process";
  }
  void on_transfer(Instance instance, const RoutingLabel& label, base::Octets data) noexcept override {
    received_.push_back({instance, label, Bytes(data.begin(), data.end())});
  }
  void on_destination(Instance, PointCode pc, bool available) noexcept override {
    destinations_ += fmt::format("{}{} ", available ? '+' : '-', number(pc));
  }

  /// An ASP towards each port, all in one AS with routing context 2 and point code 0.0.2.
  std::string asps_to(const std::vector<uint16_t>& ports, const char* mode) {
    std::string out = "cs7 instance 0\n network-indicator national\n point-code 0.0.2\n";
    std::string members;
    for (size_t i = 0; i < ports.size(); ++i) {
      out += fmt::format(" asp stp-{} {} 0 m3ua\n  remote-ip 127.0.0.1\n", i, ports[i]);
      members += fmt::format("  asp stp-{}\n", i);
    }
    return out + " as eir m3ua\n" + members + fmt::format("  routing-key 2 0.0.2\n  traffic-mode {}\n", mode);
  }
  /// A listener for one MSC with point code 0.0.1.
  std::string listener(uint16_t port, uint16_t msc_port) {
    return fmt::format(
        "cs7 instance 0\n network-indicator national\n point-code 0.0.2\n"
        " asp msc {} {} m3ua\n  remote-ip 127.0.0.1\n  role sg\n  sctp-role server\n"
        " as msc m3ua\n  asp msc\n  routing-key 1 0.0.1\n  traffic-mode loadshare\n"
        " listen m3ua {}\n  local-ip 127.0.0.1\n  accept-asp-connections pre-configured\n",
        msc_port, port, port);
  }
  bool activated(Gateway& gateway) {
    return gateway.accept() && gateway.serve_activation() && gateway.turn_until([this] { return host_.active(); });
  }
  bool transfer(Bytes data, uint8_t sls = 5) {
    return host_.binding().transfer(0, {PointCode{2}, PointCode{1}, 2, sls}, data);
  }
  const Counters& counters() { return host_.binding().counters(); }
  AspState state_of(std::string_view name) {
    for (const AspStatus& asp : host_.binding().status().asps) {
      if (asp.name == name) return asp.state;
    }
    return AspState::kDown;
  }

  MtpHost host_{"binding_test"};
  std::vector<Transfer> received_;
  std::string destinations_;
};

/// DATA from 0.0.1 to 0.0.2, NI 2, SLS 7, routing context 2.
const char* const kQuestion = "01000101 00000024 00060008 00000002 02100014 00000001 00000002 03020007 09000305";
const char* const kFromMsc = "01000101 00000024 00060008 00000001 02100014 00000001 00000002 03020007 09000305";

TEST_F(Binding, ActivatesAtOnceAndCarriesDataBothWays) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  EXPECT_FALSE(transfer({9, 0, 3})) << "nobody is active";
  EXPECT_EQ(counters().sent_no_asp.get(), 1U);
  // No NOTIFY is sent at all: ASP Active does not wait for one.
  ASSERT_TRUE(activated(stp));

  ASSERT_TRUE(stp.send(hex(kQuestion), 1));
  ASSERT_TRUE(stp.turn_until([this] { return !received_.empty(); }));
  EXPECT_EQ(number(received_[0].label.opc), 1U);
  EXPECT_EQ(number(received_[0].label.dpc), 2U);
  EXPECT_EQ(received_[0].label.ni, 2);
  EXPECT_EQ(received_[0].label.sls, 7);
  EXPECT_EQ(received_[0].data, hex("09000305"));

  ASSERT_TRUE(transfer(hex("0900030507")));
  EXPECT_EQ(stp.receive(1, 1),
            hex("01000101 00000028 00060008 00000002 02100015 00000002 00000001 03020005 0900030507 000000"));
  EXPECT_EQ(counters().data_sent.get(), 1U);
  EXPECT_FALSE(host_.binding().transfer(1, {}, {})) << "no such instance";
  EXPECT_FALSE(transfer(Bytes(kUserDataMax + 1))) << "too long";
  ASSERT_TRUE(transfer(Bytes(kUserDataMax, 0xAA))) << "the longest LUDT";
  EXPECT_EQ(stp.receive(1, 1).size(), 8 + 8 + 16 + kUserDataMax);
}

TEST_F(Binding, ScreensWhatWouldStopTheLibrary) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  Bytes heartbeat = hex("01000303 00000708 00090700");
  heartbeat.resize(0x708);
  const Bytes screened[] = {
      heartbeat,                               // its echo does not fit the library's buffer
      hex("01000301 0000000C 00110004"),       // an assertion on the identifier's length
      hex("01000001 0000000C 000D0004"),       // NOTIFY without a status
      hex("01000000 0000000A 000C0006 0000"),  // half an error code
      hex("01000201 0000000E 00120006 0000"),  // DUNA of half a point code
      hex("01000901 0000001C 02070014 020A0008 00000001 020B0008 00000002"),  // registration
      hex("0100"),
  };
  for (const Bytes& message : screened) ASSERT_TRUE(stp.send(message));
  ASSERT_TRUE(stp.send(hex("01000303 0000000F 00090007 010203 00")));
  EXPECT_EQ(stp.receive(3, 6), hex("01000306 00000010 00090007 01020300")) << "an ordinary heartbeat is answered";
  EXPECT_EQ(counters().control_screened.get(), std::size(screened));

  const Bytes malformed[] = {
      hex("01000101 00000010 00060008 00000002"),                                               // no protocol data
      hex("01000101 0000000C 02100004"),                                                        // too short for a label
      hex("01000101 00000024 00060008 00000002 02100014 00004001 00000002 03020007 09000305"),  // OPC of 15 bits
  };
  for (const Bytes& message : malformed) ASSERT_TRUE(stp.send(message, 1));
  const Bytes refused[] = {
      hex("01000101 00000024 00060008 00000009 02100014 00000001 00000002 03020007 09000305"),  // routing context
      hex("01000101 00000024 00060008 00000002 02100014 00000001 00000003 03020007 09000305"),  // DPC
      hex("01000101 00000024 00060008 00000002 02100014 00000001 00000002 05020007 09000305"),  // ISUP
  };
  for (const Bytes& message : refused) ASSERT_TRUE(stp.send(message, 1));
  Bytes large = hex("01000101 00000708 00060008 00000002 021006F8 00000001 00000003 03020007");
  large.resize(0x708);
  ASSERT_TRUE(stp.send(large, 1)) << "not ours: the library would encode it anew, beyond its buffer";
  ASSERT_TRUE(stp.send(hex(kQuestion), 1));
  ASSERT_TRUE(stp.turn_until([this] { return !received_.empty(); }));
  EXPECT_EQ(counters().data_malformed.get(), std::size(malformed));
  EXPECT_EQ(counters().data_refused.get(), std::size(refused) + 1);
  EXPECT_TRUE(host_.active());
}

TEST_F(Binding, TellsOfDestinationsAndForgetsThemWithTheAssociation) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  // DUNA for 5 and, by a mask of one bit, for 8 and 9; again; DAVA for 8.
  ASSERT_TRUE(stp.send(hex("01000201 0000001C 00060008 00000002 0012000C 00000005 01000008")));
  ASSERT_TRUE(stp.send(hex("01000201 00000010 00120008 00000005")));
  ASSERT_TRUE(stp.send(hex("01000202 00000010 00120008 00000008")));
  ASSERT_TRUE(stp.send(hex("01000204 00000010 00120008 00000005")));
  ASSERT_TRUE(stp.send(hex("01000201 00000010 00120008 FF000000"))) << "half of the world is beyond the bound";
  ASSERT_TRUE(stp.turn_until([this] { return counters().destinations_over_bound.get() == 1; }));
  EXPECT_EQ(destinations_, "-5 -8 -9 +8 ");
  EXPECT_EQ(counters().congestion_received.get(), 1U);
  ASSERT_EQ(host_.binding().status().instances.at(0).unavailable.size(), 2U);

  stp.close();
  ASSERT_TRUE(stp.turn_until([this] { return !host_.active(); }));
  ASSERT_TRUE(activated(stp)) << "it connects again within a second or two";
  EXPECT_NE(destinations_.find("+5"), std::string::npos);
  EXPECT_NE(destinations_.find("+9"), std::string::npos);
}

TEST_F(Binding, OverrideKeepsOneActiveAndTheOtherReady) {
  Gateway one(host_), two(host_);
  const uint16_t first = one.listen(), second = two.listen();
  ASSERT_TRUE(host_.start(asps_to({first, second}, "override"), *this, false));
  ASSERT_TRUE(activated(one));
  ASSERT_TRUE(two.accept());
  ASSERT_FALSE(two.receive(3, 1).empty());
  ASSERT_TRUE(two.send(hex("01000304 00000008")));
  ASSERT_TRUE(two.turn_until([this] { return state_of("stp-1") == AspState::kInactive; }));
  EXPECT_TRUE(host_.binding().status().asps.at(1).standby);
  ASSERT_TRUE(transfer({9, 0, 1}));
  EXPECT_FALSE(one.receive(1, 1).empty());

  one.close();
  ASSERT_FALSE(two.receive(4, 1).empty()) << "ASP Active on the other association, at once";
  ASSERT_TRUE(two.send(hex("01000403 00000008")));
  ASSERT_TRUE(two.turn_until([this] { return state_of("stp-1") == AspState::kActive; }));
  ASSERT_TRUE(transfer({9, 0, 1}));
  EXPECT_FALSE(two.receive(1, 1).empty());
}

TEST_F(Binding, StandsBackWhenAnotherNodeOverridesAndReturnsWhenItFails) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "override"), *this, false));
  ASSERT_TRUE(activated(stp));
  ASSERT_TRUE(stp.send(hex("01000001 00000010 000D0008 00020002"))) << "NOTIFY: alternate ASP active";
  ASSERT_FALSE(stp.receive(4, 2).empty()) << "ASP Inactive";
  ASSERT_TRUE(stp.send(hex("01000404 00000008")));
  ASSERT_TRUE(stp.turn_until([this] { return state_of("stp-0") == AspState::kInactive; }));
  EXPECT_TRUE(host_.binding().status().asps.at(0).standby);
  ASSERT_TRUE(stp.send(hex("01000001 00000010 000D0008 00010004"))) << "NOTIFY: AS pending";
  EXPECT_FALSE(stp.receive(4, 1).empty()) << "ASP Active again";
}

TEST_F(Binding, LoadsharesBySls) {
  Gateway one(host_), two(host_);
  const uint16_t first = one.listen(), second = two.listen();
  ASSERT_TRUE(host_.start(asps_to({first, second}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(one));
  ASSERT_TRUE(two.accept() && two.serve_activation());
  ASSERT_TRUE(two.turn_until([this] { return state_of("stp-1") == AspState::kActive; }));
  for (uint8_t sls = 0; sls < 16; ++sls) {
    ASSERT_TRUE(transfer({9, 0, sls}, sls));
    const Bytes message = (sls % 2 ? two : one).receive(1, 1);
    ASSERT_EQ(message.size(), 36U);
    EXPECT_EQ(message[31], sls);
  }
}

TEST_F(Binding, BoundsWhatAPeerDoesNotRead) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  Bytes message(1000);
  uint32_t taken = 0;
  while (counters().backlog_full.get() == 0 && taken < 1'000'000) {
    message[0] = static_cast<uint8_t>(taken >> 16);
    message[1] = static_cast<uint8_t>(taken >> 8);
    message[2] = static_cast<uint8_t>(taken);
    if (transfer(message)) ++taken;
  }
  EXPECT_EQ(counters().backlog_full.get(), 1U);
  EXPECT_GT(counters().send_deferred.get(), 200U);
  EXPECT_LE(host_.binding().status().asps.at(0).backlog_octets, kBacklogOctetsMax);
  // It reads at last: everything that was taken arrives, in order.
  for (uint32_t i = 0; i < taken; ++i) {
    const Bytes got = stp.receive();
    ASSERT_EQ(got.size(), 1032U) << i;
    ASSERT_EQ(i, uint32_t{got[32]} << 16 | uint32_t{got[33]} << 8 | got[34]);
  }
  EXPECT_EQ(counters().data_sent.get(), taken);
  EXPECT_EQ(host_.binding().status().asps.at(0).backlog_octets, 0U);

  // Heartbeats from a peer that reads none of the answers are not answered without end.
  while (counters().backlog_full.get() == 1) transfer(message);
  for (size_t i = 0; i < 100; ++i) ASSERT_TRUE(stp.send(hex("01000303 00000010 00090008 01020304")));
  ASSERT_TRUE(stp.turn_until([this] { return counters().management_over_bound.get() == 100 - 32; }));
}

TEST_F(Binding, EndsInOrder) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  host_.binding().stop();
  ASSERT_FALSE(stp.receive(4, 2).empty()) << "ASP Inactive";
  // What was on its way is still answered.
  ASSERT_TRUE(stp.send(hex(kQuestion), 1));
  ASSERT_TRUE(stp.turn_until([this] { return !received_.empty(); }));
  EXPECT_TRUE(transfer({9, 0, 1}));
  EXPECT_FALSE(stp.receive(1, 1).empty());
  ASSERT_TRUE(stp.send(hex("01000404 00000008")));
  ASSERT_FALSE(stp.receive(3, 2).empty()) << "ASP Down";
  EXPECT_FALSE(host_.binding().stopped());
  ASSERT_TRUE(stp.send(hex("01000305 00000008")));
  EXPECT_TRUE(stp.ended());
  EXPECT_TRUE(host_.binding().stopped());
}

TEST_F(Binding, EndsInTimeWhenNobodyAnswers) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  host_.binding().stop(std::chrono::milliseconds(100));
  EXPECT_TRUE(stp.turn_until([this] { return host_.binding().stopped(); }));
  EXPECT_TRUE(stp.ended());
}

TEST_F(Binding, ServesAnMscThatConnectsAndNobodyElse) {
  const uint16_t port = free_port(), msc_port = free_port();
  Gateway msc(host_), stranger(host_);
  ASSERT_TRUE(host_.start(listener(port, msc_port), *this, false));
  ASSERT_TRUE(stranger.connect(port));
  EXPECT_TRUE(stranger.ended());
  EXPECT_EQ(counters().associations_refused.get(), 1U);

  ASSERT_TRUE(msc.connect(port, msc_port));
  ASSERT_TRUE(msc.send(hex(kFromMsc), 1)) << "before it is active: not taken";
  ASSERT_TRUE(msc.send(hex("01000301 00000008")));
  ASSERT_FALSE(msc.receive(3, 4).empty());
  ASSERT_TRUE(msc.send(hex("01000401 00000010 00060008 00000001")));
  ASSERT_FALSE(msc.receive(4, 3).empty());
  EXPECT_TRUE(received_.empty());
  EXPECT_EQ(counters().data_refused.get(), 1U);

  ASSERT_TRUE(msc.send(hex(kFromMsc), 1));
  ASSERT_TRUE(msc.turn_until([this] { return !received_.empty(); }));
  ASSERT_TRUE(transfer(hex("09000305"))) << "the way to the MSC is its routing key, without a route";
  EXPECT_EQ(msc.receive(1, 1), hex("01000101 00000024 00060008 00000001 02100014 00000002 00000001 03020005 09000305"));

  ASSERT_TRUE(stranger.connect(port)) << "again, while the MSC is served";
  EXPECT_TRUE(stranger.ended());
  EXPECT_EQ(state_of("msc"), AspState::kActive);
  ASSERT_TRUE(msc.send(hex(kFromMsc), 1)) << "on its way when the end begins: still read";
  host_.binding().stop();
  ASSERT_TRUE(msc.turn_until([this] { return received_.size() == 2; }));
  EXPECT_TRUE(msc.ended());
  EXPECT_TRUE(host_.binding().stopped());
}

TEST_F(Binding, KeepsTwoInstancesApart) {
  Gateway one(host_), two(host_);
  const std::string config = asps_to({one.listen()}, "loadshare") +
                             fmt::format(
                                 "cs7 instance 1\n network-indicator international\n point-code 0.1.1\n"
                                 " asp other {} 0 m3ua\n  remote-ip 127.0.0.1\n"
                                 " as other m3ua\n  asp other\n  routing-key 9 0.1.1\n  traffic-mode loadshare\n",
                                 two.listen());
  ASSERT_TRUE(host_.start(config, *this, false));
  ASSERT_TRUE(activated(one));
  ASSERT_TRUE(two.accept() && two.serve_activation());
  ASSERT_TRUE(two.turn_until([this] { return state_of("other") == AspState::kActive; }));
  ASSERT_TRUE(two.send(hex("01000101 00000024 00060008 00000009 02100014 00000001 00000009 03000007 09000305"), 1));
  ASSERT_TRUE(two.turn_until([this] { return !received_.empty(); }));
  EXPECT_EQ(received_[0].instance, 1U);
  EXPECT_EQ(received_[0].label.ni, 0);
  ASSERT_TRUE(host_.binding().transfer(1, {PointCode{9}, PointCode{1}, 0, 0}, hex("09000305")));
  const Bytes answer = two.receive(1, 1);
  ASSERT_EQ(answer.size(), 36U);
  EXPECT_EQ(answer[15], 9);
  EXPECT_EQ(host_.binding().status().instances.size(), 2U);
}

TEST_F(Binding, OutlivesAspsRemovedAndAddedWhileItRuns) {
  Gateway stp(host_), msc(host_);
  const uint16_t stp_port = stp.listen(), port = free_port(), msc_port = free_port();
  ASSERT_TRUE(host_.start(asps_to({stp_port}, "loadshare") + listener(port, msc_port), *this, false));
  ASSERT_TRUE(activated(stp));
  ASSERT_TRUE(msc.connect(port, msc_port));
  ASSERT_TRUE(msc.send(hex("01000301 00000008")));
  ASSERT_FALSE(msc.receive(3, 4).empty());

  osmo_ss7_instance* inst = osmo_ss7_instance_find(0);
  osmo_ss7_asp_destroy(osmo_ss7_asp_find_by_name(inst, "msc"));
  EXPECT_EQ(host_.binding().status().asps.size(), 1U);
  EXPECT_TRUE(msc.ended());
  osmo_ss7_asp_destroy(osmo_ss7_asp_find_by_name(inst, "stp-0"));
  EXPECT_TRUE(stp.ended());
  EXPECT_TRUE(host_.binding().status().asps.empty());
  EXPECT_FALSE(transfer({9, 0, 1}));

  // What the console does for `asp again ... / as eir / asp again`.
  osmo_ss7_asp* asp = osmo_ss7_asp_find_or_create(inst, "again", stp_port, 0, OSMO_SS7_ASP_PROT_M3UA);
  osmo_ss7_asp_peer_add_host(&asp->cfg.remote, asp, "127.0.0.1");
  osmo_ss7_asp_peer_add_host(&asp->cfg.local, asp, "127.0.0.1");
  asp->cfg.is_server = true;
  asp->cfg.role = OSMO_SS7_ASP_ROLE_SG;
  osmo_ss7_asp_restart(asp);
  osmo_ss7_as_add_asp(osmo_ss7_as_find_by_name(inst, "eir"), "again");
  ASSERT_TRUE(stp.accept() && stp.serve_activation()) << "taken over by the review";
  ASSERT_TRUE(stp.turn_until([this] { return state_of("again") == AspState::kActive; }));
  EXPECT_TRUE(transfer({9, 0, 1}));
  EXPECT_FALSE(stp.receive(1, 1).empty());
}

TEST_F(Binding, AnswersByTheOtherStpWhenTheRoutesIsLost) {
  Gateway one(host_), two(host_);
  const auto stp = [](int n, uint16_t port) {
    return fmt::format(
        " asp stp-{0} {1} 0 m3ua\n  remote-ip 127.0.0.1\n"
        " as eir-{0} m3ua\n  asp stp-{0}\n  routing-key {0} 0.0.2\n  traffic-mode loadshare\n",
        n, port);
  };
  // The SG side's AS is another MSC's: nothing for 0.0.1 goes there.
  const uint16_t listen_port = free_port(), msc_port = free_port();
  const std::string config = "cs7 instance 0\n network-indicator national\n point-code 0.0.2\n" + stp(1, one.listen()) +
                             stp(2, two.listen()) +
                             fmt::format(
                                 " asp msc {} {} m3ua\n  remote-ip 127.0.0.1\n  role sg\n  sctp-role server\n"
                                 " as msc m3ua\n  asp msc\n  routing-key 7 0.0.7\n  traffic-mode loadshare\n"
                                 " listen m3ua {}\n  local-ip 127.0.0.1\n  accept-asp-connections pre-configured\n",
                                 msc_port, listen_port, listen_port) +
                             " route-table system\n  update route 0.0.1 7.255.7 linkset eir-1\n";
  ASSERT_TRUE(host_.start(config, *this, false));
  EXPECT_FALSE(transfer({9, 0, 0}));
  EXPECT_EQ(counters().sent_no_asp.get(), 1U) << "nobody is active";
  ASSERT_TRUE(activated(one));
  ASSERT_TRUE(two.accept() && two.serve_activation());
  ASSERT_TRUE(two.turn_until([this] { return state_of("stp-2") == AspState::kActive; }));
  ASSERT_TRUE(transfer({9, 0, 1}));
  EXPECT_FALSE(one.receive(1, 1).empty()) << "the route's";

  one.close();
  ASSERT_TRUE(two.turn_until([this] { return state_of("stp-1") == AspState::kDown; }));
  ASSERT_TRUE(transfer({9, 0, 2}));
  const Bytes message = two.receive(1, 1);
  ASSERT_EQ(message.size(), 36U);
  EXPECT_EQ(message[15], 2) << "with the routing context of its own AS";

  ASSERT_TRUE(one.accept() && one.serve_activation());
  ASSERT_TRUE(one.turn_until([this] { return state_of("stp-1") == AspState::kActive; }));
  ASSERT_TRUE(transfer({9, 0, 3}));
  EXPECT_FALSE(one.receive(1, 1).empty()) << "the route's again";
}

class Told final : public StatusListener {
 public:
  void on_as_state(Instance, std::string_view as, AsState state) noexcept override {
    as_ += fmt::format("{} {}, ", as, to_string(state));
  }
  void on_as_removed(Instance instance, std::string_view as) noexcept override {
    as_ += fmt::format("{} removed from {}, ", as, instance);
  }
  void on_asp_state(Instance, std::string_view, AspState) noexcept override {}
  void on_destination_state(Instance, PointCode, std::string_view, bool) noexcept override {}
  std::string take() { return std::exchange(as_, {}); }

 private:
  std::string as_;
};

TEST_F(Binding, TellsOfAnAsThatIsNoLongerConfigured) {
  Gateway stp(host_);
  ASSERT_TRUE(host_.start(asps_to({stp.listen()}, "loadshare"), *this, false));
  ASSERT_TRUE(activated(stp));
  Told told;
  StateWatch watch([](Instance) {});
  watch.listen(told);
  watch.look();
  EXPECT_EQ(told.take(), "eir active, ");
  osmo_ss7_instance* inst = osmo_ss7_instance_find(0);
  const auto destroy = [&] { osmo_ss7_as_destroy(osmo_ss7_as_find_by_name(inst, "eir")); };
  destroy();
  osmo_ss7_as_find_or_create(inst, "eir", OSMO_SS7_ASP_PROT_M3UA);
  watch.look();
  EXPECT_EQ(told.take(), "eir down, ") << "configured anew between two looks: its alarm must stay";
  destroy();
  watch.look();
  EXPECT_EQ(told.take(), "eir removed from 0, ");
  watch.look();
  EXPECT_EQ(told.take(), "");
  EXPECT_TRUE(stp.turn_until([this] { return !host_.active(); })) << "the binding tells it too";
}

TEST_F(Binding, PausesAcceptingWhenDescriptorsAreUsedUp) {
  const uint16_t port = free_port(), msc_port = free_port();
  Gateway msc(host_);
  ASSERT_TRUE(host_.start(listener(port, msc_port), *this, false));
  ASSERT_TRUE(msc.connect(port, msc_port));
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  const int next = dup(0);
  close(next);
  const rlimit none{static_cast<rlim_t>(next), limit.rlim_max};
  setrlimit(RLIMIT_NOFILE, &none);
  ASSERT_TRUE(msc.turn_until([this] { return counters().accepts_failed.get() > 0; }));
  for (int i = 0; i < 100; ++i) host_.turn(true);
  EXPECT_EQ(counters().accepts_failed.get(), 1U) << "not tried again at once";
  setrlimit(RLIMIT_NOFILE, &limit);
  ASSERT_TRUE(msc.send(hex("01000301 00000008")));
  EXPECT_FALSE(msc.receive(3, 4).empty());
}

TEST_F(Binding, NamesWhatTheConfigurationLacks) {
  EXPECT_FALSE(host_.start("cs7 instance 0\n network-indicator national\n", *this, false)) << "no point code";
}

}  // namespace
}  // namespace eir::tests
