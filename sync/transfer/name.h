// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <algorithm>
#include <string_view>

namespace eir::sync::transfer {

inline constexpr size_t kNameMax = 128;

/// Whether a file may be called so: 1 to kNameMax of [A-Za-z0-9._-], no dot in front. Such a name is never a path, and
/// never that of a file still being written.
constexpr bool is_name(std::string_view name) noexcept {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '-';
  };
  return !name.empty() && name.size() <= kNameMax && name.front() != '.' && std::all_of(name.begin(), name.end(), good);
}

}  // namespace eir::sync::transfer
