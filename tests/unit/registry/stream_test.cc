// SPDX-License-Identifier: GPL-3.0-or-later
// What is recorded of every command, carried out elsewhere, makes the same database.
#include <random>

#include "registry/octets.h"
#include "registry/publisher.h"
#include "registry/stream.h"
#include "tests/unit/registry/fixture.h"
#include "tests/unit/registry/rows.h"

namespace eir::registry {
namespace {

std::vector<StreamRecord> records_from(StoreReader& store, uint64_t from) {
  std::vector<StreamRecord> records;
  store.stream(from, [&](uint64_t number, std::string_view operations) {
    auto block = store.block(number);
    EXPECT_TRUE(block) << number;
    if (block) records.push_back({std::move(*block), std::string(operations)});
    return block.has_value();
  });
  return records;
}

/// Two engines, the one recording, the other following it.
class Stream : public RegistryTest {
 protected:
  Stream() {
    their_store_ = std::make_unique<SqliteStore>(SqliteOptions{theirs_dir_, 16});
    their_writer_ = std::move(*their_store_->writer());
    their_writer_->begin();
    their_writer_->put_setting("site.state", "following");
    EXPECT_TRUE(their_writer_->commit());
    their_recorder_ = std::make_unique<RecordingStore>(*their_writer_, 1 << 30);
    theirs_ =
        std::make_unique<Engine>(*their_recorder_, clock_, key_, options(), their_counters_, their_recorder_.get());
    EXPECT_TRUE(theirs_->load());
  }
  ~Stream() override {
    engine_.reset();
    recorder_.reset();
    theirs_.reset();
    their_recorder_.reset();
    their_writer_.reset();
  }

  static EngineOptions options() {
    EngineOptions o;
    o.sightings_kept = o.versions_kept = std::chrono::days(20);
    return o;
  }
  /// Begins anew, recording from the first block on.
  void record(uint64_t octets_max = 1 << 30) {
    engine_.reset();
    writer_.reset();
    std::filesystem::remove_all(dir_);
    store_ = std::make_unique<SqliteStore>(SqliteOptions{dir_, 16});
    writer_ = std::move(*store_->writer());
    recorder_ = std::make_unique<RecordingStore>(*writer_, octets_max);
    engine_ = std::make_unique<Engine>(*recorder_, clock_, key_, options(), counters_, recorder_.get());
    ASSERT_TRUE(engine_->load());
    for (unsigned i = 0; i < kRoles; ++i) {
      User user;
      user.name = "user-" + std::to_string(i);
      user.role = static_cast<Role>(i);
      user.follows = i % 2 == 0;
      ASSERT_TRUE(run(root(), PutUser{user, "password"}).ok());
    }
  }

  /// The follower takes what there is, a few at a time.
  void follow() {
    const auto records = records_from(*writer_, theirs_->block() + 1);
    std::span<const StreamRecord> left(records);
    while (!left.empty()) {
      const auto taken = theirs_->apply(left.subspan(0, std::min<size_t>(left.size(), 1 + random_() % 4)), false);
      ASSERT_TRUE(taken) << taken.error().message();
      left = left.subspan(*taken);
    }
    ASSERT_EQ(theirs_->block(), engine_->block());
    ASSERT_EQ(theirs_->audit_head(), engine_->audit_head());
    ASSERT_EQ(theirs_->newest(), engine_->newest());
    ASSERT_EQ(theirs_->epoch(), engine_->epoch());
    ASSERT_EQ(theirs_->unissued(), engine_->unissued());
  }

  uint64_t pick() { return kFirst + random_() % 60; }
  CreateDevices devices() {
    CreateDevices c;
    for (uint64_t n = 1 + random_() % 3; n > 0; --n) c.names.push_back(name(pick()));
    c.device.manufacturer = "Maker " + std::to_string(random_() % 5);
    return c;
  }
  Sighting seen() {
    Sighting s;
    s.imei = identity::ImeiKey{pick()};
    s.imsi = identity::Imsi(*identity::Digits::parse("25501000000000" + std::to_string(random_() % 10)));
    s.interface = "S13";
    s.first = std::chrono::floor<std::chrono::seconds>(clock_.wall()) - std::chrono::hours(random_() % 1000);
    s.last = s.first + std::chrono::hours(1);
    if (random_() % 2) s.svn = static_cast<identity::Svn>(random_() % 100);
    return s;
  }
  Subscriber subscriber() {
    return {identity::Imsi(*identity::Digits::parse("25501000000000" + std::to_string(random_() % 10))),
            identity::Msisdn()};
  }
  /// One command of any kind, by somebody who mostly may.
  void one() {
    const uint64_t n = random_() % 1000;
    switch (random_() % 16) {
      case 0:
      case 1: run(Role::kImporter, devices()); break;
      case 2: {
        UpdateDevice update{name(pick()), {}};
        update.device.type = "T" + std::to_string(n);
        run(Role::kCustoms, std::move(update));
        break;
      }
      case 3: run(Role::kAdministrator, DeleteDevice{name(pick()), "withdrawn"}); break;
      case 4:
        run(Role::kLawEnforcement, CreateLock{name(pick()), lists::LockPolicy::kMutual, {subscriber()}, {}});
        break;
      case 5:
        run(Role::kAdministrator, UpdateLock{name(pick()), lists::LockPolicy::kMutual, {subscriber()}, {}, {}});
        break;
      case 6: run(Role::kAdministrator, DeleteLock{name(pick()), lists::LockPolicy::kMutual, "over"}); break;
      case 7: run(Role::kLawEnforcement, Propose{"F" + std::to_string(n), on(pick(), kBlack)}); break;
      case 8: run(Role::kAdministrator, Decide{1 + random_() % 40, random_() % 2 == 0, "so"}); break;
      case 9: {
        FileJob job{"J" + std::to_string(n), {}};
        for (uint64_t i = 0; i < 3; ++i) job.items.emplace_back(devices());
        job.items.emplace_back(FileSightings{"job-node", n, {seen()}});
        run(Role::kAdministrator, std::move(job));
        break;
      }
      case 10: run(Role::kOperator, FileSightings{"node", random_() % 20, {seen(), seen()}}); break;
      case 11: run(root(), ChangeEntries{{range(), on(pick(), kGrey, "r" + std::to_string(n % 7))}}); break;
      case 12: {
        uint64_t count = 0;
        const auto message = writer_->first_message(6, count);
        if (message) run(Role::kAdministrator, AckMessage{message->id});
        break;
      }
      case 13: run(root(), SetPolicy{"unlisted", n % 2 ? "grey-90-black" : "off"}); break;
      case 14: {
        Read read{Object::kVersion, Verb::kInfo, "x", Code::kDone, std::nullopt};
        read.issued.emplace(engine_->newest(), base::Sha256::of("m" + std::to_string(n)));
        run(Role::kOperator, std::move(read));
        break;
      }
      default:
        if (n < 20) run(root(), Promote{"drill"});
        if (n > 950) clock_.advance(std::chrono::hours(24 * 40));
        clock_.advance(std::chrono::milliseconds(300));
        ASSERT_TRUE(engine_->run({}));
    }
  }
  Change range() {
    Change c;
    c.entry.kind = lists::EntryKind::kRange;
    const uint64_t from = kFirst + 100 + random_() % 50 * 10;
    c.entry.imei = identity::ImeiKey{from};
    c.entry.to = identity::ImeiKey{from + 9};
    c.entry.lists = lists::ListSet(kGrey);
    c.remove = random_() % 3 == 0;
    return c;
  }
  store::KindDigests digests(StoreReader& reader) {
    lists::Entries entries;
    lists::TermsPool terms;
    EXPECT_TRUE(read_state(reader, entries, terms));
    return store::digests_of(entries, terms);
  }

  const std::string theirs_dir_ = temp_.file("theirs");
  EngineCounters their_counters_;
  std::unique_ptr<SqliteStore> their_store_;
  std::unique_ptr<StoreWriter> their_writer_;
  std::unique_ptr<RecordingStore> recorder_, their_recorder_;
  std::unique_ptr<Engine> theirs_;
  std::mt19937_64 random_{5};
};

TEST_F(Stream, AnUrgentMarkThatChangesNothingIsWritten) {
  record();
  ASSERT_TRUE(run(root(), ChangeEntries{{on(kFirst, kBlack)}}).ok());
  settle();
  for (int i = 0; i < 2; ++i) {
    ASSERT_TRUE(run(root(), MarkUrgent{{name(kFirst)}, true, "an order"}).ok());
    settle();
    for (int again = 0; again < 3; ++again) ASSERT_TRUE(engine_->run({}));
  }
  EXPECT_EQ(counters_.store_failures.get(), 0u);
  follow();
}

TEST_F(Stream, CarriesCommandsOfEveryKindOverToTheSameRows) {
  record();
  for (int round = 0; round < 12; ++round) {
    for (int i = 0; i < 60; ++i) one();
    follow();
    if (HasFatalFailure()) return;
  }
  settle();
  follow();
  EXPECT_GT(counters_.versions.get(), 5u);
  EXPECT_GT(counters_.jobs_done.get(), 5u);
  EXPECT_GT(counters_.sightings_expired.get(), 5u);
  EXPECT_GT(counters_.versions_expired.get(), 0u);
  EXPECT_GT(counters_.issued_expired.get(), 5u);
  EXPECT_EQ(digests(*their_writer_), engine_->manifest().digests);
  const auto ours = rows_of(dir_), others = rows_of(theirs_dir_);
  ASSERT_GT(ours.size(), 1000u);
  EXPECT_EQ(ours, others);
  const AuditReport report = verify_audit(*their_writer_, {engine_->audit_head()});
  EXPECT_TRUE(report.whole) << report.fault;
  ASSERT_EQ(theirs_->users().size(), engine_->users().size());
  for (const auto& [name, user] : engine_->users())
    EXPECT_EQ(row_of(theirs_->users().at(name)).body, row_of(user).body);
}

TEST_F(Stream, WhoeverIsPromotedGoesOnWhereTheOtherWas) {
  record();
  for (int i = 0; i < 200; ++i) one();
  follow();
  const uint64_t block = theirs_->block();
  const uint32_t epoch = theirs_->epoch();
  const auto theirs = [&](const Request& rq, Command command) {
    Engine::Task task{rq, std::move(command), {}};
    Engine::Task* tasks[] = {&task};
    EXPECT_TRUE(theirs_->run(tasks));
    return task.outcome;
  };
  // What it is asked while it follows goes to its own chain.
  EXPECT_EQ(theirs(as(Role::kImporter), devices()).why, Why::kNotActive);
  EXPECT_TRUE(theirs(as(Role::kImporter), Read{Object::kDevice, Verb::kInfo, "x", Code::kDone, {}}).ok());
  EXPECT_EQ(theirs(as(Role::kImporter), Promote{"not I"}).why, Why::kNotAllowed);
  EXPECT_EQ(theirs_->block(), block);
  EXPECT_EQ(their_writer_->newest_site_block()->number, 3u);
  ASSERT_TRUE(theirs_->hear(epoch + 6));
  ASSERT_TRUE(theirs(root(), Promote{"the other burnt down"}).ok());
  EXPECT_EQ(theirs_->block(), block + 1);
  EXPECT_EQ(theirs_->epoch(), epoch + 7);
  for (int i = 0; i < 2000 && (theirs_->work_left() || theirs_->unissued()); ++i) {
    clock_.advance(std::chrono::milliseconds(500));
    ASSERT_TRUE(theirs_->run({}));
  }
  EXPECT_EQ(theirs_->newest().epoch, epoch + 7);
  EXPECT_EQ(theirs_->jobs_waiting(), 0u);
  CreateDevices create;
  create.names = {name(kFirst + 5000)};
  create.device.manufacturer = "A maker nobody named before";
  EXPECT_TRUE(theirs(as(Role::kAdministrator), create).ok());
  clock_.advance(std::chrono::seconds(1));
  ASSERT_TRUE(theirs_->run({}));
  EXPECT_EQ(digests(*their_writer_), theirs_->manifest().digests);
  const AuditReport report = verify_audit(*their_writer_, {engine_->audit_head()});
  EXPECT_TRUE(report.whole) << report.fault;
}

TEST_F(Stream, ARecordThatDoesNotGoOnOrIsDamagedChangesNothing) {
  record();
  for (int i = 0; i < 20; ++i) one();
  const auto records = records_from(*writer_, 1);
  ASSERT_GT(records.size(), 10u);
  const auto refused = [&](std::vector<StreamRecord> some) {
    const auto before = rows_of(theirs_dir_);
    const uint64_t block = theirs_->block();
    EXPECT_FALSE(theirs_->apply(some, false));
    EXPECT_EQ(theirs_->block(), block);
    EXPECT_EQ(rows_of(theirs_dir_), before);
  };
  refused({records[1]});
  refused({records[0], records[2]});
  for (int i = 0; i < 200; ++i) {
    auto some = std::vector(records.begin(), records.begin() + 4);
    std::string& operations = some[3].operations;
    operations.resize(random_() % operations.size());
    // What is cut may end between two operations; then it is one of a kind the block gives away.
    auto body = some[3].block.body;
    if (!body.empty()) body[random_() % body.size()] ^= 1;
    some[3].block.body = body;
    refused(std::move(some));
  }
  ASSERT_TRUE(theirs_->apply(std::span(records).subspan(0, 4), false));
  refused({records[3]});
  // Operations are read to their end, whatever they hold.
  for (int i = 0; i < 2000; ++i) {
    std::string noise(random_() % 60, '\0');
    for (char& c : noise) c = static_cast<char>(random_());
    Replayed seen;
    their_writer_->begin();
    (void)replay(noise, 1, *their_writer_, seen);
    their_writer_->rollback();
  }
}

TEST_F(Stream, ASettingOfTheSiteItselfIsNotForOthers) {
  record();
  ASSERT_TRUE(run(root(), SetSite{"alone", "on"}).ok());
  EXPECT_TRUE(engine_->alone());
  follow();
  EXPECT_FALSE(theirs_->alone());
  EXPECT_FALSE(their_writer_->setting("site.alone"));
  EXPECT_EQ(run(root(), SetSite{"alone", "perhaps"}).code, Code::kValueSyntax);
  EXPECT_EQ(run(Role::kRegulator, SetSite{"alone", "on"}).code, Code::kAuthorization);
}

TEST_F(Stream, KeepsTheNewestRecordsOnly) {
  record(20'000);
  for (int i = 0; i < 400; ++i) one();
  EXPECT_LE(recorder_->octets(), 20'000u);
  uint64_t octets = 0, records = 0, newest = 0;
  writer_->stream_sizes([&](uint64_t block, uint64_t size) {
    octets += size;
    ++records;
    newest = block;
  });
  EXPECT_EQ(octets, recorder_->octets());
  EXPECT_EQ(records, recorder_->records());
  EXPECT_GT(records, 3u);
  EXPECT_EQ(newest, engine_->block());
}

TEST_F(Stream, ACopyBringsEverythingButWhatIsOfTheSite) {
  record();
  for (int i = 0; i < 300; ++i) one();
  settle();
  ASSERT_TRUE(theirs_->step_down(1, "test"));
  Request rq = root();
  Engine::Task task{rq, SetSite{"standby-sync", "on"}, {}};
  Engine::Task* tasks[] = {&task};
  ASSERT_TRUE(theirs_->run(tasks));
  const auto own = their_writer_->newest_site_block();
  ASSERT_TRUE(own);
  // A reader in the middle of what was goes on with it.
  auto reader = std::move(*their_store_->reader());
  reader->hold();
  EXPECT_FALSE(reader->newest_block());
  const std::string file = theirs_dir_ + "/copy.db";
  auto source = std::move(*store_->reader());
  ASSERT_TRUE(source->copy_to(file));
  const auto adopted = theirs_->adopt(file);
  ASSERT_TRUE(adopted) << adopted.error().message();
  EXPECT_FALSE(reader->newest_block());
  reader->release();
  EXPECT_EQ(reader->newest_block()->number, engine_->block());
  EXPECT_EQ(rows_of(dir_), rows_of(theirs_dir_));
  EXPECT_FALSE(theirs_->active());
  EXPECT_TRUE(theirs_->sync());
  EXPECT_EQ(their_writer_->newest_site_block()->hash, own->hash);
  // And it follows on.
  for (int i = 0; i < 50; ++i) one();
  follow();
  EXPECT_EQ(rows_of(dir_), rows_of(theirs_dir_));
}

}  // namespace
}  // namespace eir::registry
