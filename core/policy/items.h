// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <array>
#include <nlohmann/json.hpp>

#include "core/policy/document.h"

namespace eir::policy {

using Json = nlohmann::json;

/// One setting of a document.
struct Item {
  std::string_view name;
  /// Takes the value; what was wrong with it goes to `wrong` with its place below the setting's own.
  void (*read)(const Json& value, decision::Settings& into,
               const std::function<void(const std::string& below, std::string text)>& wrong);
  void (*copy)(const decision::Settings& from, decision::Settings& to);
  std::string (*show)(const decision::Settings& settings);
};
const std::array<Item, kItems>& items();

/// "2026-01-31T12:00:00Z"; nothing for anything else.
std::optional<base::UnixSeconds> utc_time(std::string_view text);

}  // namespace eir::policy
