// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/message.h"

#include <gtest/gtest.h>

#include "sigtran/sccp/management.h"
#include "support.h"

namespace eir::sigtran::sccp {
namespace {

using namespace test;

const Bytes kData = hex("01 02 03 04 05");

TEST(SccpMessage, DecodesUdt) {
  const Bytes octets = udt(0x81, kEirGt, kMscPc, kData);
  const auto m = decode_message(octets);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->type, MessageType::kUdt);
  EXPECT_EQ(m->protocol_class, 1);
  EXPECT_TRUE(m->return_option);
  EXPECT_EQ(text(m->called), text(kEirGt));
  EXPECT_EQ(text(m->calling), text(kMscPc));
  EXPECT_EQ(text(m->data), text(kData));
  EXPECT_FALSE(m->segmentation);
  EXPECT_EQ(class_octet(*m), 0x81);
}

TEST(SccpMessage, DecodesXudtAndLudtWithOptionalPart) {
  const Bytes optional = hex("12 01 03") + segment(true, 2, 0xABCDEF);  // importance first
  for (const Bytes& octets :
       {xudt(0, 15, kEirPc, kMscPc, kData, optional), ludt(0, 15, kEirPc, kMscPc, kData, optional)}) {
    const auto m = decode_message(octets);
    ASSERT_TRUE(m);
    EXPECT_EQ(m->hop_counter, 15);
    EXPECT_FALSE(m->return_option);
    EXPECT_EQ(text(m->called), text(kEirPc));
    EXPECT_EQ(text(m->calling), text(kMscPc));
    EXPECT_EQ(text(m->data), text(kData));
    ASSERT_TRUE(m->segmentation);
    EXPECT_TRUE(m->segmentation->first);
    EXPECT_EQ(m->segmentation->remaining, 2);
    EXPECT_EQ(m->segmentation->local_reference, 0xABCDEFu);
  }
}

TEST(SccpMessage, LudtCarriesMoreThan255Octets) {
  const Bytes data(3000, 0x5A);
  const Bytes octets = ludt(0, 1, kEirPc, kMscPc, data);
  const auto m = decode_message(octets);
  ASSERT_TRUE(m);
  EXPECT_EQ(m->data.size(), 3000u);
}

struct Refused {
  const char* why;
  const char* octets;
  base::Cause cause;
};
const Refused kRefused[] = {
    {"nothing", "", base::Cause::kTruncated},
    {"connection request is not connectionless", "01 00 00 00 02 02 06 04", base::Cause::kUnknown},
    {"type 0", "00", base::Cause::kUnknown},
    {"type alone", "09", base::Cause::kTruncated},
    {"class 2 in a UDT", "09 02 03 05 07 02 42 09 02 42 08 01 00", base::Cause::kBadValue},
    {"null pointer to a mandatory parameter", "09 00 00 05 07 02 42 09 02 42 08 01 00", base::Cause::kBadLength},
    {"pointer beyond the end", "09 00 03 05 F0 02 42 09 02 42 08 01 00", base::Cause::kBadLength},
    {"data one octet too long", "09 00 03 05 07 02 42 09 02 42 08 02 00", base::Cause::kBadLength},
    {"segmentation of three octets", "11 00 0F 04 06 08 09 02 42 09 02 42 08 01 00 10 03 80 00 00 00",
     base::Cause::kBadLength},
    {"optional parameter cut", "11 00 0F 04 06 08 09 02 42 09 02 42 08 01 00 10 04 80 00", base::Cause::kBadLength},
    {"optional part beyond the end", "11 00 0F 04 06 08 40 02 42 09 02 42 08 01 00", base::Cause::kBadLength},
};

TEST(SccpMessage, Refuses) {
  for (const Refused& row : kRefused) {
    SCOPED_TRACE(row.why);
    const Bytes octets = hex(row.octets);
    const auto m = decode_message(octets);
    ASSERT_FALSE(m);
    EXPECT_EQ(m.error().cause, row.cause);
    EXPECT_EQ(m.error().room, base::Room::kSccp);
  }
}

TEST(SccpMessage, RefusesEveryTruncation) {
  for (const Bytes& whole :
       {udt(0, kEirGt, kMscGt, kData), xudt(0, 15, kEirGt, kMscGt, kData), ludt(0, 15, kEirGt, kMscGt, kData)})
    for (size_t len = 0; len < whole.size(); ++len) EXPECT_FALSE(decode_message(base::Octets(whole).first(len))) << len;
}

TEST(SccpMessage, LooksAtNothingBehindItsParameters) {
  EXPECT_TRUE(decode_message(udt(0, kEirGt, kMscGt, kData) + hex("FF FF")));
}

TEST(SccpMessage, OptionalPartMayLackItsEnd) {
  Bytes octets = xudt(0, 15, kEirPc, kMscPc, kData, segment(true, 1, 7));
  octets.pop_back();
  EXPECT_TRUE(decode_message(octets));
}

TEST(SccpMessage, WritesWhatTheSpecificationDraws) {
  const struct {
    MessageType type;
    Bytes expected;
  } rows[] = {
      {MessageType::kUdt, udt(0x80, kMscGt, kEirPc, kData)},
      {MessageType::kXudt, xudt(0x80, 12, kMscGt, kEirPc, kData)},
      {MessageType::kLudt, ludt(0x80, 12, kMscGt, kEirPc, kData)},
  };
  for (const auto& row : rows) {
    uint8_t buffer[268];
    BackWriter w(buffer);
    w.bytes(kData);
    write_header(w, row.type, 0x80, 12, kMscGt, kEirPc);
    ASSERT_TRUE(w.ok());
    EXPECT_EQ(text(w.written()), text(row.expected));
    Bytes service(row.expected);
    service[0]++;
    service[1] = 4;
    BackWriter s(buffer);
    s.bytes(kData);
    write_header(s, service_of(row.type), 4, 12, kMscGt, kEirPc);
    EXPECT_EQ(text(s.written()), text(service));
    const auto m = decode_message(s.written());
    ASSERT_TRUE(m);
    EXPECT_TRUE(is_service(m->type));
    EXPECT_EQ(m->return_cause, 4);
  }
}

TEST(SccpMessage, WritesNothingThatDoesNotFit) {
  const Bytes data(256, 0);
  uint8_t buffer[1024];
  BackWriter udt_too_long(buffer);
  udt_too_long.bytes(data);
  write_header(udt_too_long, MessageType::kUdt, 0, 15, kMscPc, kEirPc);
  EXPECT_FALSE(udt_too_long.ok());
  BackWriter long_enough(buffer);
  long_enough.bytes(data);
  write_header(long_enough, MessageType::kLudt, 0, 15, kMscPc, kEirPc);
  EXPECT_TRUE(long_enough.ok());
  uint8_t little[16];
  BackWriter no_room(little);
  no_room.bytes(kData);
  write_header(no_room, MessageType::kUdt, 0, 15, kMscPc, kEirPc);
  EXPECT_FALSE(no_room.ok());
}

TEST(SccpManagement, DecodesAndWrites) {
  const auto m = decode_management(hex("03 09 FE 3F 00"));
  ASSERT_TRUE(m);
  EXPECT_EQ(m->type, ManagementType::kStatusTest);
  EXPECT_EQ(m->affected_ssn, kSsnEir);
  EXPECT_EQ(mtp::number(m->affected_pc), 0x3FFEu);
  EXPECT_TRUE(decode_management(hex("06 09 FE 3F 00 05")));
  uint8_t buffer[8];
  BackWriter w(buffer);
  write_management(w, {ManagementType::kAllowed, kSsnEir, mtp::PointCode{0x3FFE}});
  EXPECT_EQ(text(w.written()), "01 09 FE 3F 00");
}

TEST(SccpManagement, Refuses) {
  for (const char* octets : {"", "03", "03 09", "03 09 01", "03 09 01 00", "03 09 01 00 00 00", "06 09 01 00 00",
                             "00 09 01 00 00", "07 09 01 00 00"})
    EXPECT_FALSE(decode_management(hex(octets))) << octets;
}

}  // namespace
}  // namespace eir::sigtran::sccp
