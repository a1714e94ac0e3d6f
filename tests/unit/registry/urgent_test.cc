// SPDX-License-Identifier: GPL-3.0-or-later
// Devices that are marked as urgent, and the chain that nodes get of them.
#include "registry/urgent.h"

#include "core/feed/data.h"
#include "registry/octets.h"
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

class UrgentTest : public RegistryTest {
 protected:
  void list(uint64_t key, uint8_t lists, const Grounds& grounds = {}) {
    Change change = on(key, lists);
    if (grounds != Grounds{}) change.entry.grounds = grounds;
    ASSERT_TRUE(run(root(), ChangeEntries{{change}}).ok());
  }
  Outcome mark(std::vector<std::string> names, bool on = true, Role role = Role::kAdministrator) {
    return run(role, MarkUrgent{std::move(names), on, "an order of the court"});
  }
  lists::Version version() {
    const auto v = urgent_version(*writer_);
    return v ? v->manifest.version : lists::Version{};
  }
  /// The devices of the newest version, which is held to what it says of itself.
  std::vector<uint64_t> devices() {
    std::vector<uint64_t> out;
    const auto v = urgent_version(*writer_);
    if (!v) return out;
    const store::Manifest& m = v->manifest;
    EXPECT_TRUE(m.full());
    EXPECT_EQ(m.data_sha256, base::Sha256::of(v->data));
    const auto key = feed::VerifyingKey::parse(key_.public_pem(), "centre");
    EXPECT_TRUE(key && key->verify(m.text, m.signature));
    feed::DataReader reader(feed::DataForm::kFull, m.places);
    EXPECT_TRUE(reader.take(base::as_octets(v->data)) && reader.finish()) << reader.why();
    const lists::Change& change = reader.change();
    EXPECT_EQ(change.after.counts(), m.counts);
    EXPECT_EQ(change.after.size(), change.after.imeis.size()) << "nothing but single devices";
    EXPECT_EQ(store::digests_of(change.after, change.terms), m.digests);
    for (const lists::ImeiEntry& e : change.after.imeis) {
      EXPECT_EQ(e.lists(), lists::ListSet(kBlack));
      out.push_back(identity::number(e.key()));
    }
    return out;
  }
  using Keys = std::vector<uint64_t>;
};

TEST_F(UrgentTest, WhatIsMarkedIsAVersionOfItsOwnAndFollowersAreTold) {
  User node;
  node.name = "NODE-1";
  node.role = Role::kOperator;
  node.follows = true;
  ASSERT_EQ(put(node), Code::kDone);
  list(kFirst, kBlack);
  list(kFirst + 1, kBlack | kGrey);
  settle();
  EXPECT_EQ(version(), lists::Version{}) << "nothing is urgent";
  const auto centre = engine_->newest();
  EXPECT_TRUE(mark({name(kFirst + 1), name(kFirst)}).ok());
  settle();
  EXPECT_EQ(version(), (lists::Version{centre.epoch, 1}));
  EXPECT_EQ(devices(), (Keys{kFirst, kFirst + 1}));
  EXPECT_EQ(engine_->newest(), centre) << "the lists are as they were";
  Request rq = as(Role::kOperator);
  rq.user = static_cast<UserId>(writer_->newest_object(Kind::kUser));
  bool told = false;
  Queued queued;
  for (int i = 0; i < 3 && first_message(*writer_, rq, queued).code == Code::kMessage; ++i) {
    told = told || (queued.notice.about == feed::kUrgent && queued.notice.version == version());
    writer_->begin();
    writer_->remove_message(rq.user, queued.id);
    writer_->commit();
  }
  EXPECT_TRUE(told);
  EXPECT_TRUE(mark({name(kFirst)}).ok()) << "it is marked already";
  settle();
  EXPECT_EQ(version().number, 1u);
  EXPECT_TRUE(mark({name(kFirst)}, false).ok());
  settle();
  EXPECT_EQ(devices(), Keys{kFirst + 1});
  EXPECT_EQ(version().number, 2u);
  EXPECT_TRUE(row(kFirst)->lists.black()) << "the device stays where it is";
}

TEST_F(UrgentTest, OnlyBlackDevicesThatStayBlackByTheAdministratorAllOrNone) {
  list(kFirst, kBlack);
  list(kFirst + 1, kGrey);
  Grounds timed;
  timed.until = std::chrono::floor<std::chrono::seconds>(clock_.wall()) + std::chrono::hours(24);
  timed.next = lists::ListSet(kWhite);
  list(kFirst + 2, kBlack, timed);
  EXPECT_EQ(mark({name(kFirst)}, true, Role::kLawEnforcement).code, Code::kAuthorization);
  EXPECT_EQ(mark({}).code, Code::kRange);
  EXPECT_EQ(mark({name(kFirst + 1)}).code, Code::kStatusProhibits);
  EXPECT_EQ(mark({name(kFirst + 2)}).code, Code::kStatusProhibits) << "it will turn white";
  EXPECT_EQ(mark({name(kFirst + 3)}).code, Code::kStatusProhibits);
  EXPECT_EQ(mark({"12"}).code, Code::kValueSyntax);
  EXPECT_EQ(mark({name(kFirst), name(kFirst)}).why, Why::kInGroup);
  EXPECT_EQ(mark({name(kFirst)}, false).code, Code::kNoObject);
  EXPECT_EQ(run(Role::kAdministrator, MarkUrgent{{name(kFirst)}, true, ""}).code, Code::kMissing);
  const Outcome group = mark({name(kFirst), name(kFirst + 1)});
  EXPECT_EQ(group.why, Why::kInGroup);
  ASSERT_EQ(group.offenders.size(), 1u);
  EXPECT_EQ(group.offenders[0].name, name(kFirst + 1));
  settle();
  EXPECT_EQ(version(), lists::Version{});
}

TEST_F(UrgentTest, WhatLeavesTheBlackListLeavesTheChain) {
  for (uint64_t i = 0; i < 3; ++i) list(kFirst + i, kBlack);
  ASSERT_TRUE(mark({name(kFirst), name(kFirst + 1), name(kFirst + 2)}).ok());
  settle();
  Change away = on(kFirst, kBlack);
  away.remove = true;
  ASSERT_TRUE(run(root(), ChangeEntries{{away}}).ok());
  list(kFirst + 1, kWhite);
  settle();
  EXPECT_EQ(devices(), Keys{kFirst + 2});
  list(kFirst, kBlack);
  settle();
  EXPECT_EQ(devices(), Keys{kFirst + 2}) << "the mark is gone";
  Change last = on(kFirst + 2, kBlack);
  last.remove = true;
  ASSERT_TRUE(run(root(), ChangeEntries{{last}}).ok());
  settle();
  EXPECT_EQ(devices(), Keys{});
  EXPECT_EQ(urgent_version(*writer_)->manifest.places, 0u);
}

TEST_F(UrgentTest, NoMoreThanNodesTakeWithinTheirWindow) {
  constexpr uint64_t kAll = feed::kUrgentPlacesMax + 1;
  std::vector<std::string> names;
  ChangeEntries changes;
  for (uint64_t i = 0; i < kAll; ++i) {
    changes.changes.push_back(on(kFirst + i, kBlack));
    names.push_back(name(kFirst + i));
  }
  ASSERT_TRUE(run(root(), std::move(changes)).ok());
  for (size_t i = 0; i + 1 < kAll; i += kGroupNamesMax)
    ASSERT_TRUE(
        mark({names.begin() + static_cast<long>(i), names.begin() + static_cast<long>(i + kGroupNamesMax)}).ok());
  EXPECT_EQ(mark({names.back()}).why, Why::kTooMany);
  ASSERT_TRUE(mark({names.front()}, false).ok());
  EXPECT_EQ(mark({names.back()}).why, Why::kTooMany) << "nodes count what was there";
  settle();
  EXPECT_EQ(devices().size(), feed::kUrgentPlacesMax - 1);
  EXPECT_LT(urgent_version(*writer_)->data.size(), size_t{1} << 20) << "within a frame";
  clock_.advance(feed::kUrgentWindow + std::chrono::seconds(1));
  EXPECT_TRUE(mark({names.back()}).ok());
  settle();
  EXPECT_EQ(devices().size(), feed::kUrgentPlacesMax);
}

TEST_F(UrgentTest, ItGoesOnAfterARestartAndInANewEpoch) {
  list(kFirst, kBlack);
  settle();
  ASSERT_TRUE(mark({name(kFirst)}).ok());
  start();
  settle();
  EXPECT_EQ(devices(), Keys{kFirst}) << "what was not made yet is made now";
  const auto before = urgent_version(*writer_)->manifest;
  ASSERT_TRUE(run(root(), Promote{"drill"}).ok());
  settle();
  const auto after = urgent_version(*writer_)->manifest;
  EXPECT_EQ(after.version, (lists::Version{before.version.epoch + 1, 1}));
  EXPECT_EQ(after.previous_sha256, before.sha256());
  EXPECT_EQ(devices(), Keys{kFirst});
}

TEST_F(UrgentTest, WhateverComesBehindAPromotionTheEpochBeginsBeforeTheChain) {
  list(kFirst, kBlack);
  settle();
  ASSERT_TRUE(mark({name(kFirst)}).ok());
  settle();
  const auto before = urgent_version(*writer_)->manifest;
  ASSERT_TRUE(run(root(), StandBy{"maintenance"}).ok());
  Engine::Task promote{root(), Promote{"the main site is gone"}, {}};
  Engine::Task next{as(Role::kImporter), CreateDevices{{name(kFirst + 1)}, {}}, {}};
  Engine::Task* tasks[] = {&promote, &next};
  ASSERT_TRUE(engine_->run(tasks));
  ASSERT_TRUE(promote.outcome.ok() && next.outcome.ok());
  settle();
  EXPECT_EQ(version(), (lists::Version{before.version.epoch + 1, 1}));
}

}  // namespace
}  // namespace eir::registry
