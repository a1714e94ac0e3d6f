// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"
#include "core/base/sha256.h"

/// How the registry writes what stands in its BLOBs: big-endian numbers, and texts after their length.
namespace eir::registry {

/// Appends to octets. Threads: one. Allocates: yes.
class Pack {
 public:
  explicit Pack(std::string& out) : out_(out) {}
  Pack& u8(uint64_t v) { return number<1>(v); }
  Pack& u16(uint64_t v) { return number<2>(v); }
  Pack& u32(uint64_t v) { return number<4>(v); }
  Pack& u64(uint64_t v) { return number<8>(v); }
  Pack& i64(int64_t v) { return u64(static_cast<uint64_t>(v)); }
  /// Length 2, then the text. What is longer than 65,535 octets is cut.
  Pack& text(std::string_view v) {
    v = v.substr(0, 0xFFFF);
    u16(v.size());
    out_.append(v);
    return *this;
  }
  Pack& raw(std::string_view v) {
    out_.append(v);
    return *this;
  }

 private:
  template <unsigned Width>
  Pack& number(uint64_t v) {
    for (unsigned i = Width; i-- > 0;) out_.push_back(static_cast<char>(v >> (8 * i)));
    return *this;
  }
  std::string& out_;
};

/// Reads what Pack wrote; once something is missing ok() is false and everything read is 0 or empty.
/// Threads: one. Allocates: no, but for texts.
class Unpack {
 public:
  explicit Unpack(std::string_view data) : data_(data) {}

  bool ok() const { return ok_; }
  bool done() const { return ok_ && data_.empty(); }
  size_t left() const { return data_.size(); }
  uint8_t u8() { return static_cast<uint8_t>(number(1)); }
  uint16_t u16() { return static_cast<uint16_t>(number(2)); }
  uint32_t u32() { return static_cast<uint32_t>(number(4)); }
  uint64_t u64() { return number(8); }
  int64_t i64() { return static_cast<int64_t>(u64()); }
  std::string_view text() { return raw(u16()); }
  std::string_view raw(size_t len) {
    if (!ok_ || data_.size() < len) {
      ok_ = false;
      data_ = {};
      return {};
    }
    const std::string_view out = data_.substr(0, len);
    data_.remove_prefix(len);
    return out;
  }
  void fail() { ok_ = false; }

 private:
  uint64_t number(size_t width) {
    uint64_t v = 0;
    for (const char c : raw(width)) v = v << 8 | static_cast<uint8_t>(c);
    return v;
  }
  std::string_view data_;
  bool ok_ = true;
};

/// The hash that as_text() gave; zeros for another length.
inline base::Hash as_hash(std::string_view text) {
  base::Hash hash{};
  if (text.size() == hash.size()) std::copy(text.begin(), text.end(), hash.begin());
  return hash;
}
inline std::string_view as_text(base::Octets data) { return {reinterpret_cast<const char*>(data.data()), data.size()}; }

}  // namespace eir::registry
