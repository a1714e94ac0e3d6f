// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/store/digest.h"

#include <gtest/gtest.h>

#include "tests/unit/store/every_kind.h"

namespace eir::store {
namespace {

using identity::ImeiKey;
using lists::ImeiEntry;
using lists::ListSet;
using lists::RangeEntry;
using lists::StateDigest;

constexpr ListSet kBlack(ListSet::kBlack), kGrey(ListSet::kGrey);

lists::Terms because(std::string_view reason) { return {reason, {}, {}, {}}; }

TEST(Digest, CanonicalEncodingIsTheOneWrittenDown) {
  std::array<uint8_t, kCanonicalMax> out;
  const auto imei = ImeiEntry::make(ImeiKey{35809101685355}, 7, kBlack);
  EXPECT_EQ(base::hex(std::span(out).first(encode_canonical(imei, because("stolen"), out))),
            "01"
            "0000209174c9226b"
            "04"
            "07"
            "0000000000000000"
            "0000000000000000"
            "00"
            "06"
            "73746f6c656e"
            "00"
            "0000");
  const auto any = ImeiEntry::make(ImeiKey{1}, std::nullopt, kGrey);
  EXPECT_EQ(base::hex(std::span(out).first(encode_canonical(any, {}, out))),
            "01"
            "0000000000000001"
            "02"
            "ff"
            "0000000000000000"
            "0000000000000000"
            "00"
            "00"
            "00"
            "0000");
  const RangeEntry range{ImeiKey{0x10}, ImeiKey{0x20}, kGrey | kBlack, 0, 9};
  EXPECT_EQ(base::hex(std::span(out).first(encode_canonical(range, {}, out))),
            "02"
            "0000000000000010"
            "0000000000000020"
            "06"
            "ff"
            "0000000000000000"
            "0000000000000000"
            "00"
            "00"
            "00"
            "0000");
}

TEST(Digest, VectorsMadeElsewhere) {
  // Python: hashlib.sha256(bytes.fromhex(encoding)).digest()[:16], added modulo 2^128.
  Digester d;
  const auto imei = d.of(ImeiEntry::make(ImeiKey{35809101685355}, 7, kBlack), because("stolen"));
  const auto any = d.of(ImeiEntry::make(ImeiKey{1}, std::nullopt, kGrey), {});
  const auto range = d.of(RangeEntry{ImeiKey{0x10}, ImeiKey{0x20}, kGrey | kBlack, 0, 0}, {});
  EXPECT_EQ(imei.hex(), "5914f47a0ef27fe3f9c5eb63b9c8db84");
  EXPECT_EQ(any.hex(), "34d8bcecbd17ab70e6bebb08c7d09361");
  EXPECT_EQ(range.hex(), "7d8a190d7165a41c7de411dce38b3267");
  EXPECT_EQ((imei + any + range).hex(), "0b77ca743d6fcf715e68b8496524a14c");
}

TEST(Digest, VectorsOfEveryKindMadeElsewhere) {
  // Python, as above: every_kind() encoded as digest.h says, the sum per kind.
  const char* const sums[] = {
      "795135983d6e4f78ca8e828c8883a90a", "506175351729a7d6e5de11f04a9324c9", "9b7a0f1e55a0e6da63216d2e8cde4ddd",
      "a26bbb9cb4c3ecf337dc6097d55a66db", "0a95b7a4db5436665e21ead3802d82d7", "29682db53cbfc0ac3ff01a996b093f6d",
      "87d1500c89f2bc396fc419d023f09c91", "0241781d6789260678e064123715687a",
  };
  lists::TermsPool pool;
  const lists::Entries entries = every_kind(pool);
  const KindDigests digests = digests_of(entries, pool);
  for (size_t i = 0; i < lists::kEntryKinds; ++i) EXPECT_EQ(digests.kinds[i].hex(), sums[i]) << i;
  EXPECT_EQ(digests.total().hex(), "c5a9230c688ca46fd220e5927b8c49da");
}

TEST(Digest, ThreadsShareTheWork) {
  lists::TermsPool pool;
  lists::Entries entries = every_kind(pool);
  for (uint64_t i = 2; i < 300'000; ++i)
    entries.mirror.push_back({entries.mirror[0].imsi, entries.mirror[0].msisdn, 0, 0});
  EXPECT_EQ(digests_of(entries, pool, 3), digests_of(entries, pool, 1));
}

TEST(Digest, IsASumModulo2To128) {
  const StateDigest max{UINT64_MAX, UINT64_MAX}, one{0, 1}, low{0, UINT64_MAX};
  EXPECT_EQ(max + one, StateDigest{});
  EXPECT_EQ(StateDigest{} - one, max);
  EXPECT_EQ(low + one, (StateDigest{1, 0}));
  EXPECT_EQ((StateDigest{1, 0}) - one, low);
  EXPECT_EQ(digest_from(octets_of(StateDigest{5, 6})), (StateDigest{5, 6}));
}

}  // namespace
}  // namespace eir::store
