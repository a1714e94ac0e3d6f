// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "core/base/bytes.h"

namespace eir::sync::epp {

/// RFC 5734 §4: four octets of length, which count themselves, then XML.
inline constexpr uint32_t kFrameHeader = 4;
inline constexpr uint32_t kFrameMax = 4 * 1024 * 1024;       ///< of a peer that is logged in; our default
inline constexpr uint32_t kFrameBeforeLoginMax = 16 * 1024;  ///< of one that is not
inline constexpr uint32_t kFrameLimit = 64 * 1024 * 1024;    ///< upper bound of what may be configured

/// Takes a stream apart into frames. Holds no more than has arrived, and at most one frame and one read
/// beyond it as long as next() is called until it gives kNeedMore. Threads: one.
class FrameReader {
 public:
  enum class Kind : uint8_t {
    kNeedMore,
    kFrame,
    kBroken,  ///< a length that cannot be, or above the bound: there is no way on from here
  };
  struct Next {
    Kind kind;
    std::string_view xml;  ///< of kFrame; lives until the next feed() or next()
  };

  explicit FrameReader(uint32_t max = kFrameMax) : max_(max) {}

  /// For frames whose length has not been judged yet.
  void set_max(uint32_t max) { max_ = max; }
  void feed(base::Octets octets);
  Next next();
  /// Part of a frame is there, and not all of it.
  bool within_frame() const { return used_ < buffer_.size(); }

 private:
  uint32_t max_;
  std::string buffer_;
  size_t used_ = 0;
};

/// A frame around a text. REQUIRES: it fits 32 bits.
std::string framed(std::string_view xml);
/// The same, after what is in `out`.
void append_framed(std::string& out, std::string_view xml);

}  // namespace eir::sync::epp
