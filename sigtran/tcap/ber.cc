// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/tcap/ber.h"

#include <algorithm>

namespace eir::sigtran::tcap {
namespace {

using base::ByteReader;
using base::Cause;

constexpr uint8_t kConstructed = 0x20;
constexpr uint8_t kTagFollows = 0x1F;
constexpr uint8_t kMore = 0x80;
constexpr unsigned kTagOctetsMax = 4;
constexpr uint8_t kIndefinite = 0x80;
constexpr unsigned kLengthOctetsMax = 8;

struct Head {
  uint32_t tag = 0;
  bool constructed = false;
  bool indefinite = false;
  size_t len = 0;
};

/// Identifier octets, X.690 §8.1.2.
bool read_tag(ByteReader& in, Head& out, Cause& why) {
  uint8_t octet = 0;
  why = Cause::kTruncated;
  if (!in.u8(octet)) return false;
  out.tag = octet;
  out.constructed = octet & kConstructed;
  if ((octet & kTagFollows) != kTagFollows) return true;
  for (unsigned i = 1; i < kTagOctetsMax; ++i) {
    if (!in.u8(octet)) return false;
    out.tag = out.tag << 8 | octet;
    if (!(octet & kMore)) return true;
  }
  why = Cause::kBadTag;
  return false;
}

/// Length octets, X.690 §8.1.3.
bool read_length(ByteReader& in, Head& out, Cause& why) {
  uint8_t octet = 0;
  why = Cause::kTruncated;
  if (!in.u8(octet)) return false;
  if (octet < 0x80) {
    out.len = octet;
  } else if (octet == kIndefinite) {
    out.indefinite = true;
    why = Cause::kBadLength;
    return out.constructed;
  } else {
    const unsigned count = octet & 0x7F;
    why = Cause::kBadLength;
    if (count > kLengthOctetsMax) return false;
    why = Cause::kTruncated;
    uint64_t len = 0;
    for (unsigned i = 0; i < count; ++i) {
      if (!in.u8(octet)) return false;
      len = len << 8 | octet;
    }
    if (len > in.left()) return false;
    out.len = static_cast<size_t>(len);
  }
  return out.len <= in.left();
}

bool read_head(ByteReader& in, Head& out, Cause& why) { return read_tag(in, out, why) && read_length(in, out, why); }

/// Moves behind the end-of-contents octets that close an open indefinite length; `len` is what stands in
/// front of them. X.690 §8.1.5.
bool find_end(ByteReader& in, size_t& len, Cause& why) {
  const size_t start = in.offset();
  for (unsigned depth = 1; depth > 0;) {
    Head head;
    len = in.offset() - start;
    if (!read_head(in, head, why)) return false;
    if (head.indefinite) {
      why = Cause::kTooDeep;
      if (++depth > kNestingMax) return false;
    } else if (head.tag == 0 && head.len == 0) {
      --depth;
    } else {
      in.skip(head.len);
    }
  }
  return true;
}

}  // namespace

bool BerReader::only_zeros_left() const {
  return std::ranges::all_of(in_.rest(), [](uint8_t octet) { return octet == 0; });
}

base::Result<Tlv> BerReader::next_of_any_form() noexcept {
  ByteReader in = in_;
  Head head;
  Cause why = Cause::kTruncated;
  Tlv out;
  bool ok = read_head(in, head, why);
  if (ok && head.indefinite) {
    const Octets contents = in.rest();
    size_t len = 0;
    ok = find_end(in, len, why);
    if (ok) out.value = contents.first(len);
  } else if (ok) {
    ok = in.take(head.len, out.value);
  }
  if (!ok) return base::fail(base::Room::kTcap, why, in.offset());
  out.tag = head.tag;
  in_ = in;
  return out;
}

base::Result<Tlv> BerReader::next(uint32_t tag) noexcept {
  const BerReader before = *this;
  auto tlv = next();
  if (tlv && tlv->tag != tag) {
    *this = before;
    return base::fail(base::Room::kTcap, Cause::kBadTag, in_.offset());
  }
  return tlv;
}

bool read_integer(Octets value, int32_t& out) noexcept {
  if (value.empty() || value.size() > sizeof(out)) return false;
  uint32_t v = value[0] & 0x80 ? UINT32_MAX : 0;
  for (const uint8_t octet : value) v = v << 8 | octet;
  out = static_cast<int32_t>(v);
  return true;
}

void wrap(BackWriter& w, size_t mark, uint8_t tag) noexcept {
  const size_t len = w.size() - mark;
  w.u8(static_cast<uint8_t>(len));
  if (len > 0xFF) {
    w.u8(static_cast<uint8_t>(len >> 8));
    w.u8(0x82);
    if (len > 0xFFFF) w.fail();
  } else if (len > 0x7F) {
    w.u8(0x81);
  }
  w.u8(tag);
}

void put(BackWriter& w, uint8_t tag, Octets value) noexcept {
  const size_t mark = w.size();
  w.bytes(value);
  wrap(w, mark, tag);
}

void put(BackWriter& w, uint8_t tag, uint8_t value) noexcept { put(w, tag, Octets(&value, 1)); }

}  // namespace eir::sigtran::tcap
