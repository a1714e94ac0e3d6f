// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/dialogue.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::tcap {
namespace {

using namespace test;

/// The contents of a dialogue portion, as decode_dialogue() takes it.
Bytes contents(const Bytes& portion) { return Bytes(portion.begin() + 2, portion.end()); }
Bytes apdu(const Bytes& a) { return contents(dialogue(a)); }
const Bytes kName = tlv(0xA1, context(3));

TEST(TcapDialogue, DecodesAarq) {
  DialogueRequest r;
  const Bytes plain = contents(aarq(context(3)));
  ASSERT_EQ(decode_dialogue(plain, r), DialogueFault::kNone);
  EXPECT_EQ(text(r.context), "04 00 00 01 00 0D 03");
  EXPECT_FALSE(r.user_information);
  const Bytes with_open = contents(aarq(context(2), open_info()));
  ASSERT_EQ(decode_dialogue(with_open, r), DialogueFault::kNone);
  ASSERT_TRUE(r.user_information);
  EXPECT_EQ(text(*r.user_information), text(contents(open_info())));
}

TEST(TcapDialogue, TolerantForms) {
  DialogueRequest r;
  const Bytes oid = hex("06 07 00 11 86 05 01 01 01");
  const Bytes forms[] = {
      apdu(tlv(0x60, kName)),                                      // the protocol version has a default
      apdu(tlv(0x60, hex("80 02 00 C0") + kName)),                 // version1 and another
      apdu(tlv(0x60, hex("80 02 07 80") + kName + hex("8F 00"))),  // an element nobody defined
      indefinite(0x28, oid + indefinite(0xA0, indefinite(0x60, indefinite(0xA1, context(3))))),
      Bytes{0x28, 0x81, 0x1A} + oid + hex("A0 82 00 0D 60 0B A1 81 08") + hex("06 06 2A 03 04 05 06 07"),
  };
  for (const Bytes& form : forms) EXPECT_EQ(decode_dialogue(form, r), DialogueFault::kNone) << text(form);
}

TEST(TcapDialogue, RefusesWhatIsNoAarq) {
  const Bytes name_of_33 = tlv(0xA1, tlv(0x06, Bytes(kContextOctetsMax + 1, 1)));
  const struct {
    const char* why;
    Bytes portion;
    DialogueFault fault;
  } rows[] = {
      {"nothing", {}, DialogueFault::kMalformed},
      {"no EXTERNAL", hex("30 00"), DialogueFault::kMalformed},
      {"empty EXTERNAL", hex("28 00"), DialogueFault::kMalformed},
      {"unstructured dialogue", tlv(0x28, hex("06 07 00 11 86 05 01 02 01") + tlv(0xA0, tlv(0x60, kName))),
       DialogueFault::kMalformed},
      {"octet-aligned", tlv(0x28, hex("06 07 00 11 86 05 01 01 01") + tlv(0x81, tlv(0x60, kName))),
       DialogueFault::kMalformed},
      {"AARE", apdu(tlv(0x61, kName)), DialogueFault::kMalformed},
      {"ABRT", apdu(hex("64 03 80 01 00")), DialogueFault::kMalformed},
      {"no context name", apdu(hex("60 04 80 02 07 80")), DialogueFault::kMalformed},
      {"context name is no OID", apdu(tlv(0x60, hex("A1 03 02 01 05"))), DialogueFault::kMalformed},
      {"context name is empty", apdu(tlv(0x60, hex("A1 02 06 00"))), DialogueFault::kMalformed},
      {"context name above the bound", apdu(tlv(0x60, name_of_33)), DialogueFault::kMalformed},
      {"protocol version is empty", apdu(tlv(0x60, hex("80 00") + kName)), DialogueFault::kMalformed},
      {"broken element behind the name", apdu(tlv(0x60, kName + hex("BE 05 28"))), DialogueFault::kMalformed},
      {"version 2 alone", apdu(tlv(0x60, hex("80 02 06 40") + kName)), DialogueFault::kNoCommonVersion},
      {"no version", apdu(tlv(0x60, hex("80 01 00") + kName)), DialogueFault::kNoCommonVersion},
  };
  for (const auto& row : rows) {
    DialogueRequest r;
    EXPECT_EQ(decode_dialogue(row.portion, r), row.fault) << row.why;
  }
  const Bytes whole = contents(aarq(context(3), open_info()));
  for (size_t len = 0; len < whole.size(); ++len) {
    DialogueRequest r;
    EXPECT_EQ(decode_dialogue(base::Octets(whole).first(len), r), DialogueFault::kMalformed) << len;
  }
}

TEST(TcapDialogue, Writes) {
  uint8_t buffer[256];
  const auto written = [&](auto&& write) {
    BackWriter w(buffer);
    write(w);
    EXPECT_TRUE(w.ok());
    EXPECT_LE(w.size(), kAareOctetsMax);
    return text(w.written());
  };
  const Bytes name = hex("04 00 00 01 00 0D 03");
  UserInformation info;
  info.octets[0] = 0x28;
  info.len = 2;
  const auto portion = [](const Bytes& a) { return text(dialogue(a)); };
  EXPECT_EQ(written([&](BackWriter& w) { write_aare(w, name, AareResult::kAccepted, {}); }), text(aare(context(3))));
  EXPECT_EQ(written([&](BackWriter& w) { write_aare(w, name, AareResult::kContextNotSupported, info); }),
            portion(tlv(0x61, hex("80 02 07 80") + kName + hex("A2 03 02 01 01 A3 05 A1 03 02 01 02 BE 02 28 00"))));
  EXPECT_EQ(written([&](BackWriter& w) { write_aare(w, name, AareResult::kNoCommonVersion, {}); }),
            portion(tlv(0x61, hex("80 02 07 80") + kName + hex("A2 03 02 01 01 A3 05 A2 03 02 01 02"))));
  EXPECT_EQ(written([&](BackWriter& w) { write_abrt(w, AbortSource::kUser, info); }),
            portion(hex("64 07 80 01 00 BE 02 28 00")));
  EXPECT_EQ(written([&](BackWriter& w) { write_abrt(w, AbortSource::kProvider, {}); }), portion(hex("64 03 80 01 01")));
  info.len = sizeof(info.octets);
  written([&](BackWriter& w) { write_aare(w, Bytes(kContextOctetsMax, 1), AareResult::kAccepted, info); });
}

}  // namespace
}  // namespace eir::sigtran::tcap
