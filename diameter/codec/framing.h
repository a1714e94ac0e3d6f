// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>

#include "diameter/codec/avp.h"

namespace eir::diameter::codec {

/// What stands at the head of a stream. RFC 6733 §3: the length says where a message ends; nothing says
/// where the next begins, so a length that cannot be ends the connection.
struct Frame {
  enum class Kind : uint8_t { kNeedMore, kMessage, kBroken };
  Kind kind = Kind::kNeedMore;
  uint32_t length = 0;  ///< of the message; known as soon as four octets are there
};

/// Threads: pure. Allocates: no.
inline Frame next_frame(Octets stream, uint32_t message_octets_max) noexcept {
  base::ByteReader r(stream);
  uint32_t length = 0;
  if (!r.skip(1) || !r.u24(length)) return {};
  if (length < kHeaderLen || length > message_octets_max || length % 4 != 0) return {Frame::Kind::kBroken, length};
  return {stream.size() < length ? Frame::Kind::kNeedMore : Frame::Kind::kMessage, length};
}

}  // namespace eir::diameter::codec
