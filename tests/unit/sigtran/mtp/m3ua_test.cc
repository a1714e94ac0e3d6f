// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/m3ua.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>
#include <vector>

namespace eir::sigtran::mtp::m3ua {
namespace {

using base::Cause;
using Bytes = std::vector<uint8_t>;

Bytes hex(std::string_view text) {
  Bytes out;
  std::string digits;
  for (const char c : text) {
    if (c == ' ') continue;
    digits += c;
    if (digits.size() == 2) {
      out.push_back(static_cast<uint8_t>(std::stoul(digits, nullptr, 16)));
      digits.clear();
    }
  }
  EXPECT_TRUE(digits.empty()) << text;
  return out;
}

// Routing context 2; OPC 1, DPC 2, SI 3, NI 2, MP 0, SLS 5; five octets of user data, three of padding.
constexpr const char* kData =
    "01 00 01 01 00 00 00 28 00 06 00 08 00 00 00 02 02 10 00 15 00 00 00 01 00 00 00 02 03 02 00 05 "
    "09 00 03 05 07 00 00 00";

TEST(M3uaData, DecodesWhatAGatewaySends) {
  const Bytes message = hex(kData);
  const auto data = decode_data(message);
  ASSERT_TRUE(data);
  EXPECT_EQ(data->routing_context, 2U);
  EXPECT_EQ(data->opc, 1U);
  EXPECT_EQ(data->dpc, 2U);
  EXPECT_EQ(data->si, 3);
  EXPECT_EQ(data->ni, 2);
  EXPECT_EQ(data->mp, 0);
  EXPECT_EQ(data->sls, 5);
  EXPECT_EQ(Bytes(data->user_data.begin(), data->user_data.end()), hex("09 00 03 05 07"));
}

TEST(M3uaData, EncodesTheSameOctets) {
  const Bytes message = hex(kData);
  const auto data = decode_data(message);
  ASSERT_TRUE(data);
  std::array<uint8_t, 64> buffer{};
  base::ByteWriter out(buffer);
  ASSERT_TRUE(encode_data(*data, out));
  EXPECT_EQ(Bytes(out.written().begin(), out.written().end()), message);
}

TEST(M3uaData, RoundTripsEveryPadding) {
  for (size_t len = 0; len <= 9; ++len) {
    const Bytes user(len, 0xAB);
    Data data;
    data.opc = 16383;
    data.dpc = 1;
    data.si = 3;
    data.sls = 15;
    data.user_data = user;
    std::array<uint8_t, 64> buffer{};
    base::ByteWriter out(buffer);
    ASSERT_TRUE(encode_data(data, out));
    EXPECT_EQ(out.size() % 4, 0U);
    EXPECT_LE(out.size(), len + kDataOverhead);
    const auto again = decode_data(out.written());
    ASSERT_TRUE(again) << len;
    EXPECT_FALSE(again->routing_context);
    EXPECT_EQ(again->user_data.size(), len);
  }
}

TEST(M3uaData, DoesNotFitASmallerBuffer) {
  const Bytes message = hex(kData);
  const auto data = decode_data(message);
  ASSERT_TRUE(data);
  for (size_t room = 0; room < message.size(); ++room) {
    Bytes buffer(room);
    base::ByteWriter out(buffer);
    EXPECT_FALSE(encode_data(*data, out)) << room;
  }
}

TEST(M3uaData, RefusesEveryTruncation) {
  const Bytes message = hex(kData);
  // Up to three octets of padding may be missing at the end, RFC 4666 §3.2; every shorter form is refused.
  for (size_t len = 0; len < message.size(); ++len) {
    const auto data = decode_data(base::Octets(message).first(len));
    EXPECT_EQ(data.has_value(), len + 3 >= message.size()) << len;
  }
}

struct Row {
  const char* why;
  const char* message;
  bool accepted;
  Cause cause;
};

TEST(M3uaData, Refusals) {
  const Row rows[] = {
      {"padding counted and not sent",
       "01000101 00000028 00060008 00000002 02100015 00000001 00000002 03020005 0900030507",
       true,
       {}},
      {"padding sent and not counted",
       "01000101 00000025 00060008 00000002 02100015 00000001 00000002 03020005 0900030507000000",
       true,
       {}},
      {"no routing context", "01000101 00000018 02100010 00000001 00000002 03020005", true, {}},
      {"network appearance before and an unknown parameter after",
       "01000101 00000028 02000008 00000001 02100010 00000001 00000002 03020005 7FFF0008 01020304",
       true,
       {}},
      {"correlation id", "01000101 00000020 02100010 00000001 00000002 03020005 00130008 00000009", true, {}},
      {"version 2", "02000101 00000018 02100010 00000001 00000002 03020005", false, Cause::kUnknown},
      {"not DATA", "01000102 00000018 02100010 00000001 00000002 03020005", false, Cause::kUnknown},
      {"another class", "01000301 00000018 02100010 00000001 00000002 03020005", false, Cause::kUnknown},
      {"length above the message", "01000101 0000001C 02100010 00000001 00000002 03020005", false, Cause::kBadLength},
      {"length below the message", "01000101 00000014 02100010 00000001 00000002 03020005", false, Cause::kBadLength},
      {"length below the header", "01000101 00000007", false, Cause::kBadLength},
      {"no protocol data", "01000101 00000010 00060008 00000002", false, Cause::kBadTag},
      {"nothing at all", "01000101 00000008", false, Cause::kBadTag},
      {"protocol data of 11 octets", "01000101 00000018 0210000F 00000001 00000002 03020005", false, Cause::kBadLength},
      {"protocol data beyond the end", "01000101 00000018 02100011 00000001 00000002 03020005", false,
       Cause::kTruncated},
      {"protocol data twice",
       "01000101 00000028 02100010 00000001 00000002 03020005 02100010 00000001 00000002 03020005", false,
       Cause::kTooMany},
      {"routing context twice",
       "01000101 00000028 00060008 00000001 00060008 00000001 02100010 00000001 00000002 03020005", false,
       Cause::kTooMany},
      {"two routing contexts in one",
       "01000101 00000024 0006000C 00000001 00000002 02100010 00000001 00000002 03020005", false, Cause::kBadLength},
      {"an empty routing context", "01000101 0000001C 00060004 02100010 00000001 00000002 03020005", false,
       Cause::kBadLength},
      {"a parameter length of 3", "01000101 0000001C 00070003 02100010 00000001 00000002 03020005", false,
       Cause::kBadLength},
      {"network appearance of two octets", "01000101 00000020 02000006 00010000 02100010 00000001 00000002 03020005",
       false, Cause::kBadLength},
  };
  for (const Row& row : rows) {
    const Bytes message = hex(row.message);
    const auto data = decode_data(message);
    EXPECT_EQ(data.has_value(), row.accepted) << row.why;
    if (!data && !row.accepted) {
      EXPECT_EQ(data.error().cause, row.cause) << row.why;
      EXPECT_LE(data.error().offset, message.size()) << row.why;
    }
  }
}

TEST(M3uaManagement, ChecksWhatTheLibraryDoesNot) {
  const Row rows[] = {
      {"ASP Up", "01000301 00000008", true, {}},
      {"ASP Up with an identifier", "01000301 00000010 00110008 00000001", true, {}},
      {"a heartbeat", "01000303 0000000F 00090007 010203", true, {}},
      {"ASP Active with two routing contexts", "01000401 00000014 0006000C 00000001 00000002", true, {}},
      {"NOTIFY", "01000001 00000010 000D0008 00010003", true, {}},
      {"an identifier of no octets, on which the library stops", "01000301 0000000C 00110004", false,
       Cause::kBadLength},
      {"a traffic mode of two octets", "01000401 00000010 000B0006 00010000", false, Cause::kBadLength},
      {"a routing context of three octets", "01000401 00000010 00060007 00000100", false, Cause::kBadLength},
      {"no routing context in its parameter", "01000401 0000000C 00060004", false, Cause::kBadLength},
      {"an error code of no octets", "01000000 0000000C 000C0004", false, Cause::kBadLength},
      {"affected point codes of six octets", "01000201 00000010 0012000A 00000002 0001", false, Cause::kBadLength},
      {"class 10", "01000A01 00000008", false, Cause::kUnknown},
      {"version 0", "00000301 00000008", false, Cause::kUnknown},
      {"half a parameter", "01000301 00000010 0011000C 00000001", false, Cause::kTruncated},
      {"a cut header", "010003", false, Cause::kTruncated},
  };
  for (const Row& row : rows) {
    const auto header = check_management(hex(row.message));
    EXPECT_EQ(header.has_value(), row.accepted) << row.why;
    if (!header && !row.accepted) {
      EXPECT_EQ(header.error().cause, row.cause) << row.why;
    }
  }
}

TEST(M3uaManagement, BoundsLengthAndPointCodes) {
  const auto heartbeat = [](size_t total) {
    Bytes out = hex("01000303 00000000 00090000");
    out.resize(total);
    out[6] = static_cast<uint8_t>(total >> 8);
    out[7] = static_cast<uint8_t>(total);
    out[10] = static_cast<uint8_t>((total - 8) >> 8);
    out[11] = static_cast<uint8_t>(total - 8);
    return out;
  };
  EXPECT_TRUE(check_management(heartbeat(kManagementOctetsMax)));
  EXPECT_FALSE(check_management(heartbeat(kManagementOctetsMax + 4)));

  const auto audit = [](size_t count) {
    Bytes out = hex("01000203 00000000 00120000");
    out.resize(12 + 4 * count);
    out[6] = static_cast<uint8_t>(out.size() >> 8);
    out[7] = static_cast<uint8_t>(out.size());
    out[10] = static_cast<uint8_t>((4 + 4 * count) >> 8);
    out[11] = static_cast<uint8_t>(4 + 4 * count);
    return out;
  };
  EXPECT_TRUE(check_management(audit(kAffectedMax)));
  const auto refused = check_management(audit(kAffectedMax + 1));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().cause, Cause::kTooMany);
}

TEST(M3uaSsnm, SaysWhoIsAffected) {
  const Bytes duna = hex("01000201 0000001C 00060008 00000002 0012000C 00000005 03000008");
  const auto message = decode_ssnm(duna);
  ASSERT_TRUE(message);
  EXPECT_EQ(message->type, Ssnm::kDuna);
  EXPECT_EQ(Bytes(message->affected.begin(), message->affected.end()), hex("00000005 03000008"));

  const auto dupu = decode_ssnm(hex("01000205 00000018 00120008 00000005 02040008 00010003"));
  ASSERT_TRUE(dupu);
  EXPECT_EQ(dupu->type, Ssnm::kDupu);
  EXPECT_EQ(dupu->cause, 1);
  EXPECT_EQ(dupu->user, 3);

  EXPECT_FALSE(decode_ssnm(hex("01000201 00000010 00060008 00000002"))) << "nobody affected";
  EXPECT_FALSE(decode_ssnm(hex("01000207 00000010 00120008 00000002"))) << "type 7";
  EXPECT_FALSE(decode_ssnm(hex("01000301 00000010 00120008 00000002"))) << "another class";
}

TEST(M3uaError, IsOneParameter) {
  std::array<uint8_t, 16> buffer{};
  base::ByteWriter out(buffer);
  ASSERT_TRUE(encode_error(ErrorCode::kInvalidRoutingContext, out));
  EXPECT_EQ(Bytes(out.written().begin(), out.written().end()), hex("01000000 00000010 000C0008 00000019"));
  EXPECT_TRUE(check_management(out.written()));
  std::array<uint8_t, 15> small{};
  base::ByteWriter narrow(small);
  EXPECT_FALSE(encode_error(ErrorCode::kInvalidRoutingContext, narrow));
}

TEST(M3ua, TakesNoHarmFromRandomOctets) {
  std::mt19937 random(4666);
  const Bytes seed = hex(kData);
  for (int i = 0; i < 200'000; ++i) {
    Bytes message = seed;
    message.resize(random() % 80);
    const size_t changes = random() % 6;
    for (size_t k = 0; k < changes && !message.empty(); ++k) {
      message[random() % message.size()] = static_cast<uint8_t>(random());
    }
    if (message.size() >= 8 && random() % 2) message[7] = static_cast<uint8_t>(message.size());
    if (const auto data = decode_data(message)) {
      EXPECT_LE(data->user_data.size(), message.size());
      std::array<uint8_t, 256> buffer{};
      base::ByteWriter out(buffer);
      ASSERT_TRUE(encode_data(*data, out));
      EXPECT_TRUE(decode_data(out.written()));
    }
    if (check_management(message)) (void)decode_ssnm(message);
  }
}

}  // namespace
}  // namespace eir::sigtran::mtp::m3ua
