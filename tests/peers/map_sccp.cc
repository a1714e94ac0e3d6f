// SPDX-License-Identifier: GPL-3.0-or-later
#include <algorithm>
#include <array>

#include "tests/peers/map_codec.h"

namespace eir::tests::map {

namespace {

void append(Bytes& to, View what) { to.insert(to.end(), what.begin(), what.end()); }

int nibble(char c) {
  constexpr std::string_view kHex = "0123456789abcdef";
  const auto at = kHex.find(static_cast<char>(c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c));
  return at == std::string_view::npos ? -1 : static_cast<int>(at);
}

constexpr uint8_t kSegmentation = 0x10;
constexpr uint8_t kEndOfOptional = 0x00;
constexpr uint8_t kSegmentationLen = 4;

bool has_return_cause(Message type) {
  return type == Message::kUdts || type == Message::kXudts || type == Message::kLudts;
}

}  // namespace

std::string to_hex(View data) {
  constexpr std::string_view kHex = "0123456789abcdef";
  std::string out;
  out.reserve(2 * data.size());
  for (const uint8_t octet : data) {
    out += kHex[octet >> 4];
    out += kHex[octet & 15];
  }
  return out;
}

std::optional<Bytes> from_hex(std::string_view text) {
  Bytes out;
  int high = -1;
  for (const char c : text) {
    if (c == ' ') continue;
    const int value = nibble(c);
    if (value < 0) return std::nullopt;
    if (high < 0) {
      high = value;
    } else {
      out.push_back(static_cast<uint8_t>(high << 4 | value));
      high = -1;
    }
  }
  if (high >= 0) return std::nullopt;
  return out;
}

Bytes tbcd(std::string_view digits) {
  constexpr std::string_view kDigits = "0123456789*#abc";
  Bytes out;
  for (size_t i = 0; i < digits.size(); ++i) {
    const auto at = kDigits.find(digits[i]);
    const auto value = static_cast<uint8_t>(at == std::string_view::npos ? 15 : at);
    if (i % 2 == 0) {
      out.push_back(static_cast<uint8_t>(0xF0 | value));
    } else {
      out.back() = static_cast<uint8_t>(value << 4 | (out.back() & 15));
    }
  }
  return out;
}

// Q.713 §3.4: indicator, point code with its low octet first, SSN, global title with indicator 4.
Bytes encode(const Address& address) {
  uint8_t indicator = 0;
  Bytes rest;
  if (address.point_code) {
    indicator |= 0x01;
    rest.push_back(static_cast<uint8_t>(*address.point_code));
    rest.push_back(static_cast<uint8_t>(*address.point_code >> 8 & 0x3F));
  }
  if (address.ssn) {
    indicator |= 0x02;
    rest.push_back(address.ssn);
  }
  if (!address.gt.empty()) {
    indicator |= 0x04 << 2;
    const bool odd = address.gt.size() % 2 != 0;
    rest.push_back(0);                                           // translation type
    rest.push_back(static_cast<uint8_t>(0x10 | (odd ? 1 : 2)));  // E.164, BCD odd or even
    rest.push_back(0x04);                                        // international
    Bytes digits = tbcd(address.gt);
    if (odd) digits.back() &= 0x0F;
    append(rest, digits);
  }
  if (!address.route_on_gt) indicator |= 0x40;
  rest.insert(rest.begin(), indicator);
  return rest;
}

Bytes encode(const Unitdata& m) {
  Bytes out{static_cast<uint8_t>(m.type), m.protocol_class};
  const auto len8 = [](const Bytes& b) { return static_cast<uint8_t>(b.size()); };
  if (m.type == Message::kUdt) {
    out.push_back(3);
    out.push_back(static_cast<uint8_t>(3 + m.called.size()));
    out.push_back(static_cast<uint8_t>(3 + m.called.size() + m.calling.size()));
  } else if (m.type == Message::kXudt) {
    out.push_back(m.hop_counter);
    out.push_back(4);
    out.push_back(static_cast<uint8_t>(4 + m.called.size()));
    out.push_back(static_cast<uint8_t>(4 + m.called.size() + m.calling.size()));
    const size_t optional = 1 + 3 + m.called.size() + m.calling.size() + m.data.size();
    out.push_back(m.segmentation ? static_cast<uint8_t>(optional) : 0);
  } else {
    // LUDT: pointers of two octets, least significant first, counted from their second octet.
    out.push_back(m.hop_counter);
    const auto put16 = [&out](size_t v) {
      out.push_back(static_cast<uint8_t>(v));
      out.push_back(static_cast<uint8_t>(v >> 8));
    };
    const size_t called = 7;
    put16(called);
    put16(called - 2 + 1 + m.called.size());
    put16(called - 4 + 2 + m.called.size() + m.calling.size());
    put16(m.segmentation ? called - 6 + 4 + m.called.size() + m.calling.size() + m.data.size() : 0);
  }
  out.push_back(len8(m.called));
  append(out, m.called);
  out.push_back(len8(m.calling));
  append(out, m.calling);
  out.push_back(len8(m.data));
  if (m.type == Message::kLudt) out.push_back(static_cast<uint8_t>(m.data.size() >> 8));
  append(out, m.data);
  if (m.segmentation) {
    out.push_back(kSegmentation);
    out.push_back(kSegmentationLen);
    append(out, *m.segmentation);
    out.push_back(kEndOfOptional);
  }
  return out;
}

std::vector<Bytes> encode_segmented(const Unitdata& message, size_t segment_len, uint32_t reference) {
  std::vector<Bytes> out;
  const size_t count = (message.data.size() + segment_len - 1) / segment_len;
  for (size_t i = 0; i < count; ++i) {
    Unitdata part = message;
    const size_t from = i * segment_len;
    const size_t len = std::min(segment_len, message.data.size() - from);
    part.data.assign(message.data.begin() + static_cast<ptrdiff_t>(from),
                     message.data.begin() + static_cast<ptrdiff_t>(from + len));
    // Q.713 §3.17: first segment, class of the whole, segments to come.
    const uint8_t first = i == 0 ? 0x80 : 0;
    const uint8_t wanted_class = (message.protocol_class & 0x0F) ? 0x40 : 0;
    part.segmentation = {static_cast<uint8_t>(first | wanted_class | ((count - 1 - i) & 0x0F)),
                         static_cast<uint8_t>(reference >> 16), static_cast<uint8_t>(reference >> 8),
                         static_cast<uint8_t>(reference)};
    part.protocol_class = static_cast<uint8_t>((message.protocol_class & 0xF0) | 1);
    out.push_back(encode(part));
  }
  return out;
}

namespace {

/// A pointer's target; SIZE_MAX outside.
size_t target(View m, size_t at, bool wide) {
  const size_t width = wide ? 2 : 1;
  if (at + width > m.size()) return SIZE_MAX;
  const size_t distance = wide ? size_t{m[at]} | size_t{m[at + 1]} << 8 : m[at];
  return distance == 0 ? SIZE_MAX : at + width - 1 + distance;
}

bool variable(View m, size_t at, bool wide, Bytes& out, size_t& end) {
  const size_t width = wide ? 2 : 1;
  if (at == SIZE_MAX || at + width > m.size()) return false;
  const size_t len = wide ? size_t{m[at]} | size_t{m[at + 1]} << 8 : m[at];
  if (at + width + len > m.size()) return false;
  out.assign(m.begin() + static_cast<ptrdiff_t>(at + width), m.begin() + static_cast<ptrdiff_t>(at + width + len));
  end = std::max(end, at + width + len);
  return true;
}

}  // namespace

std::string decode(View m, Received& out) {
  if (m.size() < 2) return "shorter than any message";
  out.type = static_cast<Message>(m[0]);
  out.protocol_class = m[1];
  const bool extended = out.type != Message::kUdt && out.type != Message::kUdts;
  const bool wide = out.type == Message::kLudt || out.type == Message::kLudts;
  if (m[0] != 0x09 && m[0] != 0x0A && (m[0] < 0x11 || m[0] > 0x14)) return "an unknown message type";
  if (extended && (m.size() < 3 || m[2] == 0 || m[2] > 15)) return "a hop counter out of range";
  if (!has_return_cause(out.type) && (m[1] & 0x0F) > 1) return "a protocol class out of range";
  const size_t pointers = extended ? 3 : 2;
  const size_t width = wide ? 2 : 1;
  size_t end = 0;
  if (!variable(m, target(m, pointers, wide), false, out.called, end)) return "no called party address";
  if (!variable(m, target(m, pointers + width, wide), false, out.calling, end)) return "no calling party address";
  if (!variable(m, target(m, pointers + 2 * width, wide), wide, out.data, end)) return "no data";
  if (out.called.empty() || out.calling.size() < 2) return "an address without contents";
  if (extended) {
    const size_t optional = target(m, pointers + 3 * width, wide);
    if (optional != SIZE_MAX) {
      size_t at = optional;
      while (at < m.size() && m[at] != kEndOfOptional) at += 2 + (at + 1 < m.size() ? size_t{m[at + 1]} : m.size());
      if (at >= m.size()) return "optional parameters without an end";
      end = std::max(end, at + 1);
    }
  }
  return end == m.size() ? "" : "octets after the end";
}

}  // namespace eir::tests::map
