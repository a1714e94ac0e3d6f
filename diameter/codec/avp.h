// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string_view>

#include "core/base/bytes.h"
#include "diameter/codec/codes.h"

namespace eir::diameter::codec {

using base::Octets;

constexpr size_t padded(size_t len) { return (len + 3) & ~size_t{3}; }
inline std::string_view text_of(Octets o) { return {reinterpret_cast<const char*>(o.data()), o.size()}; }
inline Octets octets_of(std::string_view s) { return {reinterpret_cast<const uint8_t*>(s.data()), s.size()}; }
inline constexpr size_t kDiameterIdentityMax = 255;
/// A DiameterIdentity that is a host name or realm: RFC 6733 §4.3.1, letters, digits, '-', '_' and '.'. It
/// is text, and may stand in logs and labels.
bool is_diameter_identity(std::string_view text) noexcept;
/// DiameterIdentity and realms are compared as ASCII without case. RFC 6733 §4.3.1.
bool same_identity(std::string_view a, std::string_view b) noexcept;

/// The message header, RFC 6733 §3:
///
///   version 8 | length 24 | flags 8 | command 24 | application 32 | hop-by-hop 32 | end-to-end 32
struct Header {
  uint8_t version = kVersion;
  uint32_t length = 0;  ///< octets of the whole message, header and padding included
  uint8_t flags = 0;
  uint32_t command = 0;
  uint32_t application = 0;
  uint32_t hop_by_hop = 0;
  uint32_t end_to_end = 0;

  bool request() const { return flags & kFlagRequest; }
};
/// False when there are fewer than kHeaderLen octets; judges nothing.
bool read_header(Octets octets, Header& out) noexcept;
void write_header(base::ByteWriter& w, const Header& h) noexcept;

/// One AVP as it stands in a message, RFC 6733 §4.1. Views into the message.
struct AvpView {
  AvpId id;
  uint8_t flags = 0;
  Octets data;   ///< without padding
  Octets whole;  ///< header and data, without padding
  bool u32(uint32_t& out) const {
    base::ByteReader r(data);
    return data.size() == 4 && r.u32(out);
  }
};

/// Walks a sequence of AVPs. Stops for good at the first one whose header or length does not fit, and
/// keeps where. A missing padding after the last one is tolerated. Threads: a value. Allocates: no.
class AvpReader {
 public:
  explicit AvpReader(Octets avps) : avps_(avps) {}

  /// False at the end, or when broken().
  bool next(AvpView& out) noexcept;
  bool broken() const { return broken_; }
  /// The octets from the AVP on that broke the walk. REQUIRES: broken().
  Octets remainder() const { return avps_.subspan(pos_); }

 private:
  Octets avps_;
  size_t pos_ = 0;
  bool broken_ = false;
};

/// The AVPs of a message. REQUIRES: message holds a header.
inline Octets body_of(Octets message) { return message.subspan(kHeaderLen); }
/// The first AVP of that name; nothing past a broken one is seen.
bool find_avp(Octets avps, AvpId id, AvpView& out) noexcept;

/// Header, data and zero padding.
void write_avp(base::ByteWriter& w, AvpId id, uint8_t flags, Octets data) noexcept;
void write_avp_u32(base::ByteWriter& w, AvpId id, uint8_t flags, uint32_t value) noexcept;
/// The header alone; `data_len` octets of data are the caller's to write, and to pad.
void write_avp_header(base::ByteWriter& w, AvpId id, uint8_t flags, size_t data_len) noexcept;

}  // namespace eir::diameter::codec
