// SPDX-License-Identifier: GPL-3.0-or-later
// Locks, proposals, entries of every kind, sightings, messages, sites.
#include "tests/unit/registry/fixture.h"

namespace eir::registry {
namespace {

identity::Imsi imsi(const char* digits) { return identity::Imsi(*identity::Digits::parse(digits)); }

class Lists : public RegistryTest {
 protected:
  Queued next(Role role) {
    Queued queued;
    first_message(*writer_, as(role), queued);
    return queued;
  }
  FileSightings batch(uint64_t sequence, uint64_t key, std::chrono::system_clock::time_point at) {
    const auto t = std::chrono::floor<std::chrono::seconds>(at);
    return {
        "node-1", sequence, {{identity::ImeiKey{key}, {}, imsi("255010000000001"), {}, "s13", "mme", "25501", t, t}}};
  }
};

TEST_F(Lists, ALockIsMadeChangedAndTakenAwayByItsMaker) {
  const CreateLock lock{name(kFirst), lists::LockPolicy::kDevice, {{imsi("255010000000001"), {}}}, {}};
  ASSERT_EQ(run(Role::kOperator, lock).code, Code::kDone);
  EXPECT_EQ(run(Role::kOperator, lock).code, Code::kExists);
  EXPECT_EQ(run(Role::kPointOfSale, DeleteLock{lock.name, lock.policy, ""}).why, Why::kNotOwner);
  UpdateLock update{lock.name, lock.policy, {{imsi("255010000000002"), {}}}, {}, {}};
  EXPECT_EQ(run(Role::kOperator, update).code, Code::kDone);
  settle();
  const auto version = engine_->newest();
  EXPECT_EQ(run(Role::kOperator, update).code, Code::kDone) << "that is how it is already";
  settle();
  EXPECT_EQ(engine_->newest(), version);
  EXPECT_EQ(engine_->manifest().counts.locks, 2u);
  ShownLock shown;
  ASSERT_TRUE(lock_info(*writer_, as(Role::kOperator), lock.name, lock.policy, shown).ok());
  EXPECT_EQ(shown.subscribers.size(), 2u);
  EXPECT_EQ(run(Role::kOperator, UpdateLock{lock.name, lock.policy, {}, shown.subscribers, {}}).code,
            Code::kPolicyOfValue);
  EXPECT_EQ(run(Role::kOperator, UpdateLock{lock.name, lists::LockPolicy::kMutual, {}, {}, {}}).code, Code::kNoObject);
  EXPECT_EQ(run(Role::kOperator, DeleteLock{lock.name, lock.policy, ""}).code, Code::kDone);
  EXPECT_EQ(run(Role::kOperator, DeleteLock{lock.name, lock.policy, ""}).code, Code::kNoObject);
  settle();
  EXPECT_EQ(engine_->manifest().counts.locks, 0u);
}

TEST_F(Lists, OnlyTheAdministratorRealisesAMove) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  Request police = as(Role::kLawEnforcement);
  const Outcome proposed = run(police, Propose{"CASE-1", on(kFirst, kBlack)});
  ASSERT_EQ(proposed.code, Code::kPending);
  EXPECT_TRUE(row(kFirst)->lists.white());
  const uint64_t id = std::stoull(proposed.id);
  EXPECT_EQ(run(Role::kRegulator, Decide{id, true, ""}).code, Code::kAuthorization);
  EXPECT_EQ(run(Role::kLawEnforcement, Propose{"CASE-1", on(kFirst, kBlack)}).code, Code::kExists);
  EXPECT_EQ(run(Role::kAdministrator, Decide{id, true, "checked"}).code, Code::kDone);
  EXPECT_TRUE(row(kFirst)->lists.black());
  EXPECT_EQ(run(Role::kAdministrator, Decide{id, true, ""}).code, Code::kDone) << "it is so already";
  EXPECT_EQ(run(Role::kAdministrator, Decide{id, false, ""}).why, Why::kDecided);
  const Queued queued = next(Role::kLawEnforcement);
  EXPECT_EQ(queued.notice.what, What::kProposal);
  EXPECT_EQ(queued.notice.reason, "checked");
  EXPECT_EQ(queued.notice.cl_trid, police.cl_trid);
  EXPECT_EQ(queued.notice.sv_trid, police.sv_trid);
  ShownDevice shown;
  ASSERT_TRUE(device_info(*writer_, as(Role::kTax), name(kFirst), shown).ok());
  ASSERT_EQ(shown.entries.size(), 1u);
  EXPECT_EQ(shown.entries[0].author, 3u);
  EXPECT_EQ(shown.entries[0].entry.grounds.reason, "stolen");
}

TEST_F(Lists, AProposalCanBeWithdrawnUntilItIsDecided) {
  const Outcome proposed = run(Role::kCustoms, Propose{"", on(kFirst, kGrey)});
  ASSERT_EQ(proposed.code, Code::kPending);
  const uint64_t id = std::stoull(proposed.id);
  EXPECT_EQ(run(Role::kTax, WithdrawProposal{id}).why, Why::kNotOwner);
  EXPECT_EQ(run(Role::kCustoms, WithdrawProposal{id}).code, Code::kDone);
  EXPECT_EQ(run(Role::kAdministrator, Decide{id, true, ""}).why, Why::kDecided);
  EXPECT_FALSE(row(kFirst));
}

TEST_F(Lists, AStandingPolicyRealisesLawEnforcementsProposalsAtOnce) {
  ASSERT_TRUE(run(Role::kAdministrator, SetPolicy{"law-enforcement-at-once", "on"}).ok());
  EXPECT_EQ(run(Role::kLawEnforcement, Propose{"", on(kFirst, kBlack)}).code, Code::kDone);
  EXPECT_TRUE(row(kFirst)->lists.black());
  EXPECT_EQ(run(Role::kOperator, Propose{"", on(kFirst + 1, kBlack)}).code, Code::kPending);
  EXPECT_EQ(run(Role::kAdministrator, Propose{"", on(kFirst + 2, kBlack)}).code, Code::kDone);
  start();
  EXPECT_EQ(run(Role::kLawEnforcement, Propose{"", on(kFirst + 3, kBlack)}).code, Code::kDone) << "after a restart too";
}

TEST_F(Lists, EntriesOfEveryKindComeAndGoAndTheDigestFollows) {
  const auto who = lists::SubscriberKey::exact(imsi("255010000000001"));
  std::vector<Change> changes(8);
  for (unsigned i = 0; i < 8; ++i) {
    Entry& e = changes[i].entry;
    e.kind = static_cast<lists::EntryKind>(i + 1);
    e.imei = identity::ImeiKey{kFirst};
    e.to = identity::ImeiKey{kFirst + 9};
    e.who = who;
    e.imsi = imsi("255010000000001");
    e.msisdn = identity::Msisdn(*identity::Digits::parse("380501234567"));
    e.tac = 35210605;
    e.lists = lists::ListSet(kBlack);
    if (e.kind != lists::EntryKind::kMirror) e.grounds.reason = "r";
  }
  settle();
  const std::string empty = engine_->manifest().digests.total().hex();
  ASSERT_EQ(run(root(), ChangeEntries{changes}).code, Code::kDone);
  settle();
  EXPECT_EQ(engine_->manifest().counts.total(), 8u);
  EXPECT_NE(engine_->manifest().digests.total().hex(), empty);
  for (Change& c : changes) c.remove = true;
  ASSERT_EQ(run(root(), ChangeEntries{changes}).code, Code::kDone);
  settle();
  EXPECT_EQ(engine_->manifest().counts.total(), 0u);
  EXPECT_EQ(engine_->manifest().digests.total().hex(), empty);
}

TEST_F(Lists, RangesNestOrAreApart) {
  const auto range = [](uint64_t from, uint64_t to) {
    Change c = on(from, kBlack);
    c.entry.kind = lists::EntryKind::kRange;
    c.entry.to = identity::ImeiKey{to};
    return c;
  };
  ASSERT_TRUE(run(root(), ChangeEntries{{range(kFirst, kFirst + 100)}}).ok());
  EXPECT_TRUE(run(root(), ChangeEntries{{range(kFirst + 10, kFirst + 20)}}).ok());
  EXPECT_EQ(run(root(), ChangeEntries{{range(kFirst + 15, kFirst + 30)}}).why, Why::kOverlap);
  EXPECT_EQ(run(root(), ChangeEntries{{range(kFirst + 50, kFirst + 150)}}).why, Why::kOverlap);
  EXPECT_TRUE(run(root(), ChangeEntries{{range(kFirst + 101, kFirst + 150)}}).ok());
  EXPECT_EQ(run(Role::kAdministrator, Propose{"", range(kFirst + 90, kFirst + 120)}).why, Why::kOverlap);
}

/// Deeper than nodes take would stop their chain.
TEST_F(Lists, RangesNestAsDeepAsNodesTakeThem) {
  const auto range = [](uint64_t n) {
    Change c = on(kFirst + n, kBlack);
    c.entry.kind = lists::EntryKind::kRange;
    c.entry.to = identity::ImeiKey{kFirst + 1000 - n};
    return c;
  };
  std::vector<Change> all;
  for (uint64_t n = 1; n <= lists::kRangeDepthMax; ++n) all.push_back(range(n));
  ASSERT_TRUE(run(root(), ChangeEntries{all}).ok());
  EXPECT_EQ(run(root(), ChangeEntries{{range(0)}}).why, Why::kTooMany) << "around them";
  EXPECT_EQ(run(root(), ChangeEntries{{range(400)}}).why, Why::kTooMany) << "inside them";
  EXPECT_EQ(run(Role::kAdministrator, Propose{"", range(400)}).why, Why::kTooMany);
  Change out = range(7);
  out.remove = true;
  ASSERT_TRUE(run(root(), ChangeEntries{{out}}).ok());
  EXPECT_TRUE(run(root(), ChangeEntries{{range(400)}}).ok());
}

TEST_F(Lists, LocksOfOneAreAsManyAsNodesTake) {
  const auto imsi_of = [](uint64_t n) { return identity::Imsi(identity::Digits::of(255'010'000'000'000 + n, 15)); };
  const auto lock = [&](uint64_t device, uint64_t subscriber) {
    Change c = on(kFirst + device, kBlack);
    c.entry.kind = lists::EntryKind::kLock;
    c.entry.lists = {};
    c.entry.policy = lists::LockPolicy::kDevice;
    c.entry.imsi = imsi_of(subscriber);
    return c;
  };
  constexpr uint64_t kMax = lists::kLocksOfOneMax;
  std::vector<Change> of_subscriber, of_device;
  for (uint64_t n = 0; n < kMax; ++n) of_subscriber.push_back(lock(n, 1));
  for (uint64_t n = 0; n <= kMax; ++n) of_device.push_back(lock(9'000, 100 + n));
  ASSERT_TRUE(run(root(), ChangeEntries{of_subscriber}).ok());
  EXPECT_TRUE(run(root(), ChangeEntries{of_subscriber}).ok()) << "that is how it is already";
  const CreateLock one_more{name(kFirst + kMax), lists::LockPolicy::kMutual, {{imsi_of(1), {}}}, {}};
  EXPECT_EQ(run(Role::kOperator, one_more).why, Why::kTooMany);
  EXPECT_EQ(run(root(), ChangeEntries{{lock(kMax, 1)}}).why, Why::kTooMany);
  EXPECT_EQ(run(root(), ChangeEntries{of_device}).why, Why::kTooMany) << "all or nothing";
  of_device.pop_back();
  EXPECT_TRUE(run(root(), ChangeEntries{of_device}).ok());
  UpdateLock update{name(kFirst + 9'000), lists::LockPolicy::kDevice, {{imsi_of(1), {}}}, {}, {}};
  EXPECT_FALSE(run(Role::kAdministrator, update).ok());
  Change out = lock(0, 1);
  out.remove = true;
  ASSERT_TRUE(run(root(), ChangeEntries{{out}}).ok());
  EXPECT_TRUE(run(Role::kOperator, one_more).ok());
  // At the bound one may go for another.
  out = lock(1, 1);
  out.remove = true;
  EXPECT_TRUE(run(root(), ChangeEntries{{lock(kMax + 1, 1), out}}).ok());
  const Subscriber bare{imsi_of(1), {}},
      with_number{imsi_of(1), identity::Msisdn(identity::Digits::of(380'501'234'567, 12))};
  EXPECT_TRUE(run(Role::kOperator, UpdateLock{one_more.name, one_more.policy, {with_number}, {bare}, {}}).ok());
  EXPECT_EQ(run(root(), ChangeEntries{{lock(kMax + 2, 1)}}).why, Why::kTooMany);
}

TEST_F(Lists, AnUnlistedDeviceBecomesGreyUntilItsDayAndABatchCountsOnce) {
  ASSERT_TRUE(run(Role::kAdministrator, SetPolicy{"unlisted", "grey-90-black"}).ok());
  const auto now = clock_.wall();
  ASSERT_EQ(run(Role::kOperator, batch(1, kFirst, now)).code, Code::kDone);
  ASSERT_TRUE(row(kFirst));
  EXPECT_TRUE(row(kFirst)->lists.grey());
  ShownDevice shown;
  ASSERT_TRUE(device_info(*writer_, as(Role::kCustoms), name(kFirst), shown).ok());
  const auto first_due = shown.entries.at(0).entry.grounds.until;
  EXPECT_GE(first_due, now + std::chrono::days(90));
  EXPECT_TRUE(shown.entries[0].entry.grounds.next.black());
  // An earlier sighting of another node brings the day forward, a later one does not move it.
  ASSERT_TRUE(run(Role::kOperator, batch(2, kFirst, now - std::chrono::days(10))).ok());
  ASSERT_TRUE(run(Role::kOperator, batch(3, kFirst, now + std::chrono::days(10))).ok());
  shown = {};
  ASSERT_TRUE(device_info(*writer_, as(Role::kCustoms), name(kFirst), shown).ok());
  EXPECT_EQ(shown.entries.at(0).entry.grounds.until, first_due - std::chrono::days(10));
  const uint64_t taken = counters_.sightings.get();
  EXPECT_EQ(run(Role::kOperator, batch(2, kFirst + 1, now)).code, Code::kDone);
  EXPECT_EQ(counters_.sightings.get(), taken);
  EXPECT_FALSE(row(kFirst + 1));
  std::vector<SightingRow> seen;
  ASSERT_TRUE(sightings_of(*writer_, as(Role::kLawEnforcement), name(kFirst), seen).ok());
  ASSERT_EQ(seen.size(), 1u);
  EXPECT_EQ(seen[0].sighting.last - seen[0].sighting.first, std::chrono::days(20));
  EXPECT_EQ(seen[0].node, "user-6/node-1");
  // What is filed, or in a range, is not unlisted.
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 2)}, {}}).ok());
  ASSERT_TRUE(run(Role::kOperator, batch(4, kFirst + 2, now)).ok());
  EXPECT_TRUE(row(kFirst + 2)->lists.white());
  Change range = on(kFirst + 100, kWhite);
  range.entry.kind = lists::EntryKind::kRange;
  range.entry.to = identity::ImeiKey{kFirst + 200};
  ASSERT_TRUE(run(root(), ChangeEntries{{range}}).ok());
  ASSERT_TRUE(run(Role::kOperator, batch(5, kFirst + 150, now)).ok());
  EXPECT_FALSE(row(kFirst + 150));
}

TEST_F(Lists, ANodesWrongClockTurnsNothingAtOnceAndGrantsNothingMore) {
  ASSERT_TRUE(run(Role::kAdministrator, SetPolicy{"unlisted", "grey-90-black"}).ok());
  const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
  const auto until = [&](uint64_t key) {
    ShownDevice shown;
    EXPECT_TRUE(device_info(*writer_, as(Role::kCustoms), name(key), shown).ok());
    return shown.entries.empty() ? base::UnixSeconds{} : shown.entries[0].entry.grounds.until;
  };
  ASSERT_TRUE(run(Role::kOperator, batch(1, kFirst, std::chrono::system_clock::time_point{})).ok());
  EXPECT_GE(until(kFirst), now + std::chrono::days(1));
  EXPECT_LE(until(kFirst), now + std::chrono::days(2));
  ASSERT_TRUE(run(Role::kOperator, batch(2, kFirst + 1, now + std::chrono::days(400))).ok());
  EXPECT_LE(until(kFirst + 1), now + std::chrono::days(91));
}

TEST_F(Lists, AnUnlistedDeviceThatIsFiledInItsTimeIsWhite) {
  ASSERT_TRUE(run(Role::kAdministrator, SetPolicy{"unlisted", "grey-90-black"}).ok());
  ASSERT_TRUE(run(Role::kOperator, batch(1, kFirst, clock_.wall())).ok());
  ASSERT_TRUE(run(Role::kOperator, batch(2, kFirst + 1, clock_.wall())).ok());
  ASSERT_TRUE(run(root(), ChangeEntries{{on(kFirst + 2, kGrey, "unlisted")}}).ok());
  ASSERT_TRUE(row(kFirst)->lists.grey());
  const auto available = [&](uint64_t key) {
    std::vector<Checked> checked;
    const auto now = std::chrono::floor<std::chrono::seconds>(clock_.wall());
    EXPECT_TRUE(check_devices(*writer_, as(Role::kImporter), {name(key)}, now, checked).ok());
    return checked.at(0).available;
  };
  EXPECT_TRUE(available(kFirst));
  EXPECT_FALSE(available(kFirst + 2));
  EXPECT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  EXPECT_FALSE(available(kFirst));
  EXPECT_TRUE(row(kFirst)->lists.white());
  EXPECT_EQ(row(kFirst)->owner, as(Role::kImporter).user);
  EXPECT_EQ(row(kFirst)->terms, 0u) << "and stays so";
  ASSERT_TRUE(run(Role::kOperator, batch(3, kFirst, clock_.wall())).ok());
  EXPECT_TRUE(row(kFirst)->lists.white());
  EXPECT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst + 2)}, {}}).why, Why::kRefiled) << "somebody put it there";
  clock_.advance(std::chrono::days(92));
  EXPECT_FALSE(available(kFirst + 1));
  EXPECT_EQ(run(Role::kImporter, CreateDevices{{name(kFirst + 1)}, {}}).why, Why::kRefiled) << "it is black by now";
}

TEST_F(Lists, WhoMayNotSeeALockSeesThatThereIsOne) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  const Subscriber who{identity::Imsi(identity::Digits::of(255'010'000'000'001, 15)), {}};
  ASSERT_TRUE(run(Role::kLawEnforcement, CreateLock{name(kFirst), lists::LockPolicy::kDevice, {who}, {}}).ok());
  for (const Role role : {Role::kLawEnforcement, Role::kAdministrator, Role::kRegulator}) {
    ShownDevice shown;
    ASSERT_TRUE(device_info(*writer_, as(role), name(kFirst), shown).ok());
    EXPECT_TRUE(shown.locked);
    EXPECT_EQ(shown.locks.size(), 1u) << to_string(role);
  }
  for (const Role role : {Role::kImporter, Role::kCustoms, Role::kTax}) {
    ShownDevice shown;
    ASSERT_TRUE(device_info(*writer_, as(role), name(kFirst), shown).ok());
    EXPECT_TRUE(shown.locked);
    EXPECT_TRUE(shown.locks.empty()) << to_string(role);
  }
}

TEST_F(Lists, ALockThatWasImportedWithMoreThanACommandTakesMayShrinkAndNotGrow) {
  std::vector<Change> changes;
  const auto imsi = [](uint64_t n) { return identity::Imsi(identity::Digits::of(255'010'000'000'000 + n, 15)); };
  for (uint64_t n = 0; n < kSubscribersMax + 2; ++n) {
    Change c;
    c.entry.kind = lists::EntryKind::kLock;
    c.entry.imei = identity::ImeiKey{kFirst};
    c.entry.imsi = imsi(n);
    changes.push_back(c);
  }
  const lists::LockPolicy policy = changes[0].entry.policy;
  ASSERT_TRUE(run(root(), ChangeEntries{changes}).ok());
  ShownLock shown;
  ASSERT_TRUE(lock_info(*writer_, as(Role::kLawEnforcement), name(kFirst), policy, shown).ok());
  EXPECT_EQ(shown.subscribers.size(), kSubscribersMax + 2);
  const auto update = [&](std::vector<Subscriber> add, std::vector<Subscriber> remove) {
    return run(Role::kAdministrator, UpdateLock{name(kFirst), policy, std::move(add), std::move(remove), {}}).why;
  };
  EXPECT_EQ(update({{imsi(1'000), {}}}, {}), Why::kTooMany);
  EXPECT_EQ(update({}, {{imsi(0), {}}}), Why::kNone);
  EXPECT_EQ(update({{imsi(1'000), {}}}, {{imsi(1), {}}}), Why::kNone);
}

TEST_F(Lists, OneMessagePerListSaysWhatIsNewestAndIsReplacedWhileUnread) {
  User node = engine_->users().at("user-6");
  node.follows = true;
  ASSERT_TRUE(run(root(), PutUser{node, {}}).ok());
  uint64_t id = 0;
  for (uint64_t i = 0; i < 3; ++i) {
    ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + i)}, {}}).ok());
    settle();
    const Queued queued = next(Role::kOperator);
    EXPECT_EQ(queued.count, 1u);
    EXPECT_GT(queued.id, id);
    id = queued.id;
    EXPECT_EQ(queued.notice.version, engine_->newest());
  }
  EXPECT_EQ(run(Role::kOperator, AckMessage{id - 1}).code, Code::kNoObject);
  EXPECT_EQ(run(Role::kImporter, AckMessage{id}).code, Code::kNoObject) << "another's message";
  EXPECT_EQ(run(Role::kOperator, AckMessage{id}).code, Code::kDone);
  EXPECT_EQ(next(Role::kOperator).count, 0u);
}

TEST_F(Lists, AQueueIsBoundedAndMessagesGrowOld) {
  EngineOptions options;
  start(options);
  for (uint64_t i = 0; i < kMessagesPerUserMax + 5; ++i)
    ASSERT_EQ(run(Role::kImporter, FileJob{"F" + std::to_string(i), {DeleteDevice{"x", ""}}}).code, Code::kPending);
  settle();
  EXPECT_EQ(next(Role::kImporter).count, kMessagesPerUserMax);
  EXPECT_EQ(counters_.messages_dropped.get(), 5u);
  clock_.advance(std::chrono::seconds(kMessagesKeptSeconds + 60));
  ASSERT_TRUE(engine_->run({}));
  EXPECT_EQ(next(Role::kImporter).count, 0u);
  EXPECT_EQ(counters_.messages_expired.get(), kMessagesPerUserMax);
}

TEST_F(Lists, AFollowingSiteRefusesTransformsAndAPromotedOneBeginsANewEpoch) {
  ASSERT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst)}, {}}).ok());
  settle();
  const auto before = engine_->manifest();
  ASSERT_TRUE(run(root(), StandBy{"maintenance"}).ok());
  const Outcome out = run(Role::kImporter, CreateDevices{{name(kFirst + 1)}, {}});
  EXPECT_EQ(out.code, Code::kFailed);
  EXPECT_EQ(out.why, Why::kNotActive);
  start();
  EXPECT_FALSE(engine_->active());
  EXPECT_EQ(run(Role::kRegulator, Promote{"why not"}).code, Code::kAuthorization);
  EXPECT_EQ(run(root(), Promote{""}).code, Code::kMissing);
  ASSERT_TRUE(run(root(), Promote{"main site is gone"}).ok());
  settle();
  EXPECT_EQ(engine_->newest(), (lists::Version{before.version.epoch + 1, 1}));
  EXPECT_EQ(engine_->manifest().previous_sha256, before.sha256());
  EXPECT_EQ(engine_->manifest().digests, before.digests);
  EXPECT_TRUE(engine_->manifest().full());
  EXPECT_TRUE(run(Role::kImporter, CreateDevices{{name(kFirst + 1)}, {}}).ok());
}

}  // namespace
}  // namespace eir::registry
