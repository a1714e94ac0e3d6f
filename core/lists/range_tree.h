// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace eir::lists {

/// Over edges of ranges in the order of their keys, sixteen a block: a search tree of fixed shape over the first key of
/// every block, one node (a cache line) a level, the root first. Levels above the lowest are small enough for a core's
/// own caches. Each word says, too, how few ranges hold at least somewhere in its part, so that the ends of a range are
/// found without going through what is in it. 0.57 octets an edge. Threads: immutable. Allocates: no.
///
///     63 zero | 62..16 first key | 15..0 the least depth
struct RangeTree {
  static constexpr size_t kBlock = 16;  ///< edges of a block: two cache lines
  static constexpr size_t kFan = 8;     ///< words of a node
  static constexpr unsigned kKeyShift = 16;
  static constexpr uint64_t kDepthMask = (uint64_t{1} << kKeyShift) - 1;
  static constexpr uint64_t kBeyond = (uint64_t{1} << 63) - 1;  ///< fills nodes up: above every key, as deep as can be
  static constexpr size_t kLevelsMax = 11;                      ///< suffices for 2^32 edges
  static constexpr uint32_t kNone = UINT32_MAX;

  std::span<const uint64_t> words;
  std::array<uint32_t, kLevelsMax> level{};  ///< where each begins, the root's first
  size_t levels = 0;

  RangeTree() = default;
  /// The shape for so many blocks; words is empty yet.
  explicit RangeTree(uint64_t blocks) {
    std::array<uint64_t, kLevelsMax> nodes{};  // lowest level first
    for (uint64_t parts = blocks; parts > 0 && levels < kLevelsMax; parts = nodes[levels++]) {
      nodes[levels] = (parts + kFan - 1) / kFan;
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

  static constexpr uint64_t word(uint64_t key, uint64_t depth) { return key << kKeyShift | depth; }
  static constexpr uint64_t depth_of(uint64_t word) { return word & kDepthMask; }
  /// How many of a node's keys are at most `key`; as arithmetic, since a branch would be guessed wrongly.
  static size_t count(const uint64_t* node, uint64_t key) {
    const uint64_t last = word(key, kDepthMask);
    uint64_t above = 0;
    for (size_t i = 0; i < kFan; ++i) above += (last - node[i]) >> 63;
    return kFan - above;
  }
  const uint64_t* at(size_t i, size_t node) const { return &words[level[i] + node * kFan]; }
  /// From a node of level i to that of the next; from one of the lowest to the block. The root is node 0.
  size_t down(size_t i, size_t node, uint64_t key) const noexcept { return node * kFan + count(at(i, node), key) - 1; }
  bool all_later(uint64_t key) const noexcept { return words[0] > word(key, kDepthMask); }
  /// The block; kNone when all keys are later. REQUIRES: not empty.
  uint32_t block(uint64_t key) const noexcept {
    if (all_later(key)) return kNone;
    size_t node = 0;
    for (size_t i = 0; i < levels; ++i) node = down(i, node, key);
    return static_cast<uint32_t>(node);
  }
  /// The last block before that one with a depth below `depth`, and the first behind it; kNone when there is none.
  uint32_t shallower_before(uint32_t block, uint64_t depth) const noexcept {
    for (size_t i = levels, part = block; i-- > 0; part /= kFan)
      for (size_t k = part; k % kFan > 0;)
        if (depth_of(words[level[i] + --k]) < depth) return last_shallower(i, k, depth);
    return kNone;
  }
  uint32_t shallower_behind(uint32_t block, uint64_t depth) const noexcept {
    for (size_t i = levels, part = block; i-- > 0; part /= kFan)
      for (size_t k = part; k % kFan < kFan - 1;)
        if (depth_of(words[level[i] + ++k]) < depth) return first_shallower(i, k, depth);
    return kNone;
  }

  /// Fills the words; word_of(block) is one of word().
  template <class WordOf>
  void fill(std::span<uint64_t> out, uint64_t blocks, WordOf word_of) const {
    std::fill(out.begin(), out.end(), kBeyond);
    for (uint64_t k = 0; k < blocks; ++k) out[level[levels - 1] + k] = word_of(k);
    for (size_t i = levels; i-- > 1;)
      for (uint64_t k = level[i]; k < end_of(i); k += kFan) out[level[i - 1] + (k - level[i]) / kFan] = over(&out[k]);
  }
  /// Whether shape and words are what so many blocks get and fill() makes: look-ups rely on it.
  template <class WordOf>
  bool well_shaped(uint64_t blocks, WordOf word_of) const {
    const RangeTree shape(blocks);
    if (levels != shape.levels || level != shape.level || words.size() != shape.size_ || size_ != shape.size_)
      return false;
    for (size_t i = levels; i-- > 0;)
      for (uint64_t k = 0; level[i] + k < end_of(i); ++k) {
        const bool lowest = i + 1 == levels;
        const uint64_t parts = lowest ? blocks : (end_of(i + 1) - level[i + 1]) / kFan;
        if (words[level[i] + k] != (k >= parts ? kBeyond : lowest ? word_of(k) : over(at(i + 1, k)))) return false;
      }
    return true;
  }

 private:
  uint64_t end_of(size_t i) const { return i + 1 < levels ? level[i + 1] : size_; }
  /// The word above a node.
  static uint64_t over(const uint64_t* node) {
    uint64_t depth = kDepthMask;
    for (size_t i = 0; i < kFan; ++i) depth = std::min(depth, depth_of(node[i]));
    return (node[0] & ~kDepthMask) | depth;
  }
  uint32_t last_shallower(size_t i, size_t part, uint64_t depth) const noexcept {
    for (++i; i < levels; ++i) {
      part = part * kFan + kFan - 1;
      while (part % kFan > 0 && depth_of(words[level[i] + part]) >= depth) --part;
    }
    return static_cast<uint32_t>(part);
  }
  uint32_t first_shallower(size_t i, size_t part, uint64_t depth) const noexcept {
    for (++i; i < levels; ++i) {
      part = part * kFan;
      while (part % kFan < kFan - 1 && depth_of(words[level[i] + part]) >= depth) ++part;
    }
    return static_cast<uint32_t>(part);
  }

  uint64_t size_ = 0;
};

}  // namespace eir::lists
