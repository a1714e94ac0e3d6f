// SPDX-License-Identifier: GPL-3.0-or-later
#include "sigtran/mtp/m3ua.h"

namespace eir::sigtran::mtp::m3ua {

namespace {

using base::Cause;

constexpr auto kRoom = base::Room::kMtp;

// Parameter tags, §3.2.
constexpr uint16_t kRoutingContext = 0x0006;
constexpr uint16_t kTrafficMode = 0x000B;
constexpr uint16_t kErrorCode = 0x000C;
constexpr uint16_t kStatus = 0x000D;
constexpr uint16_t kAspIdentifier = 0x0011;
constexpr uint16_t kAffectedPointCode = 0x0012;
constexpr uint16_t kCorrelationId = 0x0013;
constexpr uint16_t kNetworkAppearance = 0x0200;
constexpr uint16_t kUserCause = 0x0204;
constexpr uint16_t kCongestion = 0x0205;
constexpr uint16_t kConcernedDestination = 0x0206;
constexpr uint16_t kProtocolData = 0x0210;

constexpr size_t kParameterHeaderLen = 4;
constexpr size_t kWordLen = 4;
constexpr size_t kProtocolDataHeaderLen = 12;
constexpr uint8_t kClassMax = kClassRkm;

constexpr size_t padding(size_t len) { return (4 - len % 4) % 4; }

struct Parameter {
  uint16_t tag;
  base::Octets value;
};

/// The common header. Leaves `in` at the first parameter and limits it to the message's own length.
base::Result<Header> read_header(base::ByteReader& in) {
  const size_t size = in.left();
  uint8_t version = 0;
  uint8_t reserved = 0;
  Header header{};
  uint32_t length = 0;
  if (!in.u8(version) || !in.u8(reserved) || !in.u8(header.message_class) || !in.u8(header.type) || !in.u32(length)) {
    return base::fail(kRoom, Cause::kTruncated, in.offset());
  }
  if (version != kVersion) return base::fail(kRoom, Cause::kUnknown, 0);
  // The last parameter's padding may be counted and not sent, or sent and not counted.
  if (length < kHeaderLen || length > size + 3 || size > length + size_t{3}) {
    return base::fail(kRoom, Cause::kBadLength, 4);
  }
  return header;
}

/// The next parameter. REQUIRES: something is left.
base::Result<Parameter> read_parameter(base::ByteReader& in) {
  const size_t at = in.offset();
  Parameter out{};
  uint16_t length = 0;
  if (!in.u16(out.tag) || !in.u16(length)) return base::fail(kRoom, Cause::kTruncated, at);
  if (length < kParameterHeaderLen) return base::fail(kRoom, Cause::kBadLength, at + 2);
  if (!in.take(length - kParameterHeaderLen, out.value)) return base::fail(kRoom, Cause::kTruncated, at + 2);
  const size_t pad = padding(length);
  in.skip(pad < in.left() ? pad : in.left());
  return out;
}

uint32_t word(base::Octets value) {
  return uint32_t{value[0]} << 24 | uint32_t{value[1]} << 16 | uint32_t{value[2]} << 8 | value[3];
}

bool is_word(uint16_t tag) {
  switch (tag) {
    case kTrafficMode:
    case kErrorCode:
    case kStatus:
    case kAspIdentifier:
    case kCorrelationId:
    case kNetworkAppearance:
    case kUserCause:
    case kCongestion:
    case kConcernedDestination: return true;
    default: return false;
  }
}

bool is_word_list(uint16_t tag) { return tag == kRoutingContext || tag == kAffectedPointCode; }

base::Result<void> read_protocol_data(base::Octets value, size_t at, Data& out) {
  if (value.size() < kProtocolDataHeaderLen) return base::fail(kRoom, Cause::kBadLength, at);
  base::ByteReader in(value);
  in.u32(out.opc);
  in.u32(out.dpc);
  in.u8(out.si);
  in.u8(out.ni);
  in.u8(out.mp);
  in.u8(out.sls);
  out.user_data = in.rest();
  return {};
}

}  // namespace

base::Result<Data> decode_data(base::Octets message) {
  base::ByteReader in(message);
  const auto header = read_header(in);
  if (!header) return tl::make_unexpected(header.error());
  if (header->message_class != kClassTransfer || header->type != kTypeData) {
    return base::fail(kRoom, Cause::kUnknown, 2);
  }
  Data out;
  bool found = false;
  // Up to three octets may be padding that the length did not count.
  while (in.left() >= kParameterHeaderLen) {
    const size_t at = in.offset();
    const auto parameter = read_parameter(in);
    if (!parameter) return tl::make_unexpected(parameter.error());
    if (is_word(parameter->tag) && parameter->value.size() != kWordLen) {
      return base::fail(kRoom, Cause::kBadLength, at);
    }
    if (parameter->tag == kRoutingContext) {
      if (out.routing_context) return base::fail(kRoom, Cause::kTooMany, at);
      if (parameter->value.size() != kWordLen) return base::fail(kRoom, Cause::kBadLength, at);
      out.routing_context = word(parameter->value);
    } else if (parameter->tag == kProtocolData) {
      if (found) return base::fail(kRoom, Cause::kTooMany, at);
      if (const auto read = read_protocol_data(parameter->value, at, out); !read) {
        return tl::make_unexpected(read.error());
      }
      found = true;
    }
  }
  if (!found) return base::fail(kRoom, Cause::kBadTag, in.offset());
  return out;
}

bool encode_data(const Data& data, base::ByteWriter& out) {
  const size_t protocol_data_len = kParameterHeaderLen + kProtocolDataHeaderLen + data.user_data.size();
  if (protocol_data_len > UINT16_MAX) return false;
  const size_t pad = padding(protocol_data_len);
  const size_t context_len = data.routing_context ? kParameterHeaderLen + kWordLen : 0;
  out.u8(kVersion);
  out.u8(0);
  out.u8(kClassTransfer);
  out.u8(kTypeData);
  out.u32(static_cast<uint32_t>(kHeaderLen + context_len + protocol_data_len + pad));
  if (data.routing_context) {
    out.u16(kRoutingContext);
    out.u16(kParameterHeaderLen + kWordLen);
    out.u32(*data.routing_context);
  }
  out.u16(kProtocolData);
  out.u16(static_cast<uint16_t>(protocol_data_len));
  out.u32(data.opc);
  out.u32(data.dpc);
  out.u8(data.si);
  out.u8(data.ni);
  out.u8(data.mp);
  out.u8(data.sls);
  out.bytes(data.user_data);
  out.zeros(pad);
  return out.ok();
}

bool encode_error(ErrorCode code, base::ByteWriter& out) {
  out.u8(kVersion);
  out.u8(0);
  out.u8(kClassManagement);
  out.u8(0);
  out.u32(kHeaderLen + kParameterHeaderLen + kWordLen);
  out.u16(kErrorCode);
  out.u16(kParameterHeaderLen + kWordLen);
  out.u32(static_cast<uint32_t>(code));
  return out.ok();
}

base::Result<Header> check_management(base::Octets message) {
  if (message.size() > kManagementOctetsMax) return base::fail(kRoom, Cause::kBadLength, kManagementOctetsMax);
  base::ByteReader in(message);
  const auto header = read_header(in);
  if (!header) return header;
  if (header->message_class > kClassMax) return base::fail(kRoom, Cause::kUnknown, 2);
  while (in.left() >= kParameterHeaderLen) {
    const size_t at = in.offset();
    const auto parameter = read_parameter(in);
    if (!parameter) return tl::make_unexpected(parameter.error());
    const size_t len = parameter->value.size();
    if (is_word(parameter->tag) && len != kWordLen) return base::fail(kRoom, Cause::kBadLength, at);
    if (!is_word_list(parameter->tag)) continue;
    if (len == 0 || len % kWordLen != 0) return base::fail(kRoom, Cause::kBadLength, at);
    if (len / kWordLen > kAffectedMax) return base::fail(kRoom, Cause::kTooMany, at);
  }
  return header;
}

base::Result<SsnmMessage> decode_ssnm(base::Octets message) {
  base::ByteReader in(message);
  const auto header = read_header(in);
  if (!header) return tl::make_unexpected(header.error());
  if (header->message_class != kClassSsnm || header->type < static_cast<uint8_t>(Ssnm::kDuna) ||
      header->type > static_cast<uint8_t>(Ssnm::kDrst)) {
    return base::fail(kRoom, Cause::kUnknown, 2);
  }
  SsnmMessage out{static_cast<Ssnm>(header->type), {}};
  while (in.left() >= kParameterHeaderLen) {
    const auto parameter = read_parameter(in);
    if (!parameter) return tl::make_unexpected(parameter.error());
    if (parameter->tag == kAffectedPointCode) out.affected = parameter->value;
    if (parameter->tag == kUserCause && parameter->value.size() == kWordLen) {
      const uint32_t both = word(parameter->value);
      out.cause = static_cast<uint16_t>(both >> 16);
      out.user = static_cast<uint16_t>(both);
    }
  }
  if (out.affected.empty() || out.affected.size() % kWordLen != 0) {
    return base::fail(kRoom, Cause::kBadTag, in.offset());
  }
  return out;
}

}  // namespace eir::sigtran::mtp::m3ua
