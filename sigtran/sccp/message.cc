// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/sccp/message.h"

namespace eir::sigtran::sccp {
namespace {

using base::ByteReader;
using base::Cause;
using base::Octets;
using base::Room;

constexpr uint8_t kReturnOnError = 0x8;  // Q.713 §3.6, message handling
constexpr uint8_t kClassMask = 0x0F;
constexpr uint8_t kClassMax = 1;  // connectionless: classes 0 and 1
// Optional parameters, Q.713 §3, table 2.
constexpr uint8_t kEndOfOptional = 0x00;
constexpr uint8_t kSegmentation = 0x10;
constexpr size_t kSegmentationOctets = 4;
constexpr uint8_t kFirstSegment = 0x80;
constexpr uint8_t kRemainingMask = 0x0F;

bool known(uint8_t type) {
  switch (MessageType{type}) {
    case MessageType::kUdt:
    case MessageType::kUdts:
    case MessageType::kXudt:
    case MessageType::kXudts:
    case MessageType::kLudt:
    case MessageType::kLudts: return true;
  }
  return false;
}

/// Reads pointers one after another and what they lead to.
class Pointers {
 public:
  Pointers(ByteReader in, bool two_octets) : in_(in), two_octets_(two_octets) {}

  size_t offset() const { return in_.offset(); }

  /// The next pointer as an offset into the message; 0 when it is a null pointer. Q.713 §2.3: counted
  /// from the (last octet of the) pointer itself.
  bool next(size_t& at) {
    uint8_t low = 0;
    uint8_t high = 0;
    if (!in_.u8(low) || (two_octets_ && !in_.u8(high))) return false;
    const size_t distance = size_t{high} << 8 | low;
    at = distance == 0 ? 0 : in_.offset() - 1 + distance;
    return true;
  }

  /// The mandatory variable parameter behind the next pointer.
  bool parameter(bool two_octet_length, Octets& out) {
    size_t at = 0;
    if (!next(at) || at == 0) return false;
    ByteReader in(in_.all());
    uint8_t low = 0;
    uint8_t high = 0;
    if (!in.skip(at) || !in.u8(low) || (two_octet_length && !in.u8(high))) return false;
    return in.take(size_t{high} << 8 | low, out);
  }

 private:
  ByteReader in_;
  bool two_octets_;
};

/// The optional part, Q.713 §2.4. A missing end mark at the end of the message is let pass.
bool read_optional(ByteReader in, Message& out) {
  uint8_t name = 0;
  uint8_t len = 0;
  Octets value;
  while (in.u8(name) && name != kEndOfOptional) {
    if (!in.u8(len) || !in.take(len, value)) return false;
    if (name != kSegmentation) continue;
    if (len != kSegmentationOctets) return false;
    out.segmentation = Segmentation{(value[0] & kFirstSegment) != 0, static_cast<uint8_t>(value[0] & kRemainingMask),
                                    uint32_t{value[1]} << 16 | uint32_t{value[2]} << 8 | value[3]};
  }
  return true;
}

}  // namespace

base::Result<Message> decode_message(Octets octets) noexcept {
  ByteReader in(octets);
  const auto fail = [](Cause cause, size_t at) { return base::fail(Room::kSccp, cause, at); };
  uint8_t type = 0;
  uint8_t second = 0;
  if (!in.u8(type)) return fail(Cause::kTruncated, 0);
  if (!known(type)) return fail(Cause::kUnknown, 0);
  Message out;
  out.type = MessageType{type};
  if (!in.u8(second)) return fail(Cause::kTruncated, 1);
  if (is_service(out.type)) {
    out.return_cause = second;
  } else {
    out.protocol_class = second & kClassMask;
    out.return_option = second >> 4 == kReturnOnError;
    if (out.protocol_class > kClassMax) return fail(Cause::kBadValue, 1);
  }
  if (has_hop_counter(out.type) && !in.u8(out.hop_counter)) return fail(Cause::kTruncated, 2);
  Pointers pointers(in, is_long(out.type));
  for (Octets* part : {&out.called, &out.calling})
    if (!pointers.parameter(false, *part)) return fail(Cause::kBadLength, pointers.offset());
  if (!pointers.parameter(is_long(out.type), out.data)) return fail(Cause::kBadLength, pointers.offset());
  if (!has_hop_counter(out.type)) return out;
  size_t at = 0;
  if (!pointers.next(at)) return fail(Cause::kTruncated, pointers.offset());
  if (at == 0) return out;
  ByteReader optional(octets);
  if (!optional.skip(at) || !read_optional(optional, out)) return fail(Cause::kBadLength, pointers.offset());
  return out;
}

void write_header(BackWriter& w, MessageType type, uint8_t second, uint8_t hop_counter, Octets called,
                  Octets calling) noexcept {
  constexpr size_t kShortMax = 0xFF;
  constexpr size_t kLongMax = 0xFFFF;
  const bool wide = is_long(type);
  const bool extended = has_hop_counter(type);
  const size_t data = w.size();
  const size_t last_pointer = called.size() + calling.size() + 7;
  if (data > (wide ? kLongMax : kShortMax) || (!wide && last_pointer > kShortMax)) w.fail();
  if (wide) {
    w.u16_le(static_cast<uint16_t>(data));
  } else {
    w.u8(static_cast<uint8_t>(data));
  }
  w.bytes(calling);
  w.u8(static_cast<uint8_t>(calling.size()));
  w.bytes(called);
  w.u8(static_cast<uint8_t>(called.size()));
  // Pointers, last first. Each counts from its own (last) octet to the length octet it leads to.
  const unsigned pointers = extended ? 4 : 3;
  const unsigned width = wide ? 2 : 1;
  const size_t targets[3] = {0, 1 + called.size(), 2 + called.size() + calling.size()};
  if (extended) wide ? w.u16_le(0) : w.u8(0);
  for (unsigned i = 3; i-- > 0;) {
    const size_t distance = targets[i] + (pointers - 1 - i) * width + 1;
    wide ? w.u16_le(static_cast<uint16_t>(distance)) : w.u8(static_cast<uint8_t>(distance));
  }
  if (extended) w.u8(hop_counter);
  w.u8(second);
  w.u8(static_cast<uint8_t>(type));
}

}  // namespace eir::sigtran::sccp
