// SPDX-License-Identifier: GPL-3.0-or-later
// EPP's commands against the registry, and every answer held to the schemas.
#include <gtest/gtest.h>
#include <unistd.h>

#include <future>

#include "appliance/cdbd/desk.h"
#include "registry/sqlite_store.h"
#include "sync/epp/codec.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance::cdbd {
namespace {

using epp::Reply;
using epp::ResultCode;

class DeskTest : public ::testing::Test {
 protected:
  void SetUp() override {
    store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{dir_, 16});
    registry::EngineOptions options;
    options.version_interval = std::chrono::milliseconds(5);
    auto opened = registry::Registry::open(*store_, clock_, feed::SigningKey::make(), options);
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
    add("importer", registry::Role::kImporter);
    add("police", registry::Role::kLawEnforcement);
    add("head", registry::Role::kAdministrator);
    auto messages = epp::Messages::load(EIR_SOURCE_DIR "/config/messages");
    ASSERT_TRUE(messages);
    messages_ = std::make_unique<epp::Messages>(std::move(*messages));
    auto codec = epp::Codec::make(EIR_SOURCE_DIR "/config/schemas", *messages_);
    ASSERT_TRUE(codec) << codec.error().message();
    codec_ = std::move(*codec);
    desk_ = std::make_unique<Desk>(*registry_);
  }
  void TearDown() override {
    desk_.reset();
    registry_.reset();
  }
  void add(const std::string& name, registry::Role role) {
    registry::User user;
    user.name = name;
    user.role = role;
    user.certificate = std::string(64, 'a');
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    ASSERT_TRUE(registry_->execute(rq, registry::PutUser{user, "secret-1"}).ok());
  }
  Reply ask(const std::string& user, epp::Body body) {
    auto request = std::make_shared<epp::Request>();
    request->command = {"CL-1", std::move(body)};
    auto asker = std::make_shared<epp::SessionUser>();
    asker->client_id = user;
    asker->address = "192.0.2.1";
    request->user = std::move(asker);
    request->sv_trid = "SV-" + std::to_string(++trid_);
    Reply reply = epp::transforms(request->command.body) ? handled(request) : looked(request);
    reply.language = "en";
    reply.sv_trid = request->sv_trid;
    const std::string xml = codec_->write(reply);
    EXPECT_EQ(codec_->counters().output_invalid.get(), 0u) << xml;
    return reply;
  }
  Reply handled(const epp::RequestPtr& request) {
    std::promise<Reply> promise;
    desk_->handle(request, [&](Reply reply) { promise.set_value(std::move(reply)); });
    return promise.get_future().get();
  }
  /// As a session asks. Messages, and versions, may take their time.
  Reply looked(const epp::RequestPtr& request) {
    auto reply = desk_->look(*request);
    const auto* command = std::get_if<epp::ObjectCommand>(&request->command.body);
    EXPECT_EQ(reply.has_value(), command && !std::holds_alternative<epp::version::Info>(*command));
    return reply ? std::move(*reply) : handled(request);
  }
  /// The message once there is one.
  Reply message(const std::string& user) {
    Reply reply = ask(user, epp::Poll{});
    for (int i = 0; i < 2'000 && reply.code == ResultCode::kNoMessages; ++i) {
      usleep(5'000);
      reply = ask(user, epp::Poll{});
    }
    return reply;
  }
  ResultCode login(const std::string& user, const std::string& password, const std::string& print,
                   epp::Maybe<std::string> fresh = {}) {
    epp::LoginAttempt attempt;
    attempt.login.client_id = user;
    attempt.login.password = password;
    attempt.login.new_password = std::move(fresh);
    attempt.certificate.fingerprint = print;
    attempt.sv_trid = "SV";
    std::promise<epp::LoginVerdict> promise;
    desk_->login(attempt, [&](epp::LoginVerdict verdict) { promise.set_value(verdict); });
    return promise.get_future().get().code;
  }

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.file("store");
  base::SystemClock clock_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<epp::Messages> messages_;
  std::unique_ptr<epp::Codec> codec_;
  std::unique_ptr<Desk> desk_;
  unsigned trid_ = 0;
};

TEST_F(DeskTest, LoginsAndANewPassword) {
  const std::string right(64, 'a');
  EXPECT_EQ(login("importer", "secret-1", right), ResultCode::kDone);
  EXPECT_EQ(login("importer", "secret-2", right), ResultCode::kAuthentication);
  EXPECT_EQ(login("importer", "secret-1", std::string(64, 'b')), ResultCode::kAuthentication);
  EXPECT_EQ(login("importer", "secret-1", right, "secret-3"), ResultCode::kDone);
  EXPECT_EQ(login("importer", "secret-1", right), ResultCode::kAuthentication);
  EXPECT_EQ(login("importer", "secret-3", right), ResultCode::kDone);
}

TEST_F(DeskTest, DevicesAreCheckedFiledShownChangedAndWithdrawn) {
  epp::Device device;
  device.type = "phone";
  device.permit = {"P-1", "2026-01-02", 4};
  device.price = {"10.50", "UAH"};
  const std::string name = "352106050544203";
  EXPECT_EQ(ask("importer", epp::imei::Create{{name}, device}).code, ResultCode::kDone);
  const Reply again = ask("importer", epp::imei::Create{{name}, device});
  EXPECT_EQ(again.code, ResultCode::kExists);
  ASSERT_EQ(again.offenders.size(), 1u);
  EXPECT_EQ(again.offenders[0].content, name);
  const Reply checked = ask("police", epp::imei::Check{{name, "352106150345703", "352106050544211"}});
  const auto& cd = std::get<epp::imei::CheckData>(checked.data).cd;
  EXPECT_FALSE(cd.at(0).avail);
  EXPECT_FALSE(cd.at(1).avail);
  EXPECT_EQ(cd.at(1).reason->s, "check-digit");
  EXPECT_TRUE(cd.at(2).avail);
  const Reply shown = ask("importer", epp::imei::Info{name});
  const auto& info = std::get<epp::imei::InfoData>(shown.data);
  EXPECT_EQ(info.device->permit->position, 4u);
  EXPECT_EQ(info.cl_id, "importer");
  EXPECT_EQ(info.status.at(0).s, "white");
  EXPECT_EQ(ask("police", epp::imei::Delete{name, {}}).code, ResultCode::kAuthorization);
  EXPECT_EQ(ask("nobody", epp::imei::Info{name}).code, ResultCode::kAuthorization);
  EXPECT_EQ(ask("importer", epp::imei::Update{name, device}).code, ResultCode::kDone);
  EXPECT_EQ(ask("importer", epp::imei::Delete{name, {}}).code, ResultCode::kDone);
  EXPECT_EQ(ask("importer", epp::imei::Info{name}).code, ResultCode::kNoObject);
}

TEST_F(DeskTest, LocksProposalsAndJobsWithTheirMessages) {
  const epp::lock::Key key{"352106050544203", lists::LockPolicy::kDevice};
  EXPECT_EQ(ask("police", epp::lock::Create{key, {{"255010000000001", {}}}, {}}).code, ResultCode::kDone);
  EXPECT_EQ(std::get<epp::lock::InfoData>(ask("police", epp::lock::Info{key}).data).subscribers.size(), 1u);
  EXPECT_FALSE(std::get<epp::lock::CheckData>(ask("police", epp::lock::Check{{key}}).data).cd.at(0).avail);
  EXPECT_EQ(ask("police", epp::lock::Delete{key, {}}).code, ResultCode::kDone);

  epp::Change change;
  change.op = epp::Operation::kAdd;
  change.entry.kind = lists::EntryKind::kImei;
  change.entry.from = "352106050544203";
  change.entry.list = {"black"};
  const Reply proposed = ask("police", epp::proposal::Create{"CASE-1", change});
  ASSERT_EQ(proposed.code, ResultCode::kPending);
  const std::string id = std::get<epp::proposal::CreateData>(proposed.data).id;
  EXPECT_EQ(ask("police", epp::proposal::Update{id, epp::proposal::Verdict::kApprove, {}}).code,
            ResultCode::kAuthorization);
  EXPECT_EQ(ask("head", epp::proposal::Update{id, epp::proposal::Verdict::kApprove, "checked"}).code,
            ResultCode::kDone);
  EXPECT_EQ(std::get<epp::proposal::InfoData>(ask("police", epp::proposal::Info{id}).data).state,
            epp::proposal::State::kRealised);
  const Reply told = message("police");
  ASSERT_EQ(told.code, ResultCode::kMessage);
  EXPECT_EQ(std::get<epp::proposal::Decided>(told.data).id, id);
  EXPECT_EQ(ask("police", epp::Poll{true, told.queue->id}).code, ResultCode::kDone);
  EXPECT_EQ(ask("police", epp::Poll{}).code, ResultCode::kNoMessages);

  epp::job::Create job{"F-1", {{epp::imei::Create{{"352106050544211", "12"}, {}}}}};
  const Reply filed = ask("importer", job);
  ASSERT_EQ(filed.code, ResultCode::kPending);
  const Reply done = message("importer");
  EXPECT_EQ(std::get<epp::job::Done>(done.data).failed, 1u);
  const Reply results = ask("importer", epp::job::Info{std::get<epp::job::CreateData>(filed.data).id, {}});
  EXPECT_EQ(std::get<epp::job::InfoData>(results.data).results.at(0).name, "12");
  EXPECT_EQ(ask("importer", epp::version::Info{"centre", {}, {}}).code, ResultCode::kUnimplementedOption);
}

TEST_F(DeskTest, ARefusalSaysWhyAndAProposalOfAJobWithoutANumberIsShown) {
  const auto operate = [&](registry::Command command) {
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    ASSERT_TRUE(registry_->execute(rq, std::move(command)).ok());
  };
  epp::Change change;
  change.op = epp::Operation::kAdd;
  change.entry.kind = lists::EntryKind::kImei;
  change.entry.from = "352106050544203";
  change.entry.list = {"black"};
  const Reply filed = ask("importer", epp::job::Create{"F-2", {{epp::proposal::Create{{}, change}}}});
  ASSERT_EQ(filed.code, ResultCode::kPending);
  message("importer");
  const Reply results = ask("importer", epp::job::Info{std::get<epp::job::CreateData>(filed.data).id, {}});
  const auto& result = std::get<epp::job::InfoData>(results.data).results.at(0);
  EXPECT_FALSE(result.name);
  EXPECT_EQ(result.code, number(ResultCode::kAuthorization));

  operate(registry::StandBy{"drill"});
  const Reply refused = ask("importer", epp::imei::Create{{"352106050544203"}, {}});
  EXPECT_EQ(refused.code, ResultCode::kFailed);
  ASSERT_EQ(refused.offenders.size(), 1u);
  EXPECT_EQ(refused.offenders[0].reason, "not-active");
}

TEST_F(DeskTest, WhatIsAskedAndRefusedIsOnRecordUnderItsUser) {
  const epp::lock::Key key{"352106050544203", lists::LockPolicy::kDevice};
  const auto on_record = [&](const std::string& trid) {
    std::vector<registry::AuditRecord> found;
    for (int i = 0; i < 2'000 && found.empty(); ++i) {
      usleep(5'000);
      found = registry::find_commands(**store_->reader(), trid, std::nullopt);
    }
    return found.empty() ? registry::CommandRecord{} : found[0].command;
  };
  const auto last = [&] { return on_record("SV-" + std::to_string(trid_)); };
  ask("police", epp::lock::Info{key});
  EXPECT_EQ(last().asked, "352106050544203 device");
  EXPECT_EQ(last().user_name, "police");
  ask("police", epp::job::Info{"77", {}});
  EXPECT_EQ(last().asked, "77");
  ask("nobody", epp::imei::Check{{"352106050544203"}});
  EXPECT_EQ(last().code, registry::Code::kAuthorization);
  EXPECT_EQ(last().user, registry::kPolicyUser);
  EXPECT_EQ(last().user_name, "nobody");
  epp::Change wrong;
  wrong.entry.kind = lists::EntryKind::kImei;
  wrong.entry.from = "1";
  EXPECT_EQ(ask("police", epp::proposal::Create{"CASE-9", wrong}).code, ResultCode::kValueSyntax);
  EXPECT_EQ(last().asked, "CASE-9");
  EXPECT_EQ(last().code, registry::Code::kValueSyntax);
  desk_->answered({"police", "192.0.2.1", "logout", "CL-9", "BYE-1", ResultCode::kBye, true});
  EXPECT_NE(on_record("BYE-1").user, registry::kPolicyUser);
  desk_->answered({"police", "192.0.2.1", "login", "CL-9", "NO-1", ResultCode::kAuthentication, false});
  EXPECT_EQ(on_record("NO-1").user, registry::kPolicyUser) << "a name that was only claimed";
}

TEST_F(DeskTest, WhatASiteThatFollowsReadsIsMarkedWithItsVersion) {
  const auto operate = [&](registry::Command command) {
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    ASSERT_TRUE(registry_->execute(rq, std::move(command)).ok());
  };
  const std::string name = "352106050544203";
  EXPECT_EQ(ask("importer", epp::imei::Create{{name}, {}}).code, ResultCode::kDone);
  for (int i = 0; i < 2'000 && registry_->status().unissued; ++i) usleep(5'000);
  operate(registry::StandBy{"drill"});
  EXPECT_FALSE(ask("importer", epp::imei::Info{name}).follows) << "nobody asked for marks";
  desk_->mark_reads();
  const auto at = registry_->status().version;
  for (const Reply& reply : {ask("importer", epp::imei::Info{name}), ask("importer", epp::imei::Check{{name}}),
                             ask("importer", epp::imei::Info{"352106050544211"})}) {
    ASSERT_TRUE(reply.follows);
    EXPECT_EQ(reply.follows->list, "centre");
    EXPECT_EQ(reply.follows->at, (epp::version::Point{at.epoch, at.number}));
  }
  const Reply refused = ask("importer", epp::imei::Create{{"352106050544211"}, {}});
  EXPECT_EQ(refused.code, ResultCode::kFailed);
  EXPECT_FALSE(refused.follows);
  operate(registry::Promote{"drill over"});
  EXPECT_FALSE(ask("importer", epp::imei::Info{name}).follows);
}

}  // namespace
}  // namespace eir::appliance::cdbd
