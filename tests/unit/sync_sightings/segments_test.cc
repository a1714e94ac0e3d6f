// SPDX-License-Identifier: GPL-3.0-or-later
// The centre's side: files put over HTTPS, jobs over EPP, sightings in the registry.
#include "appliance/cdbd/segments.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <filesystem>
#include <fstream>
#include <future>

#include "appliance/cdbd/desk.h"
#include "appliance/cdbd/files.h"
#include "core/base/sha256.h"
#include "core/sightings/journal.h"
#include "registry/sqlite_store.h"
#include "sync/epp/server.h"
#include "sync/sightings/epp_carrier.h"
#include "tests/unit/epp/authority.h"
#include "tests/unit/temp_directory.h"

namespace eir::appliance::cdbd {
namespace {

namespace segment = sync::sightings;
namespace seen = ::eir::sightings;
using epp::Reply;
using epp::ResultCode;

constexpr uint64_t kFirst = 35'809'101'000'000;

std::string sha256(const std::vector<uint8_t>& octets) { return base::hex(base::Sha256::of(octets)); }

class SegmentsTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::signal(SIGPIPE, SIG_IGN);
    store_ = std::make_unique<registry::SqliteStore>(registry::SqliteOptions{dir_ + "/store", 16});
    registry::EngineOptions options;
    options.version_interval = std::chrono::milliseconds(5);
    auto opened = registry::Registry::open(*store_, clock_, feed::SigningKey::make(), options);
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
    for (const char* name : {"server", "telco", "telco-b", "importer"}) ca_.issue(name);
    telco_ = add("telco", registry::Role::kOperator);
    add("telco-b", registry::Role::kOperator);
    add("importer", registry::Role::kImporter);
    SegmentsOptions files;
    files.directory = dir_ + "/up";
    files.user_files_max = 5;
    auto segments = Segments::open(*registry_, clock_, files);
    ASSERT_TRUE(segments) << segments.error().message();
    segments_ = std::move(*segments);
    desk_ = std::make_unique<Desk>(*registry_);
    desk_->take_sightings(*segments_);
  }
  void TearDown() override {
    epp_.reset();
    server_.stop();
    desk_.reset();
    segments_.reset();
    registry_.reset();
  }
  registry::UserId add(const std::string& name, registry::Role role) {
    registry::User user;
    user.name = name;
    user.role = role;
    user.certificate = ca_.fingerprint(name);
    registry::Request rq;
    rq.role = registry::Role::kAdministrator;
    EXPECT_TRUE(registry_->execute(rq, registry::PutUser{user, "secret-1"}).ok());
    return registry_->users()->find(name)->second.id;
  }
  static std::vector<uint8_t> made(uint64_t sequence, uint32_t rows, uint64_t first = kFirst) {
    segment::Head head;
    head.node = "node-1";
    head.sequence = sequence;
    head.rows = rows;
    std::vector<uint8_t> records;
    for (uint32_t i = 0; i < rows; ++i) {
      seen::Sighting s;
      s.imei = identity::ImeiKey{first + i};
      s.imsi = identity::Imsi(*identity::Digits::parse("255010000000001"));
      s.interface = decision::Interface::kS13;
      s.first = base::UnixSeconds(std::chrono::seconds(1'700'000'000));
      s.last = s.first;
      const std::string_view node = "mme1.example";
      std::copy(node.begin(), node.end(), s.node.begin());
      s.node_len = static_cast<uint8_t>(node.size());
      seen::put_record(records, s);
    }
    return segment::encode(head, records);
  }
  void put(uint64_t sequence, const std::vector<uint8_t>& octets, registry::UserId user) {
    const std::string folder = fmt::format("{}/up/u{}", dir_, user);
    std::filesystem::create_directories(folder);
    std::ofstream(fmt::format("{}/{}", folder, segment::segment_name("node-1", sequence)), std::ios::binary)
        .write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  }
  static epp::job::Sightings item(uint64_t sequence, uint64_t rows, const std::vector<uint8_t>& octets) {
    return {"node-1",
            sequence,
            rows,
            {"https://127.0.0.1:8443/sightings/" + segment::segment_name("node-1", sequence), octets.size(),
             sha256(octets)}};
  }
  Reply ask(const std::string& user, epp::job::Sightings sightings) {
    epp::job::Create job;
    job.filing = fmt::format("{}:{}", sightings.node, sightings.sequence);
    job.items.push_back({std::move(sightings)});
    return ask(user, std::move(job));
  }
  Reply ask(const std::string& user, epp::job::Create job) {
    auto request = std::make_shared<epp::Request>();
    request->command = {"CL-1", epp::Body(epp::ObjectCommand(std::move(job)))};
    auto asker = std::make_shared<epp::SessionUser>();
    asker->client_id = user;
    request->user = std::move(asker);
    request->sv_trid = fmt::format("SV-{}", ++trid_);
    std::promise<Reply> promise;
    desk_->handle(request, [&](Reply reply) { promise.set_value(std::move(reply)); });
    return promise.get_future().get();
  }
  size_t rows_of(uint64_t key) {
    auto reader = registry_->reader();
    return reader->sightings(identity::ImeiKey{key}, 100).size();
  }
  bool becomes(const std::function<bool()>& true_soon) {
    for (int i = 0; i < 5'000; ++i) {
      if (true_soon()) return true;
      ::usleep(2'000);
    }
    return false;
  }
  size_t files() {
    size_t n = 0;
    for (const auto& e : std::filesystem::recursive_directory_iterator(dir_ + "/up")) n += e.is_regular_file();
    return n;
  }
  void serve() {
    sync::transfer::ServerConfig config;
    config.listeners = {{"127.0.0.1", 0}};
    config.tls = ca_.of("server");
    config.areas = {segments_->area(), versions_area(*registry_, dir_ + "/versions")};
    const auto ok = server_.start(config);
    ASSERT_TRUE(ok) << ok.error().front().message();
  }
  std::string url(const std::string& rest) {
    return fmt::format("https://127.0.0.1:{}{}", server_.endpoints().at(0).port, rest);
  }

  epp::test::Authority ca_;
  const test::TempDirectory temp_;
  const std::string dir_ = temp_.path();
  base::SystemClock clock_;
  std::unique_ptr<registry::SqliteStore> store_;
  std::unique_ptr<registry::Registry> registry_;
  std::unique_ptr<Segments> segments_;
  std::unique_ptr<Desk> desk_;
  sync::transfer::Server server_;
  std::unique_ptr<epp::Server> epp_;
  registry::UserId telco_ = 0;
  unsigned trid_ = 0;
};

TEST_F(SegmentsTest, AJobsFileBecomesSightingsAndIsRemoved) {
  const auto octets = made(7, 50);
  put(7, octets, telco_);
  EXPECT_EQ(ask("telco", item(7, 50, octets)).code, ResultCode::kPending);
  EXPECT_EQ(files(), 0u);
  EXPECT_TRUE(becomes([&] { return rows_of(kFirst + 49) == 1; }));
  auto reader = registry_->reader();
  const auto rows = reader->sightings(identity::ImeiKey{kFirst}, 10);
  ASSERT_EQ(rows.size(), 1u);
  EXPECT_EQ(rows[0].sighting.interface, "s13");
  EXPECT_EQ(rows[0].sighting.serving, "mme1.example");
  EXPECT_EQ(rows[0].sighting.imsi.str(), "255010000000001");
  // The node did not hear the answer, and sends it all again.
  put(7, octets, telco_);
  EXPECT_EQ(ask("telco", item(7, 50, octets)).code, ResultCode::kExists);
  EXPECT_EQ(files(), 0u);
  EXPECT_EQ(segments_->counters().rows, 50u);
}

TEST_F(SegmentsTest, WhatIsNotWhatItSaysIsRefused) {
  const auto octets = made(8, 5);
  auto wrong = item(8, 5, octets);
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kNoObject) << "no file";
  put(8, octets, telco_);
  EXPECT_EQ(ask("telco-b", wrong).code, ResultCode::kNoObject) << "another's file";
  wrong.rows = 6;
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kPolicyOfValue);
  wrong = item(8, 5, octets);
  wrong.file.octets -= 1;
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kPolicyOfValue);
  wrong.file.octets += 2;
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kPolicyOfValue);
  wrong = item(8, 5, octets);
  wrong.file.sha256 = std::string(64, '0');
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kPolicyOfValue);
  wrong = item(8, 5, octets);
  wrong.file.uri = "https://127.0.0.1/sightings/node-1.9.seen";
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kValueSyntax);
  wrong = item(8, registry::kSightingsBatchMax + 1, octets);
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kRange);
  wrong = item(8, 5, octets);
  wrong.file.octets = segment::kSegmentOctetsMax + 1;
  EXPECT_EQ(ask("telco", wrong).code, ResultCode::kRange);
  const auto other = made(10, 5);
  put(9, other, telco_);
  EXPECT_EQ(ask("telco", item(9, 5, other)).code, ResultCode::kPolicyOfValue) << "another sequence inside";
  const std::vector<uint8_t> junk(1'000, 'x');
  put(11, junk, telco_);
  EXPECT_EQ(ask("telco", item(11, 5, junk)).code, ResultCode::kPolicyOfValue);
  EXPECT_EQ(ask("telco", item(8, 5, octets)).code, ResultCode::kPending) << "and what is right is taken";
}

TEST_F(SegmentsTest, AJobOfSeveralItemsIsTakenWholeOrNotAtAll) {
  const auto one = made(1, 5), two = made(2, 5, kFirst + 100);
  put(1, one, telco_);
  epp::job::Create job;
  job.filing = "both";
  job.items.push_back({item(1, 5, one)});
  job.items.push_back({item(2, 5, two)});
  EXPECT_EQ(ask("telco", job).code, ResultCode::kNoObject);
  EXPECT_EQ(files(), 1u);
  put(2, two, telco_);
  EXPECT_EQ(ask("telco", job).code, ResultCode::kPending);
  EXPECT_EQ(files(), 0u);
  EXPECT_TRUE(becomes([&] { return rows_of(kFirst) == 1 && rows_of(kFirst + 104) == 1; }));
  job.filing = "too many";
  job.items.clear();
  for (int i = 0; i < 3; ++i) job.items.push_back({item(3, 40'000, one)});
  EXPECT_NE(ask("telco", job).code, ResultCode::kPending);
}

TEST_F(SegmentsTest, FilesComeOnlyFromThoseWhoMayFileSightings) {
  serve();
  const auto octets = made(7, 3);
  std::ofstream(dir_ + "/segment", std::ios::binary)
      .write(reinterpret_cast<const char*>(octets.data()), static_cast<std::streamsize>(octets.size()));
  std::filesystem::create_directories(dir_ + "/versions");
  std::ofstream(dir_ + "/versions/v1") << "text";
  const auto client = [&](const std::string& who) {
    sync::transfer::ClientConfig c;
    c.tls = ca_.of(who);
    return std::make_unique<sync::transfer::Client>(c);
  };
  const auto telco = client("telco"), importer = client("importer"), server = client("server");
  EXPECT_TRUE(telco->put(url("/sightings/node-1.7.seen"), dir_ + "/segment"));
  for (const char* name : {"x", "node-1.7", "node-1.7.seen.seen", "node-1.07.seen", "Node.7.seen"})
    EXPECT_FALSE(telco->put(url("/sightings/") + name, dir_ + "/segment")) << name;
  EXPECT_FALSE(importer->put(url("/sightings/node-1.7.seen"), dir_ + "/segment"));
  EXPECT_FALSE(server->put(url("/sightings/node-1.7.seen"), dir_ + "/segment")) << "no user has this certificate";
  for (int i = 8; i < 12; ++i)
    EXPECT_TRUE(telco->put(url(fmt::format("/sightings/node-1.{}.seen", i)), dir_ + "/segment"));
  EXPECT_FALSE(telco->put(url("/sightings/node-1.12.seen"), dir_ + "/segment")) << "five wait";
  EXPECT_EQ(ask("telco", item(7, 3, octets)).code, ResultCode::kPending);
  EXPECT_TRUE(telco->put(url("/sightings/node-1.12.seen"), dir_ + "/segment"));
  std::string got;
  const auto take = [&](std::span<const uint8_t> piece) {
    got.append(reinterpret_cast<const char*>(piece.data()), piece.size());
    return true;
  };
  const std::string hash = sha256({'t', 'e', 'x', 't'});
  EXPECT_TRUE(telco->fetch(url("/versions/v1"), 4, hash, take));
  EXPECT_EQ(got, "text");
  EXPECT_FALSE(importer->fetch(url("/versions/v1"), 4, hash, take));
}

TEST_F(SegmentsTest, FromANodesJournalToTheRegistry) {
  serve();
  auto messages = epp::Messages::load(EIR_SOURCE_DIR "/config/messages");
  ASSERT_TRUE(messages);
  epp::TransactionIds ids("TEST", clock_);
  epp_ = std::make_unique<epp::Server>(*desk_, *messages, ids, clock_);
  epp::ServerConfig config;
  config.listeners = {{"127.0.0.1", 0}};
  config.tls = ca_.of("server");
  config.schema_directory = EIR_SOURCE_DIR "/config/schemas";
  config.session.limits.in_flight_max = 1;
  const auto started = epp_->start(config);
  ASSERT_TRUE(started) << started.error().front().message();

  segment::CarrierSite away, here;
  away.epp.host = here.epp.host = "127.0.0.1";
  away.epp.port = 1;  // nothing listens there
  here.epp.port = epp_->endpoints().at(0).port;
  away.epp.tls = here.epp.tls = ca_.of("telco");
  away.epp.schema_directory = here.epp.schema_directory = EIR_SOURCE_DIR "/config/schemas";
  away.user = here.user = "telco";
  away.password = here.password = "secret-1";
  away.files = "https://127.0.0.1:1";
  here.files = url("");
  segment::EppCarrier carrier({"node-1", {away, here}}, *messages);

  auto journal = seen::Journal::open(dir_ + "/seen", {}, clock_);
  ASSERT_TRUE(journal);
  segment::UploaderConfig up;
  up.node = "node-1";
  up.journals = dir_ + "/seen";
  up.spool = dir_ + "/spool";
  up.rows_max = 100;
  segment::Uploader uploader(up, carrier, clock_);
  ASSERT_TRUE(uploader.open());
  for (uint64_t i = 0; i < 250; ++i) {
    seen::Sighting s;
    s.imei = identity::ImeiKey{kFirst + i};
    s.interface = decision::Interface::kMapV3;
    s.first = s.last = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    (*journal)->add(s);
  }
  (*journal)->flush();
  while (uploader.step()) {
  }
  EXPECT_EQ(uploader.status().problem, "");
  EXPECT_EQ(uploader.status().sent, 3u);
  EXPECT_EQ(uploader.status().sent_rows, 250u);
  EXPECT_TRUE(becomes([&] { return rows_of(kFirst) == 1 && rows_of(kFirst + 249) == 1; }));
  EXPECT_EQ(files(), 0u);
  epp_.reset();  // before its identifiers go
}

}  // namespace
}  // namespace eir::appliance::cdbd
