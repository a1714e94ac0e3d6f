// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace eir::lists {

/// Which of the three lists something stands on; it may be on several at once.
class ListSet {
 public:
  static constexpr uint8_t kWhite = 1, kGrey = 2, kBlack = 4;

  constexpr ListSet() = default;
  constexpr explicit ListSet(uint8_t bits) : bits_(bits & 7) {}

  constexpr bool empty() const { return bits_ == 0; }
  constexpr bool white() const { return bits_ & kWhite; }
  constexpr bool grey() const { return bits_ & kGrey; }
  constexpr bool black() const { return bits_ & kBlack; }
  constexpr uint8_t bits() const { return bits_; }
  constexpr ListSet operator|(ListSet o) const { return ListSet(static_cast<uint8_t>(bits_ | o.bits_)); }
  friend constexpr bool operator==(ListSet, ListSet) = default;

  /// "white", "grey+black"; "none" when empty.
  std::string str() const;
  /// Names joined with '+', in any order, each once. Nothing for anything else.
  static std::optional<ListSet> parse(std::string_view text);

 private:
  uint8_t bits_ = 0;
};

/// Versions are named by whoever issues them: epoch, then number. (0, 0) is "no version". Where lists of this
/// node's own are served beside a centre's, `local` counts the publications of those.
struct Version {
  uint32_t epoch = 0;
  uint64_t number = 0;
  uint64_t local = 0;
  std::string str() const;  ///< "1.57", "0.4", "1.57+3"
  /// "1.57" as str() writes it, without local publications. Nothing for anything else.
  static std::optional<Version> parse(std::string_view text);
  friend constexpr auto operator<=>(const Version&, const Version&) = default;
};

}  // namespace eir::lists
