// SPDX-License-Identifier: GPL-3.0-or-later
// The test client's own Diameter: what is right passes, each mistake a node could make is named.
#include "tests/peers/s13_codec.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "tests/peers/s13_ask.h"

namespace eir::tests::s13 {
namespace {

constexpr uint32_t kHop = 0x01020304, kEnd = 0x0A0B0C0D;
const std::string kSession = "mme1.example.org;1;7";

Identity mme() { return {"mme1.example.org", "example.org", "example.org", "", {kApplication}, "127.0.0.1", {}}; }

std::string request() {
  return *make_ecr({{"imei", "490154203237518"}, {"session_id", kSession}, {"end_to_end", kEnd}}, mme(), kHop);
}

/// The parts of a right answer; a row replaces or leaves out some of them.
struct Parts {
  uint8_t flags = kFlagProxiable;
  uint32_t command = kCommandEcr, application = kApplication, end = kEnd;
  std::string session = make_avp(kSessionId, kSession);
  std::string state = make_u32(kAuthSessionState, 1);
  std::string origin = make_avp(kOriginHost, "eir.example.org") + make_avp(kOriginRealm, "example.org");
  std::string result = make_u32(kResultCode, 2001);
  std::string status = make_u32(kEquipmentStatus, 1, kVendor3gpp);
  std::string more;

  std::string message() const {
    Builder b(flags, command, application, kHop, end);
    for (const auto& part : {session, state, origin, result, status, more}) b.raw(part);
    return b.finish();
  }
};

std::string experimental(uint32_t code, uint32_t vendor = kVendor3gpp) {
  return make_avp(kExperimentalResult, make_u32(kVendorId, vendor) + make_u32(kExperimentalResultCode, code));
}

TEST(S13Codec, RightAnswersHaveNoProblem) {
  struct Row {
    const char* result;
    Parts parts;
  };
  Parts white, grey, unknown, busy, missing;
  white.status = make_u32(kEquipmentStatus, 0, kVendor3gpp);
  grey.status = make_u32(kEquipmentStatus, 2, kVendor3gpp);
  unknown.result = experimental(5422);
  unknown.status.clear();
  busy.flags |= kFlagError;
  busy.result = make_u32(kResultCode, 3004);
  busy.status.clear();
  busy.state.clear();
  missing.result = make_u32(kResultCode, 5005);
  missing.status.clear();
  missing.more = make_avp(kFailedAvp, make_avp(kTerminalInformation, "", kVendor3gpp));
  for (const auto& [result, parts] : {Row{"black", {}}, Row{"white", white}, Row{"grey", grey}, Row{"unknown", unknown},
                                      Row{"3004", busy}, Row{"5005", missing}}) {
    const Answer a = parse_answer(parts.message(), request());
    EXPECT_EQ(result_of(a), result);
    EXPECT_TRUE(a.problems.empty()) << result << ": " << a.problems.front();
  }
}

TEST(S13Codec, EachMistakeIsNamed) {
  struct Row {
    const char* problem;
    void (*spoil)(Parts&);
  };
  const Row rows[] = {
      {"the R bit is set", [](Parts& p) { p.flags |= kFlagRequest; }},
      {"the P bit is not the request's", [](Parts& p) { p.flags = 0; }},
      {"the T bit is set in an answer", [](Parts& p) { p.flags |= kFlagRetransmitted; }},
      {"reserved command flags are set", [](Parts& p) { p.flags |= 1; }},
      {"the E bit does not fit the result", [](Parts& p) { p.flags |= kFlagError; }},
      {"the E bit does not fit the result", [](Parts& p) { p.result = make_u32(kResultCode, 3002); }},
      {"another command than the request's", [](Parts& p) { p.command = 325; }},
      {"another application than the request's", [](Parts& p) { p.application = 0; }},
      {"another End-to-End Identifier", [](Parts& p) { p.end = 1; }},
      {"the request's Session-Id is missing", [](Parts& p) { p.session.clear(); }},
      {"another Session-Id than the request's", [](Parts& p) { p.session = make_avp(kSessionId, "other"); }},
      {"Session-Id is not first", [](Parts& p) { std::swap(p.session, p.state); }},
      {"AVP 263: twice", [](Parts& p) { p.more = p.session; }},
      {"no Origin-Host", [](Parts& p) { p.origin = make_avp(kOriginRealm, "example.org"); }},
      {"no Origin-Realm", [](Parts& p) { p.origin = make_avp(kOriginHost, "eir.example.org"); }},
      {"neither Result-Code nor Experimental-Result", [](Parts& p) { p.result.clear(); }},
      {"both Result-Code and Experimental-Result", [](Parts& p) { p.result += experimental(5422); }},
      {"Experimental-Result: Vendor-Id is not 10415", [](Parts& p) { p.result = experimental(5422, 1); }},
      {"Experimental-Result: no Experimental-Result-Code",
       [](Parts& p) { p.result = make_avp(kExperimentalResult, make_u32(kVendorId, kVendor3gpp)); }},
      {"Auth-Session-State is not NO_STATE_MAINTAINED", [](Parts& p) { p.state = make_u32(kAuthSessionState, 0); }},
      {"success without Equipment-Status", [](Parts& p) { p.status.clear(); }},
      {"Equipment-Status outside 0 to 2", [](Parts& p) { p.status = make_u32(kEquipmentStatus, 3, kVendor3gpp); }},
      {"Equipment-Status beside an error", [](Parts& p) { p.result = make_u32(kResultCode, 5012); }},
      {"AVP 1445: flags 80 instead of c0",
       [](Parts& p) { p.status = make_u32(kEquipmentStatus, 1, kVendor3gpp, false); }},
      {"AVP 268: 3 octets of data instead of 4", [](Parts& p) { p.result = make_avp(kResultCode, "abc"); }},
      {"AVP 281: flags 40 instead of 00", [](Parts& p) { p.more = make_avp(kErrorMessage, "text"); }},
      {"AVP 281: padding is not zero",
       [](Parts& p) {
         p.more = make_avp(kErrorMessage, "abc", 0, false);
         p.more.back() = 'x';
       }},
      {"AVP 999: reserved flag bits 50",
       [](Parts& p) {
         p.more = make_avp(999, "");
         p.more[4] = 0x50;
       }},
  };
  for (const auto& [problem, spoil] : rows) {
    Parts parts;
    spoil(parts);
    const Answer a = parse_answer(parts.message(), request());
    EXPECT_NE(std::find(a.problems.begin(), a.problems.end(), problem), a.problems.end()) << problem;
  }
}

TEST(S13Codec, EveryTruncationAndTrailingOctetIsAProblem) {
  const std::string whole = Parts{}.message();
  for (size_t len = 0; len < whole.size(); ++len)
    EXPECT_FALSE(parse_answer(whole.substr(0, len), request()).problems.empty()) << len;
  for (size_t more = 1; more < 9; ++more)
    EXPECT_FALSE(parse_answer(whole + std::string(more, '\0'), request()).problems.empty()) << more;
}

TEST(S13Codec, AQuestionIsBuiltAsAskedFor) {
  struct Row {
    nlohmann::json question;
    const char* octets;  ///< that the message holds
    bool holds;
  };
  const Row rows[] = {
      {{{"imei", "12345678901234"}, {"svn", "05"}}, "0000057ac000001a000028af3132333435363738393031323334", true},
      {{{"imei", "1"}, {"svn", "05"}}, "0000057bc000000e000028af30350000", true},
      {{{"imei", "1"}, {"imsi", "255011"}}, "000000014000000e323535303131", true},
      {{{"imei", "1"}}, "00000001400000", false},
      {{{"svn", "05"}}, "0000057ac00000", false},
      {{{"imei", "1"}, {"omit", {"terminal-information"}}}, "00000579", false},
      {{{"imei", "1"}, {"append", "deadbeef"}}, "deadbeef", true},
  };
  for (const auto& [question, octets, holds] : rows) {
    const auto made = make_ecr(question, mme(), kHop);
    ASSERT_TRUE(made);
    EXPECT_EQ(to_hex(*made).find(octets) != std::string::npos, holds) << question << ' ' << octets;
    EXPECT_EQ(header_of(*made).length, made->size());
  }
  EXPECT_FALSE(make_ecr({{"append", "xyz"}}, mme(), kHop));
}

TEST(S13Codec, HexGoesThereAndBack) {
  EXPECT_EQ(from_hex("00 ff1A"), std::string("\x00\xff\x1a", 3));
  EXPECT_EQ(to_hex(std::string("\x00\xff\x1a", 3)), "00ff1a");
  for (const char* bad : {"0", "0g", "0 0"}) EXPECT_FALSE(from_hex(bad)) << bad;
}

}  // namespace
}  // namespace eir::tests::s13
