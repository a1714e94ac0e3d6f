// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/session.h"

#include <gtest/gtest.h>

#include <deque>

#include "tests/unit/epp/samples.h"

namespace eir::sync::epp::test {
namespace {

using namespace std::chrono_literals;

/// Keeps what it is asked, and answers when the test says so; logs in whoever says "right-1".
class HeldRegistry final : public Registry {
 public:
  void login(const LoginAttempt& attempt, LoginDone done) override {
    attempts.push_back(attempt);
    LoginVerdict v;
    if (attempt.login.password == "right-1") v = {ResultCode::kDone, "operator", sessions_max, rate, 0};
    done(v);
  }
  Maybe<Reply> look(const Request&) override {
    ++looks;
    return at_once;
  }
  void handle(RequestPtr request, Done done) override {
    requests.push_back(request);
    if (hold)
      held.push_back(std::move(done));
    else
      done(reply);
  }
  void answered(const Answered& a) override { elsewhere.push_back(a); }

  bool hold = false;
  Maybe<Reply> at_once;
  unsigned looks = 0;
  unsigned sessions_max = 0;
  uint32_t rate = 0;
  Reply reply;
  std::vector<LoginAttempt> attempts;
  std::vector<RequestPtr> requests;
  std::deque<Done> held;
  std::vector<Answered> elsewhere;
};

class Wire final : public Line {
 public:
  void send(std::string xml) override { sent.push_back(std::move(xml)); }
  void finish() override { ended = true; }
  std::deque<std::string> sent;
  bool ended = false;
};

class SessionTest : public ::testing::Test {
 protected:
  SessionTest() {
    reader_ = std::move(*Codec::make(kSchemas, messages()));
    clock_.set_wall(std::chrono::system_clock::time_point(1'275'850'648s));
  }
  struct Client {
    std::shared_ptr<Wire> wire = std::make_shared<Wire>();
    std::shared_ptr<Session> session;
  };
  Client connect() {
    Client c;
    c.session = std::make_shared<Session>(desk_, c.wire, Session::Peer{{"CN=lea", std::string(64, 'f')}, "192.0.2.1"});
    c.session->start();
    EXPECT_EQ(c.wire->sent.size(), 1u);
    if (!c.wire->sent.empty()) c.wire->sent.pop_front();
    return c;
  }
  void run() {
    while (!posted_.empty()) {
      auto work = std::move(posted_.front());
      posted_.pop_front();
      work();
    }
  }
  void give(Client& c, Body body, Maybe<Text> cl_trid = "ABC-1") {
    c.session->receive(reader_->write(Command{std::move(cl_trid), std::move(body)}));
    run();
  }
  /// The oldest answer not looked at yet.
  Reply answer(Client& c) {
    if (c.wire->sent.empty()) {
      ADD_FAILURE() << "there is no answer";
      return {};
    }
    const auto frame = reader_->read(c.wire->sent.front());
    c.wire->sent.pop_front();
    EXPECT_TRUE(frame && std::holds_alternative<Reply>(*frame));
    return frame && std::holds_alternative<Reply>(*frame) ? std::get<Reply>(*frame) : Reply();
  }
  unsigned ask(Client& c, Body body) {
    give(c, std::move(body));
    return number(answer(c).code);
  }
  static Login login(Text password = "right-1", Text language = "en") {
    return {"LEA-1", std::move(password), {},
            "1.0",   std::move(language), {Text(uri_of(Ns::kImei)), Text(uri_of(Ns::kJob))},
            {}};
  }
  Client logged_in() {
    Client c = connect();
    EXPECT_EQ(ask(c, login()), 1000u);
    return c;
  }

  base::ManualClock clock_;
  HeldRegistry registry_;
  SessionConfig config_;
  SessionCounters counters_;
  Users users_{5};
  TransactionIds transactions_{"UKR", clock_};
  std::unique_ptr<Codec> codec_ = std::move(*Codec::make(kSchemas, messages()));
  std::unique_ptr<Codec> reader_;
  std::deque<std::function<void()>> posted_;
  Desk desk_{config_,   messages(),    *codec_,
             registry_, transactions_, users_,
             clock_,    counters_,     [this](std::function<void()> w) { posted_.push_back(std::move(w)); }};
};

TEST_F(SessionTest, FromGreetingToLogout) {
  Client c;
  c.session = std::make_shared<Session>(desk_, c.wire, Session::Peer{});
  c.session->start();
  const auto greeting = reader_->read(c.wire->sent.at(0));
  ASSERT_TRUE(greeting);
  const auto& g = std::get<Greeting>(*greeting);
  EXPECT_EQ(g.languages, (std::vector<Text>{"en", "uk"}));
  EXPECT_EQ(g.objects.size(), 5u);
  c.wire->sent.clear();
  EXPECT_EQ(ask(c, login()), 1000u);
  EXPECT_EQ(users_.sessions(), 1u);
  EXPECT_EQ(ask(c, imei::Info{"352106050544203"}), 1000u);
  EXPECT_EQ(ask(c, login()), 2002u) << "logged in already";
  EXPECT_EQ(ask(c, Logout()), 1500u);
  EXPECT_TRUE(c.wire->ended);
  EXPECT_EQ(users_.sessions(), 0u);
  give(c, Logout());
  EXPECT_TRUE(c.wire->sent.empty()) << "nobody is there any more";
}

TEST_F(SessionTest, TheRegistryIsToldWhoAsks) {
  Client c = logged_in();
  give(c, imei::Delete{"352106050544203", {}}, "USER-9");
  const Reply reply = answer(c);
  EXPECT_EQ(reply.cl_trid, "USER-9");
  ASSERT_EQ(registry_.requests.size(), 1u);
  const Request& r = *registry_.requests[0];
  EXPECT_EQ(r.sv_trid, reply.sv_trid);
  EXPECT_EQ(r.user->client_id, "LEA-1");
  EXPECT_EQ(r.user->role, "operator");
  EXPECT_EQ(r.user->address, "192.0.2.1");
  EXPECT_EQ(r.user->certificate.fingerprint, std::string(64, 'f'));
  EXPECT_TRUE(r.user->objects.has(Ns::kJob));
  EXPECT_FALSE(r.user->objects.has(Ns::kLock));
  EXPECT_EQ(registry_.attempts[0].certificate.subject, "CN=lea");
  ASSERT_EQ(registry_.elsewhere.size(), 1u);
  EXPECT_EQ(registry_.elsewhere[0].verb, "login");
}

TEST_F(SessionTest, BeforeLoginThereIsHelloAndLoginOnly) {
  config_.limits.bad_frames_max = 100;
  Client c = connect();
  c.session->receive(reader_->write(Hello()));
  ASSERT_EQ(c.wire->sent.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<Greeting>(*reader_->read(c.wire->sent[0])));
  c.wire->sent.clear();
  for (const Command& sample : sample_commands()) {
    if (std::holds_alternative<Login>(sample.body)) continue;
    EXPECT_EQ(ask(c, sample.body), 2002u);
  }
  c.session->receive(
      "<epp xmlns='urn:ietf:params:xml:ns:epp-1.0'><command><check><x:check xmlns:x='urn:x'/></check></command></epp>");
  const Reply reply = answer(c);
  EXPECT_EQ(number(reply.code), 2002u) << "a stranger does not learn what there is";
  EXPECT_TRUE(reply.offenders.empty());
  EXPECT_TRUE(registry_.requests.empty());
  EXPECT_FALSE(c.wire->ended);
}

TEST_F(SessionTest, LoginsThatCannotBe) {
  struct Row {
    const char* what;
    Login login;
    unsigned code;
  };
  Login version = login(), language = login(), object = login(), extension = login();
  version.version = "2.0";
  language.language = "fr";
  object.objects.push_back("urn:ietf:params:xml:ns:domain-1.0");
  extension.extensions = {"urn:x"};
  for (const Row& row : {Row{"version", version, 2100}, Row{"language", language, 2102}, Row{"object", object, 2307},
                         Row{"extension", extension, 2103}, Row{"password", login("wrong-1"), 2200}}) {
    Client c = connect();
    EXPECT_EQ(ask(c, row.login), row.code) << row.what;
    EXPECT_FALSE(c.session->logged_in());
    EXPECT_EQ(ask(c, login()), 1000u) << row.what;
    c.session->lost();
  }
  EXPECT_EQ(users_.sessions(), 0u);
}

TEST_F(SessionTest, AnExtensionOfAnswersGoesToWhoChoseIt) {
  config_.extensions = {Ns::kSite};
  registry_.reply.follows = site::Follows{"centre", {3, 17}};
  Client plain = logged_in();
  give(plain, ObjectCommand(imei::Info{"352106050544203"}));
  EXPECT_FALSE(answer(plain).follows);
  Login login_with = login();
  login_with.extensions = {Text(uri_of(Ns::kSite))};
  Client chose = connect();
  EXPECT_EQ(ask(chose, login_with), 1000u);
  give(chose, ObjectCommand(imei::Info{"352106050544203"}));
  const Reply reply = answer(chose);
  ASSERT_TRUE(reply.follows);
  EXPECT_EQ(reply.follows->at, (version::Point{3, 17}));
  Login as_object = login();
  as_object.objects = login_with.extensions;
  Client mistaken = connect();
  EXPECT_EQ(ask(mistaken, as_object), 2307u);
}

TEST_F(SessionTest, TheThirdFailedLoginEndsIt) {
  Client c = connect();
  EXPECT_EQ(ask(c, login("wrong-1")), 2200u);
  EXPECT_EQ(ask(c, login("wrong-2")), 2200u);
  EXPECT_EQ(ask(c, login("wrong-3")), 2501u);
  EXPECT_TRUE(c.wire->ended);
  EXPECT_EQ(counters_.failed_logins_hit.get(), 1u);
}

TEST_F(SessionTest, BadFramesEndItToo) {
  Client c = connect();
  const auto all_but_one = [&] {
    for (unsigned i = 1; i < config_.limits.bad_frames_max; ++i) {
      c.session->receive("<nonsense");
      EXPECT_EQ(number(answer(c).code), 2001u);
    }
  };
  all_but_one();
  EXPECT_EQ(ask(c, login()), 1000u) << "a good one between them makes up for it";
  all_but_one();
  c.session->receive("<nonsense");
  EXPECT_EQ(number(answer(c).code), 2500u);
  EXPECT_TRUE(c.wire->ended);
}

TEST_F(SessionTest, AStrangerIsNotHeardForEver) {
  Client hello = connect();
  for (unsigned i = 1; i < config_.limits.bad_frames_max; ++i) hello.session->receive(reader_->write(Hello()));
  EXPECT_FALSE(hello.wire->ended);
  hello.session->receive(reader_->write(Hello()));
  EXPECT_TRUE(hello.wire->ended);
  Client commands = connect();
  for (unsigned i = 1; i < config_.limits.bad_frames_max; ++i)
    EXPECT_EQ(ask(commands, ObjectCommand(imei::Info{"352106050544203"})), 2002u);
  EXPECT_EQ(ask(commands, ObjectCommand(imei::Info{"352106050544203"})), 2500u);
  EXPECT_TRUE(commands.wire->ended);
  Client user = logged_in();
  for (unsigned i = 0; i < 2 * config_.limits.bad_frames_max; ++i) user.session->receive(reader_->write(Hello()));
  EXPECT_FALSE(user.wire->ended);
}

TEST_F(SessionTest, AnObjectNotAskedForAtLoginIsRefused) {
  Client c = logged_in();
  give(c, lock::Info{{"352106050544203", lists::LockPolicy::kMutual}});
  const Reply reply = answer(c);
  EXPECT_EQ(number(reply.code), 2002u);
  ASSERT_EQ(reply.offenders.size(), 1u);
  EXPECT_EQ(reply.offenders[0].content, uri_of(Ns::kLock));
  EXPECT_TRUE(registry_.requests.empty());
}

TEST_F(SessionTest, AMessageOfAnObjectNotAskedForComesWithoutItsData) {
  Client c = logged_in();
  registry_.reply.code = ResultCode::kMessage;
  registry_.reply.queue = Queue{1, "7", Time(1s), "version"};
  registry_.reply.data = version::News{"national", {1, 2}};
  give(c, Poll{false, {}});
  const Reply reply = answer(c);
  EXPECT_EQ(reply.data.index(), 0u);
  EXPECT_EQ(reply.queue->id, "7");
}

TEST_F(SessionTest, AnObjectThatIsNotOfferedCannotBeChosen) {
  config_.objects = {Ns::kVersion};
  Client c = connect();
  EXPECT_EQ(ask(c, login()), 2307u);
}

TEST_F(SessionTest, AcknowledgingNothingIsAMissingParameter) {
  Client c = logged_in();
  EXPECT_EQ(ask(c, Poll{true, {}}), 2003u);
}

TEST_F(SessionTest, AnswersComeInOrderHoweverTheRegistryIsDone) {
  Client c = logged_in();
  registry_.hold = true;
  for (const char* id : {"ABC-1", "ABC-2", "ABC-3"}) give(c, imei::Info{"352106050544203"}, id);
  c.session->receive("<nonsense");
  give(c, Logout(), "ABC-5");
  EXPECT_EQ(registry_.held.size(), 3u) << "handed over without waiting for the first";
  EXPECT_TRUE(c.wire->sent.empty());
  for (const size_t i : {2, 1, 0}) registry_.held[i](Reply());
  run();
  std::vector<std::pair<unsigned, Text>> got;
  while (!c.wire->sent.empty()) {
    const Reply reply = answer(c);
    got.emplace_back(number(reply.code), reply.cl_trid.value_or("-"));
  }
  EXPECT_EQ(got, (std::vector<std::pair<unsigned, Text>>{
                     {1000, "ABC-1"}, {1000, "ABC-2"}, {1000, "ABC-3"}, {2001, "-"}, {1500, "ABC-5"}}));
  EXPECT_TRUE(c.wire->ended);
}

TEST_F(SessionTest, WhatTakesNoWaitingIsAnsweredAtOnceAndInItsOrder) {
  Client c = logged_in();
  registry_.at_once = Reply();
  const auto receive = [&](const char* id, Body body) {
    c.session->receive(reader_->write(Command{id, std::move(body)}));
  };
  receive("ABC-1", imei::Check{{"35210605054420"}});
  EXPECT_TRUE(posted_.empty());
  const Reply reply = answer(c);
  EXPECT_EQ(reply.cl_trid, "ABC-1");
  EXPECT_FALSE(reply.sv_trid.empty());
  registry_.hold = true;
  receive("ABC-2", imei::Create{{"35210605054420"}, {}});
  receive("ABC-3", imei::Check{{"35210605054420"}});
  receive("ABC-4", imei::Check{{"35210605054420"}});
  EXPECT_EQ(registry_.looks, 1u) << "what reads sees the change before it";
  EXPECT_TRUE(c.wire->sent.empty());
  c.session->drain();
  registry_.held.at(0)(Reply());
  run();
  EXPECT_EQ(answer(c).cl_trid, "ABC-2");
  EXPECT_EQ(answer(c).cl_trid, "ABC-3");
  EXPECT_EQ(registry_.looks, 2u) << "the one behind was not taken when the server stopped";
  EXPECT_TRUE(c.wire->sent.empty());
  EXPECT_TRUE(c.wire->ended);
  EXPECT_EQ(registry_.requests.size(), 1u);
}

TEST_F(SessionTest, WhatReadsWaitsForChangesBeforeItAndChangesForWhatReads) {
  Client c = logged_in();
  registry_.hold = true;
  const auto asked = [&] { return registry_.requests.size(); };
  give(c, imei::Create{{"35210605054420"}, {}});
  give(c, Poll{true, "7"});
  EXPECT_EQ(asked(), 2u) << "changes go together: the registry keeps their order";
  give(c, imei::Check{{"35210605054420"}});
  give(c, imei::Check{{"35210605054421"}});
  give(c, imei::Create{{"35210605054422"}, {}});
  EXPECT_EQ(asked(), 2u);
  registry_.held[1](Reply());
  run();
  EXPECT_EQ(asked(), 2u) << "one change is not done";
  registry_.held[0](Reply());
  run();
  EXPECT_EQ(asked(), 4u) << "both that read, and not the change behind them";
  registry_.held[2](Reply());
  registry_.held[3](Reply());
  run();
  ASSERT_EQ(asked(), 5u);
  EXPECT_TRUE(transforms(registry_.requests[4]->command.body));
  c.session->drain();
  registry_.held[4](Reply());
  run();
  EXPECT_EQ(c.wire->sent.size(), 5u);
  EXPECT_TRUE(c.wire->ended);
}

TEST_F(SessionTest, WhatIsHeldBackIsAnsweredWhenTheServerStops) {
  Client c = logged_in();
  registry_.hold = true;
  give(c, imei::Create{{"35210605054420"}, {}});
  give(c, imei::Check{{"35210605054420"}});
  c.session->drain();
  registry_.held[0](Reply());
  run();
  ASSERT_EQ(registry_.held.size(), 2u);
  EXPECT_FALSE(c.wire->ended);
  registry_.held[1](Reply());
  run();
  EXPECT_EQ(c.wire->sent.size(), 2u);
  EXPECT_TRUE(c.wire->ended);
}

TEST_F(SessionTest, ThePipelineIsBounded) {
  config_.limits.in_flight_max = 2;
  config_.limits.pipeline_max = 4;
  Client c = logged_in();
  registry_.hold = true;
  for (int i = 0; i < 6; ++i) {
    EXPECT_TRUE(c.session->wants_more()) << i;
    give(c, imei::Info{"352106050544203"});
  }
  EXPECT_FALSE(c.session->wants_more());
  EXPECT_EQ(registry_.held.size(), 2u);
  EXPECT_EQ(counters_.pipeline_hit.get(), 1u);
  for (size_t i = 0; i < 6; ++i) {
    ASSERT_LT(i, registry_.held.size());
    registry_.held[i](Reply());
    run();
    EXPECT_TRUE(c.session->wants_more());
  }
  EXPECT_EQ(c.wire->sent.size(), 6u);
}

TEST_F(SessionTest, CommandsBehindALoginWaitForIt) {
  Client c = connect();
  c.session->receive(reader_->write(Command{"ABC-1", login()}));
  EXPECT_FALSE(c.session->wants_more());
  c.session->receive(reader_->write(Command{"ABC-2", imei::Info{"352106050544203"}}));
  run();
  EXPECT_EQ(answer(c).cl_trid, "ABC-1");
  const Reply second = answer(c);
  EXPECT_EQ(second.cl_trid, "ABC-2");
  EXPECT_EQ(number(second.code), 1000u);
}

TEST_F(SessionTest, AnAnswerForASessionThatIsGoneIsDropped) {
  Client c = logged_in();
  registry_.hold = true;
  give(c, imei::Info{"352106050544203"});
  c.session->lost();
  c.session.reset();
  registry_.held[0](Reply());
  run();
  EXPECT_TRUE(c.wire->sent.empty());
}

TEST_F(SessionTest, SessionsOfAUserAndOfAll) {
  registry_.sessions_max = 2;
  Client a = logged_in(), b = logged_in(), c = connect();
  EXPECT_EQ(ask(c, login()), 2502u);
  EXPECT_TRUE(c.wire->ended);
  registry_.sessions_max = 100;
  std::vector<Client> more;
  for (int i = 0; i < 3; ++i) more.push_back(logged_in());
  Client d = connect();
  EXPECT_EQ(ask(d, login()), 2502u);
  EXPECT_EQ(counters_.user_sessions_hit.get(), 1u);
  EXPECT_EQ(counters_.sessions_hit.get(), 1u);
  a.session->lost();
  Client e = connect();
  EXPECT_EQ(ask(e, login()), 1000u);
}

TEST_F(SessionTest, TheRateOfAUserIsBounded) {
  registry_.rate = 2;
  Client a = logged_in(), b = logged_in();
  EXPECT_EQ(ask(a, imei::Info{"1"}), 1000u);
  EXPECT_EQ(ask(b, imei::Info{"1"}), 1000u);
  EXPECT_EQ(ask(a, imei::Info{"1"}), 2308u);
  EXPECT_EQ(ask(b, imei::Info{"1"}), 2308u);
  clock_.advance(600ms);
  EXPECT_EQ(ask(a, imei::Info{"1"}), 1000u);
  EXPECT_EQ(counters_.rate_hit.get(), 2u);
}

TEST_F(SessionTest, WhoDoesNotLogInOrSaysNothingIsSentAway) {
  Client stranger = connect(), idle = logged_in(), busy = logged_in();
  registry_.hold = true;
  give(busy, imei::Info{"1"});
  clock_.advance(config_.limits.login_timeout - 1ms);
  stranger.session->receive(reader_->write(Hello()));
  stranger.session->tick();
  EXPECT_FALSE(stranger.wire->ended);
  clock_.advance(1ms);
  stranger.session->tick();
  EXPECT_TRUE(stranger.wire->ended) << "saying hello does not help";
  clock_.advance(config_.limits.idle_timeout);
  idle.session->tick();
  busy.session->tick();
  EXPECT_TRUE(idle.wire->ended);
  EXPECT_FALSE(busy.wire->ended) << "it waits for us";
  registry_.held[0](Reply());
  run();
  busy.session->tick();
  EXPECT_FALSE(busy.wire->ended) << "it has just been answered";
  EXPECT_EQ(users_.sessions(), 1u);
}

TEST_F(SessionTest, DrainAnswersWhatWasTaken) {
  Client c = logged_in(), quiet = logged_in();
  registry_.hold = true;
  give(c, imei::Info{"1"});
  c.session->drain();
  quiet.session->drain();
  EXPECT_TRUE(quiet.wire->ended);
  EXPECT_FALSE(c.wire->ended);
  give(c, imei::Info{"2"});
  EXPECT_EQ(registry_.requests.size(), 1u);
  registry_.held[0](Reply());
  run();
  EXPECT_EQ(number(answer(c).code), 1000u);
  EXPECT_TRUE(c.wire->ended);
}

TEST_F(SessionTest, AnswersSpeakTheLanguageOfTheLogin) {
  Client c = connect();
  give(c, login("right-1", "ua"));
  Reply reply = answer(c);
  EXPECT_EQ(reply.language, "uk");
  EXPECT_EQ(reply.message, messages().text(*messages().find("uk"), "1000"));
  give(c, Logout());
  EXPECT_EQ(answer(c).message, messages().text(*messages().find("uk"), "1500"));
}

TEST_F(SessionTest, AnAnswerOrAGreetingFromAClientIsNoCommand) {
  Client c = logged_in();
  c.session->receive(reader_->write(sample_greeting()));
  EXPECT_EQ(number(answer(c).code), 2000u);
}

}  // namespace
}  // namespace eir::sync::epp::test
