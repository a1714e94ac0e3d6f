// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace eir::sync::transfer {

/// A part of a file, as octets from `first` to before `end`.
struct Part {
  enum class Kind : uint8_t {
    kWhole,  ///< no range was asked for, or one that may be passed over (RFC 9110 §14.2)
    kPart,
    kNotSatisfiable  ///< answered 416
  };
  Kind kind = Kind::kWhole;
  uint64_t first = 0, end = 0;
};

/// The part that a Range field asks for of a file of so many octets. RFC 9110 §14.1.2: one range of octets; several, or
/// another unit, are passed over. Threads: pure. Allocates: no.
Part part_of(std::string_view range, uint64_t octets) noexcept;

/// "bytes 200-999/1000" (RFC 9110 §14.4): where the part begins, and how long the whole is. Nothing when it says less.
struct ContentRange {
  uint64_t first = 0, whole = 0;
};
std::optional<ContentRange> content_range_of(std::string_view value) noexcept;

}  // namespace eir::sync::transfer
