// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include <set>

#include "core/decision/equipment_checker.h"
#include "core/lists/index.h"

namespace eir::decision {
namespace {

using identity::Digits;
using identity::Imei;
using identity::ImeiKey;
using lists::ImeiEntry;
using lists::ListSet;

constexpr uint8_t W = ListSet::kWhite, G = ListSet::kGrey, B = ListSet::kBlack;
constexpr Status kWhite = Status::kWhite, kGrey = Status::kGrey, kBlack = Status::kBlack, kUnknown = Status::kUnknown;
constexpr uint64_t kTac = 35'809'101;

/// One IMEI with what it and its TAC are listed on; 0: not listed.
Basis basis_of(uint8_t individual, uint8_t tac, ResponseType type = ResponseType::kType1) {
  lists::TermsPool pool;
  lists::Entries entries;
  if (individual)
    entries.imeis.push_back(
        ImeiEntry::make(ImeiKey{kTac * 1'000'000 + 1}, std::nullopt, ListSet(individual), pool.intern("own")));
  if (tac)
    entries.ranges.push_back(
        {ImeiKey{kTac * 1'000'000}, ImeiKey{kTac * 1'000'000 + 999'999}, ListSet(tac), pool.intern("type"), 0});
  Basis basis;
  basis.settings.response_type = type;
  basis.lists =
      std::make_shared<lists::Index>(lists::Snapshot::of(std::move(entries), pool, {0, 3}), lists::Version{0, 3});
  return basis;
}

Question ask(std::string_view imei = "35809101000001", std::string_view imsi = {}, std::string_view msisdn = {}) {
  Question q;
  q.imei = Imei::from_text(imei);
  if (!imsi.empty()) q.imsi = identity::Imsi(*Digits::parse(imsi));
  if (!msisdn.empty()) q.msisdn = identity::Msisdn(*Digits::parse(msisdn));
  return q;
}

TEST(ResponseType, TheTable) {
  struct Row {
    uint8_t set;
    Status type1, type2, type3;
  };
  const Row rows[] = {
      {0, kWhite, kUnknown, kUnknown}, {W, kWhite, kWhite, kWhite},         {G, kGrey, kGrey, kUnknown},
      {B, kBlack, kBlack, kUnknown},   {G | B, kBlack, kBlack, kUnknown},   {W | G, kGrey, kGrey, kGrey},
      {W | B, kBlack, kBlack, kBlack}, {W | G | B, kBlack, kBlack, kBlack},
  };
  for (const Row& row : rows) {
    const Status expected[] = {row.type1, row.type2, row.type3};
    for (unsigned t = 1; t <= 3; ++t) {
      const auto type = static_cast<ResponseType>(t);
      // The same set from one entry, from the TAC alone, and from both.
      for (const auto& [individual, tac] :
           {std::pair{row.set, uint8_t{0}}, {uint8_t{0}, row.set}, {row.set, row.set}}) {
        const Verdict v = EquipmentChecker::check(ask(), basis_of(individual, tac, type));
        EXPECT_EQ(v.told, expected[t - 1]) << int{row.set} << " type " << t;
        EXPECT_EQ(v.judged, v.told);
        EXPECT_EQ(v.lists.bits(), row.set);
        EXPECT_EQ(v.version, (lists::Version{0, 3}));
        EXPECT_EQ(v.reason, individual ? Reason::kIndividual : tac ? Reason::kTac : Reason::kNotListed);
      }
    }
  }
}

TEST(EquipmentChecker, CombineLevelsAndWhoDecided) {
  struct Row {
    uint8_t individual, tac;
    bool combine;
    ResponseType type;
    Status status;
    Reason reason;
    std::string_view note;
  };
  const Row rows[] = {
      {B, W, true, ResponseType::kType3, kBlack, Reason::kIndividual, "own"},
      {B, W, false, ResponseType::kType3, kUnknown, Reason::kIndividual, "own"},
      {W, B, true, ResponseType::kType1, kBlack, Reason::kTac, "type"},
      {W, B, false, ResponseType::kType1, kWhite, Reason::kIndividual, "own"},
      {0, B, false, ResponseType::kType1, kBlack, Reason::kTac, "type"},
      {W, G, true, ResponseType::kType1, kGrey, Reason::kTac, "type"},
      {G, W, true, ResponseType::kType1, kGrey, Reason::kIndividual, "own"},
      {W, W, true, ResponseType::kType1, kWhite, Reason::kIndividual, "own"},
  };
  for (const Row& row : rows) {
    Basis basis = basis_of(row.individual, row.tac, row.type);
    basis.settings.combine_levels = row.combine;
    const Verdict v = EquipmentChecker::check(ask(), basis);
    EXPECT_EQ(v.told, row.status);
    EXPECT_EQ(v.reason, row.reason);
    EXPECT_EQ(v.note, row.note);
  }
}

TEST(EquipmentChecker, TheOrder) {
  Basis basis = basis_of(B, 0);
  Settings& s = basis.settings;
  s.home_plmns = {{*Digits::parse("25501")}};
  s.foreign = kGrey;
  EXPECT_EQ(EquipmentChecker::check(ask(), basis).reason, Reason::kIndividual) << "no IMSI is nobody's subscriber";
  EXPECT_EQ(EquipmentChecker::check(ask("35809101000001", "255019999"), basis).reason, Reason::kIndividual);
  EXPECT_EQ(EquipmentChecker::check(ask("35809101000001", "262019999"), basis).reason, Reason::kImsiForeign);
  s.home = kWhite;
  EXPECT_EQ(EquipmentChecker::check(ask("35809101000001", "255019999"), basis).reason, Reason::kImsiHome);
  s.exceptions = {{SubscriberException::Kind::kImsiPrefix, *Digits::parse("262"), kWhite}};
  EXPECT_EQ(EquipmentChecker::check(ask("35809101000001", "262019999"), basis).reason, Reason::kImsiException);
  EXPECT_EQ(EquipmentChecker::check(ask("358", "262019999"), basis).reason, Reason::kImeiShort)
      << "class before subscriber";
  s.override_status = kGrey;
  for (const char* imei : {"35809101000001", "", "358", "x"}) {
    const Verdict v = EquipmentChecker::check(ask(imei), basis);
    EXPECT_EQ(v.told, kGrey);
    EXPECT_EQ(v.reason, Reason::kOverride);
  }
}

TEST(EquipmentChecker, InvalidImeisAsConfigured) {
  Basis basis = basis_of(B, B);
  basis.settings.invalid_imei[static_cast<size_t>(identity::ImeiClass::kZero)] = kBlack;
  const std::tuple<const char*, Status, Reason> rows[] = {{"", kUnknown, Reason::kImeiNull},
                                                          {"3580910100000", kUnknown, Reason::kImeiShort},
                                                          {"35809101000001011", kUnknown, Reason::kImeiLong},
                                                          {"00000000000000", kBlack, Reason::kImeiZero},
                                                          {"3580910100000x", kUnknown, Reason::kImeiNonDecimal}};
  for (const auto& [imei, status, reason] : rows) {
    const Verdict v = EquipmentChecker::check(ask(imei), basis);
    EXPECT_EQ(v.told, status) << imei;
    EXPECT_EQ(v.reason, reason) << imei;
  }
}

TEST(EquipmentChecker, ExceptionsTheLongestMatchWins) {
  using Kind = SubscriberException::Kind;
  Basis basis = basis_of(B, 0);
  basis.settings.exceptions = {{Kind::kImsiPrefix, *Digits::parse("25501"), kWhite},
                               {Kind::kImsiPrefix, *Digits::parse("2550199"), kGrey},
                               {Kind::kImsi, *Digits::parse("255019912345678"), std::nullopt},
                               {Kind::kMsisdn, *Digits::parse("380501234567"), kUnknown},
                               {Kind::kMsisdnPrefix, *Digits::parse("3805"), kWhite}};
  basis.settings.home_plmns = {{*Digits::parse("25501")}};
  basis.settings.home = kGrey;
  const std::tuple<const char*, const char*, Status, Reason> rows[] = {
      {"255011111111111", "", kWhite, Reason::kImsiException},
      {"255019911111111", "", kGrey, Reason::kImsiException},
      {"255019912345678", "", kBlack, Reason::kIndividual},  // "go on" skips the networks' policy too
      {"", "380501234567", kUnknown, Reason::kImsiException},
      {"", "380501234568", kWhite, Reason::kImsiException},
      {"", "380601234568", kBlack, Reason::kIndividual},
      {"255019911111111", "380501234567", kUnknown, Reason::kImsiException},  // exact before prefix
  };
  for (const auto& [imsi, msisdn, status, reason] : rows) {
    const Verdict v = EquipmentChecker::check(ask("35809101000001", imsi, msisdn), basis);
    EXPECT_EQ(v.told, status) << imsi << " " << msisdn;
    EXPECT_EQ(v.reason, reason) << imsi << " " << msisdn;
  }
}

TEST(EquipmentChecker, ObserveTellsWhiteAndKeepsTheTruth) {
  struct Row {
    Observe observe;
    bool observed;
  };
  const auto digits = [](const char* text) { return *Digits::parse(text); };
  const Row rows[] = {
      {{}, false},
      {{true, {}, {}, {}}, true},
      {{false, {"MME1.example"}, {}, {}}, true},  // Origin-Host is compared without case
      {{false, {"mme2.example"}, {}, {}}, false},
      {{false, {}, {digits("8821")}, {}}, true},
      {{false, {}, {digits("8822")}, {}}, false},
      {{false, {}, {}, {digits("25501")}}, true},
      {{false, {}, {}, {digits("25502")}}, false},
  };
  for (const Row& row : rows) {
    Basis basis = basis_of(B, 0);
    basis.settings.observe = row.observe;
    Question q = ask("35809101000001", "255011234567890");
    q.asker.peer = "mme1.example";
    q.asker.calling_gt = digits("882100000001");
    const Verdict v = EquipmentChecker::check(q, basis);
    EXPECT_EQ(v.observed, row.observed);
    EXPECT_EQ(v.told, row.observed ? kWhite : kBlack);
    EXPECT_EQ(v.judged, kBlack);
    EXPECT_EQ(v.reason, Reason::kIndividual);
  }
}

TEST(EquipmentChecker, FaultAndOverload) {
  Basis basis = basis_of(B, 0);
  basis.settings.overload_answer = kGrey;
  basis.settings.fault_answer = kUnknown;
  EXPECT_EQ(EquipmentChecker::give_up(ask(), basis, Reason::kOverload).told, kGrey);
  EXPECT_EQ(EquipmentChecker::give_up(ask(), basis, Reason::kFault).told, kUnknown);
  basis.lists = nullptr;
  const Verdict v = EquipmentChecker::check(ask(), basis);
  EXPECT_EQ(v.told, kUnknown);
  EXPECT_EQ(v.reason, Reason::kFault);
  EXPECT_EQ(v.version, lists::Version{});
  EXPECT_EQ(EquipmentChecker::check(ask("358"), basis).reason, Reason::kImeiShort) << "needs no lists";
}

TEST(Names, AreFixedAndUnique) {
  std::set<std::string_view> names;
  for (unsigned i = 1; i < kReasons; ++i) {
    const auto reason = static_cast<Reason>(i);
    EXPECT_TRUE(names.insert(to_string(reason)).second);
    EXPECT_EQ(reason_from(to_string(reason)), reason);
  }
  EXPECT_EQ(to_string(Reason::kOverload), "overload");
  EXPECT_EQ(to_string(Reason::kIndividualSvn), "individual-svn");
  EXPECT_FALSE(reason_from(""));
  for (unsigned i = 0; i < kStatuses; ++i)
    EXPECT_EQ(status_from(to_string(static_cast<Status>(i))), static_cast<Status>(i));
  EXPECT_FALSE(status_from("red"));
}

TEST(ListSet, ParseAndPrint) {
  for (unsigned bits = 1; bits < 8; ++bits) {
    const ListSet set(static_cast<uint8_t>(bits));
    EXPECT_EQ(ListSet::parse(set.str()), set);
  }
  for (const char* text : {"", "none", "white+", "+white", "white+white", "Black", "white grey"})
    EXPECT_FALSE(ListSet::parse(text)) << text;
}

TEST(Version, ParseAndPrint) {
  for (const lists::Version v : {lists::Version{1, 57}, lists::Version{0, 4}, lists::Version{}})
    EXPECT_EQ(lists::Version::parse(v.str()), v);
  for (const char* text : {"", "1", "1.", ".57", "1.57 ", " 1.57", "01.57", "1.57+3", "+1.57", "-1.57", "1.57.2",
                           "4294967296.1", "1.18446744073709551616"})
    EXPECT_FALSE(lists::Version::parse(text)) << text;
}

}  // namespace
}  // namespace eir::decision
