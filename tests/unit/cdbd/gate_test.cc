// SPDX-License-Identifier: GPL-3.0-or-later
// Who is kept out before the desk, and what followers are known to hold.
#include "appliance/cdbd/gate.h"

#include "tests/unit/cdbd/registry_fixture.h"

namespace eir::appliance::cdbd {
namespace {

using epp::ResultCode;
using lists::Version;
using namespace std::chrono_literals;

class NoAlarms final : public base::AlarmSink {
 public:
  void set(base::AlarmId, std::string_view, std::string_view) noexcept override {}
  void clear(base::AlarmId, std::string_view) noexcept override {}
};

/// The desk behind the gate: keeps what comes to it, and answers as it is told.
class Behind final : public epp::Registry {
 public:
  void login(const epp::LoginAttempt& attempt, LoginDone done) override {
    attempts.push_back(attempt);
    done(verdict);
  }
  void handle(epp::RequestPtr request, Done done) override {
    requests.push_back(std::move(request));
    done(reply);
  }
  void answered(const epp::Answered& a) override { answers.push_back(a); }

  epp::LoginVerdict verdict;
  epp::Reply reply;
  std::vector<epp::LoginAttempt> attempts;
  std::vector<epp::RequestPtr> requests;
  std::vector<epp::Answered> answers;
};

class GateTest : public RegistryFixture {
 protected:
  void SetUp() override {
    RegistryFixture::SetUp();
    add_user("NODE-1", true, kCertificate);
    gate_ = std::make_unique<Gate>(behind_, *registry_, lock_out_, followers_, Gate::Allowance{7, 9});
  }
  epp::LoginVerdict login(const std::string& certificate = kCertificate, const std::string& address = "192.0.2.1") {
    epp::LoginAttempt attempt;
    attempt.login.client_id = "NODE-1";
    attempt.login.new_password = "secret-2";
    attempt.certificate.fingerprint = certificate;
    attempt.address = address;
    epp::LoginVerdict got;
    bool called = false;
    gate_->login(attempt, [&](epp::LoginVerdict v) {
      got = std::move(v);
      called = true;
    });
    EXPECT_TRUE(called);
    return got;
  }
  void ask(epp::Body body, epp::Reply reply = {}) {
    behind_.reply = std::move(reply);
    auto request = std::make_shared<epp::Request>();
    request->command.body = std::move(body);
    auto asker = std::make_shared<epp::SessionUser>();
    asker->client_id = "NODE-1";
    request->user = std::move(asker);
    const ResultCode expected = behind_.reply.code;
    ResultCode got{};
    gate_->handle(std::move(request), [&](const epp::Reply& r) { got = r.code; });
    EXPECT_EQ(got, expected);
  }
  static epp::Reply message(const std::string& id, epp::version::Point newest) {
    epp::Reply reply;
    reply.code = ResultCode::kMessage;
    reply.queue = epp::Queue{1, id, {}, ""};
    reply.data = epp::version::News{"centre", newest};
    return reply;
  }
  Version holds() const { return followers_.of("NODE-1").holds; }

  static inline const std::string kCertificate = std::string(64, 'a');
  const UsersConfig rules_{{2, 60s, 600s}, {4, 60s, 600s}};
  base::ManualClock clock_;
  NoAlarms alarms_;
  LockOut lock_out_{rules_, clock_, alarms_};
  Followers followers_{clock_};
  Behind behind_;
  std::unique_ptr<Gate> gate_;
};

TEST_F(GateTest, WhoeverIsLetInGetsTheRateOfAll) {
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().rate, 7u);
  EXPECT_EQ(login().burst, 9u);
  behind_.verdict.rate = 100;
  behind_.verdict.burst = 200;
  EXPECT_EQ(login().rate, 100u) << "a rate of its own stays";
  EXPECT_EQ(login().burst, 200u);
}

TEST_F(GateTest, ALockedOutUserIsAnsweredAsToAWrongPasswordAndChangesNone) {
  EXPECT_EQ(login().code, ResultCode::kAuthentication);
  EXPECT_EQ(login().code, ResultCode::kAuthentication);
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().code, ResultCode::kAuthentication) << "the password is right now";
  ASSERT_EQ(behind_.attempts.size(), 3u) << "it takes as long as any other";
  EXPECT_TRUE(behind_.attempts[1].login.new_password);
  EXPECT_FALSE(behind_.attempts[2].login.new_password);
  clock_.advance(600s);
  EXPECT_EQ(login().code, ResultCode::kDone);
}

TEST_F(GateTest, NobodyElseLocksAUserOut) {
  for (int i = 0; i < 3; ++i) login(std::string(64, 'b'));
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().code, ResultCode::kDone) << "another's certificate was shown";
  behind_.verdict = {};
  login(std::string(64, 'b'));
  const size_t asked = behind_.attempts.size();
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().code, ResultCode::kAuthentication) << "their address is";
  EXPECT_EQ(behind_.attempts.size(), asked) << "nobody is asked";
  EXPECT_EQ(login(kCertificate, "192.0.2.2").code, ResultCode::kDone);
}

TEST_F(GateTest, ASuccessForgivesTheUsersFailures) {
  login();
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().code, ResultCode::kDone);
  behind_.verdict = {};
  login();
  behind_.verdict = {ResultCode::kDone, "operator", 0, 0, 0};
  EXPECT_EQ(login().code, ResultCode::kDone);
}

TEST_F(GateTest, WhatAFollowerAsksToGetOnFromItHolds) {
  ask(epp::ObjectCommand(epp::version::Info{"centre", {}, {}}));
  EXPECT_EQ(holds(), Version{}) << "who asks for everything may hold anything";
  ask(epp::ObjectCommand(epp::version::Info{"centre", epp::version::Holding{{3, 17}, {}}, {}}));
  EXPECT_EQ(holds(), (Version{3, 17}));
  ask(epp::ObjectCommand(epp::version::Info{"centre", epp::version::Holding{{uint64_t{1} << 40, 17}, {}}, {}}));
  EXPECT_EQ(holds(), Version{}) << "no version of ours";
  ask(epp::ObjectCommand(epp::version::Info{"centre", epp::version::Holding{{3, 18}, {}}, {}}));
  ask(epp::ObjectCommand(epp::version::Info{"urgent", epp::version::Holding{{3, 1}, {}}, {}}));
  ask(epp::ObjectCommand(epp::imei::Info{"352106050544203"}));
  EXPECT_EQ(holds(), (Version{3, 18})) << "what it holds of another chain is not the lists";
  EXPECT_EQ(behind_.requests.size(), 6u);
}

TEST_F(GateTest, WhatAFollowerAcknowledgesItHolds) {
  ask(epp::Poll{}, message("7", {3, 18}));
  EXPECT_EQ(followers_.of("NODE-1").told, (Version{3, 18}));
  EXPECT_EQ(holds(), Version{}) << "it has only been told";
  ask(epp::Poll{true, "7"}, epp::refuse(ResultCode::kFailed));
  EXPECT_EQ(holds(), Version{}) << "it was not acknowledged";
  ask(epp::Poll{true, "6"});
  EXPECT_EQ(holds(), Version{}) << "another message";
  ask(epp::Poll{true, "7"});
  EXPECT_EQ(holds(), (Version{3, 18}));
  ask(epp::Poll{}, epp::refuse(ResultCode::kNoMessages));
  EXPECT_EQ(followers_.of("NODE-1").told, (Version{3, 18}));
}

TEST_F(GateTest, WhatTheSessionAnsweredGoesOn) {
  gate_->answered({"NODE-1", "192.0.2.1", "logout", {}, "SV-1", ResultCode::kBye});
  ASSERT_EQ(behind_.answers.size(), 1u);
  EXPECT_EQ(behind_.answers[0].sv_trid, "SV-1");
}

TEST(Followers, OneThatWasNeverHeardOfIsAsOldAsThisProcess) {
  base::ManualClock clock;
  const auto start = clock.wall();
  Followers followers(clock);
  clock.advance(5min);
  EXPECT_EQ(followers.of("NODE-1").heard, start);
  EXPECT_EQ(followers.of("NODE-1").holds, Version{});
  followers.holds("NODE-1", {1, 2});
  EXPECT_EQ(followers.of("NODE-1").heard, start + 5min);
  EXPECT_EQ(followers.of("NODE-2").heard, start);
}

TEST(Followers, IsHeardOfWithWhateverItDoes) {
  base::ManualClock clock;
  Followers followers(clock);
  const auto heard = [&] { return followers.of("NODE-1").heard; };
  clock.advance(1min);
  followers.told("NODE-1", "7", {1, 2});
  EXPECT_EQ(heard(), clock.wall());
  clock.advance(1min);
  followers.acknowledged("NODE-1", "6");
  EXPECT_EQ(heard(), clock.wall());
  EXPECT_EQ(followers.of("NODE-1").holds, Version{});
  clock.advance(1min);
  EXPECT_LT(heard(), clock.wall());
  followers.told("NODE-1", "8", {1, 3});
  followers.acknowledged("NODE-1", "7");
  EXPECT_EQ(followers.of("NODE-1").holds, Version{}) << "the message was replaced meanwhile";
  followers.acknowledged("NODE-1", "8");
  EXPECT_EQ(followers.of("NODE-1").holds, (Version{1, 3}));
  followers.acknowledged("NODE-2", "");
  EXPECT_EQ(followers.of("NODE-2").holds, Version{});
}

}  // namespace
}  // namespace eir::appliance::cdbd
