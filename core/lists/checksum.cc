// SPDX-License-Identifier: GPL-3.0-or-later
#include <array>
#include <cstring>

#include "core/lists/snapshot.h"

namespace eir::lists {
namespace {

constexpr size_t kLanes = 8;
constexpr std::array<uint64_t, kLanes> kOdd = {0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9,
                                               0xD6E8FEB86659FD93, 0xA0761D6478BD642F, 0xE7037ED1A0B428DB,
                                               0x8EBC6AF09C88C6E3, 0x589965CC75374CC3};

/// A bijection of h for every word, and of the word for every h: one changed word always shows.
constexpr uint64_t step(uint64_t h, uint64_t word, uint64_t odd) {
  h = (h ^ word) * odd;
  return h ^ h >> 32;
}

}  // namespace

uint64_t checksum(std::span<const uint8_t> data) noexcept {
  std::array<uint64_t, kLanes> lanes = kOdd;
  std::array<uint64_t, kLanes> block;
  size_t at = 0;
  for (; at + sizeof block <= data.size(); at += sizeof block) {
    std::memcpy(block.data(), data.data() + at, sizeof block);
    for (size_t i = 0; i < kLanes; ++i) lanes[i] = step(lanes[i], block[i], kOdd[i]);
  }
  block = {};
  if (at < data.size()) std::memcpy(block.data(), data.data() + at, data.size() - at);
  uint64_t sum = data.size();
  for (size_t i = 0; i < kLanes; ++i) sum = step(sum, step(lanes[i], block[i], kOdd[i]), kOdd[0]);
  return sum;
}

}  // namespace eir::lists
