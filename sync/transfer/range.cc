// SPDX-License-Identifier: GPL-3.0-or-later
#include "sync/transfer/range.h"

#include <charconv>

namespace eir::sync::transfer {
namespace {

constexpr std::string_view kUnit = "bytes";

/// Takes a decimal number from the front; nothing when there is none, or it is too large.
std::optional<uint64_t> take_number(std::string_view& text) noexcept {
  uint64_t v = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), v);
  if (error != std::errc()) return std::nullopt;
  text.remove_prefix(static_cast<size_t>(end - text.data()));
  return v;
}

bool take(std::string_view& text, char c) noexcept {
  if (text.empty() || text.front() != c) return false;
  text.remove_prefix(1);
  return true;
}

}  // namespace

Part part_of(std::string_view range, uint64_t octets) noexcept {
  const Part whole{Part::Kind::kWhole, 0, octets};
  const Part none{Part::Kind::kNotSatisfiable, 0, 0};
  if (!range.starts_with(kUnit)) return whole;
  range.remove_prefix(kUnit.size());
  if (!take(range, '=')) return whole;
  if (take(range, '-')) {  // the last so many
    const auto count = take_number(range);
    if (!count || !range.empty()) return whole;
    if (*count == 0 || octets == 0) return none;
    return {Part::Kind::kPart, *count < octets ? octets - *count : 0, octets};
  }
  const auto first = take_number(range);
  if (!first || !take(range, '-')) return whole;
  uint64_t end = octets;
  if (!range.empty()) {
    const auto last = take_number(range);
    if (!last || !range.empty() || *last < *first) return whole;
    if (*last < octets) end = *last + 1;
  }
  return *first < octets ? Part{Part::Kind::kPart, *first, end} : none;
}

std::optional<ContentRange> content_range_of(std::string_view value) noexcept {
  if (!value.starts_with(kUnit)) return std::nullopt;
  value.remove_prefix(kUnit.size());
  if (!take(value, ' ')) return std::nullopt;
  const auto first = take_number(value);
  if (!first || !take(value, '-') || !take_number(value) || !take(value, '/')) return std::nullopt;
  const auto whole = take_number(value);
  if (!whole || !value.empty()) return std::nullopt;
  return ContentRange{*first, *whole};
}

}  // namespace eir::sync::transfer
