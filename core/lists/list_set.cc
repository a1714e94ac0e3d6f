// SPDX-License-Identifier: GPL-3.0-or-later
#include "core/lists/list_set.h"

#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace eir::lists {
namespace {
constexpr std::array<std::pair<std::string_view, uint8_t>, 3> kNames = {
    {{"white", ListSet::kWhite}, {"grey", ListSet::kGrey}, {"black", ListSet::kBlack}}};
}

std::string ListSet::str() const {
  std::string text;
  for (const auto& [name, bit] : kNames)
    if (bits_ & bit) (text += text.empty() ? "" : "+") += name;
  return text.empty() ? "none" : text;
}

std::optional<ListSet> ListSet::parse(std::string_view text) {
  uint8_t bits = 0;
  while (true) {
    const size_t plus = text.find('+');
    const std::string_view word = text.substr(0, plus);
    uint8_t bit = 0;
    for (const auto& [name, b] : kNames)
      if (name == word) bit = b;
    if (bit == 0 || (bits & bit)) return std::nullopt;
    bits |= bit;
    if (plus == std::string_view::npos) return ListSet(bits);
    text.remove_prefix(plus + 1);
  }
}

std::string Version::str() const {
  return local ? fmt::format("{}.{}+{}", epoch, number, local) : fmt::format("{}.{}", epoch, number);
}

std::optional<Version> Version::parse(std::string_view text) {
  Version v;
  const char* end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, v.epoch);
  if (parsed.ec != std::errc() || parsed.ptr == end || *parsed.ptr != '.') return std::nullopt;
  const auto rest = std::from_chars(parsed.ptr + 1, end, v.number);
  if (rest.ec != std::errc() || rest.ptr != end || v.str() != text) return std::nullopt;
  return v;
}

}  // namespace eir::lists
