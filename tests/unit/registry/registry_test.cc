// SPDX-License-Identifier: GPL-3.0-or-later
// Many threads file, ask and follow at once.
#include "core/feed/data.h"
#include "core/feed/state.h"

#include <filesystem>
#include <fstream>

#include "core/identity/imei.h"
#include "core/store/sqlite.h"
#include "registry/publisher.h"
#include "registry/sqlite_store.h"
#include "tests/unit/registry/fixture.h"
#include "tests/unit/temp_directory.h"

namespace eir::registry {
namespace {

constexpr unsigned kThreads = 4;
constexpr uint64_t kEach = 60;

class Together : public ::testing::Test {
 protected:
  void SetUp() override { open(SqliteOptions{dir_, 16}); }
  void open(SqliteOptions sqlite, std::chrono::milliseconds version_interval = std::chrono::milliseconds(5),
            const base::Clock* clock = nullptr) {
    store_ = std::make_unique<SqliteStore>(std::move(sqlite));
    EngineOptions options;
    options.version_interval = version_interval;
    options.job_names_per_group = 7;
    auto opened = Registry::open(*store_, clock ? *clock : clock_, feed::SigningKey::make(), options);
    ASSERT_TRUE(opened) << opened.error().message();
    registry_ = std::move(*opened);
    User user;
    user.name = "importer";
    user.role = Role::kImporter;
    user.certificate = std::string(64, 'a');
    ASSERT_TRUE(registry_->execute(admin(), PutUser{user, "secret-1"}).ok());
  }
  void TearDown() override { registry_.reset(); }
  static Request admin() { return {kPolicyUser, "cdbctl", Role::kAdministrator, "local", "", ""}; }
  static Request importer(const std::string& trid) {
    return {1, "importer", Role::kImporter, "192.0.2.1", trid, "S" + trid};
  }
  static std::string name(uint64_t key) {
    return identity::to_string(identity::ImeiKey{key}) + std::to_string(identity::check_digit(identity::ImeiKey{key}));
  }

  /// What a node does with an answer.
  static void take(const VersionAnswer& answer, const feed::VerifyingKey& key, feed::State& state) {
    ASSERT_TRUE(key.verify(answer.manifest.text, answer.manifest.signature));
    std::string data = answer.data;
    if (!answer.file.empty()) {
      std::ifstream in(answer.file, std::ios::binary);
      data.assign(std::istreambuf_iterator<char>(in), {});
    }
    const std::span<const uint8_t> octets(reinterpret_cast<const uint8_t*>(data.data()), data.size());
    EXPECT_EQ(base::Sha256::of(octets), answer.manifest.data_sha256);
    feed::DataReader reader(answer.manifest.full() ? feed::DataForm::kFull : feed::DataForm::kChange,
                            answer.manifest.places);
    ASSERT_TRUE(reader.take(octets)) << reader.why();
    ASSERT_TRUE(reader.finish()) << reader.why();
    if (answer.manifest.full()) {
      state = {std::move(reader.change().after), std::move(reader.change().terms)};
    } else {
      EXPECT_EQ(feed::apply(reader.change(), state), 0u);
    }
    EXPECT_EQ(store::digests_of(state.entries, state.terms), answer.manifest.digests);
  }
  /// Whether the device is there, as a check tells.
  bool filed(StoreReader& reader, const std::string& device) {
    std::vector<Checked> checked;
    EXPECT_TRUE(check_devices(reader, importer("L"), {device}, registry_->now(), checked).ok());
    return !checked.at(0).available;
  }
  void put_on_record(const std::string& trid) {
    const uint64_t block = registry_->status().block;
    registry_->note(importer(trid), {Object::kDevice, Verb::kCheck, name(1), Code::kDone, {}});
    ASSERT_TRUE(registry_->wait_for_block(block, std::chrono::seconds(20)));
  }

  const test::TempDirectory temp_;
  const std::string dir_ = temp_.file("store");
  base::SystemClock clock_;
  base::ManualClock still_;
  std::unique_ptr<SqliteStore> store_;
  std::unique_ptr<Registry> registry_;
};

TEST_F(Together, WhatOnlyReadsComesOnRecordTogetherAndByItself) {
  const uint64_t block = registry_->status().block;
  for (unsigned i = 0; i < 3; ++i)
    registry_->note(importer("R-" + std::to_string(i)), {Object::kDevice, Verb::kCheck, name(1), Code::kDone, {}});
  ASSERT_TRUE(registry_->wait_for_block(block, std::chrono::seconds(20)));
  const auto on_record = [&](const std::string& trid) {
    auto reader = registry_->reader();
    return find_commands(*reader, trid, std::nullopt).size();
  };
  for (int i = 0; i < 1'000 && on_record("R-2") == 0; ++i) std::this_thread::sleep_for(std::chrono::milliseconds(10));
  for (const char* trid : {"R-0", "R-1", "R-2"}) EXPECT_EQ(on_record(trid), 1u) << trid;
  // What somebody waits for takes along what was noted before it.
  registry_->note(importer("R-3"), {Object::kDevice, Verb::kCheck, name(1), Code::kDone, {}});
  EXPECT_TRUE(registry_->execute(importer("C-1"), CreateDevices{{name(10'000'000'000'000)}, {}}).ok());
  EXPECT_EQ(on_record("R-3"), 1u);
}

TEST_F(Together, AGlanceSeesWhatWasAnswered) {
  const std::string device = name(10'000'000'000'000);
  const auto there = [&](StoreReader& reader) { return filed(reader, device); };
  EXPECT_FALSE(there(*registry_->glance()));
  {
    auto early = registry_->glance();
    EXPECT_FALSE(there(*early));
    ASSERT_TRUE(registry_->execute(importer("C-1"), CreateDevices{{device}, {}}).ok());
    EXPECT_TRUE(there(*registry_->glance()));
  }
  for (int i = 0; i < 3; ++i) EXPECT_TRUE(there(*registry_->glance())) << "no old state is handed on";
}

TEST_F(Together, AGlanceSeesSoonWhatNoCommandChanged) {
  registry_.reset();
  open({dir_}, std::chrono::hours(1));
  const std::string device = name(10'000'000'000'000);
  const auto there = [&] { return filed(*registry_->glance(), device); };
  ASSERT_TRUE(registry_->execute(importer("C-1"), CreateDevices{{device}, {}}).ok());
  put_on_record("R-1");  // until the change's group is over nobody keeps a state
  EXPECT_TRUE(there());
  store::Database other;
  ASSERT_TRUE(other.open(dir_ + "/registry.db", false) && other.exec("delete from imei"));
  bool gone = false;
  for (int i = 0; i < 1'000 && !gone; ++i) {
    gone = !there();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_TRUE(gone) << "a state is a second old at the most";
}

TEST_F(Together, GlancesKeepTheirStateWhileReadsComeOnRecord) {
  registry_.reset();
  still_.set_wall(clock_.wall());
  open({dir_}, std::chrono::hours(1), &still_);
  const std::string device = name(10'000'000'000'000);
  const auto there = [&] { return filed(*registry_->glance(), device); };
  ASSERT_TRUE(registry_->execute(importer("C-1"), CreateDevices{{device}, {}}).ok());
  put_on_record("R-1");
  EXPECT_TRUE(there());
  // What no command does tells which state they see.
  store::Database other;
  ASSERT_TRUE(other.open(dir_ + "/registry.db", false) && other.exec("delete from imei"));
  put_on_record("R-2");
  EXPECT_TRUE(there());
  ASSERT_TRUE(registry_->execute(importer("C-2"), CreateDevices{{name(10'000'000'000'001)}, {}}).ok());
  EXPECT_FALSE(there());
  // A version that is asked for is seen, too, though no command and no time brings it.
  put_on_record("R-3");
  EXPECT_FALSE(there());
  const auto [reader, manifest] = registry_->reader_at_version();
  ASSERT_TRUE(reader);
  EXPECT_EQ(registry_->glance()->newest_version()->version, manifest.version);
}

TEST_F(Together, GlancesAmongReadsOnRecordSeeEveryChange) {
  registry_.reset();
  open({dir_}, std::chrono::hours(1));
  for (uint64_t i = 0; i < 20; ++i) {
    const std::string device = name(10'000'000'000'000 + i), trid = std::to_string(i);
    ASSERT_TRUE(registry_->execute(importer("C-" + trid), CreateDevices{{device}, {}}).ok());
    for (const char* look : {"A-", "B-"}) {
      EXPECT_TRUE(filed(*registry_->glance(), device)) << trid;
      put_on_record(look + trid);
    }
  }
}

TEST_F(Together, GlancesAreNotInTheWayOfWritingBack) {
  registry_.reset();
  open({dir_, 16, 1}, std::chrono::hours(1));
  const auto log_octets = [&] { return std::filesystem::file_size(dir_ + "/registry.db-wal"); };
  for (uint64_t i = 0; i < 3; ++i) {
    std::vector<Checked> checked;
    ASSERT_TRUE(check_devices(*registry_->glance(), importer("L"), {name(1)}, registry_->now(), checked).ok());
    ASSERT_TRUE(registry_->execute(importer("C-" + std::to_string(i)), CreateDevices{{name(2 + i)}, {}}).ok());
    // A version may be on its way.
    for (int wait = 0; wait < 1'000 && log_octets() != 0; ++wait)
      std::this_thread::sleep_for(std::chrono::milliseconds(10));
    EXPECT_EQ(log_octets(), 0u);
  }
}

TEST_F(Together, FiledFromManyThreadsReadByOthersFollowedByOne) {
  std::atomic<uint64_t> done{0};
  std::atomic<bool> over{false};
  std::vector<std::thread> threads;
  for (unsigned t = 0; t < kThreads; ++t)
    threads.emplace_back([&, t] {
      for (uint64_t i = 0; i < kEach; ++i) {
        const uint64_t key = 10'000'000'000'000 + t * 1'000 + i * 2;
        const std::string trid = std::to_string(t) + "-" + std::to_string(i);
        const Outcome out =
            i % 10 == 0 ? registry_->execute(importer(trid),
                                             FileJob{"F" + trid, {CreateDevices{{name(key), name(key + 1)}, {}}}})
                        : registry_->execute(importer(trid), CreateDevices{{name(key), name(key + 1)}, {}});
        if (out.ok()) done.fetch_add(2);
        auto reader = registry_->glance();
        std::vector<Checked> checked;
        EXPECT_TRUE(check_devices(*reader, importer(trid), {name(key)}, registry_->now(), checked).ok());
        if (i % 10 != 0) {
          EXPECT_FALSE(checked.at(0).available) << "what was answered is there";
        }
        registry_->note(importer(trid), {Object::kDevice, Verb::kCheck, name(key), Code::kDone, {}});
      }
    });
  std::thread follower([&] {
    Publisher publisher(*registry_, clock_, dir_ + "/versions");
    const auto key = feed::VerifyingKey::parse(registry_->key().public_pem(), "centre");
    ASSERT_TRUE(key);
    feed::State state;
    store::Manifest held;
    std::optional<base::Hash> holding;
    for (bool last = false; !last;) {
      last = over.load() && registry_->status().jobs_waiting == 0;
      if (last) {
        // Whatever was done is in a version now.
        auto [reader, manifest] = registry_->reader_at_version();
        ASSERT_TRUE(reader);
        reader->release();
      }
      std::optional<VersionAnswer> answer;
      const Outcome out = publisher.answer(admin(), held.version, holding, {}, answer);
      ASSERT_TRUE(out.ok()) << static_cast<unsigned>(out.code);
      if (!answer) continue;
      take(*answer, *key, state);
      held = answer->manifest;
      holding = held.sha256();
    }
    EXPECT_EQ(state.entries.imeis.size(), kThreads * kEach * 2);
    // A manifest nobody here issued is no base for a change.
    std::optional<VersionAnswer> answer;
    lists::Version earlier{held.version.epoch, held.version.number - 1};
    ASSERT_TRUE(publisher.answer(admin(), earlier, base::Hash{1}, {}, answer).ok());
    ASSERT_TRUE(answer);
    EXPECT_TRUE(answer->manifest.full());
  });
  for (auto& t : threads) t.join();
  over = true;
  follower.join();
  EXPECT_EQ(done.load(), kThreads * kEach * 2);
  auto reader = registry_->reader();
  const AuditReport report = verify_audit(*reader, {});
  EXPECT_TRUE(report.whole) << report.fault;
}

TEST_F(Together, OnlyTheRightPasswordAndCertificateLogIn) {
  const std::string right(64, 'a'), wrong(64, 'b');
  EXPECT_TRUE(registry_->authenticate("importer", "secret-1", right));
  EXPECT_FALSE(registry_->authenticate("importer", "secret-2", right));
  EXPECT_FALSE(registry_->authenticate("importer", "secret-1", wrong));
  EXPECT_FALSE(registry_->authenticate("importer", "secret-1", ""));
  EXPECT_FALSE(registry_->authenticate("nobody", "secret-1", right));
  ASSERT_TRUE(registry_->execute(importer("1"), ChangePassword{"secret-3"}).ok());
  EXPECT_FALSE(registry_->authenticate("importer", "secret-1", right));
  EXPECT_TRUE(registry_->authenticate("importer", "secret-3", right));
  ASSERT_TRUE(registry_->execute(admin(), DisableUser{"importer"}).ok());
  EXPECT_FALSE(registry_->authenticate("importer", "secret-3", right));
}

TEST_F(Together, ASecondWriterIsRefused) {
  SqliteStore again(SqliteOptions{dir_, 16});
  EXPECT_FALSE(again.writer());
}

TEST_F(Together, WhatWasTakenIsDoneBeforeItStops) {
  std::atomic<unsigned> answered{0};
  for (uint64_t i = 0; i < 50; ++i)
    registry_->submit(importer(std::to_string(i)), CreateDevices{{name(20'000'000'000'000 + i)}, {}},
                      [&](const Outcome& out) { answered += out.ok(); });
  registry_.reset();
  EXPECT_EQ(answered.load(), 50u);
}

}  // namespace
}  // namespace eir::registry
