// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <gtest/gtest.h>

#include <map>
#include <memory>

#include "diameter/codec/framing.h"
#include "diameter/peer/desk.h"
#include "diameter/peer/session.h"
#include "tests/unit/diameter/messages.h"

/// The peer state machine in virtual time: no socket, no sleep.
namespace eir::diameter::test {

using namespace std::chrono_literals;
using peer::Session;
using State = peer::Session::State;

class Alarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId id, std::string_view subject, std::string_view) noexcept override {
    if (id == base::AlarmId::kPeerDown) down[std::string(subject)] = true;
  }
  void clear(base::AlarmId id, std::string_view subject) noexcept override {
    if (id == base::AlarmId::kPeerDown) down[std::string(subject)] = false;
  }
  std::map<std::string, bool> down;
};

class FakeLine final : public peer::Line {
 public:
  void wake() noexcept override { ++wakes; }
  bool may_speak_for(std::string_view) const override { return speaks; }
  unsigned wakes = 0;
  bool speaks = true;
};

inline peer::ServerConfig basic_config() {
  peer::ServerConfig c;
  c.origin_host = kOwnHost;
  c.origin_realm = kOwnRealm;
  c.watchdog_s = 30;
  peer::PeerConfig p;
  p.origin_host = kMme;
  c.peers.push_back(p);
  p.origin_host = "other.example.org";
  c.peers.push_back(p);
  return c;
}

class SessionTest : public ::testing::Test {
 protected:
  /// One connection and what was said on it.
  struct Call {
    Call(peer::Desk& desk, peer::LineInfo info) : session(std::make_unique<Session>(desk, line, std::move(info))) {}
    FakeLine line;
    std::unique_ptr<Session> session;
    std::vector<Bytes> said;  ///< messages we sent, taken out of the output

    void collect() {
      codec::Output& out = session->output();
      while (!out.empty()) {
        const auto frame = codec::next_frame(out.unsent(), 1 << 20);
        ASSERT_EQ(frame.kind, codec::Frame::Kind::kMessage);
        said.emplace_back(out.unsent().begin(), out.unsent().begin() + frame.length);
        out.consume(frame.length);
      }
    }
    const Bytes& last() const {
      static const Bytes kNothing(codec::kHeaderLen);
      return said.empty() ? kNothing : said.back();
    }
  };

  SessionTest() { configure(); }
  void configure() { desk_.configure(std::make_shared<const peer::Runtime>(config_, 4711)); }
  std::unique_ptr<Call> connect(peer::Transport transport = peer::Transport::kTcp, const char* from = "192.0.2.1") {
    peer::LineInfo info;
    info.transport = transport;
    info.remote_address = boost::asio::ip::make_address(from);
    info.remote = from;
    info.local.push_back(boost::asio::ip::make_address("192.0.2.9"));
    return std::make_unique<Call>(desk_, info);
  }
  void say(Call& call, const Bytes& message) {
    call.session->receive(message, desk_.now());
    call.collect();
  }
  std::unique_ptr<Call> open(std::string_view host = kMme, uint32_t state_id = 0) {
    auto call = connect();
    say(*call, cer_of(host, state_id));
    EXPECT_EQ(call->session->state(), State::kOpen);
    return call;
  }
  static Bytes cer_of(std::string_view host, uint32_t state_id = 0) {
    std::vector<Bytes> more = {offers_s13()};
    if (state_id) more.push_back(make_u32(avp::kOriginStateId, state_id));
    return cer(host, more);
  }
  void pass(std::chrono::milliseconds time, std::initializer_list<Call*> calls) {
    for (auto left = time; left > 0ms; left -= 50ms) {
      clock_.advance(50ms);
      desk_.tick();
      for (Call* c : calls) c->collect();
    }
  }
  peer::PeerState shown(std::string_view host) {
    std::vector<peer::PeerStatus> all;
    desk_.snapshot(all);
    for (const auto& p : all)
      if (codec::same_identity(p.origin_host, host)) return p.state;
    return peer::PeerState::kDown;
  }

  base::ManualClock clock_;
  Alarms alarms_;
  DigitAnswerer answerer_;
  peer::ServerConfig config_ = basic_config();
  peer::Desk desk_{0, answerer_, alarms_, clock_};
};

}  // namespace eir::diameter::test
