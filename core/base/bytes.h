// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace eir::base {

using Octets = std::span<const uint8_t>;

/// A text's octets; a view.
inline Octets as_octets(std::string_view text) { return {reinterpret_cast<const uint8_t*>(text.data()), text.size()}; }

/// A cursor over octets that cannot read past their end. Every read says whether it succeeded; a
/// failed read moves nothing. Big-endian. Threads: a value. Allocates: no.
class ByteReader {
 public:
  ByteReader() = default;
  explicit ByteReader(Octets data) : data_(data) {}

  size_t offset() const { return pos_; }
  size_t left() const { return data_.size() - pos_; }
  bool empty() const { return left() == 0; }
  Octets rest() const { return data_.subspan(pos_); }
  Octets all() const { return data_; }

  bool u8(uint8_t& out) {
    if (left() < 1) return false;
    out = data_[pos_++];
    return true;
  }
  bool peek(uint8_t& out) const {
    if (left() < 1) return false;
    out = data_[pos_];
    return true;
  }
  bool u16(uint16_t& out) { return number(out); }
  bool u24(uint32_t& out) {
    if (left() < 3) return false;
    out = uint32_t{data_[pos_]} << 16 | uint32_t{data_[pos_ + 1]} << 8 | data_[pos_ + 2];
    pos_ += 3;
    return true;
  }
  bool u32(uint32_t& out) { return number(out); }
  bool u64(uint64_t& out) { return number(out); }

  /// The next `len` octets as a view into the input.
  bool take(size_t len, Octets& out) {
    if (left() < len) return false;
    out = data_.subspan(pos_, len);
    pos_ += len;
    return true;
  }
  bool skip(size_t len) {
    if (left() < len) return false;
    pos_ += len;
    return true;
  }

 private:
  template <class T>
  bool number(T& out) {
    if (left() < sizeof(T)) return false;
    T v = 0;
    for (size_t i = 0; i < sizeof(T); ++i) v = static_cast<T>(v << 8 | data_[pos_ + i]);
    pos_ += sizeof(T);
    out = v;
    return true;
  }

  Octets data_;
  size_t pos_ = 0;
};

/// Writes octets, big-endian, into a buffer of the caller. Once something did not fit, ok() is false
/// and stays so, and nothing more is written: check once, at the end. Allocates: no.
class ByteWriter {
 public:
  explicit ByteWriter(std::span<uint8_t> out) : out_(out) {}

  bool ok() const { return ok_; }
  size_t size() const { return pos_; }
  Octets written() const { return Octets(out_.data(), pos_); }

  void u8(uint8_t v) { number(v); }
  void u16(uint16_t v) { number(v); }
  void u24(uint32_t v) {
    u8(static_cast<uint8_t>(v >> 16));
    u16(static_cast<uint16_t>(v));
  }
  void u32(uint32_t v) { number(v); }
  void u64(uint64_t v) { number(v); }
  void bytes(Octets data) {
    if (!room(data.size())) return;
    if (!data.empty()) std::memcpy(out_.data() + pos_, data.data(), data.size());
    pos_ += data.size();
  }
  void zeros(size_t len) {
    if (!room(len)) return;
    std::memset(out_.data() + pos_, 0, len);
    pos_ += len;
  }
  /// Overwrites octets already written. REQUIRES: at + width <= size().
  void patch_u8(size_t at, uint8_t v) { out_[at] = v; }
  void patch_u24(size_t at, uint32_t v) {
    out_[at] = static_cast<uint8_t>(v >> 16);
    out_[at + 1] = static_cast<uint8_t>(v >> 8);
    out_[at + 2] = static_cast<uint8_t>(v);
  }

 private:
  bool room(size_t len) {
    if (!ok_ || out_.size() - pos_ < len) ok_ = false;
    return ok_;
  }
  template <class T>
  void number(T v) {
    if (!room(sizeof(T))) return;
    for (size_t i = 0; i < sizeof(T); ++i) out_[pos_ + i] = static_cast<uint8_t>(v >> (8 * (sizeof(T) - 1 - i)));
    pos_ += sizeof(T);
  }

  std::span<uint8_t> out_;
  size_t pos_ = 0;
  bool ok_ = true;
};

}  // namespace eir::base
