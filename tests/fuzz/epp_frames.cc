// SPDX-License-Identifier: GPL-3.0-or-later
// A stream cut into pieces gives the frames it gives in one. The first octet says how long the pieces are.

#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "sync/epp/framing.h"

namespace {

using namespace eir::sync::epp;

constexpr uint32_t kMax = 4096;
constexpr size_t kInputMax = 65536;

struct Outcome {
  std::vector<std::string> frames;
  bool broken = false;
  bool within = false;
};

Outcome read(eir::base::Octets stream, size_t step) {
  FrameReader reader(kMax);
  Outcome out;
  for (size_t at = 0; at < stream.size() && !out.broken; at += step) {
    reader.feed(stream.subspan(at, std::min(step, stream.size() - at)));
    for (;;) {
      const FrameReader::Next next = reader.next();
      out.broken = next.kind == FrameReader::Kind::kBroken;
      if (next.kind != FrameReader::Kind::kFrame) break;
      if (next.xml.empty() || next.xml.size() > kMax - kFrameHeader) std::abort();
      out.frames.emplace_back(next.xml);
    }
  }
  out.within = reader.within_frame();
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size < 1 || size > kInputMax) return 0;
  const eir::base::Octets stream(data + 1, size - 1);
  const Outcome whole = read(stream, std::max<size_t>(stream.size(), 1));
  const Outcome pieces = read(stream, size_t{1} + data[0]);
  if (whole.frames != pieces.frames || whole.broken != pieces.broken) std::abort();
  if (!whole.broken && whole.within != pieces.within) std::abort();
  return 0;
}
