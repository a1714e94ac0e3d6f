// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace eir::lists {

/// Finds the block of sorted starts that a key falls into: a search tree of fixed shape over the first start of
/// every block, one node (a cache line) a level, the root first. Levels above the lowest are small enough for
/// a core's own caches. 0.57 octets a range. Threads: immutable. Allocates: no.
struct RangeTree {
  static constexpr size_t kBlock = 16;                    ///< starts of a block: two cache lines
  static constexpr size_t kFan = 8;                       ///< keys of a node
  static constexpr uint64_t kBeyond = uint64_t{1} << 62;  ///< fills nodes up: above every key
  static constexpr size_t kLevelsMax = 11;                ///< suffices for 2^32 ranges

  std::span<const uint64_t> words;
  std::array<uint32_t, kLevelsMax> level{};  ///< where each begins, the root's first
  size_t levels = 0;

  RangeTree() = default;
  /// The shape for so many starts; words is empty yet.
  explicit RangeTree(uint64_t starts) {
    std::array<uint64_t, kLevelsMax> nodes{};  // lowest level first
    for (uint64_t keys = (starts + kBlock - 1) / kBlock; keys > 0 && levels < kLevelsMax; keys = nodes[levels++]) {
      nodes[levels] = (keys + kFan - 1) / kFan;
      if (nodes[levels] == 1) {
        ++levels;
        break;
      }
    }
    for (size_t i = 0; i < levels; ++i) {
      level[i] = static_cast<uint32_t>(size_);
      size_ += nodes[levels - 1 - i] * kFan;
    }
  }
  /// Of the whole tree, in words.
  uint64_t size() const { return size_; }

  /// How many of a node's keys are at most `key`; as arithmetic, since a branch would be guessed wrongly.
  static size_t count(const uint64_t* node, uint64_t key) {
    uint64_t above = 0;
    for (size_t i = 0; i < kFan; ++i) above += (key - node[i]) >> 63;
    return kFan - above;
  }
  static constexpr uint32_t kNone = UINT32_MAX;
  const uint64_t* at(size_t i, size_t node) const { return &words[level[i] + node * kFan]; }
  /// From a node of level i to that of the next; from one of the lowest to the block. The root is node 0.
  size_t down(size_t i, size_t node, uint64_t key) const noexcept { return node * kFan + count(at(i, node), key) - 1; }
  bool all_later(uint64_t key) const noexcept { return words[0] > key; }
  /// The block; kNone when all starts are later. REQUIRES: not empty.
  uint32_t block(uint64_t key) const noexcept {
    if (all_later(key)) return kNone;
    size_t node = 0;
    for (size_t i = 0; i < levels; ++i) node = down(i, node, key);
    return static_cast<uint32_t>(node);
  }

  /// Fills the words; first_of(block) is its first start.
  template <class FirstOf>
  void fill(std::span<uint64_t> out, uint64_t blocks, FirstOf first_of) const {
    std::fill(out.begin(), out.end(), kBeyond);
    uint64_t every = 1;
    for (size_t i = levels; i-- > 0; every *= kFan)
      for (uint64_t k = 0; k * every < blocks; ++k) out[level[i] + k] = first_of(k * every);
  }
  /// Whether these words are what fill() makes: look-ups rely on it.
  template <class FirstOf>
  bool well_shaped(uint64_t blocks, FirstOf first_of) const {
    if (words.size() != size_) return false;
    uint64_t every = 1;
    for (size_t i = levels; i-- > 0; every *= kFan) {
      const uint64_t end = i + 1 < levels ? level[i + 1] : size_;
      for (uint64_t k = 0; level[i] + k < end; ++k)
        if (words[level[i] + k] != (k * every < blocks ? first_of(k * every) : kBeyond)) return false;
    }
    return true;
  }

 private:
  uint64_t size_ = 0;
};

}  // namespace eir::lists
