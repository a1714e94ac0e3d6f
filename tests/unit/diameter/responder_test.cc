// SPDX-License-Identifier: GPL-3.0-or-later
#include "diameter/s13/responder.h"

#include <gtest/gtest.h>

#include <functional>

#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {
namespace {

using codec::Octets;
using s13::Outcome;

struct Asked {
  Outcome outcome;
  Bytes answer;
};

class ResponderTest : public ::testing::Test {
 protected:
  Asked ask(const Bytes& request) {
    codec::Output out;
    const Outcome outcome = responder_.answer(request, base::UnixSeconds{std::chrono::seconds(1000)}, out);
    return {outcome, Bytes(out.unsent().begin(), out.unsent().end())};
  }
  DigitAnswerer answerer_;
  s13::Responder responder_{{std::string(kOwnHost), std::string(kOwnRealm)}, answerer_};
};

TEST_F(ResponderTest, StatusesAsTheTableOfTheSpecificationSays) {
  struct Row {
    const char* imei;
    Outcome outcome;
    uint32_t status;
  };
  const Row rows[] = {{"35809101234560", Outcome::kWhite, 0},
                      {"35809101234561", Outcome::kBlack, 1},
                      {"35809101234562", Outcome::kGrey, 2}};
  for (const Row& row : rows) {
    const Asked asked = ask(Ecr(row.imei).bytes());
    EXPECT_EQ(asked.outcome, row.outcome);
    EXPECT_EQ(u32_of(asked.answer, avp::kResultCode), 2001u);
    EXPECT_EQ(u32_of(asked.answer, avp::kEquipmentStatus), row.status);
    EXPECT_FALSE(has(asked.answer, avp::kExperimentalResult));
  }
}

TEST_F(ResponderTest, UnknownEquipmentIsAnExperimentalResultWithoutResultCode) {
  const Asked asked = ask(Ecr("35809101234569").bytes());
  EXPECT_EQ(asked.outcome, Outcome::kUnknown);
  EXPECT_FALSE(has(asked.answer, avp::kResultCode));
  EXPECT_FALSE(has(asked.answer, avp::kEquipmentStatus));
  codec::AvpView group, inner;
  uint32_t number = 0;
  ASSERT_TRUE(codec::find_avp(codec::body_of(asked.answer), avp::kExperimentalResult, group));
  ASSERT_TRUE(codec::find_avp(group.data, avp::kVendorId, inner));
  EXPECT_TRUE(inner.u32(number) && number == 10415);
  ASSERT_TRUE(codec::find_avp(group.data, avp::kExperimentalResultCode, inner));
  EXPECT_TRUE(inner.u32(number) && number == 5422);
}

TEST_F(ResponderTest, AnswerHeaderAndCommonAvps) {
  for (const uint8_t p : {uint8_t{0}, codec::kFlagProxiable}) {
    Ecr ecr;
    ecr.header.flags = static_cast<uint8_t>(codec::kFlagRequest | codec::kFlagRetransmit | p);
    const Asked asked = ask(ecr.bytes());
    const codec::Header h = header_of(asked.answer);
    EXPECT_EQ(h.version, 1);
    EXPECT_EQ(h.length, asked.answer.size());
    EXPECT_EQ(h.flags, p) << "neither R, E nor T; P as asked";
    EXPECT_EQ(h.command, 324u);
    EXPECT_EQ(h.application, 16777252u);
    EXPECT_EQ(h.hop_by_hop, 0x11223344u);
    EXPECT_EQ(h.end_to_end, 0x55667788u);
    EXPECT_EQ(text_of(asked.answer, avp::kSessionId), std::string(kMme) + ";1;2");
    EXPECT_EQ(text_of(asked.answer, avp::kOriginHost), kOwnHost);
    EXPECT_EQ(text_of(asked.answer, avp::kOriginRealm), kOwnRealm);
    EXPECT_EQ(u32_of(asked.answer, avp::kAuthSessionState), 1u);
    EXPECT_TRUE(has(asked.answer, avp::kVendorSpecificApplicationId));
  }
}

TEST_F(ResponderTest, QuestionCarriesWhatTheMessageSays) {
  struct Row {
    const char* imei;
    const char* sv;
    const char* imsi;
    identity::ImeiClass cls;
    int svn;
    const char* imsi_seen;
  };
  using enum identity::ImeiClass;
  const Row rows[] = {
      {"35809101234560", "", "255012345678901", kValid, -1, "255012345678901"},
      {"358091012345607", "07", "255012345678901", kValid, 7, "255012345678901"},
      {"3580910123456033", "", "", kValid, 33, ""},
      {"3580910123456033", "07", "", kValid, 7, ""},
      {"35809101234560", "7", "1", kValid, -1, "1"},
      {"35809101234560", "ab", "25501234567890123", kValid, -1, ""},
      {"35809101234560", "", "mme@realm", kValid, -1, ""},
      {"", "", "", kNull, -1, ""},
      {"3580910123456", "01", "", kShort, -1, ""},
      {"35809101234560123", "", "", kLong, -1, ""},
      {"00000000000000", "", "", kZero, -1, ""},
      {"3580910123456A", "", "", kNonDecimal, -1, ""},
  };
  for (const Row& row : rows) {
    const Asked asked = ask(Ecr(row.imei, row.sv, row.imsi).bytes());
    EXPECT_LE(asked.outcome, Outcome::kUnknown) << row.imei << ": a bad IMEI is not a bad message";
    const decision::Question& q = answerer_.last;
    EXPECT_EQ(q.imei.cls(), row.cls) << row.imei;
    EXPECT_EQ(q.imei.svn() ? int{*q.imei.svn()} : -1, row.svn) << row.imei;
    EXPECT_EQ(q.imsi ? q.imsi.str() : "", row.imsi_seen);
    EXPECT_TRUE(q.msisdn.empty());
    EXPECT_EQ(q.asker.interface, decision::Interface::kS13);
    EXPECT_STREQ(answerer_.last_peer, std::string(kMme).c_str());
    EXPECT_EQ(q.time.time_since_epoch().count(), 1000);
  }
}

TEST_F(ResponderTest, TerminalInformationWithoutImeiIsANullImei) {
  for (const std::vector<Bytes>& inner : {std::vector<Bytes>{}, std::vector<Bytes>{make(avp::kMeid, "\x01\x02")},
                                          std::vector<Bytes>{make(avp::kSoftwareVersion, "01")}}) {
    Ecr ecr;
    ecr.put(avp::kTerminalInformation, make_group(avp::kTerminalInformation, inner));
    EXPECT_EQ(ask(ecr.bytes()).outcome, Outcome::kUnknown);
    EXPECT_EQ(answerer_.last.imei.cls(), identity::ImeiClass::kNull);
  }
}

TEST_F(ResponderTest, NulInSessionIdIsHarmless) {
  Ecr ecr;
  const std::string id("a\0b;1;2", 7);
  ecr.put(avp::kSessionId, make(avp::kSessionId, id));
  EXPECT_EQ(text_of(ask(ecr.bytes()).answer, avp::kSessionId), id);
  ecr.add(with_flags(make({4711}, "x"), 0));  // the slow way
  EXPECT_EQ(text_of(ask(ecr.bytes()).answer, avp::kSessionId), id);
}

TEST_F(ResponderTest, ToleratesWhatOthersSend) {
  struct Row {
    const char* what;
    std::function<void(Ecr&)> change;
  };
  const Row rows[] = {
      {"unknown AVP without M", [](Ecr& e) { e.add(with_flags(make({4711}, "x"), 0)); }},
      {"unknown vendor AVP without M",
       [](Ecr& e) {
         e.add(with_flags(make({1, 99}, "x"), 0x80));
       }},
      {"vendor 0 under a V bit, without M", [](Ecr& e) { e.add(make_raw(264, 0x80, 13, 0, Bytes(1))); }},
      {"vendor AVP of code 0, without M", [](Ecr& e) { e.add(make_raw(0, 0x80, 13, 10415, Bytes(1))); }},
      {"AVP of code 0, without M", [](Ecr& e) { e.add(make_raw(0, 0, 9, 0, Bytes(1))); }},
      {"Supported-Features", [](Ecr& e) { e.add(make(avp::kSupportedFeatures, "\1\2\3\4")); }},
      {"3GPP2-MEID",
       [](Ecr& e) {
         e.put(avp::kTerminalInformation, make_group(avp::kTerminalInformation, {make(avp::kImei, "35809101234560"),
                                                                                 make(avp::kMeid, "\1\2\3\4\5\6\7")}));
       }},
      {"Destination-Host is ours", [](Ecr& e) { e.add(make(avp::kDestinationHost, kOwnHost)); }},
      {"Destination-Host is ours in capitals",
       [](Ecr& e) { e.add(make(avp::kDestinationHost, "EIR.epc.mnc01.mcc255.3gppnetwork.ORG")); }},
      {"Route-Record of others", [](Ecr& e) { e.add(make(avp::kRouteRecord, kMme)); }},
      {"no application id", [](Ecr& e) { e.without(avp::kVendorSpecificApplicationId); }},
      {"M not set on IMEI",
       [](Ecr& e) {
         e.put(avp::kTerminalInformation,
               make_group(avp::kTerminalInformation, {with_flags(make(avp::kImei, "35809101234560"), 0x80)}));
       }},
      {"P bit of RFC 3588 on an AVP",
       [](Ecr& e) { e.put(avp::kUserName, with_flags(make(avp::kUserName, "1"), 0x60)); }},
      {"Session-Id not first", [](Ecr& e) { std::rotate(e.avps.begin(), e.avps.begin() + 1, e.avps.end()); }},
      {"STATE_MAINTAINED", [](Ecr& e) { e.put(avp::kAuthSessionState, make_u32(avp::kAuthSessionState, 0)); }},
  };
  for (const Row& row : rows) {
    Ecr ecr("35809101234560");
    row.change(ecr);
    const Asked asked = ask(ecr.bytes());
    EXPECT_EQ(asked.outcome, Outcome::kWhite) << row.what;
    EXPECT_EQ(u32_of(asked.answer, avp::kResultCode), 2001u) << row.what;
  }
}

TEST_F(ResponderTest, ProxyInfoComesBackInOrderAndUntouched) {
  const Bytes first = make_group(avp::kProxyInfo, {make(avp::kProxyHost, "dra1"), make(avp::kProxyState, "abc")});
  const Bytes second = make_group(avp::kProxyInfo, {make(avp::kProxyHost, "dra2"), make(avp::kProxyState, Octets())});
  for (const bool fail : {false, true}) {
    Ecr ecr;
    ecr.add(first).add(second);
    if (fail) ecr.without(avp::kTerminalInformation);
    const Bytes answer = ask(ecr.bytes()).answer;
    ASSERT_GT(answer.size(), first.size() + second.size());
    Bytes tail(answer.end() - static_cast<std::ptrdiff_t>(first.size() + second.size()), answer.end());
    Bytes expected = first;
    expected.insert(expected.end(), second.begin(), second.end());
    EXPECT_EQ(tail, expected);
  }
}

struct ErrorRow {
  const char* what;
  uint32_t code;
  std::function<void(Ecr&)> change;
  Bytes failed;  ///< Failed-AVP's content; empty: none
};

// RFC 6733 §7.1, one row for every cause we know.
std::vector<ErrorRow> error_rows() {
  const Bytes foreign = make({4711}, "x");
  const Bytes foreign_vendor = make({4711, 99}, "x");
  const Bytes user = make(avp::kUserName, "1");
  const Bytes terminal = make_group(avp::kTerminalInformation, {make(avp::kImei, "1")});
  const Bytes imei = make(avp::kImei, "2");
  const Bytes two_states = make_u32(avp::kAuthSessionState, 1);
  const Bytes bad_state = make_u32(avp::kAuthSessionState, 2);
  const Bytes long_state = make(avp::kAuthSessionState, "12345");
  const Bytes short_state = make(avp::kAuthSessionState, "123");
  const Bytes empty_host = make(avp::kOriginHost, "");
  const Bytes no_name = make(avp::kOriginHost, "mme1\nfoo");
  const Bytes no_text = make(avp::kOriginHost, "mme1\xFF");
  const Bytes long_host = make(avp::kOriginHost, std::string(256, 'a'));
  const Bytes other_app = make_group(avp::kVendorSpecificApplicationId,
                                     {make_u32(avp::kVendorId, 10415), make_u32(avp::kAuthApplicationId, 16777251)});
  const Bytes both_apps = make_group(avp::kVendorSpecificApplicationId,
                                     {make_u32(avp::kVendorId, 10415), make_u32(avp::kAuthApplicationId, 16777252),
                                      make_u32(avp::kAcctApplicationId, 16777252)});
  const Bytes reserved = with_flags(make(avp::kUserName, "1"), 0x41);
  const Bytes zero(1, 0);
  const auto in_terminal = [](const Bytes& b) { return make(avp::kTerminalInformation, Octets(b)); };
  return {
      {"version 2", 5011, [](Ecr& e) { e.header.version = 2; }, {}},
      {"version 0", 5011, [](Ecr& e) { e.header.version = 0; }, {}},
      {"E bit in a request", 3008, [](Ecr& e) { e.header.flags |= 0x20; }, {}},
      {"unknown application", 3007, [](Ecr& e) { e.header.application = 16777251; }, {}},
      {"relay application", 3007, [](Ecr& e) { e.header.application = 0xFFFFFFFF; }, {}},
      {"unknown command", 3001, [](Ecr& e) { e.header.command = 325; }, {}},
      {"ECR under the base application", 3001, [](Ecr& e) { e.header.application = 0; }, {}},
      {"unknown base command",
       3001,
       [](Ecr& e) {
         e.header.application = 0;
         e.header.command = 258;
       },
       {}},
      {"foreign realm",
       3003,
       [](Ecr& e) { e.put(avp::kDestinationRealm, make(avp::kDestinationRealm, "other.org")); },
       {}},
      {"foreign realm, no terminal",
       3003,
       [](Ecr& e) {
         e.put(avp::kDestinationRealm, make(avp::kDestinationRealm, "other.org")).without(avp::kTerminalInformation);
       },
       {}},
      {"other host of our realm", 3002, [](Ecr& e) { e.add(make(avp::kDestinationHost, "eir2")); }, {}},
      {"ourselves in Route-Record",
       3005,
       [](Ecr& e) { e.add(make(avp::kRouteRecord, "dra")).add(make(avp::kRouteRecord, kOwnHost)); },
       {}},
      {"no Session-Id", 5005, [](Ecr& e) { e.without(avp::kSessionId); }, make(avp::kSessionId, Octets(zero))},
      {"no Terminal-Information", 5005, [](Ecr& e) { e.without(avp::kTerminalInformation); },
       make(avp::kTerminalInformation, Octets())},
      {"no Auth-Session-State", 5005, [](Ecr& e) { e.without(avp::kAuthSessionState); },
       make_u32(avp::kAuthSessionState, 0)},
      {"no Origin-Host", 5005, [](Ecr& e) { e.without(avp::kOriginHost); }, make(avp::kOriginHost, Octets(zero))},
      {"no Origin-Realm", 5005, [](Ecr& e) { e.without(avp::kOriginRealm); }, make(avp::kOriginRealm, Octets(zero))},
      {"no Destination-Realm", 5005, [](Ecr& e) { e.without(avp::kDestinationRealm); },
       make(avp::kDestinationRealm, Octets(zero))},
      {"no AVP at all", 5005, [](Ecr& e) { e.avps.clear(); }, {}},
      {"no Vendor-Id in the application id", 5005,
       [](Ecr& e) {
         e.put(avp::kVendorSpecificApplicationId,
               make_group(avp::kVendorSpecificApplicationId, {make_u32(avp::kAuthApplicationId, 16777252)}));
       },
       make_u32(avp::kVendorId, 0)},
      {"unknown mandatory AVP", 5001, [=](Ecr& e) { e.add(foreign); }, foreign},
      {"unknown mandatory vendor AVP", 5001, [=](Ecr& e) { e.add(foreign_vendor); }, foreign_vendor},
      {"IMEI without its vendor", 5001, [=](Ecr& e) { e.add(make({1402}, "1")); }, make({1402}, "1")},
      {"mandatory AVP of vendor 0", 5001, [](Ecr& e) { e.add(make_raw(264, 0xC0, 13, 0, Bytes(1))); },
       make_raw(264, 0xC0, 13, 0, Bytes(1))},
      {"unknown mandatory AVP in the terminal", 5001,
       [=](Ecr& e) { e.put(avp::kTerminalInformation, in_terminal(foreign)); }, in_terminal(foreign)},
      {"User-Name twice", 5009, [=](Ecr& e) { e.add(user); }, user},
      {"Terminal-Information twice", 5009, [=](Ecr& e) { e.add(terminal); }, terminal},
      {"Auth-Session-State twice", 5009, [=](Ecr& e) { e.add(two_states); }, two_states},
      {"IMEI twice", 5009,
       [=](Ecr& e) {
         e.put(avp::kTerminalInformation, make_group(avp::kTerminalInformation, {make(avp::kImei, "1"), imei}));
       },
       in_terminal(imei)},
      {"number too long", 5014, [=](Ecr& e) { e.put(avp::kAuthSessionState, long_state); }, long_state},
      {"number too short", 5014, [=](Ecr& e) { e.put(avp::kAuthSessionState, short_state); }, short_state},
      {"length past the end", 5014, [](Ecr& e) { e.add(make_raw(1, 0x40, 100, 0, Bytes(4, '1'))); },
       make(avp::kUserName, Octets(zero))},
      {"length under the header's", 5014, [](Ecr& e) { e.add(make_raw(1, 0x40, 3, 0, Bytes(4, '1'))); },
       make(avp::kUserName, Octets(zero))},
      {"four octets left over", 5014,
       [](Ecr& e) {
         e.add(Bytes{0, 0, 0, 1});
       },
       make_raw(1, 0, 9, 0, zero)},
      {"length past the group's end", 5014,
       [=](Ecr& e) { e.put(avp::kTerminalInformation, in_terminal(make_raw(1402, 0xC0, 40, 10415, Bytes(14, '1')))); },
       in_terminal(make(avp::kImei, Octets(zero)))},
      {"Auth-Session-State 2", 5004, [=](Ecr& e) { e.put(avp::kAuthSessionState, bad_state); }, bad_state},
      {"Origin-Host empty", 5004, [=](Ecr& e) { e.put(avp::kOriginHost, empty_host); }, empty_host},
      {"another application inside", 5004, [=](Ecr& e) { e.put(avp::kVendorSpecificApplicationId, other_app); },
       other_app},
      {"Origin-Host with a line break", 5004, [=](Ecr& e) { e.put(avp::kOriginHost, no_name); }, no_name},
      {"Origin-Host that is no UTF-8", 5004, [=](Ecr& e) { e.put(avp::kOriginHost, no_text); }, no_text},
      {"Origin-Host longer than a name can be", 5004, [=](Ecr& e) { e.put(avp::kOriginHost, long_host); }, long_host},
      {"auth and acct at once", 5004, [=](Ecr& e) { e.put(avp::kVendorSpecificApplicationId, both_apps); }, both_apps},
      {"reserved AVP bit", 3009, [=](Ecr& e) { e.put(avp::kUserName, reserved); }, reserved},
  };
}

TEST_F(ResponderTest, EveryRowOfTheErrorTable) {
  for (const ErrorRow& row : error_rows()) {
    Ecr ecr;
    row.change(ecr);
    const uint64_t before = answerer_.questions;
    const Asked asked = ask(ecr.bytes());
    SCOPED_TRACE(row.what);
    ASSERT_GE(asked.answer.size(), codec::kHeaderLen);
    EXPECT_EQ(answerer_.questions, before) << "nothing is asked of a refused message";
    EXPECT_EQ(u32_of(asked.answer, avp::kResultCode), row.code);
    const bool protocol = row.code / 1000 == 3;
    EXPECT_EQ(asked.outcome, protocol ? Outcome::kProtocolError : Outcome::kPermanentError);
    const codec::Header h = header_of(asked.answer);
    EXPECT_EQ(h.version, 1);
    EXPECT_EQ(h.flags & codec::kFlagError, protocol ? codec::kFlagError : 0) << "E is for 3xxx only";
    EXPECT_FALSE(h.request());
    EXPECT_EQ(h.flags & codec::kFlagProxiable, codec::kFlagProxiable);
    EXPECT_EQ(h.command, ecr.header.command);
    EXPECT_EQ(h.application, ecr.header.application);
    EXPECT_EQ(h.hop_by_hop, ecr.header.hop_by_hop);
    EXPECT_EQ(h.end_to_end, ecr.header.end_to_end);
    EXPECT_EQ(h.length, asked.answer.size());
    EXPECT_EQ(has(asked.answer, avp::kSessionId), has(ecr.bytes(), avp::kSessionId));
    EXPECT_EQ(text_of(asked.answer, avp::kOriginHost), kOwnHost);
    if (!row.failed.empty()) {
      EXPECT_EQ(text_of(asked.answer, avp::kFailedAvp), codec::text_of(row.failed));
    } else if (row.code / 1000 == 3) {
      EXPECT_FALSE(has(asked.answer, avp::kFailedAvp));
    }
    codec::AvpReader reader(codec::body_of(asked.answer));
    codec::AvpView a;
    while (reader.next(a)) {
    }
    EXPECT_FALSE(reader.broken());
  }
}

// RFC 6733 §3: reserved header bits MUST be ignored by the receiver.
TEST_F(ResponderTest, ReservedHeaderBitsAreIgnored) {
  for (const uint8_t bit : {0x01, 0x02, 0x04, 0x08, 0x0F}) {
    for (const bool slow : {false, true}) {
      Ecr ecr("35809101234561");
      ecr.header.flags |= bit;
      if (slow) ecr.add(with_flags(make({4711}, "x"), 0));
      const Asked asked = ask(ecr.bytes());
      EXPECT_EQ(asked.outcome, Outcome::kBlack) << int{bit};
      EXPECT_EQ(header_of(asked.answer).flags, codec::kFlagProxiable) << "and are not sent back";
    }
  }
}

TEST_F(ResponderTest, BusyHasTheFormOfProtocolErrors) {
  codec::Output out;
  EXPECT_EQ(responder_.refuse_busy(Ecr().bytes(), out), Outcome::kTooBusy);
  EXPECT_EQ(u32_of(out.unsent(), avp::kResultCode), 3004u);
  EXPECT_TRUE(header_of(out.unsent()).flags & codec::kFlagError);
  EXPECT_FALSE(has(out.unsent(), avp::kAuthSessionState));
}

TEST_F(ResponderTest, EveryTruncationOfAnEcrIsRefused) {
  const Bytes whole = Ecr().bytes();
  for (size_t n = codec::kHeaderLen; n < whole.size(); n += 4) {
    Bytes cut(whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(n));
    base::ByteWriter(cut).u32(0x01000000u | static_cast<uint32_t>(n));
    const Asked asked = ask(cut);
    // All mandatory AVPs are there once only User-Name is missing.
    const uint32_t code = u32_of(asked.answer, avp::kResultCode);
    EXPECT_TRUE(code == 5005 || code == 5014 || !has(cut, avp::kUserName)) << n << ": " << code;
  }
}

}  // namespace
}  // namespace eir::diameter::test
