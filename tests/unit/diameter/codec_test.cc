// SPDX-License-Identifier: GPL-3.0-or-later
#include <gtest/gtest.h>

#include "diameter/codec/message.h"
#include "diameter/codec/output.h"
#include "diameter/codec/structure.h"
#include "tests/unit/diameter/messages.h"

namespace eir::diameter::test {
namespace {

using codec::AvpReader;
using codec::AvpView;
using codec::Octets;

TEST(Header, RoundTrip) {
  const codec::Header h{1, 0xABCDE0, 0xC0, 324, 16777252, 0x01020304, 0xFFFEFDFC};
  Bytes octets(20);
  base::ByteWriter w(octets);
  codec::write_header(w, h);
  ASSERT_TRUE(w.ok());
  const codec::Header back = header_of(octets);
  EXPECT_EQ(back.length, h.length);
  EXPECT_EQ(back.flags, h.flags);
  EXPECT_EQ(back.command, h.command);
  EXPECT_EQ(back.application, h.application);
  EXPECT_EQ(back.hop_by_hop, h.hop_by_hop);
  EXPECT_EQ(back.end_to_end, h.end_to_end);
}

TEST(Header, EveryTruncation) {
  const Bytes octets(20, 1);
  codec::Header h;
  for (size_t n = 0; n < 20; ++n) EXPECT_FALSE(codec::read_header(Octets(octets).first(n), h)) << n;
}

TEST(AvpReader, EveryTruncationIsBrokenOrShorter) {
  const Bytes octets = Ecr().bytes();
  const Octets body = codec::body_of(octets);
  for (size_t n = 0; n <= body.size(); ++n) {
    AvpReader reader(body.first(n));
    AvpView a;
    size_t seen = 0;
    while (reader.next(a)) seen += codec::padded(a.whole.size());
    EXPECT_TRUE(reader.broken() || n <= seen);
    EXPECT_LE(seen, codec::padded(n));
  }
}

TEST(AvpReader, LengthsThatCannotBe) {
  struct Row {
    Bytes octets;
    const char* why;
  };
  const Bytes three(3, 'x');
  const Row rows[] = {
      {make_raw(1, 0x40, 7, 0, three), "length under the header's"},
      {make_raw(1, 0x40, 0, 0, three), "length 0"},
      {make_raw(1, 0x40, 13, 0, three), "one past the end"},
      {make_raw(1, 0xC0, 11, 10415, three), "length under the vendor header's"},
      {make_raw(1, 0x40, 0xFFFFFF, 0, three), "as long as can be"},
      {Bytes(7, 0), "no room for a header"},
  };
  for (const Row& row : rows) {
    AvpReader reader(row.octets);
    AvpView a;
    EXPECT_FALSE(reader.next(a)) << row.why;
    EXPECT_TRUE(reader.broken()) << row.why;
    EXPECT_EQ(reader.remainder().size(), row.octets.size()) << row.why;
  }
}

TEST(AvpReader, VendorZeroIsNobodys) {
  const Bytes octets = make_raw(264, 0xC0, 13, 0, Bytes(1, 'x'));
  AvpView a;
  EXPECT_FALSE(codec::find_avp(octets, avp::kOriginHost, a));
}

TEST(Output, KeepsOrderAcrossGrowthAndConsumption) {
  codec::Output out;
  Bytes expected;
  for (unsigned i = 0; i < 5000; ++i) {
    const Bytes piece(i % 37, static_cast<uint8_t>(i));
    out.append(piece);
    expected.insert(expected.end(), piece.begin(), piece.end());
    if (i % 5 == 0) {
      const size_t n = out.size() / 3;
      out.consume(n);
      expected.erase(expected.begin(), expected.begin() + static_cast<std::ptrdiff_t>(n));
    }
  }
  EXPECT_TRUE(std::equal(expected.begin(), expected.end(), out.unsent().begin(), out.unsent().end()));
}

TEST(Dictionary, KnowsWhatItMust) {
  const codec::Dictionary* d = codec::Dictionary::instance();
  ASSERT_NE(d, nullptr);
  for (const AvpId id : {avp::kUserName, avp::kSessionId, avp::kProxyInfo, avp::kTerminalInformation, avp::kImei,
                         avp::kSoftwareVersion, avp::kMeid, avp::kEquipmentStatus, avp::kSupportedFeatures})
    EXPECT_NE(d->find(id), nullptr) << id.code;
  EXPECT_EQ(d->find({1402, 0}), nullptr);
  EXPECT_EQ(d->find({1, codec::kVendor3gpp}), nullptr);
  EXPECT_EQ(d->find({0, 0}), nullptr);
  EXPECT_EQ(d->find({0xFFFFFFFF, 0xFFFFFFFF}), nullptr);
  EXPECT_STREQ(d->find({1402, 10415})->name, "IMEI");
}

TEST(ParsedRequest, FindsFields) {
  const Bytes octets = Ecr("35809101234567", "42", "255012345678901").bytes();
  auto parsed = codec::ParsedRequest::parse(octets);
  ASSERT_TRUE(parsed);
  EXPECT_EQ(codec::text_of(*parsed->find(avp::kUserName)), "255012345678901");
  EXPECT_EQ(codec::text_of(*parsed->find_in(avp::kTerminalInformation, avp::kImei)), "35809101234567");
  EXPECT_EQ(codec::text_of(*parsed->find_in(avp::kTerminalInformation, avp::kSoftwareVersion)), "42");
  EXPECT_EQ(parsed->find_u32(avp::kAuthSessionState), 1u);
  EXPECT_FALSE(parsed->find(avp::kDestinationHost));
  EXPECT_FALSE(parsed->find_in(avp::kTerminalInformation, avp::kMeid));
}

TEST(Structure, GroupsInGroupsAreBounded) {
  Bytes inner = make_u32(avp::kVendorId, 1);
  for (unsigned i = 0; i < 2000; ++i) inner = make(avp::kVendorSpecificApplicationId, Octets(inner));
  const auto complaint = codec::check_structure(inner);
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->code, codec::ResultCode::kInvalidAvpValue);
}

TEST(Structure, NumberOfAvpsIsBounded) {
  Bytes many;
  for (unsigned i = 0; i <= codec::kAvpsMax; ++i) {
    const Bytes one = with_flags(make({99999}, "x"), 0);
    many.insert(many.end(), one.begin(), one.end());
  }
  const auto complaint = codec::check_structure(many);
  ASSERT_TRUE(complaint);
  EXPECT_EQ(complaint->code, codec::ResultCode::kUnableToComply);
}

TEST(AnswerBuilder, ErrorsStick) {
  codec::AnswerBuilder wrong_type(codec::Header{}, false);
  wrong_type.u32(avp::kOriginHost, 1).u32(avp::kResultCode, 2001);
  EXPECT_FALSE(wrong_type.finish());
  codec::AnswerBuilder unknown(codec::Header{}, false);
  unknown.u32({4242}, 1);
  EXPECT_FALSE(unknown.finish());
}

}  // namespace
}  // namespace eir::diameter::test
