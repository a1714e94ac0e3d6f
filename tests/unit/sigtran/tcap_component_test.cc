// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/component.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::tcap {
namespace {

using namespace test;
using Kind = Component::Kind;

struct Row {
  const char* name;
  const char* octets;
  Kind kind;
  Problem problem;
  int id;         // 1000: none
  int operation;  // 1000: none
  const char* parameter;
};
constexpr int kNone = 1000;
const Row kRows[] = {
    {"invoke", "A1 08 02 01 05 02 01 2B 05 00", Kind::kInvoke, {}, 5, 43, "05 00"},
    {"invoke without a parameter", "A1 06 02 01 FF 02 01 2B", Kind::kInvoke, {}, -1, 43, ""},
    {"trailing octets belong to the parameter",
     "A1 0A 02 01 05 02 01 2B 05 00 00 00",
     Kind::kInvoke,
     {},
     5,
     43,
     "05 00 00 00"},
    {"indefinite length", "A1 80 02 01 05 02 01 2B 05 00 00 00", Kind::kInvoke, {}, 5, 43, "05 00"},
    {"operation code 299", "A1 07 02 01 05 02 02 01 2B", Kind::kInvoke, {}, 5, 299, ""},
    {"operation code -213", "A1 07 02 01 05 02 02 FF 2B", Kind::kInvoke, {}, 5, -213, ""},
    {"operation code of five octets", "A1 0A 02 01 05 02 05 00 00 00 00 2B", Kind::kInvoke, {}, 5, kNone, ""},
    {"operation code of no octet", "A1 05 02 01 05 02 00", Kind::kInvoke, {}, 5, kNone, ""},
    {"global operation code", "A1 07 02 01 05 06 02 2A 2B", Kind::kInvoke, {}, 5, kNone, ""},
    {"linked", "A1 09 02 01 05 80 01 01 02 01 2B", Kind::kFaulty, kUnrecognizedLinkedId, 5, kNone, ""},
    {"linked, and no operation", "A1 06 02 01 05 80 01 01", Kind::kFaulty, kMistypedComponent, 5, kNone, ""},
    {"no operation code", "A1 03 02 01 05", Kind::kFaulty, kMistypedComponent, 5, kNone, ""},
    {"operation code of another type", "A1 06 02 01 05 0A 01 2B", Kind::kFaulty, kMistypedComponent, 5, kNone, ""},
    {"operation code cut", "A1 05 02 01 05 02 01", Kind::kFaulty, kBadlyStructuredComponent, 5, kNone, ""},
    {"nothing in it", "A1 00", Kind::kFaulty, kBadlyStructuredComponent, kNone, kNone, ""},
    {"invoke identity of two octets", "A1 07 02 02 00 05 02 01 2B", Kind::kFaulty, kMistypedComponent, kNone, kNone,
     ""},
    {"invoke identity of no octet", "A1 05 02 00 02 01 2B", Kind::kFaulty, kMistypedComponent, kNone, kNone, ""},
    {"invoke identity of another type", "A1 06 0A 01 05 02 01 2B", Kind::kFaulty, kMistypedComponent, kNone, kNone, ""},
    {"invoke identity beyond the component", "A1 02 02 01", Kind::kFaulty, kBadlyStructuredComponent, kNone, kNone, ""},
    {"result", "A2 03 02 01 05", Kind::kFaulty, kResultUnrecognizedInvokeId, 5, kNone, ""},
    {"result not last", "A7 03 02 01 05", Kind::kFaulty, kResultUnrecognizedInvokeId, 5, kNone, ""},
    {"result without identity", "A2 00", Kind::kFaulty, kBadlyStructuredComponent, kNone, kNone, ""},
    {"error", "A3 06 02 01 05 02 01 22", Kind::kFaulty, kErrorUnrecognizedInvokeId, 5, kNone, ""},
    {"reject", "A4 06 02 01 05 81 01 02", Kind::kIgnored, {}, 5, kNone, ""},
    {"reject without identity", "A4 05 05 00 80 01 02", Kind::kIgnored, {}, kNone, kNone, ""},
    {"unknown component", "A8 03 02 01 05", Kind::kFaulty, kUnrecognizedComponent, 5, kNone, ""},
    {"unknown component without identity", "30 00", Kind::kFaulty, kUnrecognizedComponent, kNone, kNone, ""},
    {"no BER", "A1 7F 02", Kind::kFaulty, kBadlyStructuredComponent, kNone, kNone, ""},
};

TEST(TcapComponent, Reads) {
  for (const Row& row : kRows) {
    SCOPED_TRACE(row.name);
    const Bytes octets = hex(row.octets);
    ComponentReader reader(octets);
    Component c;
    ASSERT_TRUE(reader.next(c));
    EXPECT_EQ(c.kind, row.kind);
    if (row.kind == Kind::kFaulty) {
      EXPECT_EQ(c.problem, row.problem);
    }
    EXPECT_EQ(c.id ? *c.id : kNone, row.id);
    EXPECT_EQ(c.operation ? *c.operation : kNone, row.operation);
    EXPECT_EQ(text(c.parameter), row.parameter);
    Component again;
    EXPECT_FALSE(reader.next(again));
  }
}

TEST(TcapComponent, ReadsOneAfterAnother) {
  const Bytes octets = invoke(kImei, 1) + hex("A4 05 05 00 80 01 02") + invoke(kImei, 2) + hex("00 00");
  ComponentReader reader(octets);
  Component c;
  ASSERT_TRUE(reader.next(c));
  EXPECT_EQ(c.id, InvokeId{1});
  ASSERT_TRUE(reader.next(c));
  EXPECT_EQ(c.kind, Kind::kIgnored);
  ASSERT_TRUE(reader.next(c));
  EXPECT_EQ(c.id, InvokeId{2});
  EXPECT_FALSE(reader.next(c)) << "zeros are no component";
}

TEST(TcapComponent, Writes) {
  uint8_t buffer[64];
  const auto written = [&](const Reply& r) {
    BackWriter w(buffer);
    write_reply(w, r);
    EXPECT_TRUE(w.ok());
    EXPECT_LE(w.size(), kReplyOctetsMax);
    return text(w.written());
  };
  Reply r;
  r.kind = Reply::Kind::kResult;
  r.id = InvokeId{-1};
  r.operation = 43;
  r.parameter = {0x30, 0x03, 0x0A, 0x01, 0x01};
  r.parameter_len = 5;
  EXPECT_EQ(written(r), text(result(hex("30 03 0A 01 01"), 0xFF)));
  EXPECT_EQ(written(Reply::make_error(1, 7)), "A3 06 02 01 01 02 01 07");
  EXPECT_EQ(written(Reply::make_reject(InvokeId{1}, kMistypedParameter)), text(reject(0x81, 2)));
  EXPECT_EQ(written(Reply::make_reject(std::nullopt, kBadlyStructuredComponent)), "A4 05 05 00 80 01 02");
}

}  // namespace
}  // namespace eir::sigtran::tcap
