// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/base/sha256.h"

#include <gtest/gtest.h>

#include <cctype>

namespace eir::base {
namespace {

TEST(Sha256, FipsVectors) {
  Sha256 sha;
  EXPECT_EQ(hex(sha.finish()), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  sha.update("a");
  sha.update("bc");
  EXPECT_EQ(hex(sha.finish()), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(hex(Sha256::of("abc")), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST(Sha256, HexIsReadBackAsItIsWritten) {
  const Hash hash = Sha256::of("abc");
  EXPECT_EQ(hash_from_hex(hex(hash)), hash);
  std::string upper = hex(hash);
  for (char& c : upper) c = static_cast<char>(std::toupper(c));
  for (const std::string& bad : {std::string(), hex(hash).substr(1), hex(hash) + "0", "g" + hex(hash).substr(1), upper})
    EXPECT_FALSE(hash_from_hex(bad)) << bad;
}

}  // namespace
}  // namespace eir::base
