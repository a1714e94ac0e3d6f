// SPDX-License-Identifier: GPL-3.0-or-later
// What is on record, and that nobody can change it unseen.
#include <sqlite3.h>

#include <set>

#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

class Audit : public RegistryTest {
 protected:
  /// A few blocks, and the head after each.
  std::vector<base::Hash> fill() {
    std::vector<base::Hash> heads;
    for (uint64_t i = 0; i < 8; ++i) {
      EXPECT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + i)}, {}}).ok());
      heads.push_back(engine_->audit_head());
    }
    return heads;
  }
  void sql(const std::string& text) {
    sqlite3* db = nullptr;
    ASSERT_EQ(sqlite3_open((dir_ + "/registry.db").c_str(), &db), SQLITE_OK);
    ASSERT_EQ(sqlite3_exec(db, text.c_str(), nullptr, nullptr, nullptr), SQLITE_OK) << sqlite3_errmsg(db);
    sqlite3_close(db);
  }
  /// As that format had it: a row for each identifier. REQUIRES: start() after it.
  void to_format_2() {
    engine_.reset();
    writer_.reset();
    sql("create table trid(hash integer not null, user integer not null, block integer not null,"
        " primary key(hash, user, block)) without rowid;"
        "with recursive bit(n) as (select 0 union all select n + 1 from bit where n < 63)"
        " insert into trid select run * 64 + n, user, block from trids, bit where block > 0 and members >> n & 1;"
        "drop table trids; pragma user_version=2");
  }
  AuditReport verify(const std::vector<base::Hash>& anchors = {}) { return verify_audit(*writer_, anchors); }
};

TEST_F(Audit, TellsWhoAskedWhatAndWhatItChanged) {
  Request rq = as(Role::kImporter);
  rq.cl_trid = "FIRM-1";
  rq.sv_trid = "UKR-1";
  Device device;
  device.permit = "P-7";
  ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst), name(kFirst + 1)}, device}).ok());
  for (const char* trid : {"FIRM-1", "UKR-1"}) {
    const auto found = find_commands(*writer_, trid, std::nullopt);
    ASSERT_EQ(found.size(), 3u) << trid;
    const CommandRecord& c = found[0].command;
    EXPECT_EQ(c.user_name, "user-0");
    EXPECT_EQ(c.role, Role::kImporter);
    EXPECT_EQ(c.address, "192.0.2.1");
    EXPECT_EQ(c.verb + " " + c.object, "create device");
    EXPECT_NE(c.asked.find("permit=\"P-7\""), std::string::npos) << c.asked;
    EXPECT_EQ(c.code, Code::kDone);
    EXPECT_EQ(found[1].imei.place, place_of(identity::ImeiKey{kFirst}, std::nullopt));
    EXPECT_TRUE(found[1].imei.lists_before.empty());
    EXPECT_TRUE(found[1].imei.lists_after.white());
  }
  EXPECT_TRUE(find_commands(*writer_, "FIRM-1", UserId{2}).empty());
}

TEST_F(Audit, ARefusedCommandIsOnRecordWithTheNamesItWasRefusedFor) {
  Request rq = as(Role::kImporter);
  rq.sv_trid = "UKR-2";
  EXPECT_EQ(run(rq, CreateDevices{{"123"}, {}}).code, Code::kValueSyntax);
  const auto found = find_commands(*writer_, "UKR-2", std::nullopt);
  ASSERT_EQ(found.size(), 1u);
  EXPECT_EQ(found[0].command.code, Code::kValueSyntax);
  EXPECT_EQ(found[0].command.refused, "123:form");
}

TEST(TridKey, WhatCountsUpLiesSideBySideAndNothingElseIsTheSame) {
  for (uint64_t n = 1'000 * kTridRun; n < 1'001 * kTridRun - 1; ++n)
    EXPECT_EQ(trid_key("FIRM-" + std::to_string(n)) + 1, trid_key("FIRM-" + std::to_string(n + 1)));
  std::set<std::string> texts = {"A", "A-", "A-x", "A-1x", ""};
  for (const char* name :
       {"", "A", "A-", "A-0", "A-00", "B-", "a-", "FIRM-2026-", "FIRM-20260", "99999999999999999999"})
    for (uint64_t n = 0; n < 3'000; ++n) texts.insert(name + std::to_string(n));
  std::set<uint64_t> keys;
  for (const std::string& text : texts) keys.insert(trid_key(text));
  EXPECT_EQ(keys.size(), texts.size());
  EXPECT_LE(*keys.rbegin(), uint64_t{INT64_MAX});
}

TEST_F(Audit, WhatAStoreOfBeforeFoundByItsHashIsFound) {
  Request rq = as(Role::kImporter);
  rq.cl_trid = "FIRM-1";
  ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst)}, {}}).ok());
  const uint64_t was = trid_hash("FIRM-1");
  to_format_2();
  sql("delete from setting where name = '" + std::string(kTridsByKey) +
      "'; update trid set hash = " + std::to_string(was) + " where hash = " + std::to_string(trid_key("FIRM-1")));
  start();
  EXPECT_EQ(find_commands(*writer_, "FIRM-1", std::nullopt).size(), 2u);
  EXPECT_TRUE(run(rq, CreateDevices{{name(kFirst + 1)}, {}}).repeated);
  EXPECT_EQ(find_commands(*writer_, "FIRM-1", std::nullopt).size(), 4u);
}

TEST_F(Audit, AStoreWithARowForEachIdentifierIsTakenOver) {
  Request rq = as(Role::kImporter);
  constexpr uint64_t kMany = 3 * kTridRun;
  for (uint64_t n = 0; n < kMany; ++n) {
    rq.cl_trid = "FIRM-" + std::to_string(n);
    ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst + n)}, {}}).ok());
  }
  rq.cl_trid = "FIRM-5";
  ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst + kMany)}, {}}).repeated);
  to_format_2();
  start();
  for (uint64_t n = 0; n < kMany; ++n) {
    const auto found = find_commands(*writer_, "FIRM-" + std::to_string(n), rq.user);
    ASSERT_EQ(found.size(), n == 5 ? 4u : 2u) << n;
    EXPECT_EQ(found.back().imei.place >> 7, kFirst + n);
  }
  EXPECT_TRUE(run(rq, CreateDevices{{name(kFirst + kMany + 1)}, {}}).repeated);
  rq.cl_trid = "FIRM-" + std::to_string(kMany);
  EXPECT_FALSE(run(rq, CreateDevices{{name(kFirst + kMany + 2)}, {}}).repeated);
  EXPECT_TRUE(verify().whole);
}

TEST_F(Audit, OfAGroupEveryIdentifierIsKnownAndFound) {
  std::vector<Engine::Task> tasks;
  for (const char* trid : {"G-62", "G-63", "G-64", "G-63", "other"}) {
    Request rq = as(Role::kImporter);
    rq.cl_trid = trid;
    tasks.push_back({rq, Read{Object::kDevice, Verb::kCheck, trid, Code::kDone, {}}, {}});
  }
  std::vector<Engine::Task*> group;
  for (Engine::Task& task : tasks) group.push_back(&task);
  ASSERT_TRUE(engine_->run(group));
  for (size_t i = 0; i < tasks.size(); ++i) EXPECT_EQ(tasks[i].outcome.repeated, i == 3) << i;
  for (const char* trid : {"G-62", "G-64", "other"}) EXPECT_EQ(find_commands(*writer_, trid, {}).size(), 1u) << trid;
  EXPECT_EQ(find_commands(*writer_, "G-63", {}).size(), 2u);
  EXPECT_TRUE(find_commands(*writer_, "G-61", {}).empty());
  EXPECT_EQ(find_commands(*writer_, tasks[4].request.sv_trid, {}).size(), 1u);
}

TEST_F(Audit, ARepeatedClTridIsFlaggedAndRefusedWhereTheUserWantsThat) {
  Request rq = as(Role::kImporter);
  rq.cl_trid = "CONSTANT";
  EXPECT_FALSE(run(rq, CreateDevices{{name(kFirst)}, {}}).repeated);
  const Outcome again = run(rq, CreateDevices{{name(kFirst + 1)}, {}});
  EXPECT_TRUE(again.repeated);
  EXPECT_EQ(again.code, Code::kDone);
  // Another user's identifiers are another's.
  Request other = as(Role::kPointOfSale);
  other.cl_trid = "CONSTANT";
  EXPECT_FALSE(run(other, CreateDevices{{name(kFirst + 2)}, {}}).repeated);
  User strict = engine_->users().at("user-0");
  strict.refuse_repeats = true;
  ASSERT_TRUE(run(root(), PutUser{strict, {}}).ok());
  EXPECT_EQ(run(rq, CreateDevices{{name(kFirst + 3)}, {}}).code, Code::kPolicy);
  rq.cl_trid.clear();
  EXPECT_TRUE(run(rq, CreateDevices{{name(kFirst + 4)}, {}}).repeated);
}

TEST_F(Audit, AWholeChainVerifiesAndTellsWhatLiesAfterTheNewestAnchor) {
  const auto heads = fill();
  const AuditReport alone = verify();
  EXPECT_TRUE(alone.whole) << alone.fault;
  EXPECT_EQ(alone.blocks, engine_->block());
  EXPECT_EQ(alone.head, engine_->audit_head());
  const AuditReport anchored = verify({heads[2], heads[5]});
  EXPECT_TRUE(anchored.whole) << anchored.fault;
  EXPECT_EQ(anchored.anchors_found, 2u);
  EXPECT_EQ(anchored.after_anchor, 2u);
  EXPECT_GE(anchored.records_after, 4u);
}

TEST_F(Audit, AChangedRecordIsFound) {
  fill();
  sql("update audit_block set body = replace(body, cast('192.0.2.1' as blob), cast('192.0.2.9' as blob)) where number "
      "= 5");
  const AuditReport report = verify();
  EXPECT_FALSE(report.whole);
  EXPECT_EQ(report.fault, "block 5 was changed");
  EXPECT_EQ(report.blocks, 4u);
}

TEST_F(Audit, AChangedTimeIsFound) {
  fill();
  sql("update audit_block set at = at + 1 where number = 3");
  EXPECT_EQ(verify().fault, "block 3 was changed");
}

TEST_F(Audit, AGapIsFound) {
  fill();
  sql("delete from audit_block where number = 4");
  EXPECT_EQ(verify().fault, "block 5 follows block 3");
}

TEST_F(Audit, ARewrittenBlockDoesNotHangTogetherWithTheNext) {
  fill();
  BlockRow block;
  writer_->blocks(4, [&](const BlockRow& b) {
    block = b;
    return false;
  });
  block.at += 1000;
  const base::Hash forged = hash_of(block);
  sql("update audit_block set at = at + 1000, hash = x'" + base::hex(forged) + "' where number = 4");
  EXPECT_EQ(verify().fault, "block 5 does not go on from the one before");
}

TEST_F(Audit, WhatWasCutOffIsFoundByAnAnchorAlone) {
  const auto heads = fill();
  sql("delete from audit_block where number > " + std::to_string(engine_->block() - 2));
  EXPECT_TRUE(verify().whole) << "the chain itself cannot know";
  EXPECT_TRUE(verify({heads[5]}).whole);
  const AuditReport report = verify({heads[1], heads[7]});
  EXPECT_FALSE(report.whole);
  EXPECT_EQ(report.anchors_found, 1u);
}

TEST_F(Audit, AnchorsAreReadOutOfManifests) {
  fill();
  settle();
  EXPECT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 50)}, {}}).ok());
  settle();
  const auto anchors = anchors_in(engine_->manifest().text);
  ASSERT_EQ(anchors.size(), 1u);
  EXPECT_TRUE(verify(anchors).whole);
  EXPECT_TRUE(anchors_in("audit-head " + std::string(64, '0') + "\nrubbish\n").empty());
  EXPECT_EQ(anchors_in(std::string(64, 'a') + "\r\n").size(), 1u);
}

TEST_F(Audit, ItGoesOnWhereItWasAfterARestart) {
  fill();
  const uint64_t block = engine_->block();
  start();
  EXPECT_EQ(engine_->block(), block);
  EXPECT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 60)}, {}}).ok());
  const AuditReport report = verify();
  EXPECT_TRUE(report.whole) << report.fault;
}

TEST_F(Audit, AJobsChangesBelongToTheCommandThatFiledIt) {
  Request rq = as(Role::kImporter);
  rq.sv_trid = "UKR-9";
  FileJob job{"F-1", {CreateDevices{{name(kFirst), name(kFirst + 1)}, {}}}};
  ASSERT_EQ(run(rq, job).code, Code::kPending);
  settle();
  size_t imeis = 0;
  for (const AuditRecord& r : find_commands(*writer_, "UKR-9", std::nullopt)) imeis += r.type == RecordType::kImei;
  EXPECT_EQ(imeis, 2u);
}

TEST_F(Audit, AJobOfManyBlocksIsFoundWholeWithWhatItsItemsAsked) {
  EngineOptions small;
  small.job_names_per_group = 1;
  start(small);
  Request rq = as(Role::kImporter);
  rq.cl_trid = "JOB-1";
  Change change = on(kFirst, kBlack);
  FileJob job{"F-1",
              {CreateDevices{{name(kFirst)}, {}}, Propose{"CASE-7", change}, UpdateDevice{name(kFirst + 5), {}}}};
  ASSERT_EQ(run(rq, job).code, Code::kPending);
  settle();
  rq.cl_trid = "JOB-2";
  ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst + 1)}, {}}).ok());
  const auto found = find_commands(*writer_, "JOB-1", std::nullopt);
  ASSERT_EQ(found.size(), 4u) << "the command, a device, two items";
  EXPECT_EQ(found[0].command.object, "job");
  EXPECT_EQ(found[1].imei.place >> 7, kFirst);
  EXPECT_EQ(found[2].type, RecordType::kItem);
  EXPECT_NE(found[2].text.find("2: create proposal filing=\"CASE-7\" put imei"), std::string::npos) << found[2].text;
  EXPECT_NE(found[3].text.find("3: update device " + name(kFirst + 5) + ": 2303"), std::string::npos) << found[3].text;
  EXPECT_TRUE(verify().whole);
}

TEST_F(Audit, IdentifiersOfManyOctetsAreFoundAndKnown) {
  Request rq = as(Role::kImporter);
  for (int i = 0; i < 60; ++i) rq.cl_trid += "\u0457";
  ASSERT_TRUE(run(rq, CreateDevices{{name(kFirst)}, {}}).ok());
  EXPECT_EQ(find_commands(*writer_, rq.cl_trid, std::nullopt).size(), 2u);
  EXPECT_TRUE(run(rq, CreateDevices{{name(kFirst + 1)}, {}}).repeated);
}

TEST(AuditRecords, TruncatedBodiesAreNoRecords) {
  AuditBlock block;
  CommandRecord command;
  command.sequence = 1;
  command.user_name = "user";
  block.add(command);
  block.add(ImeiRecord{});
  block.add_event("something");
  const BlockRow whole = block.finish(1, {}, 0);
  ASSERT_TRUE(records_of(whole));
  for (size_t len = 0; len < whole.body.size(); ++len) {
    BlockRow cut = whole;
    cut.body.resize(len);
    EXPECT_FALSE(records_of(cut)) << len;
  }
  BlockRow longer = whole;
  longer.body += '\0';
  EXPECT_FALSE(records_of(longer));
}

}  // namespace
}  // namespace eir::registry
