// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/map/check_imei.h"

#include <gtest/gtest.h>

#include "sigtran/map/counters.h"
#include "support.h"

namespace eir::sigtran::map {
namespace {

using namespace test;

struct Vector {
  std::string name;
  uint8_t version;
  std::string imei, imsi, msisdn, asked;
  Bytes octets;
};
std::vector<Vector> vectors() {
  std::vector<Vector> out;
  for (const auto& f : read_vectors(EIR_SOURCE_DIR "/tests/vectors/map/check_imei.txt")) {
    EXPECT_GE(f.size(), 7u) << f[0];
    out.push_back({f[0], static_cast<uint8_t>(std::stoi(f[1])), f[2], f[3], f[4], f[5], hex(f[6])});
  }
  return out;
}
std::string or_dash(const std::string& s) { return s.empty() ? "-" : s; }

TEST(MapCheckImei, Vectors) {
  const auto all = vectors();
  ASSERT_GT(all.size(), 40u);
  for (const Vector& v : all) {
    SCOPED_TRACE(v.name);
    const auto arg = decode_check_imei(v.version, v.octets);
    if (v.imei == "refused") {
      EXPECT_FALSE(arg);
      continue;
    }
    ASSERT_TRUE(arg);
    EXPECT_EQ(or_dash(std::string(arg->imei.text())), v.imei);
    EXPECT_EQ(or_dash(arg->imsi.str()), v.imsi);
    EXPECT_EQ(or_dash(arg->msisdn.str()), v.msisdn);
    EXPECT_EQ(arg->status_asked, v.asked == "yes");
  }
}

TEST(MapCheckImei, ClassesOfUnusableImeis) {
  const struct {
    const char* name;
    identity::ImeiClass cls;
  } rows[] = {{"null-imei", identity::ImeiClass::kNull},
              {"short-imei", identity::ImeiClass::kShort},
              {"long-imei", identity::ImeiClass::kLong},
              {"zero-imei", identity::ImeiClass::kZero},
              {"non-decimal-imei", identity::ImeiClass::kNonDecimal},
              {"imeisv", identity::ImeiClass::kValid},
              {"huawei-v2-msisdn", identity::ImeiClass::kValid}};
  for (const auto& row : rows) {
    bool found = false;
    for (const Vector& v : vectors()) {
      if (v.name != row.name) continue;
      found = true;
      EXPECT_EQ(decode_check_imei(v.version, v.octets)->imei.cls(), row.cls) << row.name;
    }
    EXPECT_TRUE(found) << row.name;
  }
}

/// Where an argument may end: behind the IMEI, behind each of Huawei's elements, within the zeros.
TEST(MapCheckImei, EveryTruncation) {
  for (const Vector& v : vectors()) {
    if (v.imei == "refused") continue;
    for (size_t len = 0; len < v.octets.size(); ++len) {
      const auto arg = decode_check_imei(v.version, base::Octets(v.octets).first(len));
      if (!arg) continue;
      // What is taken has its IMEI whole.
      EXPECT_EQ(or_dash(std::string(arg->imei.text())), v.imei) << v.name << " cut at " << len;
      if (v.version == 3) {
        EXPECT_EQ(or_dash(arg->imsi.str()), v.imsi) << v.name << " cut at " << len;
        for (size_t i = len; i < v.octets.size(); ++i) EXPECT_EQ(v.octets[i], 0) << v.name << " cut at " << len;
      }
    }
  }
}

TEST(MapCheckImei, ASubscriberThatIsNoNumberIsIgnored) {
  for (const Vector& v : vectors()) {
    if (!v.name.starts_with("imsi-")) continue;
    EXPECT_TRUE(decode_check_imei(v.version, v.octets)->subscriber_ignored) << v.name;
  }
  EXPECT_TRUE(decode_check_imei(3, tlv(0x30, kImei + hex("80 00")))->subscriber_ignored);
  EXPECT_TRUE(decode_check_imei(3, tlv(0x30, kImei + hex("81 08 12 34 56 78 90 12 34 56")))->subscriber_ignored);
  EXPECT_FALSE(decode_check_imei(3, kArgV3)->subscriber_ignored);
}

TEST(MapCheckImei, AConstructedImeiOfAnyLengthIsClassed) {
  const Bytes piece = hex("04 08 94 10 45 02 23 73 15 84");
  Bytes pieces;
  for (unsigned n = 1; n <= kStringPiecesMax; ++n) {
    pieces = pieces + piece;
    const auto arg = decode_check_imei(2, tlv(0x24, pieces));
    ASSERT_TRUE(arg) << n;
    EXPECT_EQ(arg->imei.cls(), n == 1 ? identity::ImeiClass::kValid : identity::ImeiClass::kLong) << n;
  }
  const auto above = decode_check_imei(2, tlv(0x24, pieces + piece));
  ASSERT_FALSE(above);
  EXPECT_EQ(above.error().cause, base::Cause::kTooMany);
}

TEST(MapCheckImei, Results) {
  using decision::Status;
  const auto written = [](uint8_t version, bool asked, Status status) {
    uint8_t buffer[32];
    tcap::BackWriter w(buffer);
    tcap::write_reply(w, make_check_imei_result(1, version, asked, status));
    return text(w.written());
  };
  const Status statuses[] = {Status::kWhite, Status::kBlack, Status::kGrey};
  for (uint8_t i = 0; i < 3; ++i) {
    EXPECT_EQ(written(1, true, statuses[i]), text(result(Bytes{0x0A, 1, i})));
    EXPECT_EQ(written(2, true, statuses[i]), text(result(Bytes{0x0A, 1, i})));
    EXPECT_EQ(written(3, true, statuses[i]), text(result(Bytes{0x30, 3, 0x0A, 1, i})));
  }
  EXPECT_EQ(written(3, false, Status::kWhite), text(result(hex("30 00"))));
}

TEST(MapCounters, VisitsEachOnce) {
  Counters counters;
  size_t count = 0;
  counters.for_each([&](std::string_view, std::string_view help, uint64_t) { count += !help.empty(); });
  EXPECT_EQ(count, sizeof(Counters) / sizeof(base::Counter));
}

}  // namespace
}  // namespace eir::sigtran::map
