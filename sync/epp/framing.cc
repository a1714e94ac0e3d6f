// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/epp/framing.h"

namespace eir::sync::epp {

void FrameReader::feed(base::Octets octets) {
  if (used_ > 0) buffer_.erase(0, used_);
  used_ = 0;
  buffer_.append(reinterpret_cast<const char*>(octets.data()), octets.size());
}

FrameReader::Next FrameReader::next() {
  const std::string_view rest = std::string_view(buffer_).substr(used_);
  base::ByteReader reader(base::Octets(reinterpret_cast<const uint8_t*>(rest.data()), rest.size()));
  uint32_t length = 0;
  if (!reader.u32(length)) return {Kind::kNeedMore, {}};
  if (length <= kFrameHeader || length > max_) return {Kind::kBroken, {}};
  if (rest.size() < length) return {Kind::kNeedMore, {}};
  used_ += length;
  return {Kind::kFrame, rest.substr(kFrameHeader, length - kFrameHeader)};
}

std::string framed(std::string_view xml) {
  std::string out;
  append_framed(out, xml);
  return out;
}

void append_framed(std::string& out, std::string_view xml) {
  const uint32_t length = kFrameHeader + static_cast<uint32_t>(xml.size());
  for (unsigned i = 0; i < kFrameHeader; ++i) out += static_cast<char>(length >> (24 - 8 * i));
  out += xml;
}

}  // namespace eir::sync::epp
