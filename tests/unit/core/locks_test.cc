// SPDX-License-Identifier: GPL-3.0-or-later
// The lock tables of the handbook, and the other steps that depend on the subscriber.
#include "core/decision/locks.h"

#include <gtest/gtest.h>

#include "core/decision/explain.h"
#include "core/lists/joined.h"

namespace eir::decision {
namespace {

using base::UnixSeconds;
using identity::Digits;
using identity::ImeiKey;
using identity::Imsi;
using identity::Msisdn;
using lists::ListSet;
using lists::LockPolicy;
using lists::SubscriberKey;
using std::chrono::seconds;

constexpr ImeiKey kDevice{35809101000001}, kOther{35809101000002};
constexpr const char* kImsi = "255011111111111";
constexpr const char* kMsisdn = "380501112233";
constexpr const char* kImsi2 = "255012222222222";
constexpr const char* kMsisdn2 = "380502223344";
constexpr Status kWhite = Status::kWhite, kGrey = Status::kGrey, kBlack = Status::kBlack, kUnknown = Status::kUnknown;
constexpr std::array kPolicies{LockPolicy::kMutual, LockPolicy::kDevice, LockPolicy::kSubscriber};

Imsi imsi(std::string_view text) { return text.empty() ? Imsi() : Imsi(*Digits::parse(text)); }
Msisdn msisdn(std::string_view text) { return text.empty() ? Msisdn() : Msisdn(*Digits::parse(text)); }

Basis basis_of(lists::Entries entries, const lists::TermsPool& pool = {}) {
  Basis basis;
  basis.lists =
      std::make_shared<lists::Index>(lists::Snapshot::of(std::move(entries), pool, {1, 1}), lists::Version{1, 1});
  return basis;
}

Question ask(ImeiKey device, std::string_view i, std::string_view m, UnixSeconds at = {}) {
  Question q;
  q.imei = identity::Imei::from_text(identity::to_string(device));
  q.imsi = imsi(i);
  q.msisdn = msisdn(m);
  q.time = at;
  return q;
}

lists::LockEntry lock(LockPolicy policy, std::string_view i, std::string_view m, ImeiKey device = kDevice) {
  return {device, imsi(i), msisdn(m), policy, 0, 0};
}

Reason reason_of(LockPolicy p) {
  return static_cast<Reason>(static_cast<unsigned>(Reason::kLockMutual) + static_cast<unsigned>(p) - 1);
}

enum class Want { kPass, kBreak, kOpen };

void expect(const Basis& basis, const Question& q, Want want, LockPolicy policy, const std::string& what) {
  const Verdict v = EquipmentChecker::check(q, basis);
  EXPECT_EQ(v.reason, want == Want::kBreak ? reason_of(policy) : Reason::kNotListed) << what;
  EXPECT_EQ(v.judged, want == Want::kBreak ? kBlack : kWhite) << what;
  EXPECT_EQ(v.lock_unknown, want == Want::kOpen) << what;
}

TEST(Locks, FourCasesOfEachPolicy) {
  constexpr std::array<std::array<Want, 4>, 3> kTable = {{{Want::kPass, Want::kBreak, Want::kBreak, Want::kPass},
                                                          {Want::kPass, Want::kBreak, Want::kPass, Want::kPass},
                                                          {Want::kPass, Want::kPass, Want::kBreak, Want::kPass}}};
  for (const LockPolicy policy : kPolicies) {
    const auto& row = kTable[static_cast<size_t>(policy) - 1];
    struct Named {
      const char *imsi, *msisdn;
    };
    for (const Named& n : {Named{kImsi, ""}, Named{"", kMsisdn}, Named{kImsi, kMsisdn}}) {
      lists::Entries entries;
      entries.locks = {lock(policy, n.imsi, n.msisdn)};
      const Basis basis = basis_of(entries);
      const std::string what = std::string(to_string(policy)) + " lock on " + n.imsi + "/" + n.msisdn;
      expect(basis, ask(kDevice, kImsi, kMsisdn), row[0], policy, what + ", both locked");
      expect(basis, ask(kDevice, kImsi2, kMsisdn2), row[1], policy, what + ", another subscriber");
      expect(basis, ask(kOther, kImsi, kMsisdn), row[2], policy, what + ", another device");
      expect(basis, ask(kOther, kImsi2, kMsisdn2), row[3], policy, what + ", neither");
    }
  }
}

TEST(Locks, AnIdentityIsMissing) {
  struct Row {
    const char *lock_imsi, *lock_msisdn, *imsi, *msisdn;
    bool mirror;
    Want mutual, device, subscriber;
  };
  constexpr Want P = Want::kPass, B = Want::kBreak, U = Want::kOpen;
  const Row rows[] = {
      {kImsi, "", kImsi, "", false, P, P, P},
      {kImsi, "", "", kMsisdn, false, U, U, P},
      {kImsi, "", "", kMsisdn, true, P, P, P},
      {kImsi, "", "", kMsisdn2, true, B, B, P},  // another subscriber, known by the mirror
      {"", kMsisdn, kImsi, "", false, U, U, P},
      {"", kMsisdn, kImsi, "", true, P, P, P},
      {kImsi, kMsisdn, kImsi, "", false, P, P, P},
      {kImsi, kMsisdn, "", kMsisdn, false, P, P, P},
      {kImsi, kMsisdn, kImsi2, "", false, B, B, P},
      {kImsi, kMsisdn, kImsi, kMsisdn2, false, B, B, B},  // either known one differs
      {kImsi, kMsisdn, kImsi2, kMsisdn, false, B, B, B},
      {kImsi, "", "", "", true, U, U, P},
      {"", kMsisdn, "", "", false, U, U, P},
  };
  for (const Row& row : rows) {
    for (const LockPolicy policy : kPolicies) {
      lists::Entries entries;
      entries.locks = {lock(policy, row.lock_imsi, row.lock_msisdn)};
      if (row.mirror) entries.mirror = {{imsi(kImsi), msisdn(kMsisdn), 0, 0}, {imsi(kImsi2), msisdn(kMsisdn2), 0, 0}};
      const Want wants[] = {row.mutual, row.device, row.subscriber};
      expect(basis_of(entries), ask(kDevice, row.imsi, row.msisdn), wants[static_cast<size_t>(policy) - 1], policy,
             std::string(to_string(policy)) + " on " + row.lock_imsi + "/" + row.lock_msisdn + ", asked " + row.imsi +
                 "/" + row.msisdn + (row.mirror ? " with mirror" : ""));
    }
  }
}

TEST(Locks, SeveralSubscribersAndSeveralDevices) {
  lists::Entries entries;
  entries.locks = {lock(LockPolicy::kMutual, kImsi, ""), lock(LockPolicy::kMutual, kImsi2, ""),
                   lock(LockPolicy::kMutual, kImsi, "", kOther)};
  const Basis basis = basis_of(entries);
  for (const auto& [device, who, want] : {std::tuple{kDevice, kImsi, Want::kPass},
                                          {kDevice, kImsi2, Want::kPass},
                                          {kOther, kImsi, Want::kPass},
                                          {kOther, kImsi2, Want::kBreak},
                                          {ImeiKey{35809101000003}, kImsi, Want::kBreak}})
    expect(basis, ask(device, who, ""), want, LockPolicy::kMutual, who);
}

TEST(Locks, OneThatCannotBeComparedLeavesItOpenUnlessAnotherKeeps) {
  lists::Entries entries;
  entries.locks = {lock(LockPolicy::kDevice, kImsi, ""), lock(LockPolicy::kDevice, "", kMsisdn2)};
  const Basis basis = basis_of(entries);
  expect(basis, ask(kDevice, kImsi, ""), Want::kPass, LockPolicy::kDevice, "kept by the first");
  expect(basis, ask(kDevice, kImsi2, ""), Want::kOpen, LockPolicy::kDevice, "the second may be theirs");
  expect(basis, ask(kDevice, kImsi2, kMsisdn), Want::kBreak, LockPolicy::kDevice, "neither is");
}

TEST(Locks, TheStrictestAnswerAndTheSettings) {
  lists::Entries entries;
  entries.locks = {lock(LockPolicy::kDevice, kImsi, ""), lock(LockPolicy::kSubscriber, kImsi2, "", kOther)};
  entries.imeis = {lists::ImeiEntry::make(kDevice, std::nullopt, ListSet(ListSet::kBlack))};
  Basis basis = basis_of(entries);
  Settings& s = basis.settings;
  s.lock_break = {kBlack, kWhite, kGrey};
  Verdict v = EquipmentChecker::check(ask(kDevice, kImsi2, ""), basis);
  EXPECT_EQ(v.judged, kGrey);
  EXPECT_EQ(v.reason, Reason::kLockSubscriber);
  s.lock_break = {kBlack, kUnknown, kGrey};
  v = EquipmentChecker::check(ask(kDevice, kImsi2, ""), basis);
  EXPECT_EQ(v.judged, kUnknown);
  EXPECT_EQ(v.reason, Reason::kLockDevice);
  v = EquipmentChecker::check(ask(kDevice, "", ""), basis);
  EXPECT_EQ(v.reason, Reason::kIndividual) << "by default the lists decide";
  EXPECT_TRUE(v.lock_unknown);
  s.lock_unknown = kGrey;
  v = EquipmentChecker::check(ask(kDevice, "", ""), basis);
  EXPECT_EQ(v.judged, kGrey);
  EXPECT_EQ(v.reason, Reason::kLockDevice);
  EXPECT_TRUE(v.lock_unknown);
}

TEST(Locks, ExpiredOnesAreNone) {
  lists::TermsPool pool;
  lists::Entries entries;
  entries.locks = {lock(LockPolicy::kDevice, kImsi, "")};
  entries.locks[0].terms = pool.intern({"contract", UnixSeconds(seconds(1000)), UnixSeconds(seconds(2000)), {}});
  Basis basis = basis_of(entries, pool);
  for (const auto& [at, broken] : {std::pair{999, false}, {1000, true}, {1999, true}, {2000, false}}) {
    const Verdict v = EquipmentChecker::check(ask(kDevice, kImsi2, "", UnixSeconds(seconds(at))), basis);
    EXPECT_EQ(v.judged, broken ? kBlack : kWhite) << at;
    EXPECT_EQ(v.note, broken ? "contract" : "") << at;
  }
  // What has expired stays expired when the clock steps back, over the minute that is borne.
  basis.latest = std::make_shared<LatestTime>();
  const auto judged = [&](int at) {
    return EquipmentChecker::check(ask(kDevice, kImsi2, "", UnixSeconds(seconds(at))), basis).judged;
  };
  EXPECT_EQ(judged(1500), kBlack);
  EXPECT_EQ(judged(3000), kWhite);
  EXPECT_EQ(judged(1500), kWhite);
  EXPECT_EQ(judged(2), kWhite);
}

TEST(Subscribers, PairsAndBlackSubscribers) {
  lists::Entries entries;
  const ListSet white(ListSet::kWhite), grey(ListSet::kGrey), black(ListSet::kBlack);
  lists::TermsPool pool;
  entries.imeis = {lists::ImeiEntry::make(kDevice, std::nullopt, black),
                   lists::ImeiEntry::make(kOther, std::nullopt, white)};
  entries.pairs = {{kDevice, SubscriberKey::exact(imsi(kImsi)), white, 0, 0},
                   {kDevice, SubscriberKey::exact(msisdn(kMsisdn)), grey, 0, 0}};
  entries.subscribers = {{SubscriberKey::exact(imsi(kImsi2)), black, pool.intern("fraud"), 0},
                         {SubscriberKey::prefix(SubscriberKey::Type::kMsisdn, *Digits::parse("3805")), grey, 0, 0},
                         {SubscriberKey::prefix(SubscriberKey::Type::kMsisdn, *Digits::parse("38059")), white, 0, 0}};
  Basis basis = basis_of(entries, pool);
  struct Row {
    ImeiKey device;
    const char *imsi, *msisdn;
    ResponseType type;
    bool wins;
    Status status;
    Reason reason;
  };
  const auto t1 = ResponseType::kType1, t3 = ResponseType::kType3;
  const Row rows[] = {
      {kDevice, "", "", t1, true, kBlack, Reason::kIndividual},
      {kDevice, kImsi, "", t1, true, kWhite, Reason::kPair},
      {kDevice, kImsi, kMsisdn, t1, true, kGrey, Reason::kPair},
      {kDevice, kImsi, "380599", t1, true, kWhite, Reason::kPair},
      {kOther, kImsi, "380511", t1, true, kGrey, Reason::kSubscriber},
      {kOther, kImsi, "380599", t1, true, kWhite, Reason::kIndividual},
      {kOther, kImsi2, "", t1, true, kBlack, Reason::kSubscriber},
      {ImeiKey{35809101000003}, kImsi2, "", t3, true, kBlack, Reason::kSubscriber},
      {ImeiKey{35809101000003}, kImsi2, "", t3, false, kUnknown, Reason::kSubscriber},
      {kOther, kImsi2, "", t3, false, kBlack, Reason::kSubscriber},
  };
  for (const Row& row : rows) {
    basis.settings.response_type = row.type;
    basis.settings.black_subscriber_wins = row.wins;
    const Verdict v = EquipmentChecker::check(ask(row.device, row.imsi, row.msisdn), basis);
    EXPECT_EQ(v.judged, row.status) << row.imsi << " " << row.msisdn;
    EXPECT_EQ(v.reason, row.reason) << row.imsi << " " << row.msisdn;
  }
}

TEST(Subscribers, ExceptionsFromListsAndSettings) {
  lists::Entries entries;
  entries.exceptions = {
      {SubscriberKey::exact(imsi(kImsi)), lists::Ruling::kBlack, 0, 0},
      {SubscriberKey::prefix(SubscriberKey::Type::kImsi, *Digits::parse("25501")), lists::Ruling::kGrey, 0, 0},
      {SubscriberKey::exact(msisdn(kMsisdn)), lists::Ruling::kGoOn, 0, 0}};
  Basis basis = basis_of(entries);
  const auto judged = [&](const char* i, const char* m) { return EquipmentChecker::check(ask(kDevice, i, m), basis); };
  EXPECT_EQ(judged(kImsi, "").judged, kBlack);
  EXPECT_EQ(judged(kImsi, kMsisdn).judged, kBlack) << "the stricter of two whole numbers";
  EXPECT_EQ(judged(kImsi2, "").judged, kGrey);
  EXPECT_EQ(judged(kImsi2, "").reason, Reason::kImsiException);
  EXPECT_EQ(judged(kImsi2, kMsisdn).reason, Reason::kNotListed) << "whole number before prefix, and it goes on";
  basis.settings.exceptions = {{SubscriberException::Kind::kImsi, imsi(kImsi), kWhite},
                               {SubscriberException::Kind::kImsiPrefix, *Digits::parse("255"), kUnknown}};
  EXPECT_EQ(judged(kImsi, "").judged, kWhite) << "of two alike the configured one";
  EXPECT_EQ(judged(kImsi2, "").judged, kGrey) << "the longer prefix";
}

TEST(Explain, NamesLocksTermsAndSubscribers) {
  lists::TermsPool pool;
  lists::Entries entries;
  entries.locks = {lock(LockPolicy::kDevice, kImsi, "")};
  entries.locks[0].terms = pool.intern("contract");
  entries.imeis = {
      lists::ImeiEntry::make(kOther, std::nullopt, ListSet(ListSet::kGrey),
                             pool.intern({"unpaid", {}, UnixSeconds(seconds(86'400)), ListSet(ListSet::kBlack)}))};
  const Basis basis = basis_of(entries, pool);
  const auto text = [&](const Question& q) {
    std::string all;
    for (const Step& s : explain(q, basis).steps) all += std::string(s.name) + "=" + s.finding + "\n";
    return all;
  };
  EXPECT_NE(text(ask(kDevice, kImsi2, "")).find("locks=device broken (contract): black\n"), std::string::npos);
  EXPECT_NE(text(ask(kOther, "", "")).find("on grey: unpaid, until 1970-01-02T00:00:00Z and then black\n"),
            std::string::npos)
      << text(ask(kOther, "", ""));
  EXPECT_EQ(EquipmentChecker::check(ask(kOther, "", "", UnixSeconds(seconds(86'400))), basis).judged, kBlack);
}

}  // namespace
}  // namespace eir::decision
