// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/dialogue.h"

#include <gtest/gtest.h>

#include "support.h"

namespace eir::sigtran::map {
namespace {

using namespace test;

TEST(MapDialogue, KnowsItsContexts) {
  const struct {
    const char* name;
    int version;  // 0: another context
  } rows[] = {{"04 00 00 01 00 0D 01", 1},    {"04 00 00 01 00 0D 03", 3}, {"04 00 00 01 00 0D 7F", 127},
              {"04 00 00 01 00 0D 00", 0},    {"04 00 00 01 00 0D 83", 0}, {"04 00 00 01 00 0E 03", 0},
              {"04 00 00 01 00 0D 03 01", 0}, {"04 00 00 01 00 0D", 0},    {"", 0}};
  for (const auto& row : rows) EXPECT_EQ(equipment_context_version(hex(row.name)).value_or(0), row.version) << row.name;
}

TEST(MapDialogue, KnowsAnOpenInfo) {
  const auto contents = [](const Bytes& be) { return Bytes(be.begin() + 2, be.end()); };
  const auto wrapped = [](const Bytes& pdu) { return tlv(0x28, hex("06 07 04 00 00 01 01 01 01") + tlv(0xA0, pdu)); };
  const Bytes good[] = {
      contents(open_info()),
      contents(open_info(hex("80 02 91 83 81 05 91 83 50 10 32"))),
      contents(open_info(hex("30 02 A1 00"))),                    // extension container
      contents(open_info(hex("82 08 52 05 11 32 54 76 98 F0"))),  // an extension of a vendor's
      indefinite(0x28, hex("06 07 04 00 00 01 01 01 01") + indefinite(0xA0, indefinite(0xA0, {}))),
  };
  for (const Bytes& g : good) EXPECT_TRUE(is_open_info(g)) << text(g);
  const Bytes bad[] = {
      {},
      hex("28 00"),
      hex("30 00"),
      wrapped(hex("A1 00")),           // MAP-AcceptInfo
      wrapped(hex("A5 03 0A 01 00")),  // MAP-ProviderAbortInfo
      wrapped(hex("A0 02 80 00")),     // a reference of no octet
      wrapped(tlv(0xA0, tlv(0x81, Bytes(21, 0x91)))),
      wrapped(hex("A0 02 80 05")),  // a reference beyond its end
      wrapped(hex("A0 00 A0 00")),  // two of them
      wrapped({}),
      tlv(0x28, hex("06 07 04 00 00 01 01 01 02") + tlv(0xA0, hex("A0 00"))),
      tlv(0x28, hex("06 07 04 00 00 01 01 01 01") + tlv(0x81, hex("A0 00"))),
      tlv(0x28, tlv(0xA0, hex("A0 00"))),
      contents(open_info()) + contents(open_info()),
  };
  for (const Bytes& b : bad) EXPECT_FALSE(is_open_info(b)) << text(b);
  const Bytes whole = contents(open_info(hex("80 02 91 83")));
  for (size_t len = 0; len < whole.size(); ++len) EXPECT_FALSE(is_open_info(base::Octets(whole).first(len))) << len;
}

TEST(MapDialogue, MakesItsUserInformation) {
  const auto external = [](const Bytes& pdu) {
    return text(tlv(0x28, hex("06 07 04 00 00 01 01 01 01") + tlv(0xA0, pdu)));
  };
  EXPECT_EQ(text(make_refuse_info(2).view()), external(tlv(0xA3, hex("0A 01 00") + context(2))));
  EXPECT_EQ(text(make_abnormal_dialogue().view()), external(hex("A5 03 0A 01 00")));
  EXPECT_EQ(text(make_user_abort().view()), external(hex("A4 02 80 00")));
}

}  // namespace
}  // namespace eir::sigtran::map
