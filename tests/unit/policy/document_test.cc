// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/policy/document.h"

#include <gtest/gtest.h>

namespace eir::policy {
namespace {

using decision::ResponseType;
using decision::Settings;
using decision::Status;

const std::string kHead = R"({"turnstile-policy": 1, "number": 3, "author": "NOC")";

/// All problems as "place text", one a line.
std::string problems_of(const std::string& text) {
  const auto doc = Document::parse(text, "p.json");
  std::string out;
  if (!doc)
    for (const auto& p : doc.error()) out += p.where + " " + p.text + "\n";
  return out;
}

TEST(PolicyDocument, WhatItGivesWinsAndNothingElse) {
  const auto doc = Document::parse(
      R"({"turnstile-policy": 1, "number": 12, "author": "NOC", "created-at": "2026-01-31T12:00:01Z", "note": "why",
          "settings": {"override": "off", "response-type": 2, "combine-levels": false,
                       "invalid-imei": {"zero": "black", "non-decimal": "grey"}, "home-plmn": ["25501", "310410"],
                       "home-subscribers": "list", "foreign-plmn": "grey",
                       "exception": {"imsi:255*": "white", "msisdn:380441234567": "list"},
                       "lock-unknown": "grey", "lock-break": {"device": "white"}, "black-subscriber": "list",
                       "fault-answer": "unknown"},
          "guard": {"on": true, "devices": 10, "share-ppm": 5, "devices-for-share": 7, "window-hours": 2,
                    "seen-days": 3}})",
      "p.json");
  ASSERT_TRUE(doc);
  EXPECT_EQ(doc->number(), 12u);
  EXPECT_EQ(doc->author(), "NOC");
  EXPECT_EQ(doc->note(), "why");
  EXPECT_EQ(doc->created_at().time_since_epoch().count(), 1769860801);
  Settings s;
  s.override_status = Status::kBlack;
  s.home = Status::kWhite;
  s.overload_answer = Status::kGrey;
  s.exceptions.push_back({decision::SubscriberException::Kind::kImsi, *identity::Digits::parse("1"), Status::kBlack});
  doc->apply(s);
  EXPECT_FALSE(s.override_status);
  EXPECT_EQ(s.response_type, ResponseType::kType2);
  EXPECT_FALSE(s.combine_levels);
  EXPECT_EQ(s.invalid_imei[static_cast<size_t>(identity::ImeiClass::kZero)], Status::kBlack);
  EXPECT_EQ(s.invalid_imei[static_cast<size_t>(identity::ImeiClass::kNonDecimal)], Status::kGrey);
  EXPECT_EQ(s.invalid_imei[static_cast<size_t>(identity::ImeiClass::kShort)], Status::kUnknown);
  EXPECT_EQ(s.home_plmns.size(), 2u);
  EXPECT_FALSE(s.home);
  EXPECT_EQ(s.foreign, Status::kGrey);
  ASSERT_EQ(s.exceptions.size(), 2u) << "in place of the configuration's, not beside them";
  EXPECT_EQ(s.exceptions[0].kind, decision::SubscriberException::Kind::kImsiPrefix);
  EXPECT_EQ(s.lock_unknown, Status::kGrey);
  EXPECT_EQ(s.lock_break[static_cast<size_t>(lists::LockPolicy::kDevice) - 1], Status::kWhite);
  EXPECT_EQ(s.lock_break[static_cast<size_t>(lists::LockPolicy::kMutual) - 1], Status::kBlack);
  EXPECT_FALSE(s.black_subscriber_wins);
  EXPECT_EQ(s.fault_answer, Status::kUnknown);
  EXPECT_EQ(s.overload_answer, Status::kGrey) << "not given";
  const GuardLimits guard{true, 10, 5, 7, std::chrono::hours(2), std::chrono::hours(72)};
  EXPECT_EQ(doc->guard(), guard);
}

TEST(PolicyDocument, ShowNamesWhatGaveEachValue) {
  const auto doc = Document::parse(kHead + R"(, "settings": {"response-type": 3}})", "p.json");
  ASSERT_TRUE(doc);
  Settings s;
  doc->apply(s);
  size_t by_policy = 0;
  for (const Shown& shown : show(s, &*doc)) {
    EXPECT_FALSE(shown.value.empty()) << shown.name;
    by_policy += shown.by_policy;
    EXPECT_EQ(shown.by_policy, shown.name == "response-type") << shown.name;
  }
  EXPECT_EQ(by_policy, 1u);
  for (const Shown& shown : show(s, nullptr)) EXPECT_FALSE(shown.by_policy);
}

TEST(PolicyDocument, EveryErrorHasItsPlace) {
  struct Row {
    std::string text;
    const char* problems;
  };
  const auto setting = [](const std::string& s) { return kHead + ", \"settings\": {" + s + "}}"; };
  const auto guard = [](const std::string& s) { return kHead + ", \"guard\": {" + s + "}}"; };
  const Row rows[] = {
      {"", "p.json:1:1 is no JSON from here on\n"},
      {"{\n  \"number\" 3}", "p.json:2:12 is no JSON from here on\n"},
      {"[]", "p.json:/ must be an object\n"},
      {"{}", "p.json:/turnstile-policy is missing\np.json:/number is missing\np.json:/author is missing\n"},
      {R"({"turnstile-policy": 2, "number": 3, "author": "a"})",
       "p.json:/turnstile-policy must be 1: this program knows no other format\n"},
      {R"({"turnstile-policy": 1, "number": 0, "author": "a"})", "p.json:/number must be a whole number from 1 on\n"},
      {R"({"turnstile-policy": 1, "number": -1, "author": "a"})", "p.json:/number must be a whole number from 1 on\n"},
      {R"({"turnstile-policy": 1, "number": 1.5, "author": "a"})", "p.json:/number must be a whole number from 1 on\n"},
      {R"({"turnstile-policy": 1, "number": 1, "author": 7})", "p.json:/author must be text of at most 256 octets\n"},
      {R"({"turnstile-policy": 1, "number": 1, "author": "a\nb"})", "p.json:/author must have no control characters\n"},
      {R"({"turnstile-policy": 1, "number": 1, "author": "a", "number": 2})",
       "p.json: \"number\" is given twice in one object\n"},
      {kHead + R"(, "created-at": "2026-02-30T12:00:00Z"})",
       "p.json:/created-at must be a time like \"2026-01-31T12:00:00Z\"\n"},
      {kHead + R"(, "color": 1})", "p.json:/color is not known\n"},
      {kHead + R"(, "settings": []})", "p.json:/settings must be an object\n"},
      {setting(R"("order": 1)"), "p.json:/settings/order is not known\n"},
      {setting(R"("override": "on")"),
       "p.json:/settings/override must be \"off\", \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("response-type": 4)"), "p.json:/settings/response-type must be 1, 2 or 3\n"},
      {setting(R"("response-type": "1")"), "p.json:/settings/response-type must be 1, 2 or 3\n"},
      {setting(R"("combine-levels": "on")"), "p.json:/settings/combine-levels must be true or false\n"},
      {setting(R"("invalid-imei": "black")"), "p.json:/settings/invalid-imei must be an object of classes\n"},
      {setting(R"("invalid-imei": {"valid": "black", "zero": "red"})"),
       "p.json:/settings/invalid-imei/valid is none of null, short, long, zero, non-decimal\n"
       "p.json:/settings/invalid-imei/zero must be \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("home-plmn": "25501")"), "p.json:/settings/home-plmn must be a list of at most 100 networks\n"},
      {setting(R"("home-plmn": ["25501", 25502, "2550"])"),
       "p.json:/settings/home-plmn/1 must be a country code of 3 digits and a network code of 2 or 3, as text\n"
       "p.json:/settings/home-plmn/2 must be a country code of 3 digits and a network code of 2 or 3, as text\n"},
      {setting(R"("home-subscribers": "off")"),
       "p.json:/settings/home-subscribers must be \"list\", \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("exception": {"255*": "white", "imsi:25501": "go"})"),
       "p.json:/settings/exception/255* is no subscriber: imsi: or msisdn: and 1 to 15 digits, with * at the end a "
       "prefix\n"
       "p.json:/settings/exception/imsi:25501 must be \"list\", \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("fault-answer": "list")"),
       "p.json:/settings/fault-answer must be \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("lock-unknown": "go-on")"),
       "p.json:/settings/lock-unknown must be \"list\", \"white\", \"grey\", \"black\" or \"unknown\"\n"},
      {setting(R"("lock-break": "black")"), "p.json:/settings/lock-break must be an object of lock policies\n"},
      {setting(R"("lock-break": {"both": "black"})"),
       "p.json:/settings/lock-break/both is none of mutual, device, subscriber\n"},
      {setting(R"("black-subscriber": true)"), "p.json:/settings/black-subscriber must be \"black\" or \"list\"\n"},
      {kHead + R"(, "guard": 1})", "p.json:/guard must be an object\n"},
      {guard(R"("on": 1)"), "p.json:/guard/on must be true or false\n"},
      {guard(R"("devices": -1)"), "p.json:/guard/devices must be a whole number from 0 to 10000000000\n"},
      {guard(R"("share-ppm": 1000001)"), "p.json:/guard/share-ppm must be a whole number from 0 to 1000000\n"},
      {guard(R"("window-hours": 0)"), "p.json:/guard/window-hours must be a whole number from 1 to 744\n"},
      {guard(R"("seen-days": 1000)"), "p.json:/guard/seen-days must be a whole number from 1 to 366\n"},
      {guard(R"("percent": 1)"), "p.json:/guard/percent is not known\n"},
  };
  for (const Row& row : rows) EXPECT_EQ(problems_of(row.text), row.problems) << row.text;
}

TEST(PolicyDocument, EveryTruncationIsRefusedAndAllIsBounded) {
  const std::string whole = kHead + R"(, "settings": {"exception": {"imsi:255*": "white"}}, "guard": {"on": true}})";
  ASSERT_TRUE(Document::parse(whole, "p"));
  for (size_t len = 0; len < whole.size(); ++len) EXPECT_FALSE(Document::parse(whole.substr(0, len), "p")) << len;
  EXPECT_FALSE(Document::parse(whole + std::string(kDocumentOctetsMax, ' '), "p"));
  std::string many = kHead;
  for (int i = 0; i < 500; ++i) many += ",\"x" + std::to_string(i) + "\":1";
  const auto refused = Document::parse(many + "}", "p");
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().size(), kProblemsMax);
  EXPECT_FALSE(Document::parse(std::string(200'000, '['), "p"));
}

}  // namespace
}  // namespace eir::policy
